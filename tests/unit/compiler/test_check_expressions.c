#include "check_support.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(check_expressions, .fini = check_forget);

Test(check_expressions, names_and_texts)
{
	static const struct check_case cases[] = {
		{"log.info(text);", "E0301"},
		{"log.info(lower);", "E0301"},
		{"log.info(\"%nobody%\");", "E0301"},
		{"log.info(\"%{nobody}\");", "E0301"},
		{"log.info(\"100% %% %mailFrom%%{1 + 1}\");", ""},
		{"log.info(\"%recipients%\");", "E0324"},
		{"log.info(\"%{re\"a\"}\");", "E0324"},
		{"log.info(\"%{headers.all()}\");", "E0324"},
		{"var e = now(); log.info(\"%e% %{5s} %{1.5} %{remoteSmtpIp} %{true}\");", ""},
		{"log.info(\"%{$0} %{$9}\");", ""},
		{"log.info($1 + $2);", ""},
		{"log.info(\"%{\"in %{\"%mailFrom%\"}\"}\");", ""},
	};

	assert_cases(cases, check_statements);
	assert_codes(check_source("session var x: text = $1;"), "E0323");
	assert_codes(check_source("const x = $1;"), "E0323");
}

Test(check_expressions, groups_mark_their_function)
{
	struct checked *one = check_source("function a() -> text { return $1; } function b() { }");

	cr_assert(check_function(one, "a")->uses_groups);
	cr_assert_not(check_function(one, "b")->uses_groups);
}

Test(check_expressions, members_indexes_slices)
{
	static const struct check_case cases[] = {
		{"for (h in headers.all()) { log.info(h.name + h.value); }", ""},
		{"for (h in headers.all()) { log.info(h.nam); }", "E0314"},
		{"log.info(mailFrom.name);", "E0314"},
		{"log.info(mailFrom.lower);", "E0314"},
		{"log.info(recipients[0]);", ""},
		{"log.info(recipients[\"0\"]);", "E0306"},
		{"log.info(recipients[1.5]);", "E0306"},
		{"log.info(\"%{mailFrom[0]}\");", ""},
		{"log.info(mailFrom[0]);", "E0306"},
		{"log.info(macros[\"i\"]);", ""},
		{"log.info(macros[1]);", "E0306"},
		{"log.info(\"%{mailCount[0]}\");", "E0307"},
		{"log.info(mailFrom[1..2] + mailFrom[..3] + mailFrom[1..] + mailFrom[..]);",
		 "E0201"},
		{"log.info(mailFrom[1..2] + mailFrom[..3] + mailFrom[1..]);", ""},
		{"log.info(mailFrom[\"a\"..2]);", "E0306"},
		{"log.info(text(recipients[0..1]));", "E0307"},
		{"log.info([][0]);", "E0315"},
	};

	assert_cases(cases, check_statements);
	cr_assert_str_eq(
		check_help(check_statements("for (h in headers.all()) { log.info(h.nmae); }")),
		"did you mean `name`?");
}

Test(check_expressions, conditions_are_bools)
{
	static const struct check_case cases[] = {
		{"if (isESMTP) { }", ""},
		{"if (mailFrom) { }", "E0325"},
		{"if (mailCount) { }", "E0325"},
		{"if (recipients) { }", "E0325"},
		{"while (1) { }", "E0325"},
		{"if (not mailFrom) { }", "E0325"},
		{"if (isESMTP and mailFrom) { }", "E0325"},
		{"log.info(mailFrom ? \"a\" : \"b\");", "E0325"},
		{"log.info(isESMTP ? \"a\" : 1);", "E0306"},
		{"log.info(\"%{isESMTP ? 1.5 : 1}\");", ""},
	};

	assert_cases(cases, check_statements);
}

static struct checked *check_chain(const char *start, const char *link, int count)
{
	static char source[65536];
	size_t at = (size_t)snprintf(source, sizeof(source),
				     "event onData { var x = queueId; log.info(%s", start);

	for (int i = 0; i < count; i++)
		at += (size_t)snprintf(source + at, sizeof(source) - at, "%s", link);
	snprintf(source + at, sizeof(source) - at, "); x = \"\"; log.info(x); }");
	return check_source(source);
}

Test(check_expressions, chains_may_be_long)
{
	assert_codes(check_chain("x", " + \"a\"", 900), "");
	assert_codes(check_chain("x", ".trim()", 900), "");
}

Test(check_expressions, but_not_without_end)
{
	struct checked *one = check_source("const A = 1;");
	static char source[65536];
	size_t at = 0;

	cr_assert_not_null(one->program);
	for (int i = 0; i < 1200; i++)
		at += (size_t)snprintf(source + at, sizeof(source) - at, "const c%d = c%d + 1;\n",
				       i, i + 1);
	snprintf(source + at, sizeof(source) - at, "const c1200 = 1;");
	cr_assert_null(check_source(source)->program);
}
