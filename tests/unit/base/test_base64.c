#include "base/base64.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

Test(base64, values_of_digits)
{
	for (int byte = 0; byte < 256; byte++) {
		const char *place = byte ? strchr(digits, byte) : NULL;

		cr_assert_eq(base64_value((char)byte), place ? place - digits : -1, "%d", byte);
	}
}

/* Group by group, as the standard says it. */
static void decode_plainly(const char *from, size_t groups, unsigned char *to)
{
	for (; groups-- > 0; from += 4, to += 3) {
		unsigned bits = 0;

		for (int i = 0; i < 4; i++)
			bits = bits << 6 | (unsigned)(strchr(digits, from[i]) - digits);
		to[0] = (unsigned char)(bits >> 16);
		to[1] = (unsigned char)(bits >> 8);
		to[2] = (unsigned char)bits;
	}
}

/* In blocks of exactly that size, so that a sanitizer sees what is read or written outside. */
static size_t decode(const char *from, size_t length, size_t room, char **to)
{
	char *exact = malloc(length + !length);
	size_t taken;

	memcpy(exact, from, length);
	*to = malloc(room + !room);
	taken = base64_groups(exact, length, *to, room);
	free(exact);
	return taken;
}

Test(base64, whole_groups_of_every_length_and_room)
{
	char text[128];
	unsigned char expected[96];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = digits[(i * 29 + i / 7) % 64];
	decode_plainly(text, 32, expected);
	for (size_t length = 0; length <= sizeof(text); length++)
		for (size_t room = 0; room <= 100; room++) {
			size_t groups = length / 4 < room / 3 ? length / 4 : room / 3;
			char *to;

			cr_assert_eq(decode(text, length, room, &to), groups * 4, "%zu %zu", length, room);
			cr_assert_eq(memcmp(to, expected, groups * 3), 0);
			free(to);
		}
}

/* Each byte in each place of 16. */
Test(base64, what_is_no_digit_ends_it)
{
	char text[32], *to;

	for (int byte = 0; byte < 256; byte++)
		for (size_t place = 0; place < sizeof(text); place++) {
			size_t taken;

			memset(text, 'Q', sizeof(text));
			text[place] = (char)byte;
			taken = decode(text, sizeof(text), 64, &to);
			cr_assert_eq(taken, base64_value((char)byte) < 0 ? place / 4 * 4 : sizeof(text), "%d at %zu", byte,
				     place);
			for (size_t i = 0; i < taken / 4; i++)
				if (i != place / 4)
					cr_assert_eq(memcmp(to + 3 * i, "\x41\x04\x10", 3), 0);
			free(to);
		}
}

Test(base64, each_digit_in_each_place)
{
	for (int digit = 0; digit < 64; digit++)
		for (size_t place = 0; place < 16; place++) {
			char text[16], *to;
			unsigned char expected[12];

			memset(text, '/', sizeof(text));
			text[place] = digits[digit];
			decode_plainly(text, 4, expected);
			cr_assert_eq(decode(text, sizeof(text), 16, &to), 16);
			cr_assert_eq(memcmp(to, expected, 12), 0);
			free(to);
		}
}
