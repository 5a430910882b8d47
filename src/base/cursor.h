/* Takes bytes of the wire or of a file apart: every function checks what is left, and once that was
 * too little, nothing is given any more. */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include "base/text.h"

#include <string.h>

struct cursor {
	struct text rest;
	bool failed; /* sticky */
};

static inline struct cursor cursor_of(struct text bytes)
{
	return (struct cursor){ .rest = bytes };
}

/* 0 or an empty text when it has failed. */
struct text cursor_take(struct cursor *cursor, size_t count);
uint8_t cursor_byte(struct cursor *cursor);
uint16_t cursor_u16(struct cursor *cursor); /* the big end first */
uint32_t cursor_u32(struct cursor *cursor);
uint32_t cursor_little(struct cursor *cursor,
		       size_t size); /* of up to four bytes, the little end first */

/* Up to its NUL, which is taken too. */
static inline struct text cursor_string(struct cursor *cursor)
{
	const char *start = cursor->rest.data;
	const char *end = cursor->rest.length ? memchr(start, 0, cursor->rest.length) : NULL;
	uint32_t length;

	if (cursor->failed || !end) {
		cursor->failed = true;
		return TEXT_EMPTY;
	}
	length = (uint32_t)(end - start);
	cursor->rest.data = end + 1;
	cursor->rest.length -= length + 1;
	return (struct text){ start, length, cursor->rest.lifetime };
}

/* Nothing is left and nothing failed. */
bool cursor_done(const struct cursor *cursor);

/* Of four bytes. */
static inline uint32_t big_endian_32(const char *data)
{
	const unsigned char *bytes = (const unsigned char *)data;

	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

#endif
