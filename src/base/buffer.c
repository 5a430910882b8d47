#include "base/buffer.h"

#include "base/memory.h"
#include "base/rubbish.h"
#include "base/system.h"

#include <errno.h>
#include <stdio.h>

void buffer_init(struct buffer *buffer, size_t cap)
{
	*buffer = (struct buffer){ .cap = cap };
}

void buffer_free(struct buffer *buffer)
{
	rubbish_free(buffer->data, buffer->room);
	buffer_init(buffer, buffer->cap);
}

void buffer_clear(struct buffer *buffer)
{
	buffer->length = 0;
	buffer->failed = false;
}

static bool grow(struct buffer *buffer, size_t needed)
{
	size_t room = buffer->room ? buffer->room : 256;
	char *data;

	while (room < needed)
		room *= 2;
	if (room > buffer->cap)
		room = buffer->cap;
	data = memory_resize(buffer->data, room);
	if (!data)
		return false;
	buffer->data = data;
	buffer->room = room;
	return true;
}

char *buffer_reserve(struct buffer *buffer, size_t size)
{
	if (buffer->failed)
		return NULL;
	if (size > buffer->cap - buffer->length) {
		buffer->failed = true;
		return NULL;
	}
	if (buffer->length + size > buffer->room || !buffer->data) {
		if (!grow(buffer, buffer->length + size)) {
			buffer->failed = true;
			return NULL;
		}
	}
	return buffer->data + buffer->length;
}

/* At the cap one byte tells whether there is more. */
int buffer_read(struct buffer *buffer, int fd)
{
	enum { PIECE = 65536 };
	char more;
	ssize_t got;

	do {
		size_t left = buffer->cap - buffer->length, size = left < PIECE ? left : PIECE;
		char *to = size ? buffer_reserve(buffer, size) : &more;

		if (!to)
			return ENOMEM;
		got = system_read(fd, to, size ? size : 1);
		buffer->failed |= got > 0 && size == 0;
		if (buffer->failed)
			return EFBIG;
		if (got > 0)
			buffer->length += (size_t)got;
	} while (got > 0);
	return got < 0 ? errno : 0;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
	char *end = buffer_reserve(buffer, length);

	if (!end || length == 0)
		return;
	memcpy(end, bytes, length);
	buffer->length += length;
}

void buffer_append_text(struct buffer *buffer, struct text text)
{
	buffer_append(buffer, text.data, text.length);
}

void buffer_append_string(struct buffer *buffer, const char *string)
{
	buffer_append(buffer, string, strlen(string));
}

void buffer_append_byte(struct buffer *buffer, char byte)
{
	buffer_append(buffer, &byte, 1);
}

void buffer_append_u32(struct buffer *buffer, uint32_t number)
{
	const unsigned char bytes[] = { (unsigned char)(number >> 24), (unsigned char)(number >> 16),
					(unsigned char)(number >> 8), (unsigned char)number };

	buffer_append(buffer, bytes, sizeof(bytes));
}

void buffer_append_u16(struct buffer *buffer, uint16_t number)
{
	const unsigned char bytes[] = { (unsigned char)(number >> 8), (unsigned char)number };

	buffer_append(buffer, bytes, sizeof(bytes));
}

void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments)
{
	va_list again;
	char small[256];
	char *end;
	int length;

	va_copy(again, arguments);
	length = vsnprintf(small, sizeof(small), format, arguments);
	if (length < 0) {
		buffer->failed = true;
	} else if ((size_t)length < sizeof(small)) {
		buffer_append(buffer, small, (size_t)length);
	} else {
		end = buffer_reserve(buffer, (size_t)length + 1);
		if (end) {
			vsnprintf(end, (size_t)length + 1, format, again);
			buffer->length += (size_t)length;
		}
	}
	va_end(again);
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	buffer_vprintf(buffer, format, arguments);
	va_end(arguments);
}

void buffer_append_json(struct buffer *buffer, struct text text)
{
	const unsigned char *bytes = (const unsigned char *)text.data;

	buffer_append_byte(buffer, '"');
	for (size_t i = 0; i < text.length;) {
		size_t length = text_character(text, i);

		if (bytes[i] == '"' || bytes[i] == '\\') {
			buffer_append_byte(buffer, '\\');
			buffer_append_byte(buffer, text.data[i]);
			i++;
		} else if (length == 0 || bytes[i] < 0x20 || bytes[i] == 0x7f) {
			buffer_printf(buffer, "\\u%04x", bytes[i]);
			i++;
		} else {
			buffer_append(buffer, text.data + i, length);
			i += length;
		}
	}
	buffer_append_byte(buffer, '"');
}

void buffer_append_hex(struct buffer *buffer, struct text bytes)
{
	for (size_t i = 0; i < bytes.length; i++)
		buffer_printf(buffer, "%02x", (unsigned char)bytes.data[i]);
}

void buffer_append_visible(struct buffer *buffer, struct text text, size_t most)
{
	size_t length = text.length < most ? text.length : most;

	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text.data[i];

		if (byte >= 0x20 && byte < 0x7f && byte != '\\')
			buffer_append_byte(buffer, text.data[i]);
		else
			buffer_printf(buffer, "\\x%02X", byte);
	}
	if (length < text.length)
		buffer_append_string(buffer, "...");
}

void buffer_consume(struct buffer *buffer, size_t count)
{
	if (count > buffer->length)
		count = buffer->length;
	if (count && buffer->length > count)
		memmove(buffer->data, buffer->data + count, buffer->length - count);
	buffer->length -= count;
}

struct text buffer_text(const struct buffer *buffer)
{
	return text_of(buffer->data, buffer->length, LIFETIME_EVENT);
}
