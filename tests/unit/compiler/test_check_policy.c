#include "check_support.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(check_policy, .fini = check_forget);

Test(check_policy, conditions)
{
	static const struct check_case cases[] = {
		{"if (anyOf(is(ehloHost, \"x\"))) { }", ""},
		{"if ( allOf ( is (ehloHost, \"x\"), not(isESMTP), mailCount > 3 ) ) { }", ""},
		{"if (anyOf()) { }", "E0309"},
		{"if (anyOf(mailFrom)) { }", "E0325"},
		{"if (is(nobody, \"x\")) { }", "W0302"},
		{"if (is(ehloHost, \"%nobody%\")) { }", "W0302"},
		{"if (is(ehloHost, \"%{nobody + \"x\"}\")) { }", "E0301"},
		{"if (is(ehloHost)) { }", "E0328"},
		{"if (is(ehloHost, \"a\", \"b\")) { }", "E0328"},
		{"if (is(name: ehloHost, value: \"a\")) { }", "E0328"},
		{"if (is(recipients, \"a\")) { }", "E0324"},
		{"if (is(isESMTP, \"yes\") and greaterThan(mailCount, 5)) { }", ""},
		{"if (greaterThan(mailCount, \"-1\") or lessThan(mailCount, \" 7 \")) { }", ""},
		{"if (greaterThan(mailCount, \"many\")) { }", "W0305"},
		{"if (ipRange(remoteSmtpIp, \"10.0.0.1/255.0.0.0\")) { }", ""},
		{"if (ipRange(remoteSmtpIp, \"10.0.0.0/8 192.0.2.1-192.0.2.9 ::1\")) { }", ""},
		{"if (ipRange(remoteSmtpIp, \"10.0.0.0/8 nonsense\")) { }", "E0316"},
		{"if (ipRange(remoteSmtpIp, \"10.0.0.0/33\")) { }", "E0316"},
		{"if (contains(mailFrom, \"x\") or startsWith(mailFrom, \"x\")) { }", ""},
		{"if (matches(mailFrom, \"^a(b)$\")) { }", ""},
		{"if (matches(mailFrom, \"^a(b$\")) { }", "E0317"},
		{"if (matches(mailFrom, \"^%mailFromDomain%$\")) { }", ""},
		{"var t = \"Abc\"; if (is(t, \"abc\") and isCase(t, \"Abc\")) { }", ""},
		{"if (is(lower(mailFrom), \"x\")) { }", ""},
	};

	assert_cases(cases, check_statements);
}

static const struct expression *condition_of(const char *condition)
{
	static char source[1024];
	struct checked *one;

	snprintf(source, sizeof(source),
		 "set(slot, \"x\"); var local = \"y\"; if (%s) { log.info(local); }", condition);
	one = check_statements(source);
	cr_assert_not_null(one->program, "%s: %s", condition, check_message(one));
	return check_statement_of(check_function(one, "onDataReceived"), 2)->value;
}

/* A bare name of the policy layer makes it a policy test, everything else the typed builtin. */
Test(check_policy, which_contains_is_meant)
{
	cr_assert_eq(condition_of("contains(slot, \"x\")")->builtin, BUILTIN_policy_contains);
	cr_assert_eq(condition_of("contains(mailFrom, \"x\")")->builtin, BUILTIN_policy_contains);
	cr_assert_eq(condition_of("contains(nobody, \"x\")")->builtin, BUILTIN_policy_contains);
	cr_assert_eq(condition_of("contains(local, \"x\")")->builtin, BUILTIN_text_contains);
	cr_assert_eq(condition_of("contains(recipients, \"x\")")->builtin, BUILTIN_list_contains);
	cr_assert_eq(condition_of("mailFrom.contains(\"x\")")->builtin, BUILTIN_text_contains);
	cr_assert_eq(condition_of("text.contains(mailFrom, \"x\")")->builtin,
		     BUILTIN_text_contains);
	cr_assert_eq(condition_of("contains(lower(mailFrom), \"x\")")->builtin,
		     BUILTIN_text_contains);
	cr_assert_eq(condition_of("endsWith(slot, \"x\")")->builtin, BUILTIN_policy_endsWith);
	cr_assert_eq(condition_of("startsWith(mailFrom, start: \"x\")")->builtin,
		     BUILTIN_text_startsWith);
	cr_assert_eq(condition_of("matches(mailFrom, re\"x\")")->builtin, BUILTIN_re_matches);
	cr_assert_eq(condition_of("matches(mailFrom, \"x\")")->kind, EXPRESSION_MATCH);
	cr_assert_eq(condition_of("matches(mailFrom, \"%slot%\")")->builtin,
		     BUILTIN_policy_matches);
	cr_assert_eq(condition_of("matches(local, re\"x\")")->builtin, BUILTIN_re_matches);
}

