/* Encoded words of header values (RFC 2047). */
#ifndef CONTENT_WORDS_H
#define CONTENT_WORDS_H

#include "base/buffer.h"

/* Appends the value with its encoded words as UTF-8; those of unknown charsets, and what is not
 * well formed, stay as they are. Linear time. */
void words_decode(struct text value, struct buffer *out);
bool words_present(struct text value); /* is there one? */

#endif
