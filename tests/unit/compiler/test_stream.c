/* Sources that nobody wrote by hand, and how parsing goes on behind an error. */
#include "tree_text.h"

#include "compiler/parsing.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void assert_parsed(const char *source, const char *tree, const char *said)
{
	struct parsed parsed = parse_string(source);

	cr_assert_str_eq(parsed.said, said, "%s\ngot      %s\nexpected %s", source, parsed.said,
			 said);
	cr_assert_str_eq(parsed.tree, tree, "%s\ngot      %s\nexpected %s", source, parsed.tree,
			 tree);
}

/* `head`, `count` times `piece`, `tail`. */
static char *repeated(const char *head, const char *piece, size_t count, const char *tail)
{
	size_t length = strlen(piece);
	char *source = malloc(strlen(head) + length * count + strlen(tail) + 1), *at = source;

	at += sprintf(at, "%s", head);
	for (size_t i = 0; i < count; i++, at += length)
		memcpy(at, piece, length);
	strcpy(at, tail);
	return source;
}

/* ---- going on behind an error ---- */

Test(stream, the_next_statement_is_read)
{
	assert_parsed("event e { a b c; d(); }", "(event e {(do (call d))})",
		      "1:13 E0201 `;` is expected, not `b`");
	assert_parsed("event e { f(1; d(); }", "(event e {(do (call d))})",
		      "1:14 E0204 `)` is missing before `;`");
	assert_parsed("event e { f([(1; d(); }", "(event e {(do (call d))})",
		      "1:16 E0204 `)` is missing before `;`");
	assert_parsed("event e { f(1)); d(); }", "(event e {(do (call d))})",
		      "1:15 E0208 this `)` closes nothing");
	assert_parsed("event e { for (i = 0; i < 3; i++) { } d(); }", "(event e {(do (call d))})",
		      "1:18 E0213 `for` walks through a list, a map or a range");
	assert_parsed("event e { a->b; d(); }", "(event e {(do (call d))})",
		      "1:12 E0107 `->` stands only before the type of a result");
	assert_parsed("event e { x = ; }", "(event e {})",
		      "1:15 E0201 an expression is expected, not `;`");
	assert_parsed("event e { x = }", "(event e {})",
		      "1:15 E0201 an expression is expected, not `}`");
}

Test(stream, a_block_belongs_to_what_is_skipped)
{
	assert_parsed("event e { whlie (a) { b(); c(); } d(); }", "(event e {(do (call d))})",
		      "1:11 E0219 there is no statement `whlie`");
	assert_parsed("event e { if a { b(); } else { c(); } d(); }", "(event e {(do (call d))})",
		      "1:14 E0204 `(` is missing after `if`");
	assert_parsed("event e { try a { b(); } catch { c(); } d(); }", "(event e {(do (call d))})",
		      "1:15 E0205 `{` is missing");
	assert_parsed(
		"event e { whlie (a) { } // c\n b(); }", "(event e {(do (call b))})",
		"1:11 E0219 there is no statement `whlie`\n1:25 E0109 comments begin with `#`");
	assert_parsed("event e { f { g { } } h(); } event g { }",
		      "(event e {(do (call h))}) (event g {})",
		      "1:13 E0201 a block cannot stand here");
}

Test(stream, a_missing_semicolon_costs_nothing)
{
	assert_parsed("event e {\na()\nb()\n}", "(event e {})",
		      "2:4 E0202 `;` is missing\n3:4 E0202 `;` is missing");
	assert_parsed("event e {\nx = 1\ny = 2;\n}", "(event e {(assign = y 2)})",
		      "2:6 E0202 `;` is missing");
	assert_parsed("const A = 1\ntable t: net = \"%x\";\n", "(table t :net \"%x\")",
		      "1:12 E0202 `;` is missing");
}

Test(stream, the_next_declaration_is_read)
{
	assert_parsed("const A = ;\nconst B = 1;", "(const B 1)",
		      "1:11 E0201 an expression is expected, not `;`");
	assert_parsed("option a = 1\nsession var b = 2;", "(session b 2)",
		      "1:8 E0213 an option needs a type");
	assert_parsed("function f(a { b(); }\nevent e { }", "(event e {})",
		      "1:12 E0213 a parameter needs a type");
	assert_parsed("x y z event e { }\nevent f { }", "(event f {})",
		      "1:1 E0215 statements stand within an event, a method or a function");
	assert_parsed("record R { a; b: int; }", "(record R (b:int))",
		      "1:13 E0201 `:` is expected, not `;`");
}

