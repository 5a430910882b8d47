#include "check_support.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(check_fold, .fini = check_forget);

static const struct expression *folded(const char *expression)
{
	static char source[1024];
	struct checked *one;

	snprintf(source, sizeof(source), "var x = %s; log.info(text(x));", expression);
	one = check_statements(source);
	cr_assert_not_null(one->program, "%s: %s", expression, check_message(one));
	return check_statement_of(check_function(one, "onDataReceived"), 0)->value;
}

Test(check_fold, numbers)
{
	static const struct {
		const char *source;
		int64_t wanted;
	} cases[] = {
		{"1 + 2 * 3", 7},
		{"10 / 3", 3},
		{"-10 / 3", -3},
		{"10 % 3", 1},
		{"-10 % 3", -1},
		{"2 - 5", -3},
		{"-(3)", -3},
		{"10K", 10240},
		{"5m - 3s", 297000000},
		{"2 * 5s", 10000000},
		{"1m / 2", 30000000},
		{"1h / 1m", 60},
		{"1 == 1", 1},
		{"1 != 1", 0},
		{"1 < 2", 1},
		{"2 <= 1", 0},
		{"2 > 1", 1},
		{"1 >= 2", 0},
		{"\"a\" < \"b\"", 1},
		{"\"a\" == \"b\"", 0},
		{"1.5 < 2", 1},
		{"5s < 1m", 1},
		{"true == false", 0},
		{"not true", 0},
		{"true and false", 0},
		{"false or true", 1},
		{"true ? 1 : 2", 1},
		{"false ? 1 : 2", 2},
		{"-9223372036854775807 - 1", INT64_MIN},
		{"(-9223372036854775807 - 1) % -1", 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct expression *value_of = folded(cases[i].source);

		cr_expect_eq(value_of->kind, EXPRESSION_CONSTANT, "%s", cases[i].source);
		cr_expect_eq(value_of->constant.i, cases[i].wanted, "%s", cases[i].source);
	}
	cr_assert_float_eq(folded("1.5 + 2")->constant.f, 3.5, 0.0);
	cr_assert_float_eq(folded("-(2.5 * 2.0)")->constant.f, -5.0, 0.0);
}

Test(check_fold, texts)
{
	static const struct {
		const char *source, *wanted;
	} cases[] = {
		{"\"a\" + \"b\" + \"c\"", "abc"},
		{"\"\" + \"\"", ""},
		{"\"x\" + \"\"", "x"},
		{"\"n is %{1 + 1}\"", "n is 2"},
		{"\"%{true} %{5m} %{1.5}\"", "yes 5m 1.5"},
		{"\"%{\"a\" + \"b\"}\"", "ab"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct expression *value_of = folded(cases[i].source);

		cr_expect_eq(value_of->kind, EXPRESSION_CONSTANT, "%s", cases[i].source);
		cr_expect(text_equals_string(value_of->constant.text, cases[i].wanted), "%s",
			  cases[i].source);
	}
}

/* "a" + "b" grows in place; the constant that it grew from keeps its own length. */
Test(check_fold, joining_leaves_its_parts_alone)
{
	struct checked *one =
		check_source("const A = \"x\" + \"y\"; const B = A + \"1\"; const C = A + \"2\"; "
			     "event onData { log.info(A); log.info(B); log.info(C); }");
	const struct function *f = check_function(one, "onData");
	static const char *const wanted[] = {"xy", "xy1", "xy2"};

	for (unsigned i = 0; i < 3; i++) {
		const struct expression *call = check_statement_of(f, i)->value;

		cr_assert(text_equals_string(call->arguments.items[0].value->constant.text,
					     wanted[i]));
	}
}

Test(check_fold, what_has_no_result)
{
	static const struct check_case cases[] = {
		{"log.info(\"%{1 / 0}\");", "E0318"},
		{"log.info(\"%{1 % 0}\");", "E0318"},
		{"log.info(\"%{0 / 0}\");", "E0318"},
		{"log.info(\"%{9223372036854775807 + 1}\");", "E0318"},
		{"log.info(\"%{-9223372036854775807 - 2}\");", "E0318"},
		{"log.info(\"%{9223372036854775807 * 2}\");", "E0318"},
		{"log.info(\"%{-(-9223372036854775807 - 1)}\");", "E0318"},
		{"log.info(\"%{(-9223372036854775807 - 1) / -1}\");", "E0318"},
		{"log.info(\"%{1m / 0}\");", "E0318"},
	};

	assert_cases(cases, check_statements);
}
