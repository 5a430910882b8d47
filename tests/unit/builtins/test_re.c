#include "world.h"

#include <criterion/criterion.h>

Test(re, matches)
{
	HOLD("re.match(re\"^b\"m, \"a\\nb\")", "not re.match(re\"^b\", \"ab\")", "matches(\"\", re\"^$\")",
	     "not matches(\"a\", re\"b\")", "find(re\"x\", \"abc\") == \"\"", "find(re\"\", \"abc\") == \"\"",
	     "find(re\"b.\", \"a\\0b\\0c\") == \"b\\0\"", "position(re\"a\", \"banana\", 2) == 3",
	     "position(re\"^a\", \"aa\", 1) == -1", "position(re\"a\", \"banana\", 6) == -1",
	     "position(re\"\", \"ab\", 2) == 2", "position(re\"\", \"ab\", 3) == -1",
	     "length(groups(re\"(x)\", \"abc\")) == 0", "groups(re\"(a)|(b)\", \"b\")[2] == \"b\"",
	     "groups(re\"(a)|(b)\", \"b\")[1] == \"\"", "length(groups(re\"a\", \"a\")) == 10");
	RAISE("index", "position(re\"a\", \"a\", -1)");
	RAISE("argument", "re.match(re\"a\"u, \"\\xff\")");
}

Test(re, finds_all)
{
	HOLD("length(findAll(re\"x\", \"\")) == 0", "findAll(re\"a*\", \"baac\") == [\"\", \"aa\", \"\", \"\"]",
	     "findAll(re\"\", \"ab\") == [\"\", \"\", \"\"]", "findAll(re\"\"u, \"\\u{20ac}\") == [\"\", \"\"]",
	     "findAll(re\"aa\", \"aaaaa\") == [\"aa\", \"aa\"]", "re.count(re\"\", \"\") == 1",
	     "re.count(re\"(?=a)\", \"aa\") == 2", "findAll(re\".\"su, \"a\\u{20ac}\\n\") == [\"a\", \"\\u{20ac}\", \"\\n\"]");
}

Test(re, splits_and_replaces)
{
	HOLD("re.split(re\",\", \"\") == [\"\"]", "re.split(re\",\", \",\") == [\"\", \"\"]",
	     "re.split(re\"\", \"abc\") == [\"a\", \"b\", \"c\"]", "re.split(re\"[,;]+\", \"a,;b\") == [\"a\", \"b\"]",
	     "re.split(re\"x\", \"abc\") == [\"abc\"]", "re.replace(re\"x\", \"abc\", \"y\") == \"abc\"",
	     "re.replace(re\"a\", \"banana\", \"\") == \"bnn\"", "re.replace(re\"(n)\", \"banana\", \"<$1$0$9>\") == \"ba<nn>a<nn>a\"",
	     "re.replace(re\"a\", \"a\", \"$$1 $x $\") == \"$1 $x $\"", "re.replace(re\"\", \"ab\", \"-\") == \"-a-b-\"",
	     "re.replace(re\"^\", \"ab\", \"> \") == \"> ab\"", "re.replace(re\"$\", \"ab\", \"!\") == \"ab!\"");
}

Test(re, quotes_and_compiles)
{
	HOLD("quote(\"\") == \"\"", "re.match(re.compile(\"^\" + quote(\"a.b*c[\\\\]{}|^$#- \\n\\0\\xe9_9\") + \"$\", \"x\"), "
	     "\"a.b*c[\\\\]{}|^$#- \\n\\0\\xe9_9\")", "re.match(re.compile(\"b$\", \"im\"), \"aB\\nc\")");
	RAISE("argument", "re.compile(\"(\")", "re.compile(\"a\", \"y\")", "re.compile(\"[\")",
	      "re.compile(\"a{3,1}\")");
}

Test(re, stops_at_the_limits)
{
	body_strikes(LIMIT_regexMatch, 1000,
		     "return re.match(re.compile(\"^(a+)+$\"), repeat(\"a\", 40) + \"b\");");
	body_strikes(LIMIT_regexTime, 0, "return re.match(re\"[bc]\", repeat(\"a\", 1000));");
	body_strikes(LIMIT_instructions, 100000,
		     "var t = repeat(\"a\", 100000); for (i in 0..50) { if (re.match(re\"b\", t)) { return false; } } return true;");
	body_strikes(LIMIT_textLength, 10000,
		     "return re.replace(re\"a\", repeat(\"a\", 5000), \"bbb\") == \"\";");
}

/* Each search pays for what it looked through: the text's length once, not for each match. */
Test(re, many_matches_are_no_square)
{
	body_holds("return re.count(re\"a\", repeat(\"a\", 1000000)) == 1000000;");
	body_holds("return length(re.replace(re\"a\", repeat(\"a\", 300000), \"bc\")) == 600000;");
	body_strikes(LIMIT_instructions, 10000000,
		     "return re.count(re\"a\"u, repeat(\"a\", 1000000)) == 1000000;");
}

Test(re, survives_want_of_memory)
{
	body_survives_want("return length(findAll(re\"a\", repeat(\"a\", 5000))) == 5000;");
}
