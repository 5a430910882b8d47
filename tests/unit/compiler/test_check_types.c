#include "check_support.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(check_types, .fini = check_forget);

Test(check_types, written_types)
{
	static const struct check_case cases[] = {
		{"function f(a: bool, b: int, c: float, d: text, e: ip, f: net, g: duration) { }",
		 ""},
		{"function f(a: time, b: regex, c: socket, d: milter) { }", ""},
		{"function f(a: list[int], b: map[text, list[ip]], c: milter.Reply, d: Error) { }",
		 ""},
		{"function f(a: list) { }", "E0302"},
		{"function f(a: list[int, int]) { }", "E0302"},
		{"function f(a: map[int]) { }", "E0302"},
		{"function f(a: int[text]) { }", "E0302"},
		{"function f(a: map[float, int]) { }", "E0326"},
		{"function f(a: map[ip, int], b: map[int, ip]) { }", ""},
		{"function f(a: string) { }", "E0302"},
		{"function f(a: milter.Nothing) { }", "E0302"},
		{"function f(a: nomodule.Reply) { }", "E0302"},
		{"function f(a: Reply) { }", "E0302"},
		{"function f(a: nothing) { }", "E0302"},
		{"function f(a: json) { }", ""},
		{"function f(a: counter) { }", "E0331"},
		{"function f(a: cache[text, int]) { }", "E0331"},
		{"function f(a: table) { }", "E0302"},
	};

	assert_cases(cases, check_source);
	cr_assert_str_eq(check_help(check_source("function f(a: string) { }")),
			 "texts are of type `text`");
}

Test(check_types, records)
{
	static const struct check_case cases[] = {
		{"record A { x: int; y: list[B]; } record B { z: text; }", ""},
		{"record A { x: A; }", "E0320"},
		{"record A { x: list[A]; }", "E0320"},
		{"record A { b: B; } record B { a: map[text, A]; }", "E0320"},
		{"record A { x: int; x: text; }", "E0303"},
		{"record A { x: int = 5; y: text = \"%{1 + 1}\"; z: ip = \"192.0.2.1\"; }", ""},
		{"record A { x: int = \"5\"; }", "E0306"},
		{"record A { x: time = now(); }", "E0319"},
		{"record A { x: Nothing; }", "E0302"},
		{"record A { x: int; } record A { y: int; }", "E0303"},
	};

	assert_cases(cases, check_source);
}

Test(check_types, first_values)
{
	static const struct check_case cases[] = {
		{"var a: int; var b: text; var c: list[ip]; var d: socket; "
		 "log.info(\"%a% %b% %{c.length()}\"); d.close();",
		 ""},
		{"var a: ip; log.info(\"%a%\");", "E0321"},
		{"var a: time; log.info(\"%a%\");", "E0321"},
		{"var a: net; log.info(\"%a%\");", "E0321"},
		{"var a: regex; log.info(\"%{mailFrom =~ a}\");", "E0321"},
		{"var a: Error; log.info(a.kind);", ""},
	};

	assert_cases(cases, check_statements);
	assert_codes(check_source("session var a: ip;"), "E0321");
	assert_codes(check_source("record R { a: ip; } session var r: R;"), "E0321");
	assert_codes(check_source("record R { a: ip = \"::1\"; } session var r: R;"), "");
	assert_codes(check_source("record R { a: int; } session var r: list[R];"), "");
}

Test(check_types, a_record_without_value_begins_with_its_defaults)
{
	struct checked *one = check_source("record R { a: int = 7; b: text; } session var r: R;");
	const struct expression *initial = one->program->globals->initial;

	cr_assert_eq(initial->kind, EXPRESSION_NEW_RECORD);
	cr_assert_eq(initial->arguments.count, 2);
	cr_assert_eq(initial->arguments.items[0].value->constant.i, 7);
	cr_assert_eq(initial->arguments.items[1].value->constant.text.length, 0);
}

/* R0 holds `width` fields of R1, that of R2, and so on. */
static const char *chain(int length, int width)
{
	static char source[200000];
	size_t at = 0;

	for (int i = 0; i < length; i++) {
		at += (size_t)snprintf(source + at, sizeof(source) - at, "record R%d { ", i);
		for (int j = 0; j < width; j++)
			at += (size_t)snprintf(source + at, sizeof(source) - at, "f%d: R%d; ", j,
					       i + 1);
		at += (size_t)snprintf(source + at, sizeof(source) - at, "}\n");
	}
	snprintf(source + at, sizeof(source) - at, "record R%d { x: int; }", length);
	return source;
}

Test(check_types, records_neither_nest_nor_grow_without_end)
{
	assert_codes(check_source(chain(20, 1)), "");
	cr_assert_str_eq(check_message(check_source(chain(33, 1))),
			 "the field `f0` nests too deep");
	cr_assert_null(check_source(chain(3000, 1))->program);
	cr_assert_null(check_source(chain(30, 2))->program);
}

Test(check_types, a_record_has_at_most_64_fields)
{
	static char source[4096];
	size_t at = (size_t)snprintf(source, sizeof(source), "record R { ");

	for (int i = 0; i < 64; i++)
		at += (size_t)snprintf(source + at, sizeof(source) - at, "f%d: int; ", i);
	snprintf(source + at, sizeof(source) - at, "}");
	assert_codes(check_source(source), "");
	snprintf(source + at, sizeof(source) - at, "more: int; }");
	assert_codes(check_source(source), "E0320");
}
