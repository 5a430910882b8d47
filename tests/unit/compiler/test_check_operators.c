#include "check_support.h"

#include <criterion/criterion.h>

TestSuite(check_operators, .fini = check_forget);

Test(check_operators, arithmetic)
{
	static const struct check_case cases[] = {
		{"var x = mailCount + 1 - 2 * 3 / 4 % 5; log.info(\"%x%\");", ""},
		{"var x = mailCount + 1.5; log.info(\"%x%\");", ""},
		{"var x = 1.5 % 2.0; log.info(\"%x%\");", "E0307"},
		{"var x = \"a\" - \"b\"; log.info(x);", "E0307"},
		{"var x = \"a\" + 1; log.info(x);", "E0307"},
		{"var x = mailFrom * 2; log.info(x);", "E0307"},
		{"var x = isESMTP + 1; log.info(\"%x%\");", "E0307"},
		{"var x = now() + 5m - 3s; log.info(\"%x%\");", ""},
		{"var x = 5m + now(); log.info(\"%x%\");", ""},
		{"var x: duration = now() - now(); log.info(\"%x%\");", ""},
		{"var x = now() + now(); log.info(\"%x%\");", "E0307"},
		{"var x = now() + 5; log.info(\"%x%\");", "E0307"},
		{"var x = 5m * 2 + 3 * 1s; log.info(\"%x%\");", ""},
		{"var x: int = 5m / 2s; log.info(\"%x%\");", ""},
		{"var x: duration = 5m / 2; log.info(\"%x%\");", ""},
		{"var x = 5m * 1.5; log.info(\"%x%\");", "E0307"},
		{"var x = [1] + [2]; log.info(text(x));", "E0307"},
		{"var x = -mailFrom; log.info(x);", "E0307"},
		{"var x = -mailCount; var y = -1.5; var z = -5m; log.info(\"%x%%y%%z%\");", ""},
	};

	assert_cases(cases, check_statements);
}

Test(check_operators, comparisons)
{
	static const struct check_case cases[] = {
		{"if (mailCount == 1.5) { }", ""},
		{"if (1 < 2.5) { }", "W0308"},
		{"if (mailCount == \"1\") { }", "E0307"},
		{"if (remoteSmtpIp == \"192.0.2.1\") { }", ""},
		{"if (remoteSmtpIp == \"nonsense\") { }", "E0316"},
		{"if (\"192.0.2.1\" != remoteSmtpIp) { }", ""},
		{"if (remoteSmtpIp == mailFrom) { }", "E0307"},
		{"if (now() > \"2026-01-01\") { }", ""},
		{"if (5m > \"30s\") { }", "W0308"},
		{"if (recipients == [\"a\"]) { }", ""},
		{"if (recipients < [\"a\"]) { }", "E0307"},
		{"if (isESMTP == true) { }", ""},
		{"if (isESMTP > true) { }", "E0307"},
		{"if (re\"a\" == re\"a\") { }", "E0307"},
		{"if (headers.all() == headers.all()) { }", ""},
		{"var s: socket; if (s == s) { }", "E0307"},
		{"if (mailFrom < \"b\" and remoteSmtpIp < \"10.0.0.0\") { }", ""},
	};

	assert_cases(cases, check_statements);
}

Test(check_operators, in)
{
	static const struct check_case cases[] = {
		{"if (remoteSmtpIp in \"10.0.0.0/8\") { }", ""},
		{"if (remoteSmtpIp not in [\"10.0.0.0/8\", \"::1\"]) { }", ""},
		{"if (remoteSmtpIp in \"10.0.0.1/8\") { }", "E0316"},
		{"if (remoteSmtpIp in [\"10.0.0.0/8\", \"x\"]) { }", "E0316"},
		{"if (\"192.0.2.1\" in net(\"192.0.2.0/24\")) { }", ""},
		{"if (remoteSmtpIp in [remoteSmtpIp]) { }", ""},
		{"if (mailFrom in recipients) { }", ""},
		{"if (mailFrom in [\"a\", \"b\"]) { }", ""},
		{"if (1 in [1.5]) { }", ""},
		{"if (1 in [\"a\"]) { }", "E0307"},
		{"if (\"i\" in macros) { }", ""},
		{"if (1 in macros) { }", "E0307"},
		{"if (\"a\" in mailFrom) { }", "E0307"},
		{"if (1 in 5) { }", "E0307"},
		{"if (mailFrom in []) { }", "E0315"},
		{"if (net(\"::/0\") in [net(\"::/0\")]) { }", ""},
		{"if (remoteSmtpIp in mailFrom) { }", "E0307"},
	};

	assert_cases(cases, check_statements);
	cr_assert_str_eq(check_help(check_statements("if (\"a\" in mailFrom) { }")),
			 "write contains(text, part) to look for a part of a text");
}

Test(check_operators, in_a_table_is_a_call)
{
	struct checked *one = check_source(
		"table words: text = \"file:w\"; table nets: net -> int = \"file:n\"; event "
		"onConnect { "
		"if (remoteSmtpHost in words) { } if (remoteSmtpIp not in nets) { } }");
	const struct function *f = check_function(one, "onConnect");
	const struct expression *words = check_statement_of(f, 0)->value;
	const struct expression *nets = check_statement_of(f, 1)->value;

	cr_assert_eq(words->kind, EXPRESSION_CALL_BUILTIN);
	cr_assert_eq(words->builtin, BUILTIN_table_contains);
	cr_assert_eq(words->type_arguments[1], &type_text);
	cr_assert_eq(words->arguments.items[0].value->constant.i, 0);
	cr_assert_eq(nets->kind, EXPRESSION_NOT);
	cr_assert_eq(nets->left->builtin, BUILTIN_table_containsNet);
	cr_assert_eq(nets->left->type_arguments[2], &type_int);
	cr_assert_eq(nets->left->arguments.items[0].value->constant.i, 1);
	assert_codes(
		check_source("table t: int = \"file:w\"; event onData { if (queueId in t) { } }"),
		"E0306");
}

Test(check_operators, matches)
{
	static const struct check_case cases[] = {
		{"if (mailFrom =~ re\"^a\"i and $1 != \"\") { }", ""},
		{"if (mailFrom !~ \"^a\") { }", ""},
		{"if (mailFrom =~ mailFromDomain) { }", "E0306"},
		{"if (mailCount =~ re\"1\") { }", "E0306"},
		{"if (mailFrom =~ re\"(\") { }", "E0317"},
	};

	assert_cases(cases, check_statements);
}

Test(check_operators, known_sides_are_taken)
{
	struct checked *one = check_statements(
		"var a = true and isESMTP; var b = false or isESMTP; var c = isESMTP and false; "
		"var d = true ? isESMTP : false; log.info(\"%a%%b%%c%%d%\");");
	const struct function *f = check_function(one, "onDataReceived");

	cr_assert_eq(check_statement_of(f, 0)->value->kind, EXPRESSION_VARIABLE);
	cr_assert_eq(check_statement_of(f, 1)->value->kind, EXPRESSION_VARIABLE);
	cr_assert_eq(check_statement_of(f, 2)->value->kind, EXPRESSION_AND);
	cr_assert_eq(check_statement_of(f, 3)->value->kind, EXPRESSION_VARIABLE);
}
