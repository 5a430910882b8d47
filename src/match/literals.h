/* Many literals looked for in one pass: which of them occur in a text? */
#ifndef MATCH_LITERALS_H
#define MATCH_LITERALS_H

#include "base/arena.h"

struct literals;

/* A literal keeps the number it has in `items`, which must live as long as the set; none is empty.
 * With `fold` ASCII case is ignored. Never changes once built, so that threads may share it. NULL
 * when memory has ended. */
struct literals *literals_build(const struct text *items, uint32_t count, bool fold,
				struct arena *arena);

/* The numbers of those that occur, as bits: `found` has room for literals_words() words. Returns
 * what it cost, in bytes looked at. */
size_t literals_find(const struct literals *set, struct text subject, uint64_t *found);
size_t literals_words(const struct literals *set);

#endif