Test(stream, a_closing_brace_ends_what_is_skipped)
{
	assert_parsed("event e { x = } const A = 1;", "(event e {}) (const A 1)",
		      "1:15 E0201 an expression is expected, not `}`");
	assert_parsed("event e { if (a) { x = } b(); }", "(event e {(if a {}) (do (call b))})",
		      "1:24 E0201 an expression is expected, not `}`");
	assert_parsed("event e { if (a) { x = (\nevent f { } const A = 1;",
		      "(event e {(if a {})}) (event f {}) (const A 1)",
		      "2:1 E0201 an expression is expected, not `event`");
}

Test(stream, errors_within_texts_end_with_the_text)
{
	assert_parsed("event e { x = \"a%{b c}d;\"; y(); }", "(event e {(do (call y))})",
		      "1:21 E0201 `}` of the %{ } is expected, not `c`");
	assert_parsed("event e { x = \"%{f(\"%{;}\")}\"; y(); }", "(event e {(do (call y))})",
		      "1:23 E0201 an expression is expected, not `;`");
	assert_parsed("event e { x = \"%{}\"; y(); }", "(event e {(do (call y))})",
		      "1:18 E0201 an expression is expected, not `}`");
}

Test(stream, blocks_that_are_not_closed)
{
	assert_parsed("event e {\nif (a) {\nb();\n}\nevent f { }",
		      "(event e {(if a {(do (call b))})}) (event f {})",
		      "5:1 E0207 a `}` is missing before this declaration");
	assert_parsed("event e { a();", "(event e {(do (call a))})",
		      "1:15 E0207 a `}` is missing before the end of the file");
	assert_parsed("event e { } } event f { }", "(event e {}) (event f {})",
		      "1:13 E0208 this `}` closes nothing");
	assert_parsed("} } }", "", "1:1 E0208 this `}` closes nothing");
}

Test(stream, the_brace_that_is_indented_wrongly_is_named)
{
	static const char source[] =
		"event e {\n\tif (a) {\n\t\tb();\n\tif (c) {\n\t\td();\n\t}\n}\nevent f { }\n";
	struct diagnostics diagnostics;
	struct arena arena;
	struct place place;

	diagnostics_init(&diagnostics);
	arena_init(&arena, 1 << 20, LIFETIME_PROGRAM);
	diagnostics_add_source(&diagnostics, "t", TEXT(source));
	parse(0, &arena, &diagnostics);
	cr_assert_str_eq(diagnostics.first->code, "E0207");
	place = source_place(&diagnostics.sources[0], diagnostics.first->related.from);
	cr_assert_eq(place.line, 2);
	arena_reset(&arena);
	diagnostics_free(&diagnostics);
}

Test(stream, texts_that_never_end)
{
	assert_parsed("const A = 1;\nevent e { x = \"a; }\n", "(const A 1)",
		      "2:15 E0103 this text never ends");
	assert_parsed("const A = \"x\ny\";\nevent e { x = \"a; }\n", "",
		      "3:15 E0103 this text never ends");
	assert_parsed("event e { x = \"%{a", "", "1:15 E0103 this text never ends");
	assert_parsed("event e { x = \"%{\"b", "", "1:15 E0103 this text never ends");
	assert_parsed("event e { x = \"a\\", "", "1:15 E0103 this text never ends");
	assert_parsed("event e { x = r\"a", "", "1:15 E0103 this text never ends");
	assert_parsed("event e { x = re\"a\\", "", "1:15 E0103 this text never ends");
	assert_parsed("test \"a%{", "", "1:6 E0103 this text never ends");
	assert_parsed("test \"", "", "1:6 E0103 this text never ends");
}

/* What the error at `source` points to besides its own place, or 0. */
static uint32_t related_place(const char *source)
{
	struct diagnostics diagnostics;
	struct arena arena;
	uint32_t place;

	diagnostics_init(&diagnostics);
	arena_init(&arena, 1 << 20, LIFETIME_PROGRAM);
	diagnostics_add_source(&diagnostics, "t", text_of_string(source, LIFETIME_PROGRAM));
	parse(0, &arena, &diagnostics);
	place = diagnostics.first->related_note ? diagnostics.first->related.from : 0;
	arena_reset(&arena);
	diagnostics_free(&diagnostics);
	return place;
}