Test(check_policy, values_become_text)
{
	const struct expression *call = condition_of("is(mailCount, 5)");

	cr_assert_eq(call->builtin, BUILTIN_policy_is);
	cr_assert_eq(call->arguments.items[0].value->kind, EXPRESSION_TO_TEXT);
	cr_assert(text_equals(call->arguments.items[1].value->constant.text, TEXT("5")));
	call = condition_of("is(nobody, \"\")");
	cr_assert_eq(call->arguments.items[0].value->constant.text.length, 0);
}

Test(check_policy, what_a_name_brings_is_quoted_in_a_pattern)
{
	const struct expression *call = condition_of("matches(mailFrom, \"^%slot%[.]%{local}$\")");
	const struct expression *pattern = call->arguments.items[1].value;

	cr_assert_eq(pattern->kind, EXPRESSION_TEMPLATE);
	cr_assert_eq(pattern->items.count, 5);
	cr_assert_eq(pattern->items.items[0]->kind, EXPRESSION_CONSTANT);
	cr_assert_eq(pattern->items.items[1]->builtin, BUILTIN_re_quote);
	cr_assert_eq(pattern->items.items[3]->builtin, BUILTIN_re_quote);
}

Test(check_policy, groups_are_trees_of_conditions)
{
	const struct expression *any =
		condition_of("anyOf(isESMTP, mailCount > 1, is(slot, \"a\"))");

	cr_assert_eq(any->kind, EXPRESSION_OR);
	cr_assert_eq(any->left->kind, EXPRESSION_VARIABLE);
	cr_assert_eq(any->right->kind, EXPRESSION_OR);
	cr_assert_eq(any->right->left->kind, EXPRESSION_COMPARE);
	cr_assert_eq(condition_of("allOf(isESMTP, isSSLConnection)")->kind, EXPRESSION_AND);
	cr_assert_eq(condition_of("anyOf(isESMTP)")->kind, EXPRESSION_VARIABLE);
	cr_assert_eq(condition_of("anyOf(false, isESMTP)")->kind, EXPRESSION_VARIABLE);
	cr_assert_eq(condition_of("allOf(true, isESMTP, true)")->kind, EXPRESSION_VARIABLE);
}

Test(check_policy, a_group_may_be_known)
{
	struct checked *one = check_statements("if (anyOf(false, true, isESMTP)) { accept(); } "
					       "if (allOf(true, true)) { log.info(\"x\"); }");
	const struct function *f = check_function(one, "onDataReceived");

	cr_assert_eq(check_statement_of(f, 0)->kind, STATEMENT_BLOCK);
	cr_assert_null(check_statement_of(f, 1));
}

Test(check_policy, a_user_function_takes_the_word)
{
	assert_codes(check_source("function is(a: int) -> bool { return a > 1; } "
				  "event onData { if (is(5)) { } }"),
		     "W0304");
	assert_codes(check_source("function anyOf(a: int) -> bool { return a > 1; } "
				  "event onData { if (anyOf(5)) { } }"),
		     "");
}
