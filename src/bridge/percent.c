#include "bridge/percent.h"

static void append(struct buffer *out, struct text text, char least)
{
	static const char digits[] = "0123456789ABCDEF";
	for (uint32_t i = 0; i < text.length; i++) {
		char byte = text.data[i];
		if (byte >= least && byte <= '~' && byte != '%' && byte != '+') {
			buffer_append_byte(out, byte);
			continue;
		}
		buffer_append_byte(out, '%');
		buffer_append_byte(out, digits[(unsigned char)byte >> 4]);
		buffer_append_byte(out, digits[(unsigned char)byte & 15]);
	}
}

void percent_append(struct buffer *out, struct text text)
{
	append(out, text, ' ');
}

void percent_append_word(struct buffer *out, struct text text)
{
	append(out, text, '!');
}

static int digit_value(char digit)
{
	if (byte_is_digit(digit))
		return digit - '0';
	digit = byte_lower(digit);
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

bool percent_decode(struct arena *arena, struct text text, struct text *decoded)
{
	char *bytes = arena_bytes(arena, (size_t)text.length + 1);
	uint32_t length = 0;
	if (!bytes)
		return false;
	for (uint32_t i = 0; i < text.length; i++) {
		if (text.data[i] != '%') {
			bytes[length++] = text.data[i];
			continue;
		}
		int high = text.length - i > 2 ? digit_value(text.data[i + 1]) : -1;
		int low = text.length - i > 2 ? digit_value(text.data[i + 2]) : -1;
		if (high < 0 || low < 0)
			return false;
		bytes[length++] = (char)(high << 4 | low);
		i += 2;
	}
	*decoded = text_of(bytes, length, LIFETIME_MESSAGE);
	return true;
}