Test(stream, the_last_text_that_spans_lines_is_named)
{
	cr_assert_eq(related_place("event e { x = \"a\nb\"; x = \"a\"; x = \"c"), 14);
	cr_assert_eq(related_place("event e { x = \"%a%\nb\"; x = \"c"), 14);
	cr_assert_eq(related_place("event e { x = r\"a\n\"; x = re\"a\nb\"; x = \"c"), 25);
	cr_assert_eq(related_place("event e { x = \"a\"; x = \"c"), 0);
	cr_assert_eq(related_place("event e { x = \"%{\"a\nb\"}"), 0, "not within the text itself");
}

Test(stream, a_text_that_ends_where_another_begins)
{
	assert_parsed("event e {\nf(\"one);\nf(\"two\");\nf(\"three);\n}\nfoo", "(event e {})",
		      "3:4 E0103 `two` follows a text directly");
}

/* ---- brackets while skipping ---- */

Test(stream, brackets_of_what_is_skipped_are_forgotten)
{
	char *source;

	assert_parsed("event e { f({ ) }); g(); }", "(event e {(do (call g))})",
		      "1:13 E0201 an expression cannot begin with `{`");
	assert_parsed("event e { f({ ] ) } + 1); g(); }", "(event e {(do (call g))})",
		      "1:13 E0201 an expression cannot begin with `{`");
	assert_parsed("event e { x = \"%{ { } \"a }\" }\"; y(); }", "(event e {(do (call y))})",
		      "1:19 E0201 an expression cannot begin with `{`");
	assert_parsed("event e { x = \"%{ { } \"x; z\" }\"; y(); }", "(event e {(do (call y))})",
		      "1:19 E0201 an expression cannot begin with `{`");
	source = repeated("event e { ", "f(1;", 300, " g(); }");
	cr_assert_str_eq(parse_string(source).tree, "(event e {(do (call g))})");
	free(source);
}

/* ---- habits from other languages are understood ---- */

