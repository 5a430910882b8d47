#include "milter/packet.h"

#include <assert.h>

enum { LENGTH_SIZE = 4 };

static uint32_t number_at(const char *data)
{
	const unsigned char *bytes = (const unsigned char *)data;

	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

enum packet_result packet_read(struct text bytes, size_t cap, struct packet *packet, size_t *size)
{
	uint32_t length;

	if (bytes.length < LENGTH_SIZE)
		return PACKET_INCOMPLETE;
	length = number_at(bytes.data);
	if (length == 0 || length > cap)
		return PACKET_VIOLATION;
	if (bytes.length - LENGTH_SIZE < length)
		return PACKET_INCOMPLETE;
	packet->letter = bytes.data[LENGTH_SIZE];
	packet->payload = text_part(bytes, LENGTH_SIZE + 1, LENGTH_SIZE + (size_t)length);
	*size = LENGTH_SIZE + (size_t)length;
	return PACKET_READY;
}

void packet_write(struct buffer *out, char letter, struct text payload)
{
	size_t start = packet_begin(out, letter);

	buffer_append_text(out, payload);
	packet_end(out, start);
}

size_t packet_begin(struct buffer *out, char letter)
{
	size_t start = out->length;

	buffer_append_u32(out, 0);
	buffer_append_byte(out, letter);
	return start;
}

void packet_end(struct buffer *out, size_t start)
{
	size_t length;

	if (out->failed)
		return;
	length = out->length - start - LENGTH_SIZE;
	assert(length >= 1 && length <= MILTER_PAYLOAD_MAX + 1);
	for (unsigned i = 0; i < LENGTH_SIZE; i++)
		out->data[start + i] = (char)(length >> (24 - 8 * i));
}

/* ---- taking payloads apart ---- */

/* The next `count` bytes, or NULL. */
static const char *take(struct cursor *cursor, size_t count)
{
	const char *taken = cursor->rest.data;

	if (cursor->failed || cursor->rest.length < count) {
		cursor->failed = true;
		return NULL;
	}
	cursor->rest = text_part(cursor->rest, count, cursor->rest.length);
	return taken;
}

uint8_t cursor_byte(struct cursor *cursor)
{
	const char *byte = take(cursor, 1);

	return byte ? (uint8_t)*byte : 0;
}

uint16_t cursor_u16(struct cursor *cursor)
{
	unsigned high = cursor_byte(cursor), low = cursor_byte(cursor);

	return cursor->failed ? 0 : (uint16_t)(high << 8 | low);
}

uint32_t cursor_u32(struct cursor *cursor)
{
	const char *bytes = take(cursor, 4);

	return bytes ? number_at(bytes) : 0;
}

bool cursor_done(const struct cursor *cursor)
{
	return !cursor->failed && cursor->rest.length == 0;
}
