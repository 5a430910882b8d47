#include "check_support.h"

#include <criterion/criterion.h>

TestSuite(check_literals, .fini = check_forget);

Test(check_literals, lists_and_maps)
{
	static const struct check_case cases[] = {
		{"var x = [1, \"a\"]; log.info(text(x));", "E0306"},
		{"var x = [1, 2.5]; log.info(text(x));", ""},
		{"var x = [\"::1\", remoteSmtpIp]; log.info(text(x));", ""},
		{"var x = [\"a\": 1, \"b\": 2.5]; log.info(text(x));", ""},
		{"var x = [\"a\": 1, 2: 3]; log.info(text(x));", "E0306"},
		{"var x = [1.5: 1]; log.info(text(x));", "E0326"},
		{"var x = [true: 1]; log.info(text(x));", "E0326"},
		{"var x = [1: [\"a\"], 2: []]; log.info(text(x));", ""},
		{"var x = [accept()]; log.info(text(x));", "E0327"},
	};

	assert_cases(cases, check_statements);
}

Test(check_literals, constant_parts_of_texts_are_joined)
{
	struct checked *one =
		check_source("const A = \"x\"; event onData { "
			     "log.info(\"a%{A}b%{1}%mailFrom%c%{\"d\"}\"); log.info(\"%A%\"); }");
	const struct function *f = check_function(one, "onData");
	const struct expression *template =
		check_statement_of(f, 0)->value->arguments.items[0].value;
	const struct expression *whole = check_statement_of(f, 1)->value->arguments.items[0].value;

	cr_assert_eq(template->kind, EXPRESSION_TEMPLATE);
	cr_assert_eq(template->items.count, 3);
	cr_assert(text_equals(template->items.items[0]->constant.text, TEXT("axb1")));
	cr_assert_eq(template->items.items[1]->kind, EXPRESSION_VARIABLE);
	cr_assert(text_equals(template->items.items[2]->constant.text, TEXT("cd")));
	cr_assert_eq(whole->kind, EXPRESSION_CONSTANT);
}

Test(check_literals, parts_become_the_type_of_the_whole)
{
	struct checked *one = check_statements("var _a = [1, 2.5]; var _b = [\"k\": 1, \"l\": 2.5];");
	const struct function *f = check_function(one, "onDataReceived");
	const struct expression *list = check_statement_of(f, 0)->value;
	const struct expression *map = check_statement_of(f, 1)->value;

	cr_assert_eq(list->type->element, &type_float);
	cr_assert_float_eq(list->items.items[0]->constant.f, 1.0, 0.0);
	cr_assert_eq(map->type->element, &type_float);
	cr_assert_float_eq(map->items.items[1]->constant.f, 1.0, 0.0);
}