Test(stream, what_was_meant_is_what_is_built)
{
	static const struct {
		const char *expression, *form, *said;
	} rows[] = {
		{ "a && b", "(and a b)", "1:13 E0107 `&&` is written `and`" },
		{ "a || b", "(or a b)", "1:13 E0107 `||` is written `or`" },
		{ "!a", "(not a)", "1:11 E0107 `!` is written `not`" },
		{ "a <> b", "(!= a b)", "1:13 E0107 not equal is written `!=`" },
		{ "a !== b", "(!= a b)", "1:13 E0107 not equal is written `!=`" },
		{ "a === b", "(== a b)", "1:13 E0107 equal is written `==`" },
		{ "a = b", "(== a b)",
		  "1:13 E0210 `=` assigns and cannot stand within an expression" },
		{ "a[1...2]", "(slice a 1 2)", "1:14 E0107 a range is written with two points" },
		{ "'it \\n'", "\"it \\u000a\"", "1:11 E0108 texts stand in double quotes" },
		{ "$12", "$1", "1:11 E0112 there are only the groups $0 to $9" },
		{ "re\"a\"q", "re\"a\"", "1:11 E0113 unknown flag of a regular expression" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char source[100], tree[100];

		snprintf(source, sizeof(source), "event e{x=%s;}", rows[i].expression);
		snprintf(tree, sizeof(tree), "(event e {(assign = x %s)})", rows[i].form);
		assert_parsed(source, tree, rows[i].said);
	}
	assert_parsed("event e{x++;y--;}", "(event e {(assign + x 0) (assign - y 0)})",
		      "1:10 E0212 there is no `++`\n1:14 E0212 there is no `--`");
	assert_parsed("// a\n/* b\n*/ event e { } /* c", "(event e {})",
		      "1:1 E0109 comments begin with `#`");
}

/* ---- bytes ---- */

Test(stream, bytes_that_are_no_text)
{
	cr_assert_str_eq(parse_bytes("event e { }\0", 12).said,
			 "1:12 E0101 this is not a text file: it holds a NUL byte");
	cr_assert_str_eq(parse_string("a b \x01").said,
			 "1:5 E0101 the byte 0x01 cannot stand here: is this a text file?");
	cr_assert_str_eq(parse_string("event e { \x01 }").said,
			 "1:11 E0101 the byte 0x01 cannot stand here: is this a text file?");
	cr_assert_str_eq(parse_string("\xff\xfe").said,
			 "1:1 E0101 the byte 0xFF cannot stand here: is this a text file?");
	cr_assert_str_eq(parse_string("\x7f").said,
			 "1:1 E0101 the byte 0x7F cannot stand here: is this a text file?");
	cr_assert_str_eq(parse_string(";\xEF\xBB\xBF").said,
			 "1:2 E0104 `\xEF\xBB\xBF` has no meaning here");
}

Test(stream, carriage_returns)
{
	cr_assert_str_eq(parse_string("event e { }\r\n").said, "");
	cr_assert_str_eq(parse_string("event e { }\rmethod m { }\r").said,
			 "1:12 E0102 a carriage return (CR) without a line feed (LF)");
	cr_assert_str_eq(parse_string("# a\rb\n").said,
			 "1:4 E0102 a carriage return (CR) without a line feed (LF)");
	cr_assert_str_eq(parse_string("const A = \"a\rb\";").said,
			 "1:13 E0102 a carriage return (CR) without a line feed (LF)");
	cr_assert_str_eq(parse_string("event e { }\r").said,
			 "1:12 E0102 a carriage return (CR) without a line feed (LF)");
}

Test(stream, one_report_for_a_run_of_stray_bytes)
{
	assert_parsed("event e { @@@@ f(); }", "(event e {(do (call f))})",
		      "1:11 E0104 `@` has no meaning here");
	assert_parsed("event e { a @ b; f(); }", "(event e {(do (call f))})",
		      "1:13 E0104 `@` has no meaning here");
	assert_parsed("@ event e { } @", "(event e {})",
		      "1:1 E0104 `@` has no meaning here\n1:15 E0104 `@` has no meaning here");
}

/* ---- depth ---- */

static bool is_too_deep(const char *head, const char *piece, size_t count, const char *tail)
{
	char *source = repeated(head, piece, count, tail);
	struct parsed parsed = parse_string(source);
	bool deep = strstr(parsed.said, "E0203") != NULL;

	free(source);
	return deep;
}

static bool brackets_too_deep(size_t count)
{
	char *open = repeated("event e { x = ", "(", count, "1");
	bool deep = is_too_deep(open, ")", count, "; }");

	free(open);
	return deep;
}

Test(stream, brackets_nest_200_deep)
{
	cr_assert(!brackets_too_deep(NESTING_MAX - 1)); /* one is the event's */
	cr_assert(brackets_too_deep(NESTING_MAX));
	cr_assert(is_too_deep("event e ", "{", 300, ""));
	cr_assert(is_too_deep("event e { x = ", "[", 100000, ""));
	cr_assert(is_too_deep("function f(a: ", "list[", 100000, ""));
}

Test(stream, interpolations_nest_16_deep)
{
	char *deepest = repeated("event e { x = ", "\"%{", 16, "a");
	char *whole = repeated(deepest, "}\"", 16, "; }");

	cr_assert_str_eq(parse_string(whole).said, "");
	free(deepest);
	free(whole);
	deepest = repeated("event e { x = ", "\"%{", 17, "a");
	whole = repeated(deepest, "}\"", 17, "; }");
	cr_assert(strstr(parse_string(whole).said, "E0111 ") != NULL);
	free(deepest);
	free(whole);
}

Test(stream, trees_are_1000_deep)
{
	cr_assert(!is_too_deep("event e { x = 1", " + 1", 900, "; }"));
	cr_assert(is_too_deep("event e { x = 1", " + 1", 1100, "; }"));
	cr_assert(is_too_deep("event e { x = ", "not ", 1100, "a; }"));
	cr_assert(is_too_deep("event e { x = ", "- ", 100000, "1; }"));
	cr_assert(is_too_deep("event e { x = ", "a ? b : ", 100000, "1; }"));
	cr_assert(is_too_deep("event e { x = a", ".b", 1100, "; }"));
	cr_assert(is_too_deep("event e { x = a", ".b()", 1100, "; }"));
	cr_assert(is_too_deep("event e { x = a", "[1]", 1100, "; }"));
	cr_assert(is_too_deep("event e { x = a", "[1..]", 1100, "; }"));
	cr_assert(!is_too_deep("event e { if (a) { } ", "else if (a) { } ", 900, "}"));
	cr_assert(is_too_deep("event e { if (a) { } ", "else if (a) { } ", 1100, "}"));
	cr_assert(is_too_deep("event e { x = \"%{1", " + 1", 1000, "}\"; }"));
	cr_assert(is_too_deep("event e { f([[1", " + 1", 997, "]]); }"));
	cr_assert(
		is_too_deep("event e { while (a) { for (i in b) { x = 1", " + 1", 998, "; } } }"));
}

/* ---- time: eight times the bytes take about eight times as long; what is quadratic takes 64 times ---- */

static clock_t time_of(const char *head, const char *piece, size_t size, const char *tail)
{
	char *source = repeated(head, piece, size / strlen(piece), tail);
	clock_t start = clock();

	parse_string(source);
	free(source);
	return clock() - start;
}

static void assert_fast(const char *head, const char *piece, const char *tail)
{
	clock_t few = time_of(head, piece, 1 << 17, tail), many = time_of(head, piece, 1 << 20, tail);

	cr_assert_lt(many, 30 * few + CLOCKS_PER_SEC / 20, "%s: %ld %ld", piece, (long)few, (long)many);
}

Test(stream, a_megabyte_of_anything_takes_linear_time)
{
	assert_fast("", "(", "");
	assert_fast("", "}", "");
	assert_fast("", "\"", "");
	assert_fast("", "/*", "");
	assert_fast("", "r\"", "");
	assert_fast("event e { x = \"", "\\n%%", "\"; }");
	assert_fast("event e { x = \"", "%a", "\"; }");
	assert_fast("event e { x = \"", "\\q", "\"; }");
	assert_fast("event e { x = \"", "a", "\"; }");
	assert_fast("event e { ", "()", "}");
	assert_fast("event e { ", "a b;", "}");
	assert_fast("event e { ", "f()\n", "}");
	assert_fast("event e { ", "a", "(); }");
	assert_fast("", "event e { ", "");
	assert_fast("", "\xe2\x80\x9c", "");
}

/* ---- chance ---- */

static unsigned next_random(unsigned *state)
{
	*state = *state * 1103515245 + 12345;
	return *state >> 16;
}

Test(stream, any_mixture_of_words_is_read_to_its_end)
{
	static const char *const words[] = {
		"if",	 "(",	   ")",	    "{",    "}",    ";",     "\"",	 "a",
		"=",	 "%{",	   "event", "else", "[",    "]",     "1",	 ".",
		"..",	 "var",	   "\n",    "not",  ",",    ":",     "function", "\"x\"",
		"const", "#",	   "re\"",  "->",   "%a%",  "\\",    "for",	 "in",
		"\n}\n", "record", "use",   "test", "try",  "catch", "'",	 "//",
		"\xff",	 "+",	   "=~",    "5x",   "\"%{", "}\"",
	};
	unsigned state = 1;

	for (int round = 0; round < 3000; round++) {
		char source[1200];
		size_t length = 0;

		for (int i = 0; i < 100; i++)
			length += (size_t)snprintf(
				source + length, sizeof(source) - length, "%s ",
				words[next_random(&state) % (sizeof(words) / sizeof(words[0]))]);
		parse_bytes(source, length);
	}
}

Test(stream, any_cut_of_a_program_is_an_error_or_none)
{
	static const char source[] =
		"use \"a\" as b; option o: text = \"x%{a}y\"; record R { a: int; }\n"
		"function f(a: list[text], b: int = 2) -> text { return a[1..2] + \"%b%\"; }\n"
		"event onConnect { if (a =~ re\"x\"i) { set(x, \"y\"); } else { try { g(); } catch "
		"(e) { } } }\n";

	for (size_t length = 0; length < sizeof(source); length++) {
		parse_bytes(source, length);
		parse_bytes(source + length, sizeof(source) - 1 - length);
	}
}
