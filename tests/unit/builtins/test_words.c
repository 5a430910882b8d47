#include "world.h"

#include <criterion/criterion.h>

Test(words, are_decoded)
{
	HOLD("decodeWords(\"\") == \"\"", "decodeWords(\"plain =? text\") == \"plain =? text\"",
	     "decodeWords(\"=?utf-8?b?w6k=?=\") == \"\\u{e9}\"", "decodeWords(\"a =?UTF-8?Q?=C3=A9_b?= c\") == \"a \\u{e9} b c\"",
	     "decodeWords(\"=?ISO-8859-1?Q?=E9?=\") == \"\\u{e9}\"", "decodeWords(\"=?iso-8859-15?q?=A4?=\") == \"\\u{20ac}\"",
	     "decodeWords(\"=?Windows-1252?Q?=80=93?=\") == \"\\u{20ac}\\u{201c}\"",
	     "decodeWords(\"=?us-ascii*en?Q?a?=\") == \"a\"", "decodeWords(\"=?us-ascii?Q?=E9?=\") == \"\\u{fffd}\"");
}

/* Blanks between two words mean nothing, elsewhere they stay. */
Test(words, lose_the_blanks_between_them)
{
	HOLD("decodeWords(\"=?UTF-8?Q?a?= =?UTF-8?Q?b?=\") == \"ab\"",
	     "decodeWords(\"=?UTF-8?Q?a?=\\r\\n =?UTF-8?B?Yg==?=\") == \"ab\"",
	     "decodeWords(\"=?UTF-8?Q?a?= b =?UTF-8?Q?c?= \") == \"a b c \"",
	     "decodeWords(\"  =?UTF-8?Q?a?=  x\") == \"  a  x\"",
	     "decodeWords(\"=?UTF-8?B?4oI=?= =?UTF-8?B?rA==?=\") == \"\\u{20ac}\"");
}

Test(words, that_are_wrong_stay_as_they_are)
{
	HOLD("decodeWords(\"=?\") == \"=?\"", "decodeWords(\"=?=\") == \"=?=\"", "decodeWords(\"=?a?=\") == \"=?a?=\"",
	     "decodeWords(\"=?UTF-8?X?a?=\") == \"=?UTF-8?X?a?=\"", "decodeWords(\"=?UTF-8?Q?a\") == \"=?UTF-8?Q?a\"",
	     "decodeWords(\"=?UTF-8?B?!?=\") == \"=?UTF-8?B?!?=\"", "decodeWords(\"=?UTF-8?Q?a b?=\") == \"=?UTF-8?Q?a b?=\"",
	     "decodeWords(\"=?nobodys?Q?=C1?=\") == \"=?nobodys?Q?=C1?=\"", "decodeWords(\"=?UTF-8?Q?=4?=\") == \"=4\"",
	     "decodeWords(\"=?UTF-8?Q?\?=\") == \"\"", "decodeWords(\"=?UTF-8?Q?a?==?UTF-8?Q?b?=\") == \"ab\"");
}

/* Beginnings without an end: one search through the text, not one for each. */
Test(words, hostile_beginnings_are_no_square)
{
	body_holds("return length(decodeWords(repeat(\"=?a?Q?\", 300000))) == 1800000;");
	body_holds("return length(decodeWords(repeat(\"=?a?Q? \", 200000) + \"?=\")) == 1400002;");
	body_holds("return length(decodeWords(repeat(\"=?\", 300000) + \"?=\")) == 600002;");
}

Test(words, are_encoded)
{
	HOLD("encodeWords(\"\") == \"\"", "encodeWords(\"plain text\") == \"plain text\"",
	     "encodeWords(\"a =? b\") == \"=?UTF-8?Q?a_=3D=3F_b?=\"",
	     "encodeWords(\"\\u{20ac}\\u{20ac}\\u{20ac}\\u{20ac}\") == \"=?UTF-8?B?4oKs4oKs4oKs4oKs?=\"",
	     "encodeWords(\"a\\r\\nb\") == \"=?UTF-8?Q?a=0D=0Ab?=\"",
	     "decodeWords(encodeWords(repeat(\"\\u{20ac}x \", 100))) == repeat(\"\\u{20ac}x \", 100)",
	     "decodeWords(encodeWords(repeat(\"\\u{1f600}\", 100))) == repeat(\"\\u{1f600}\", 100)",
	     "decodeWords(encodeWords(repeat(\"abcdefgh \\u{e9}\", 50))) == repeat(\"abcdefgh \\u{e9}\", 50)");
	RAISE("argument", "encodeWords(\"\\xff\")", "encodeWords(\"a\\xc3\")");
	body_holds("for (line in lines(encodeWords(repeat(\"ab\\u{20ac} \", 300)))) { if (length(trim(line)) > 75) { return false; } } return true;");
	body_holds("for (word in words(encodeWords(repeat(\"\\u{20ac}\", 300)))) { if (not isUtf8(decodeWords(word))) { return false; } } return true;");
}
