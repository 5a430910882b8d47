/* Patterns that can divide a text among nested repetitions in many ways, and so take for ever to
 * find that none fits. */
#ifndef MATCH_BACKTRACK_H
#define MATCH_BACKTRACK_H

#include "base/text.h"

enum { ATTACK_MAX = 256, ATTACK_STEPS = 50000 };

/* An input for which matching takes more than ATTACK_STEPS steps, which doubles with every few
 * bytes more. */
struct attack {
	char bytes[ATTACK_MAX];
	uint32_t length;
};

/* Looks for one, and tries what it finds: never a false alarm. A pattern that is wrong, or that it
 * does not understand, has none. */
bool backtrack_find(struct text pattern, struct text flags, struct attack *attack);

#endif
