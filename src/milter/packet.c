#include "milter/packet.h"

#include <assert.h>

enum { LENGTH_SIZE = 4 };

enum packet_result packet_read(struct text bytes, size_t cap, struct packet *packet, size_t *size)
{
	uint32_t length;

	if (bytes.length < LENGTH_SIZE)
		return PACKET_INCOMPLETE;
	length = big_endian_32(bytes.data);
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
