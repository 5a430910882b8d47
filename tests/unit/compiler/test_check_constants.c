#include "check_support.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(check_constants, .fini = check_forget);

static const struct expression *constant_of(const char *expression)
{
	static char source[1024];
	const struct function *f;

	snprintf(source, sizeof(source),
		 "const C = %s; event onData { log.info(text(C)); "
		 "var _x = C; }",
		 expression);
	f = check_function(check_source(source), "onData");
	return f ? check_statement_of(f, 1)->value : NULL;
}

static int64_t option_value(const char *type, const char *setting)
{
	static char source[256];
	const char *const options[] = {"o", setting, NULL};
	const struct function *f;

	snprintf(source, sizeof(source), "option o: %s; event onData { var _x = o; }", type);
	f = check_function(check_program(source, options), "onData");
	return f ? check_statement_of(f, 0)->value->constant.i : -999;
}

Test(check_constants, settings_as_people_write_them)
{
	cr_assert_eq(option_value("int", "12"), 12);
	cr_assert_eq(option_value("int", "-3"), -3);
	cr_assert_eq(option_value("int", "10K"), 10240);
	cr_assert_eq(option_value("int", "2M"), 2 << 20);
	cr_assert_eq(option_value("int", "1G"), 1 << 30);
	cr_assert_eq(option_value("int", "9223372036854775807"), INT64_MAX);
	cr_assert_eq(option_value("int", "9223372036854775808"), -999);
	cr_assert_eq(option_value("int", "9007199254740992K"), -999);
	cr_assert_eq(option_value("int", "K"), -999);
	cr_assert_eq(option_value("int", "1k"), -999);
	cr_assert_eq(option_value("int", ""), -999);
	cr_assert_eq(option_value("bool", "yes"), 1);
	cr_assert_eq(option_value("bool", "No"), 0);
	cr_assert_eq(option_value("bool", "true"), 1);
	cr_assert_eq(option_value("bool", "off"), 0);
	cr_assert_eq(option_value("bool", "maybe"), -999);
	cr_assert_eq(option_value("duration", "30s"), 30000000);
	cr_assert_eq(option_value("duration", "1m"), 60000000);
	cr_assert_eq(option_value("duration", "30"), -999);
}

Test(check_constants, a_bad_pattern_is_shown_where_it_is_bad)
{
	struct checked *one = check_statements("if (mailFrom =~ re\"ab[c\") { accept(); }");

	cr_assert_str_eq(check_codes(one), "E0317");
	cr_assert_str_eq(check_place_text(one), "\"");
	one = check_statements("if (mailFrom =~ re\"a\\\"b)c\") { accept(); }");
	cr_assert_str_eq(check_codes(one), "E0317");
	cr_assert_str_eq(check_place_text(one), ")");
	one = check_statements("if (mailFrom =~ \"a)b\") { accept(); }");
	cr_assert_str_eq(check_place_text(one), ")");
	one = check_statements("if (mailFrom =~ \"a\\\\b)c\") { accept(); }");
	cr_assert_str_eq(check_place_text(one), ")");
	one = check_source(
		"const P = \"a\" + \")\"; event onData { if (mailFrom =~ P) { accept(); } }");
	cr_assert_str_eq(check_place_text(one), "P");
}

Test(check_constants, patterns_are_compiled_at_load)
{
	const struct expression *regex = constant_of("re\"^A\"i");

	cr_assert_eq(regex->kind, EXPRESSION_CONSTANT);
	cr_assert_eq(regex->type, &type_regex);
	cr_assert_not_null(regex->constant.regex);
}

/* Every default of every row can be read as its type. */
Test(check_constants, defaults_of_the_table)
{
	static const struct check_case cases[] = {
		{"disconnect();", ""},
		{"reject();", ""},
		{"log.info(padStart(\"7\", 3));", ""},
		{"log.info(join([\"a\"]));", ""},
		{"log.info(rfc5322(now()));", ""},
	};
	struct checked *one;
	const struct expression *call;

	assert_cases(cases, check_statements);
	one = check_statements("disconnect();");
	call = check_statement_of(check_function(one, "onDataReceived"), 0)->value;
	cr_assert_eq(call->arguments.count, 3);
	cr_assert_eq(call->arguments.items[0].value->constant.i, 421);
	cr_assert(text_equals(call->arguments.items[1].value->constant.text, TEXT("4.7.0")));
}
