#include "world.h"

#include <criterion/criterion.h>

Test(text, compares)
{
	HOLD("length(\"\") == 0", "length(\"a\\0b\") == 3", "isEmpty(\"\")", "not isEmpty(\"\\0\")",
	     "contains(\"abc\", \"\")", "contains(\"a\\0b\", \"\\0b\")",
	     "not contains(\"\", \"a\")", "not contains(\"abc\", \"abcd\")",
	     "not contains(\"aBc\", \"b\")", "containsIgnoringCase(\"xAbC\", \"aBc\")",
	     "containsIgnoringCase(\"x\", \"\")", "not containsIgnoringCase(\"ab\", \"abc\")",
	     "equalsIgnoringCase(\"\", \"\")", "not equalsIgnoringCase(\"a\", \"ab\")",
	     "not equalsIgnoringCase(\"\\xe9\", \"\\xc9\")", "startsWith(\"abc\", \"\")",
	     "startsWith(\"abc\", \"abc\")", "not startsWith(\"abc\", \"abcd\")",
	     "not startsWith(\"abc\", \"b\")", "endsWith(\"abc\", \"\")", "endsWith(\"abc\", \"abc\")",
	     "not endsWith(\"abc\", \"b\")", "not endsWith(\"c\", \"bc\")");
}

Test(text, fits_simple_patterns)
{
	HOLD("like(\"\", \"\")", "like(\"\", \"*\")", "not like(\"\", \"?\")", "like(\"abc\", \"a*c\")",
	     "like(\"abc\", \"***\")", "like(\"abc\", \"A?C\")", "not like(\"abc\", \"a?\")",
	     "not like(\"abc\", \"b*\")", "like(\"aXbXc\", \"*x*x*\")",
	     "like(\"mississippi\", \"m*iss*p?\")", "not like(\"mississippi\", \"m*issx*\")",
	     "like(\"abab\", \"*ab\")", "not like(\"abc\", \"abc?\")", "like(\"a*c\", \"a*c\")",
	     "not like(repeat(\"a\", 3000), repeat(\"a*\", 200) + \"b\")");
}

/* Length times pattern steps would take minutes. */
Test(text, pays_for_a_pattern_that_never_ends)
{
	body_strikes(LIMIT_instructions, 1000000,
		     "return like(repeat(\"a\", 1000000), \"*\" + repeat(\"a\", 100000) + \"b\");");
}

Test(text, finds_places)
{
	HOLD("indexOf(\"abc\", \"\") == 0", "indexOf(\"abc\", \"\", 3) == 3",
	     "indexOf(\"abc\", \"\", 4) == -1", "indexOf(\"abc\", \"c\", 2) == 2",
	     "indexOf(\"abc\", \"c\", 3) == -1",
	     "indexOf(\"abc\", \"c\", 9223372036854775807) == -1",
	     "lastIndexOf(\"abc\", \"\") == 3", "lastIndexOf(\"abcabc\", \"abc\") == 3",
	     "lastIndexOf(\"abc\", \"abcd\") == -1", "lastIndexOf(\"\", \"\") == 0",
	     "lastIndexOf(\"\", \"a\") == -1", "lastIndexOf(\"abc\", \"a\") == 0",
	     "lastIndexOf(\"aab\", \"ab\") == 1", "count(\"\", \"a\") == 0",
	     "count(\"abcabc\", \"c\") == 2", "count(\" a \", \" \") == 2", "count(\"aaaa\", \"aa\") == 2");
	RAISE("index", "indexOf(\"abc\", \"c\", -1)");
	RAISE("argument", "count(\"abc\", \"\")");
}

Test(text, gives_parts)
{
	HOLD("trim(\"\") == \"\"", "trim(\" \\t\\r\\n\") == \"\"", "trimStart(\"  \") == \"\"",
	     "trimEnd(\"  \") == \"\"", "trimStart(\"a \") == \"a \"", "trimEnd(\" a\") == \" a\"",
	     "before(\"ab\", \"x\") == \"ab\"", "before(\"ab\", \"a\") == \"\"",
	     "after(\"ab\", \"x\") == \"\"", "after(\"ab\", \"b\") == \"\"",
	     "after(\"a--b\", \"--\") == \"b\"", "beforeLast(\"ab\", \"x\") == \"ab\"",
	     "afterLast(\"ab\", \"x\") == \"\"", "afterLast(\"a.b.\", \".\") == \"\"",
	     "beforeLast(\"a--b--c\", \"--\") == \"a--b\"", "removeStart(\"abc\", \"bc\") == \"abc\"",
	     "removeStart(\"abc\", \"abc\") == \"\"", "removeEnd(\"abc\", \"ab\") == \"abc\"",
	     "removeEnd(\"abc\", \"abc\") == \"\"");
}

Test(text, splits)
{
	HOLD("split(\"\", \",\") == [\"\"]", "split(\",\", \",\") == [\"\", \"\"]",
	     "split(\"a--b--c\", \"--\") == [\"a\", \"b\", \"c\"]",
	     "split(\"a,b,c\", \",\", 1) == [\"a,b,c\"]",
	     "split(\"a,b,c\", \",\", 3) == [\"a\", \"b\", \"c\"]",
	     "split(\"a,b,c\", \",\", -1) == [\"a\", \"b\", \"c\"]",
	     "length(words(\"\")) == 0", "length(words(\" \\r\\n\")) == 0",
	     "words(\"a\") == [\"a\"]", "length(lines(\"\")) == 0", "lines(\"\\n\") == [\"\"]",
	     "lines(\"a\\n\\nb\") == [\"a\", \"\", \"b\"]", "lines(\"a\\r\") == [\"a\\r\"]",
	     "lines(\"a\\r\\nb\\r\\n\") == [\"a\", \"b\"]", "lines(\"\\r\\n\\r\\n\") == [\"\", \"\"]",
	     "length(characters(\"\")) == 0",
	     "characters(\"a\\u{20ac}\") == [\"a\", \"\\u{20ac}\"]",
	     "characters(\"\\xff\\xe2\\x82\") == [\"\\xff\", \"\\xe2\", \"\\x82\"]",
	     "length(toBytes(\"\")) == 0", "toBytes(\"\\xff\\0\") == [255, 0]");
	RAISE("argument", "split(\"abc\", \"\")");
}

Test(text, tells_kinds_of_bytes)
{
	HOLD("isAscii(\"\")", "not isAscii(\"\\x80\")", "isAscii(\"\\x7f\\0\")", "isPrintable(\"\")",
	     "isPrintable(\" ~\")", "not isPrintable(\"\\x7f\")", "not isPrintable(\"a\\n\")",
	     "isUtf8(\"\")", "isUtf8(\"\\u{10ffff}\")", "not isUtf8(\"\\xc0\\x80\")",
	     "not isUtf8(\"\\xed\\xa0\\x80\")", "not isUtf8(\"\\xe2\\x82\")",
	     "not isUtf8(\"\\xf4\\x90\\x80\\x80\")", "isUtf8(\"a\\0b\")");
}

Test(text, stops_at_the_limits)
{
	body_strikes(LIMIT_instructions, 1000,
		     "var t = \"x\"; while (length(t) < 100000) { t = t + t; } return contains(t, \"y\");");
	body_strikes(LIMIT_eventMemory, 100000,
		     "return length(split(repeat(\",\", 20000), \",\")) == 1;");
}

Test(text, survives_want_of_memory)
{
	body_survives_want("return length(split(repeat(\"a,\", 5000), \",\")) == 5001;");
}
