#include "check_support.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(check_calls, .fini = check_forget);

static struct checked *with_f(const char *statements)
{
	static char source[2048];

	snprintf(source, sizeof(source),
		 "function f(a: int, b: text = \"x\", c: float = 2) -> text { return \"%%a%% %%b%% "
		 "%%c%%\"; } "
		 "method m { } record R { a: int; b: text = \"d\"; } "
		 "event onDataReceived { %s } event onAbort { log.info(f(R(a: 1).a)); }",
		 statements);
	return check_source(source);
}

Test(check_calls, arguments)
{
	static const struct check_case cases[] = {
		{"log.info(f(1));", ""},
		{"log.info(f(1, \"y\", 3));", ""},
		{"log.info(f(1, c: 3));", ""},
		{"log.info(f(c: 3, a: 1));", ""},
		{"log.info(f(1, c: 3, b: \"z\"));", ""},
		{"log.info(f());", "E0309"},
		{"log.info(f(b: \"y\"));", "E0309"},
		{"log.info(f(1, \"y\", 3, 4));", "E0309"},
		{"log.info(f(1, a: 2));", "E0309"},
		{"log.info(f(1, c: 1, c: 2));", "E0309"},
		{"log.info(f(1, d: 2));", "E0309"},
		{"log.info(f(c: 1, 2));", "E0309"},
		{"log.info(f(\"1\"));", "E0306"},
		{"log.info(f(1, 2));", "E0306"},
		{"log.info(1.f());", ""},
		{"log.info(mailCount.f(\"y\"));", ""},
		{"log.info(mailFrom.f());", "E0306"},
		{"m();", ""},
		{"m(1);", "E0309"},
		{"var x = m(); log.info(x);", "E0327"},
		{"f(1);", ""},
		{"log.info(g(1));", "E0308"},
		{"log.info(set(1, 2));", "E0308"},
		{"log.info(text.nothing(1));", "E0308"},
		{"log.info(nothing.lower(\"A\"));", "E0301"},
	};

	assert_cases(cases, with_f);
	cr_assert_str_eq(check_help(with_f("log.info(f());")),
			 "it is f(a: int, b: text = ..., c: float = ...)");
}

Test(check_calls, arguments_end_in_the_order_of_the_parameters)
{
	struct checked *one = with_f("log.info(f(c: 3, a: mailCount));");
	const struct function *event = check_function(one, "onDataReceived");
	const struct expression *call =
		check_statement_of(event, 0)->value->arguments.items[0].value;

	cr_assert_eq(call->kind, EXPRESSION_CALL_FUNCTION);
	cr_assert_eq(call->function, check_function(one, "f"));
	cr_assert_eq(call->arguments.count, 3);
	cr_assert_eq(call->arguments.items[0].value->kind, EXPRESSION_VARIABLE);
	cr_assert(text_equals(call->arguments.items[1].value->constant.text, TEXT("x")));
	cr_assert_float_eq(call->arguments.items[2].value->constant.f, 3.0, 0.0);
}

Test(check_calls, records)
{
	static const struct check_case cases[] = {
		{"var r = R(a: 1); log.info(r.b);", ""},
		{"var r = R(1, \"y\"); log.info(r.b);", ""},
		{"var r = R(b: \"y\"); log.info(r.b);", "E0309"},
		{"var r = R(a: 1, c: 2); log.info(r.b);", "E0309"},
		{"var r = R(a: \"x\"); log.info(r.b);", "E0306"},
		{"throw Error(kind: \"mine\", message: \"m\", code: 1, temporary: false);", ""},
		{"throw Error(kind: \"mine\");", "E0309"},
		{"var h = Header(\"n\", \"v\", \" v\"); log.info(h.name);", ""},
		{"log.info(milter.Reply(kind: \"a\").kind);", "E0309"},
		{"R(a: 1);", "E0329"},
		{"var r = R(a: 1); r.a = 2; r.a += 1; r.b = \"q\"; log.info(r.b);", ""},
		{"var r = R(a: 1); r.a = \"2\"; log.info(r.b);", "E0306"},
		{"var r = R(a: 1); if (r == R(a: 1)) { }", ""},
	};

	assert_cases(cases, with_f);
}

Test(check_calls, what_may_be_changed)
{
	static const struct check_case cases[] = {
		{"var x = [1]; x.push(2); log.info(text(x));", ""},
		{"var x = [\"a\": [1]]; x[\"a\"].push(2); log.info(text(x));", ""},
		{"[1].push(2);", "E0312"},
		{"recipients.push(\"a\");", "E0312"},
		{"recipients[0] = \"a\";", "E0312"},
		{"macros[\"i\"] = \"a\";", "E0312"},
		{"var t = \"abc\"; t[0] = 1; log.info(t);", "E0312"},
		{"for (i in 0..3) { i = 5; }", "E0312"},
		{"for (i in 0..3) { i += 5; }", "E0312"},
		{"for (x in [1, 2]) { x = 5; log.info(\"%x%\"); }", ""},
		{"var t = \"a\"; t.push(\"b\"); log.info(t);", "E0306"},
		{"words(mailFrom).push(\"x\");", "E0312"},
	};

	assert_cases(cases, with_f);
	assert_codes(check_source("const L = [1]; event onData { L.push(2); }"), "E0312");
	assert_codes(check_source("const L = 1; event onData { L = 2; }"), "E0312");
	assert_codes(check_source("option o: int = 1; event onData { o = 2; }"), "E0312");
	assert_codes(check_source("function f(a: list[int]) { a.push(1); a = []; }"), "");
	assert_codes(
		check_source("session var l: list[int]; event onData { l.push(1); l[0] = 2; }"),
		"");
	assert_codes(check_source("record R { l: list[int]; } session var r: R; "
				  "event onData { r.l.push(1); r.l[0] = 2; }"),
		     "");
}

Test(check_calls, recursion_and_forward_references)
{
	assert_codes(check_source("function a(n: int) -> int { return n < 1 ? 0 : b(n - 1); } "
				  "function b(n: int) -> int { return a(n); }"),
		     "");
}

Test(check_calls, a_variable_hides_a_module)
{
	static const struct check_case cases[] = {
		{"function f(text: text) -> text { return text.lower(); }", ""},
		{"function f(log: text) { log.info(\"x\"); }", "E0309"},
		{"event onData { set(log, \"x\"); log.info(\"y\"); }", "E0309"},
	};

	assert_cases(cases, check_source);
}

Test(check_calls, a_changed_local_is_marked)
{
	struct checked *one =
		check_source("function f(a: list[int], b: int, c: int) { a.push(b); c = 1; }");
	const struct function *f = check_function(one, "f");

	cr_assert(f->locals[0]->assigned);
	cr_assert_not(f->locals[1]->assigned);
	cr_assert(f->locals[2]->assigned);
}
