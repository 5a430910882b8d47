/* Patterns that can divide a text among repetitions in many ways, and so take long to find that
 * none fits: nested ones for ever, two side by side the square of its length. */
#ifndef MATCH_BACKTRACK_H
#define MATCH_BACKTRACK_H

#include "base/text.h"

enum { ATTACK_MAX = 256, ATTACK_STEPS = 50000, ATTACK_STEPS_SQUARE = 10000 };

/* An input for which matching takes more than so many steps, from one place alone. ATTACK_STEPS:
 * they double with every few bytes more; ATTACK_STEPS_SQUARE: with half as many bytes more. */
struct attack {
	uint32_t steps;
	char bytes[ATTACK_MAX];
	uint32_t length;
};

/* Looks for one, and tries what it finds: never a false alarm. A pattern that is wrong, or that it
 * does not understand, has none. */
bool backtrack_find(struct text pattern, struct text flags, struct attack *attack);

#endif
