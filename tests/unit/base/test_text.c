#include "base/text.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct text of(const char *string)
{
	return text_of_string(string, LIFETIME_EVENT);
}

static const struct text none = { NULL, 0, LIFETIME_EVENT };

Test(text, equality)
{
	cr_assert(text_equals(of("ab"), of("ab")));
	cr_assert(!text_equals(of("ab"), of("aB")));
	cr_assert(!text_equals(of("ab"), of("abc")));
	cr_assert(text_equals(none, of("")));
	cr_assert(text_equals_string(of("ab"), "ab"));
	cr_assert(!text_equals(text_of("a\0b", 3, 0), text_of("a\0c", 3, 0)));
	cr_assert(text_equals_ignoring_case(of("Ab-1"), of("aB-1")));
	cr_assert(!text_equals_ignoring_case(of("ab"), of("ac")));
	cr_assert(!text_equals_ignoring_case(of("\xc3\x89"), of("\xc3\xa9")), "ASCII only");
	cr_assert(!text_equals_ignoring_case(of("@"), of("`")));
	cr_assert(!text_equals_ignoring_case(of("["), of("{")));
	cr_assert(text_equals_ignoring_case(of("AZ"), of("az")));
	cr_assert(text_equals_ignoring_case(of("X-Spam-Status"), of("x-sPAM-statuS")));
	for (int byte = 1; byte < 256; byte++) { /* within a word of eight bytes, and alone */
		char a[] = "aaaaaaaaa", b[] = "aaaaaaaaa";
		bool letter = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');

		a[3] = (char)byte;
		b[3] = (char)(byte ^ 0x20);
		cr_expect_eq(text_equals_ignoring_case(of(a), of(b)), letter, "%d", byte);
		a[8] = a[3], b[8] = b[3], a[3] = b[3] = 'a';
		cr_expect_eq(text_equals_ignoring_case(of(a), of(b)), letter, "%d", byte);
	}
}

Test(text, case_of_bytes)
{
	for (int byte = 0; byte < 256; byte++) {
		char from[9], lower[9], upper[9];

		memset(from, byte, sizeof(from)); /* one word, and one byte behind it */
		bytes_lower(lower, from, sizeof(from));
		bytes_upper(upper, from, sizeof(from));
		for (size_t i = 0; i < sizeof(from); i++) {
			cr_expect_eq(lower[i], byte_lower((char)byte), "%d at %zu", byte, i);
			cr_expect_eq(upper[i], byte_upper((char)byte), "%d at %zu", byte, i);
		}
	}
}

Test(text, order)
{
	cr_assert_eq(text_compare(of("a"), of("a")), 0);
	cr_assert_lt(text_compare(of("a"), of("b")), 0);
	cr_assert_gt(text_compare(of("b"), of("ab")), 0);
	cr_assert_lt(text_compare(of("a"), of("ab")), 0);
	cr_assert_gt(text_compare(of("ab"), of("a")), 0);
	cr_assert_lt(text_compare(none, of("a")), 0);
	cr_assert_gt(text_compare(of("\xff"), of("a")), 0, "bytes have no sign");
}

Test(text, starts_and_ends)
{
	cr_assert(text_starts_with(of("abc"), of("ab")));
	cr_assert(text_starts_with(of("abc"), of("abc")));
	cr_assert(!text_starts_with(of("ab"), of("abc")));
	cr_assert(!text_starts_with(of("abc"), of("b")));
	cr_assert(text_starts_with(of("abc"), none));
	cr_assert(text_ends_with(of("abc"), of("bc")));
	cr_assert(!text_ends_with(of("abc"), of("ab")));
	cr_assert(!text_ends_with(of("c"), of("bc")));
	cr_assert(text_ends_with(none, none));
	cr_assert(text_contains_byte(of("abc"), 'c'));
	cr_assert(!text_contains_byte(of("abc"), '\0'));
	cr_assert(!text_contains_byte(none, 'a'));
}

Test(text, finding)
{
	cr_assert_eq(text_find(of("abcabc"), of("bc"), 0), 1);
	cr_assert_eq(text_find(of("abcabc"), of("bc"), 2), 4);
	cr_assert_eq(text_find(of("abcabc"), of("bc"), 5), -1);
	cr_assert_eq(text_find(of("abc"), of("abcd"), 0), -1);
	cr_assert_eq(text_find(of("abc"), none, 3), 3);
	cr_assert_eq(text_find(of("abc"), none, 4), -1);
	cr_assert_eq(text_find(none, of("a"), 0), -1);
	cr_assert_eq(text_find_ignoring_case(of("xxSuBject"), of("subJECT"), 0), 2);
	cr_assert_eq(text_find_ignoring_case(of("xxSuBject"), of("subJECT"), 2), 2);
	cr_assert_eq(text_find_ignoring_case(of("xxSuBject"), of("subJECT"), 3), -1);
	cr_assert_eq(text_find_ignoring_case(of("abc"), of("C"), 0), 2);
	cr_assert_eq(text_find_ignoring_case(of("abc"), none, 3), 3);
}

