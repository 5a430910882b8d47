/* Bytes that grow: for building a packet, a line, a report. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/text.h"

#include <stdarg.h>

struct buffer {
	char *data;
	size_t length;
	size_t room;
	size_t cap;  /* never longer than this */
	bool failed; /* sticky: the cap or the heap was exhausted, and what followed was dropped */
};

#define BUFFER_CAP_DEFAULT ((size_t)64 << 20)

void buffer_init(struct buffer *buffer, size_t cap);
void buffer_free(struct buffer *buffer);
/* Keeps the memory. */
void buffer_clear(struct buffer *buffer);

/* All of these do nothing once `failed` is set: check it once at the end. */
void buffer_append(struct buffer *buffer, const void *bytes, size_t length);
void buffer_append_text(struct buffer *buffer, struct text text);
void buffer_append_string(struct buffer *buffer, const char *string);
void buffer_append_byte(struct buffer *buffer, char byte);
void buffer_append_u32(struct buffer *buffer, uint32_t number); /* big endian */
void buffer_append_u16(struct buffer *buffer, uint16_t number); /* big endian */
void buffer_printf(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));
/* Two digits for each byte. */
void buffer_append_hex(struct buffer *buffer, struct text bytes);
/* As a JSON string with its quotes; bytes that are not UTF-8 become \u00HH. */
void buffer_append_json(struct buffer *buffer, struct text text);
/* Printable ASCII as it is, all else as \xHH; at most `most` input bytes, then "...". */
void buffer_append_visible(struct buffer *buffer, struct text text, size_t most);

/* Room for `size` more bytes at data + length, or NULL; then add to length. */
char *buffer_reserve(struct buffer *buffer, size_t size);
/* All that a descriptor gives up to its end. 0, or an errno: EFBIG when the cap is reached before.
 */
int buffer_read(struct buffer *buffer, int fd);
/* Drops the first `count` bytes. */
void buffer_consume(struct buffer *buffer, size_t count);
/* A view that lives until the next call that changes the buffer. */
struct text buffer_text(const struct buffer *buffer);

#endif
