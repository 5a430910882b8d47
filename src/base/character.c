#include "base/character.h"

static unsigned sequence_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if ((first & 0xf0) == 0xe0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

static bool is_overlong_or_surrogate(uint32_t code, unsigned length)
{
	if (length == 3)
		return code < 0x800 || (code >= 0xd800 && code < 0xe000);
	return length == 4 && (code < 0x10000 || code > 0x10ffff);
}

struct character character_at(struct text text, size_t at)
{
	const unsigned char *bytes = (const unsigned char *)text.data + at;
	unsigned length = sequence_length(bytes[0]);
	uint32_t code = length < 2 ? bytes[0] : bytes[0] & (0xffu >> (length + 1));

	if (length == 0 || length > text.length - at)
		return (struct character){ bytes[0], 1, false };
	for (unsigned i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return (struct character){ bytes[0], 1, false };
		code = code << 6 | (bytes[i] & 0x3f);
	}
	if (is_overlong_or_surrogate(code, length))
		return (struct character){ bytes[0], 1, false };
	return (struct character){ code, length, true };
}

bool character_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
	       (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

unsigned character_width(uint32_t code)
{
	static const struct {
		uint32_t from, to;
		unsigned width;
	} ranges[] = {
		{ 0x300, 0x36f, 0 },   { 0x1100, 0x115f, 2 },	{ 0x200b, 0x200f, 0 },
		{ 0x2e80, 0xa4cf, 2 }, { 0xac00, 0xd7a3, 2 },	{ 0xf900, 0xfaff, 2 },
		{ 0xfe00, 0xfe0f, 0 }, { 0xfe30, 0xfe6f, 2 },	{ 0xff00, 0xff60, 2 },
		{ 0xffe0, 0xffe6, 2 }, { 0x1f300, 0x1faff, 2 }, { 0x20000, 0x3fffd, 2 },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code >= ranges[i].from && code <= ranges[i].to)
			return ranges[i].width;
	return 1;
}
