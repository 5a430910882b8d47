#include "check_support.h"

#include <criterion/criterion.h>

TestSuite(check_declarations, .fini = check_forget);

Test(check_declarations, constants)
{
	static const struct check_case cases[] = {
		{"const A = B + 1; const B = 2;", ""},
		{"const A = B; const B = A;", "E0319"},
		{"const A = A;", "E0319"},
		{"const A = now();", "E0319"},
		{"const A = mailFrom;", "E0319"},
		{"const A = [1, 2]; const B = [\"a\": [1]]; const C = re\"x\"; const D: net = "
		 "\"::/0\";",
		 ""},
		{"const A = [lower(\"A\")];", "E0319"},
		{"const A: int = \"a\";", "E0306"},
		{"const A = [];", "E0315"},
		{"const A: list[int] = [];", ""},
		{"record R { a: time; } const A = R(a: now());", "E0319"},
		{"record R { a: int; } const A = R(a: 1);", ""},
		{"const A = f(); function f() -> int { return 1; }", "E0319"},
		{"option o: int = 3; const A = o * 2;", ""},
		{"const A = true ? 1 : 2; const B = not (A == 1);", ""},
		{"const A = reject();", "E0327"},
	};

	assert_cases(cases, check_source);
}

/* A constant first needed within a function does not see that function's names. */
Test(check_declarations, constants_see_no_locals)
{
	assert_codes(
		check_source("event onData { var a = 1; log.info(\"%a% %{A}\"); } const A = a;"),
		"E0301");
	assert_codes(check_source("event onData { set(x, \"%{A}\"); } const A = \"%y%\";"),
		     "E0301");
}

Test(check_declarations, functions)
{
	static const struct check_case cases[] = {
		{ "function f(a: int, b: int = 2) { }", "" },
		{ "function f(a: int = 1, b: int) { }", "E0309" },
		{ "function f(a: int = \"x\") { }", "E0306" },
		{ "function f(a: int = mailCount) { }", "E0319" },
		{ "function f(a: list[int] = [], b: net = \"::/0\", c: ip = \"::1\") { }", "" },
		{ "function f(a: nothing) -> nothing2 { }", "E0302 E0302" },
		{ "function f(a: text) -> text { return a; } function g() -> text { return "
		  "f(\"x\"); }",
		  "" },
		{ "use \"x\" as y;", "" },
		{ "shared var x: counter;", "" },
		{ "shared var x: text;", "E0331" },
		{ "test \"x\" { nothing.known(); x = ; }", "E0201" },
		{ "test \"x\" { nothing.known(); x = 1; }", "" },
	};

	assert_cases(cases, check_source);
}

Test(check_declarations, variables)
{
	static const struct check_case cases[] = {
		{"session var a = 0.0; session var b: list[text]; message var c: socket;", ""},
		{"session var a: int = \"x\";", "E0306"},
		{"session var a = [];", "E0315"},
		{"session var a = now(); session var b: time = now();", ""},
		{"session var a = f(); function f() -> int { return 5; }", ""},
		{"session var a = 1; session var b = a + 1;", ""},
		{"session var a = nobody;", "E0301"},
		{"session var a = reject();", "E0327"},
		{"session var a = f(); function f() -> int { reject(); }", "E0402"},
		{"session var a = header(\"X\");", "E0402"},
		{"session var a: regex;", "E0321"},
		{"table t: text = \"file:x\"; session var a = t;", "E0306"},
	};

	assert_cases(cases, check_source);
}

Test(check_declarations, globals_have_slots_and_lifetimes)
{
	struct checked *one = check_source(
		"session var a: int; message var b = 2; event onData { set(c, \"x\"); }");
	const struct global *g = one->program->globals;

	cr_assert_eq(one->program->global_count, 3);
	cr_assert(g->lifetime == LIFETIME_SESSION && g->slot == 0 && g->initial == NULL);
	g = g->next;
	cr_assert(g->lifetime == LIFETIME_MESSAGE && g->slot == 1 && g->initial->constant.i == 2);
	g = g->next;
	cr_assert(g->kind == GLOBAL_POLICY && g->slot == 2 && g->type == &type_text);
	cr_assert_null(g->next);
}

Test(check_declarations, events)
{
	struct checked *one =
		check_source("event onData { } event onMailFrom { } event onData { return; }");
	const struct event_body *body = one->program->events[EVENT_onData];

	cr_assert_not_null(body);
	cr_assert_null(body->function->declaration->body->first);
	cr_assert_not_null(body->next);
	cr_assert_eq(body->next->function->declaration->body->first->kind, STATEMENT_RETURN);
	cr_assert_null(body->next->next);
	cr_assert_null(one->program->events[EVENT_onConnect]);
	assert_codes(check_source("event onMailfrom { }"), "E0401");
	assert_codes(check_source("event onWhatever { x = 1; }"), "E0401 E0301");
	assert_codes(
		check_source("event onRelay { } event onDeliverySuccess { } event onStart { }"),
		"");
}
