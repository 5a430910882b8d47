/* Characters of UTF-8, as far as showing them to a person needs. */
#ifndef BASE_CHARACTER_H
#define BASE_CHARACTER_H

#include "base/text.h"

struct character {
	uint32_t code;
	unsigned length; /* bytes; 1 for a byte that is no UTF-8 */
	bool valid;
};

/* The character that begins at byte `at`, which must be within the text. */
struct character character_at(struct text text, size_t at);

/* Controls, and what turns the direction of writing: they would let a stranger's text repaint the
 * terminal of whoever looks at it. */
bool character_is_control(uint32_t code);

/* Columns of a terminal: East Asian wide characters take two, combining ones none. */
unsigned character_width(uint32_t code);

#endif
