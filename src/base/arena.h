/* Memory that is freed all at once.
 *
 * A lifetime is an arena: what a handler makes dies with its event, what it
 * stores in a message variable with the message, and so on. An arena has a cap:
 * reaching it is an ordinary answer (NULL), never an abort. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/text.h"

struct arena_block;
struct arena_cleanup;

/* Fields are for the inline fast path and for arena.c alone. */
struct arena {
	char *next; /* first free byte of the newest block */
	char *end;
	struct arena_block *blocks;
	struct arena_cleanup *cleanups;
	size_t used; /* bytes taken from the heap */
	size_t cap;
	enum lifetime lifetime;
};

/* No memory is taken before the first allocation: an idle arena costs nothing. */
void arena_init(struct arena *arena, size_t cap, enum lifetime lifetime);

/* Runs the cleanups, newest first, and gives all memory back. The arena can be
 * used again. */
void arena_reset(struct arena *arena);

/* The same, but a small block stays for the next use. */
void arena_rewind(struct arena *arena);

/* 16-byte aligned, not zeroed; NULL when the cap or the heap is exhausted. */
void *arena_allocate(struct arena *arena, size_t size);
void *arena_zeroed(struct arena *arena, size_t size);
/* Unaligned bytes, for texts. */
char *arena_bytes(struct arena *arena, size_t size);

/* When `end` is where the arena stands, takes `more` bytes behind it and says
 * true: that is how `s = s + x` appends in place. */
bool arena_extend(struct arena *arena, const char *end, size_t more);

/* A copy that lives as long as the arena, NUL-terminated behind its length.
 * `ok` is set to false when there is no room; it is never set to true. */
struct text arena_copy(struct arena *arena, struct text original, bool *ok);
char *arena_string(struct arena *arena, struct text original);

/* Calls `run(object)` at reset; false when there is no room, and then `run` has
 * been called at once. */
bool arena_defer(struct arena *arena, void (*run)(void *), void *object);

#endif
