#include "base/character.h"

#include <criterion/criterion.h>

static void assert_character(const char *bytes, uint32_t code, unsigned length, bool valid)
{
	struct character c = character_at(text_of_string(bytes, LIFETIME_EVENT), 0);

	cr_assert_eq(c.valid, valid, "%02x...", (unsigned char)bytes[0]);
	cr_assert_eq(c.length, length, "%02x...", (unsigned char)bytes[0]);
	cr_assert_eq(c.code, code, "%02x...: %x", (unsigned char)bytes[0], c.code);
}

Test(character, well_formed)
{
	assert_character("a", 'a', 1, true);
	assert_character("\x7f", 0x7f, 1, true);
	assert_character("\xc2\x80", 0x80, 2, true);
	assert_character("\xdf\xbf", 0x7ff, 2, true);
	assert_character("\xe0\xa0\x80", 0x800, 3, true);
	assert_character("\xed\x9f\xbf", 0xd7ff, 3, true);
	assert_character("\xef\xbf\xbf", 0xffff, 3, true);
	assert_character("\xf0\x90\x80\x80", 0x10000, 4, true);
	assert_character("\xf4\x8f\xbf\xbf", 0x10ffff, 4, true);
}

Test(character, what_is_wrong_is_one_byte)
{
	assert_character("\x80", 0x80, 1, false);
	assert_character("\xc0\x80", 0xc0, 1, false);
	assert_character("\xc1\xbf", 0xc1, 1, false);
	assert_character("\xe0\x9f\xbf", 0xe0, 1, false);
	assert_character("\xed\xa0\x80", 0xed, 1, false);
	assert_character("\xf0\x8f\xbf\xbf", 0xf0, 1, false);
	assert_character("\xf4\x90\x80\x80", 0xf4, 1, false);
	assert_character("\xf5\x80\x80\x80", 0xf5, 1, false);
	assert_character("\xe2\x82z", 0xe2, 1, false);
	assert_character("\xe2\x82", 0xe2, 1, false);
	assert_character("\xe2\xc3\xac", 0xe2, 1, false);
	assert_character("\xff", 0xff, 1, false);
	cr_assert(!character_at(text_of("\xe2\x82\xac", 2, LIFETIME_EVENT), 0).valid, "cut by the end");
	cr_assert(!character_at(text_of("a\xc3\xa9", 2, LIFETIME_EVENT), 1).valid, "cut by the end");
}

Test(character, controls)
{
	static const uint32_t controls[] = { 0,	     9,	     0x1f,   0x7f,   0x80,   0x9f,
					     0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069 };
	static const uint32_t harmless[] = {
		' ', '~', 0xa0, 0x2027, 0x202f, 0x2065, 0x206a, 0x4e2d
	};

	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
		cr_assert(character_is_control(controls[i]), "%x", controls[i]);
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		cr_assert(!character_is_control(harmless[i]), "%x", harmless[i]);
}

Test(character, widths)
{
	cr_assert_eq(character_width('a'), 1);
	cr_assert_eq(character_width(0xe9), 1);
	cr_assert_eq(character_width(0x300), 0);
	cr_assert_eq(character_width(0x36f), 0);
	cr_assert_eq(character_width(0x370), 1);
	cr_assert_eq(character_width(0x4e2d), 2);
	cr_assert_eq(character_width(0x1f600), 2);
	cr_assert_eq(character_width(0x200b), 0);
}
