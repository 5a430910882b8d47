#include "base/cursor.h"

struct text cursor_take(struct cursor *cursor, size_t count)
{
	struct text taken;

	if (cursor->failed || cursor->rest.length < count) {
		cursor->failed = true;
		return TEXT_EMPTY;
	}
	taken = text_part(cursor->rest, 0, count);
	cursor->rest = text_part(cursor->rest, count, cursor->rest.length);
	return taken;
}

uint8_t cursor_byte(struct cursor *cursor)
{
	struct text byte = cursor_take(cursor, 1);

	return byte.length ? (uint8_t)byte.data[0] : 0;
}

uint16_t cursor_u16(struct cursor *cursor)
{
	unsigned high = cursor_byte(cursor), low = cursor_byte(cursor);

	return cursor->failed ? 0 : (uint16_t)(high << 8 | low);
}

uint32_t cursor_u32(struct cursor *cursor)
{
	struct text bytes = cursor_take(cursor, 4);

	return bytes.length ? big_endian_32(bytes.data) : 0;
}

uint32_t cursor_little(struct cursor *cursor, size_t size)
{
	struct text bytes = cursor_take(cursor, size);
	uint32_t number = 0;

	for (size_t i = bytes.length; i-- > 0;)
		number = number << 8 | (unsigned char)bytes.data[i];
	return number;
}

bool cursor_done(const struct cursor *cursor)
{
	return !cursor->failed && cursor->rest.length == 0;
}