Test(text, parts_and_trimming)
{
	cr_assert(text_equals(text_part(of("abcd"), 1, 3), of("bc")));
	cr_assert_eq(text_part(of("abcd"), 4, 4).length, 0);
	cr_assert_eq(text_part(of("abcd"), 1, 3).lifetime, LIFETIME_EVENT);
	cr_assert(text_equals(text_trim(of(" \t\r\na b\n ")), of("a b")));
	cr_assert_eq(text_trim(of("  \t ")).length, 0);
	cr_assert_eq(text_trim(none).length, 0);
}

static bool is_int(const char *string, int64_t *number)
{
	return text_to_int(of(string), number);
}

Test(text, integers)
{
	int64_t number = 77;

	cr_assert(is_int("0", &number) && number == 0);
	cr_assert(is_int("-12", &number) && number == -12);
	cr_assert(is_int("+12", &number) && number == 12);
	cr_assert(is_int("9223372036854775807", &number) && number == INT64_MAX);
	cr_assert(is_int("-9223372036854775808", &number) && number == INT64_MIN);
	number = 77;
	cr_assert(!is_int("9223372036854775808", &number));
	cr_assert(!is_int("-9223372036854775809", &number));
	cr_assert(!is_int("99999999999999999999999", &number));
	cr_assert(!is_int("", &number) && !is_int("-", &number) && !is_int("+", &number));
	cr_assert(!is_int("1 ", &number) && !is_int("1a", &number) && !is_int("--1", &number));
	cr_assert_eq(number, 77, "unchanged on failure");
}

Test(text, floats)
{
	double number = 0;

	cr_assert(text_to_float(of("1.5"), &number) && number == 1.5);
	cr_assert(text_to_float(of("-2e3"), &number) && number == -2000);
	cr_assert(!text_to_float(of("nan"), &number));
	cr_assert(!text_to_float(of("0x10"), &number));
	cr_assert(!text_to_float(of("1e999"), &number));
	cr_assert(!text_to_float(of(""), &number));
	cr_assert(!text_to_float(of("1.5x"), &number));
	cr_assert(!text_to_float(text_of("1\0", 2, 0), &number));
}

Test(text, characters_of_utf8)
{
	static const struct {
		const char *bytes;
		size_t length;
	} rows[] = {
		{ "a", 1 },
		{ "\xc3\xa9", 2 },
		{ "\xe2\x82\xac", 3 },
		{ "\xf0\x9f\x98\x80", 4 },
		{ "\x80", 0 },
		{ "\xc3", 0 },
		{ "\xc0\x80", 0 },
		{ "\xc1\xbf", 0 },
		{ "\xe0\x9f\x80", 0 },
		{ "\xe0\xa0\x80", 3 },
		{ "\xed\x9f\xbf", 3 },
		{ "\xed\xa0\x80", 0 },
		{ "\xf0\x8f\x80\x80", 0 },
		{ "\xf0\x90\x80\x80", 4 },
		{ "\xf4\x8f\xbf\xbf", 4 },
		{ "\xf4\x90\x80\x80", 0 },
		{ "\xf5\x80\x80\x80", 0 },
		{ "\xe2\x82z", 0 },
		{ "\xff", 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_assert_eq(text_character(of(rows[i].bytes), 0), rows[i].length, "row %zu", i);
	cr_assert_eq(text_character(of("a\xc3\xa9"), 1), 2);
	cr_assert_eq(text_character(text_of("\xe2\x82\xac", 2, 0), 0), 0, "cut by the end");
}

static void expect_digits(int64_t number, const char *expected)
{
	char digits[INT_PRINTED_MAX];

	cr_expect(text_equals_string(text_of(digits, int_print(number, digits), LIFETIME_EVENT),
				     expected),
		  "%s", expected);
}

Test(text, numbers_in_digits)
{
	expect_digits(0, "0");
	expect_digits(-1, "-1");
	expect_digits(1234567890123, "1234567890123");
	expect_digits(INT64_MAX, "9223372036854775807");
	expect_digits(INT64_MIN, "-9223372036854775808");
	for (int64_t power = 1; power <= INT64_MAX / 10; power *= 10)
		for (int64_t number = power - 1; number <= power + 1; number++) {
			char printed[32];

			snprintf(printed, sizeof(printed), "%lld", (long long)number);
			expect_digits(number, printed);
			snprintf(printed, sizeof(printed), "%lld", (long long)-number);
			expect_digits(-number, printed);
		}
}

Test(text, words_are_what_white_space_ends)
{
	struct text text = TEXT("  one\ttwo\r\n three"), word;
	size_t at = 0;

	cr_assert(text_next_word(text, &at, &word) && text_equals(word, TEXT("one")));
	cr_assert(text_next_word(text, &at, &word) && text_equals(word, TEXT("two")));
	cr_assert(text_next_word(text, &at, &word) && text_equals(word, TEXT("three")));
	cr_assert_not(text_next_word(text, &at, &word));
	at = 0;
	cr_assert_not(text_next_word(TEXT(" \t"), &at, &word));
	cr_assert_eq(at, 2);
	at = 0;
	cr_assert_not(text_next_word(TEXT_EMPTY, &at, &word));
}
