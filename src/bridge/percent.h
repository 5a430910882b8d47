/* Bytes as %XX, so that any text is one line of printable ASCII. */
#ifndef BRIDGE_PERCENT_H
#define BRIDGE_PERCENT_H

#include "base/arena.h"
#include "base/buffer.h"

/* Encoded are "%", "+" (which some decoders take for a blank), and all outside printable ASCII; a
 * word is encoded without blanks, too. */
void percent_append(struct buffer *out, struct text text);
void percent_append_word(struct buffer *out, struct text text);
/* The decoded bytes, in the arena; false when a "%" is not followed by two hexadecimal digits, or
 * memory has ended. */
bool percent_decode(struct arena *arena, struct text text, struct text *decoded);

#endif
