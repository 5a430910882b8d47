#include "check_support.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(check_convert, .fini = check_forget);

Test(check_convert, what_converts_by_itself)
{
	static const struct check_case cases[] = {
		{"var x: float = 1; log.info(\"%x%\");", ""},
		{"var n = 1; var x: float = n; log.info(\"%x%\");", ""},
		{"var x: int = 1.5; log.info(\"%x%\");", "E0306"},
		{"var x: ip = \"192.0.2.1\"; log.info(\"%x%\");", ""},
		{"var x: ip = \"192.0.2.256\"; log.info(\"%x%\");", "E0316"},
		{"var x: net = \"192.0.2.0/24\"; log.info(\"%x%\");", ""},
		{"var x: net = \"192.0.2.1/24\"; log.info(\"%x%\");", "E0316"},
		{"var x: duration = \"5m\"; log.info(\"%x%\");", ""},
		{"var x: duration = \"5 minutes\"; log.info(\"%x%\");", "E0316"},
		{"var x: time = \"2026-01-31T12:00:00Z\"; log.info(\"%x%\");", ""},
		{"var x: time = \"yesterday\"; log.info(\"%x%\");", "E0316"},
		{"var x: regex = \"^a\"; log.info(\"%{mailFrom =~ x}\");", ""},
		{"var x: regex = \"(a\"; log.info(\"%{mailFrom =~ x}\");", "E0317"},
		{"var x: ip = mailFrom; log.info(\"%x%\");", "E0306"},
		{"var x: text = 5; log.info(x);", "E0306"},
		{"var x: bool = \"yes\"; log.info(\"%x%\");", "E0306"},
		{"var x: int = \"5\"; log.info(\"%x%\");", "E0306"},
		{"var x: list[float] = [1, 2.5]; log.info(text(x));", ""},
		{"var x: list[net] = [\"10.0.0.0/8\", \"::1\"]; log.info(text(x));", ""},
		{"var x: map[text, ip] = [\"a\": \"::1\"]; log.info(text(x));", ""},
		{"var x: list[list[int]] = [[], [1]]; log.info(text(x));", ""},
		{"var x: list[text] = []; log.info(text(x));", ""},
		{"var x = []; log.info(text(x));", "E0315"},
		{"var x = [[], []]; log.info(text(x));", "E0315"},
		{"var x = [:]; log.info(text(x));", "E0315"},
		{"var a = [1]; var x: list[float] = a; log.info(text(x));", "E0306"},
		{"var x: ip = isESMTP ? \"::1\" : \"::2\"; log.info(\"%x%\");", ""},
		{"var x: ip = isESMTP ? \"::1\" : mailFrom; log.info(\"%x%\");", "E0306"},
	};

	assert_cases(cases, check_statements);
}

Test(check_convert, constants_are_converted_at_load)
{
	struct checked *one = check_statements("var x: float = 3; var y: ip = \"192.0.2.1\"; "
					       "log.info(\"%x% %y%\");");
	const struct function *f = check_function(one, "onDataReceived");
	const struct expression *x = check_statement_of(f, 0)->value;
	const struct expression *y = check_statement_of(f, 1)->value;
	struct ip expected;

	ip_parse(TEXT("192.0.2.1"), &expected);
	cr_assert(x->kind == EXPRESSION_CONSTANT && x->type == &type_float);
	cr_assert_float_eq(x->constant.f, 3.0, 0.0);
	cr_assert(y->kind == EXPRESSION_CONSTANT && y->type == &type_ip);
	cr_assert_eq(ip_compare(y->constant.ip, expected), 0);
}

Test(check_convert, others_at_run_time)
{
	struct checked *one = check_statements("var n = mailCount; var x: float = n; "
					       "log.info(\"%x%\");");
	const struct function *f = check_function(one, "onDataReceived");
	const struct expression *x = check_statement_of(f, 1)->value;
	const struct expression *call = check_statement_of(f, 2)->value;

	cr_assert_eq(x->kind, EXPRESSION_TO_FLOAT);
	cr_assert_eq(x->left->kind, EXPRESSION_LOCAL);
	cr_assert_eq(call->arguments.items[0].value->items.items[0]->kind, EXPRESSION_TO_TEXT);
}

/* One use reads the texts as networks, the other as what they are. */
Test(check_convert, a_constant_list_stays_what_it_is)
{
	struct checked *one = check_source("const NETS = [\"10.0.0.0/8\"]; event onConnect { "
					   "if (remoteSmtpIp in NETS) { log.info(\"x\"); } if "
					   "(remoteSmtpHost in NETS) { log.info(\"y\"); } }");
	const struct function *f = check_function(one, "onConnect");

	cr_assert_eq(check_statement_of(f, 0)->value->right->type->element, &type_net);
	cr_assert_eq(check_statement_of(f, 1)->value->right->type->element, &type_text);
}

/* A long list of networks is read once, however often it is asked. */
Test(check_convert, a_long_constant_list_is_converted_once)
{
	static char source[8192];
	size_t at = (size_t)snprintf(source, sizeof(source), "const NETS = [");
	const struct expression *first, *second, *third;
	const struct function *f;

	for (int i = 0; i < 20; i++)
		at += (size_t)snprintf(source + at, sizeof(source) - at, "\"10.%d.0.0/16\",", i);
	snprintf(source + at, sizeof(source) - at,
		 "]; event onConnect { if (remoteSmtpIp in NETS) { } if (remoteSmtpIp in NETS) { } "
		 "var _x: list[text] = NETS; }");
	f = check_function(check_source(source), "onConnect");
	first = check_statement_of(f, 0)->value->right;
	second = check_statement_of(f, 1)->value->right;
	third = check_statement_of(f, 2)->value;
	cr_assert_eq(first->items.items, second->items.items);
	cr_assert_neq(first->items.items, third->items.items);
	cr_assert_eq(first->type->element, &type_net);
	cr_assert_eq(third->type->element, &type_text);
}
