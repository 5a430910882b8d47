#include "tree_text.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* What is said about an expression, as the value of x in line 1. */
static const char *said_about(const char *expression)
{
	char source[2000];

	snprintf(source, sizeof(source), "event e{x=%s;}", expression);
	return parse_string(source).said;
}

static void assert_said(const char *expression, const char *said)
{
	const char *got = said_about(expression);

	cr_assert_str_eq(got, said, "%s\ngot      %s\nexpected %s", expression, got, said);
}

Test(literal, integers_at_their_edges)
{
	assert_said("9223372036854775807", "");
	assert_said("9223372036854775808", "1:11 E0106 this number is too large");
	assert_said("-9223372036854775808", "");
	assert_said("-9223372036854775809", "1:12 E0106 this number is too large");
	assert_said("0x7fffffffffffffff", "");
	assert_said("0x8000000000000000", "1:11 E0106 this number is too large");
	assert_said("8589934591G", "");
	assert_said("8589934592G", "1:11 E0106 this number is too large");
	assert_said("9007199254740991K", "");
	assert_said("9007199254740992K", "1:11 E0106 this number is too large");
}

Test(literal, durations_at_their_edges)
{
	assert_said("106751991d", "");
	assert_said("106751992d", "1:11 E0106 this duration is too long");
	assert_said("9223372036854775ms", "");
	assert_said("9223372036854776ms", "1:11 E0106 this duration is too long");
}

Test(literal, floats_at_their_edges)
{
	char digits[700];

	memset(digits, '1', sizeof(digits));
	digits[1] = '.';
	digits[510] = '\0';
	assert_said(digits, "");
	digits[510] = '1';
	digits[511] = '\0';
	assert_said(digits, "1:11 E0106 this number has too many digits");
	digits[511] = '1';
	digits[699] = '\0';
	assert_said(digits, "1:11 E0106 this number has too many digits");
	memset(digits, '9', 400);
	memcpy(digits + 400, ".0", 3);
	assert_said(digits, "1:11 E0106 this number has too many digits");
}

static const char *help_for(const char *number)
{
	static char help[200];
	static struct diagnostics diagnostics;
	struct arena arena;
	char source[200];

	snprintf(source, sizeof(source), "const A = %s;", number);
	diagnostics_init(&diagnostics);
	arena_init(&arena, 1 << 20, LIFETIME_PROGRAM);
	diagnostics_add_source(&diagnostics, "t", text_of_string(source, LIFETIME_EVENT));
	parse(0, &arena, &diagnostics);
	cr_assert_eq(diagnostics.errors, 1, "%s", number);
	cr_assert_str_eq(diagnostics.first->code, "E0106", "%s", number);
	snprintf(help, sizeof(help), "%s", diagnostics.first->help);
	arena_reset(&arena);
	diagnostics_free(&diagnostics);
	return help;
}

Test(literal, malformed_numbers_and_their_cure)
{
	cr_assert_str_eq(help_for("10k"), "sizes are written with capitals: 10K");
	cr_assert_str_eq(help_for("1_000kB"), "sizes are written 10K, 2M, 1G");
	cr_assert_str_eq(help_for("30S"), "durations are written with small letters: 30s");
	cr_assert_str_eq(help_for("30sec"), "seconds are written 30s");
	cr_assert_str_eq(help_for("1h30m"), "join durations with +: 1h + 30m");
	cr_assert_str_eq(help_for("1e9"), "there is no exponent: write all the digits");
	cr_assert_str_eq(help_for("1.5e9"), "there is no exponent: write all the digits");
	cr_assert_str_eq(help_for("1_"), "`_` stands between two digits: 1_000");
	cr_assert_str_eq(help_for("1__0"), "`_` stands between two digits: 1_000");
	cr_assert_str_eq(help_for("1."), "numbers have digits on both sides of the point: 1.0");
	cr_assert_str_eq(help_for("5x"), "the suffixes of numbers are K M G (sizes) and "
					 "ms s m h d (durations)");
}

Test(literal, bytes_that_are_not_utf8)
{
	assert_said("\"\xe9\"", "1:12 E0114 the byte 0xE9 is not UTF-8");
	assert_said("\"a\xc3\"", "1:13 E0114 the byte 0xC3 is not UTF-8");
	assert_said("\"\xed\xa0\x80\"", "1:12 E0114 the byte 0xED is not UTF-8");
	assert_said("r\"\xff\"", "1:13 E0114 the byte 0xFF is not UTF-8");
	assert_said("re\"\xff\"", "1:14 E0114 the byte 0xFF is not UTF-8");
	assert_said("\"%a%\xff\"", "1:15 E0114 the byte 0xFF is not UTF-8");
	cr_assert_str_eq(parse_string("use \"\xff\";").said,
			 "1:6 E0114 the byte 0xFF is not UTF-8");
	cr_assert_str_eq(parse_string("# \xff\n").said, "", "comments may hold anything");
}

Test(literal, escapes_that_are_none)
{
	assert_said("\"\\d\"", "1:12 W0101 `\\d` is no escape: the backslash stays in the text");
	assert_said("\"\\x4g\"", "1:12 W0101 `\\x` is no escape: the backslash stays in the text");
	assert_said("\"\\u{}\"", "1:12 W0101 `\\u` is no escape: the backslash stays in the text");
	assert_said("\"\\u{1234567}\"",
		    "1:12 W0101 `\\u` is no escape: the backslash stays in the text");
	assert_said("\"\\u{12\"", "1:12 W0101 `\\u` is no escape: the backslash stays in the text");
	assert_said("\"\\\xc3\xa9\"",
		    "1:12 W0101 `\\\xc3\xa9` is no escape: the backslash stays in the text");
	assert_said("\"\\\n\"", "1:12 W0101 `\\` is no escape: the backslash stays in the text");
	assert_said("\"\\u{110000}\"", "1:12 E0115 `\\u{110000}` is not a character");
	assert_said("\"\\u{D800}\"", "1:12 E0115 `\\u{D800}` is not a character");
	assert_said("\"\\u{dfff}\"", "1:12 E0115 `\\u{dfff}` is not a character");
	assert_said("\"\\u{D7FF}\\u{E000}\\u{10FFFF}\"", "");
	assert_said("r\"\\d\"", "");
	assert_said("re\"\\d\"", "");
}

Test(literal, an_unknown_escape_protects_what_follows)
{
	struct parsed parsed = parse_string("event e { x = \"\\d\\\\\\\"%a%\"; }");

	cr_assert_str_eq(parsed.tree, "(event e {(assign = x (template \"\\\\d\\\\\\\"\" %a))})");
}

/* Each as a new copy of all before it, they would take more than the compiler has. */
Test(literal, very_many_pieces_make_one_text)
{
	enum { PIECES = 40000 };
	static char source[2 * PIECES + 64];
	int length = snprintf(source, sizeof(source), "event e{x=\"");

	memset(source + length, '%', 2 * PIECES);
	strcpy(source + length + 2 * PIECES, "\";}");
	cr_assert_str_eq(parse_string(source).said, "");
}

Test(literal, regex_flags)
{
	assert_said("re\"a\"imsxu", "");
	assert_said("re\"a\"I", "1:11 E0113 unknown flag of a regular expression");
	assert_said("re\"a\"i2", "1:11 E0113 unknown flag of a regular expression");
}
