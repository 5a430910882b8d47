#include "world.h"

#include <criterion/criterion.h>

Test(compose, changes_bytes)
{
	HOLD("lower(\"\") == \"\"", "lower(\"aBc\\xc9\") == \"abc\\xc9\"", "lower(\"[@`{\") == \"[@`{\"",
	     "upper(\"aZ09{\") == \"AZ09{\"", "reverse(\"\") == \"\"", "reverse(\"a\\0b\") == \"b\\0a\"",
	     "squeeze(\"\") == \"\"", "squeeze(\" \\t \") == \"\"", "squeeze(\"a b\") == \"a b\"",
	     "squeeze(\"\\na \\t\\r\\n b  c\") == \"a b c\"", "fromBytes([]) == \"\"",
	     "fromBytes([0, 255]) == \"\\0\\xff\"");
	RAISE("argument", "fromBytes([256])", "fromBytes([65, -1])");
}

Test(compose, repeats_and_fills)
{
	HOLD("repeat(\"ab\", 0) == \"\"", "repeat(\"\", 9223372036854775807) == \"\"",
	     "repeat(\"ab\", 1) == \"ab\"", "repeat(\"abc\", 5) == \"abcabcabcabcabc\"",
	     "length(repeat(\"abc\", 100000)) == 300000",
	     "endsWith(repeat(\"abc\", 100000), \"abcabc\")",
	     "padStart(\"abc\", 2, \"0\") == \"abc\"", "padStart(\"abc\", 3, \"\") == \"abc\"",
	     "padStart(\"a\", 6, \"xy\") == \"xyxyxa\"", "padEnd(\"a\", 6, \"xy\") == \"axyxyx\"",
	     "padEnd(\"\", 2) == \"  \"", "padEnd(\"a\", -5) == \"a\"");
	RAISE("argument", "repeat(\"a\", -1)", "padStart(\"a\", 5, \"\")", "padEnd(\"a\", 5, \"\")");
	body_strikes(LIMIT_textLength, 1000, "return repeat(\"ab\", 501) == \"\";");
	body_strikes(LIMIT_textLength, 1000, "return repeat(\"abc\", 9223372036854775807) == \"\";");
	body_strikes(LIMIT_textLength, 1000, "return padStart(\"a\", 9223372036854775807) == \"\";");
	body_strikes(LIMIT_textLength, 1000, "return padEnd(\"a\", 1001) == \"\";");
}

Test(compose, replaces)
{
	HOLD("replace(\"abc\", \"x\", \"y\") == \"abc\"", "replace(\"aaa\", \"a\", \"\") == \"\"",
	     "replace(\"aaa\", \"aa\", \"b\") == \"ba\"", "replace(\"\", \"a\", \"b\") == \"\"",
	     "replace(\"a.b\", \".\", \"..\") == \"a..b\"",
	     "replace(\"a\\0b\", \"\\0\", \"0\") == \"a0b\"", "replaceFirst(\"aaa\", \"a\", \"b\") == \"baa\"",
	     "replaceFirst(\"abc\", \"c\", \"\") == \"ab\"", "replaceFirst(\"abc\", \"x\", \"y\") == \"abc\"");
	RAISE("argument", "replace(\"abc\", \"\", \"x\")", "replaceFirst(\"abc\", \"\", \"x\")");
	body_strikes(LIMIT_textLength, 10000,
		     "return length(replace(repeat(\"a\", 5000), \"a\", \"bbb\")) == 0;");
}

Test(compose, joins)
{
	HOLD("join([], \",\") == \"\"", "join([\"a\"], \",\") == \"a\"", "join([\"\", \"\"], \",\") == \",\"",
	     "join([\"a\", \"b\", \"c\"]) == \"abc\"", "join(split(\"a,b,c\", \",\"), \",\") == \"a,b,c\"");
	body_strikes(LIMIT_textLength, 1000,
		     "return join([repeat(\"a\", 600), repeat(\"b\", 600)]) == \"\";");
}

Test(compose, survives_want_of_memory)
{
	body_survives_want("return length(replace(repeat(\"a\", 50000), \"a\", \"bc\")) == 100000;");
	body_survives_want("return length(join(split(repeat(\"a,\", 3000), \",\"), \"-\")) == 6000;");
}

/* Charged by what is made: a few instructions cannot make gigabytes. */
Test(compose, pays_for_what_it_makes)
{
	body_strikes(LIMIT_instructions, 10000,
		     "var n = 0; while (n < 1000) { n += 1; var t = repeat(\"x\", 100000); } return true;");
}
