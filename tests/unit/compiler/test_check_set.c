#include "check_support.h"

#include <criterion/criterion.h>

TestSuite(check_set, .fini = check_forget);

Test(check_set, statements)
{
	static const struct check_case cases[] = {
		{"set (x, \"a\"); export (x); set(y, \"%x%\");", ""},
		{"set(x, \"%y%\");", "W0302"},
		{"set(x, y);", "E0301"},
		{"set(x, 5); set(y, 1.5); set(z, isESMTP); set(w, now());", ""},
		{"set(x, recipients);", "E0306"},
		{"set(x);", "E0328"},
		{"set(x, \"a\", \"b\");", "E0328"},
		{"set(\"x\", \"a\");", "E0328"},
		{"set(name: x, value: \"a\");", "E0328"},
		{"set(x, value: \"a\");", "E0328"},
		{"export(nobody);", "W0302"},
		{"export(mailFrom);", "W0406"},
		{"export(\"x\");", "E0328"},
		{"call(nobody);", "E0308"},
		{"call(\"x\");", "E0328"},
		{"call(checkSPF); call(checkReverseDNS); call(checkDNSBL);", ""},
		{"set(headerName, \"X\"); set(headerValue, \"y\"); call(addHeader);", ""},
		{"var x = 1; set(x, \"5\"); log.info(\"%x%\");", ""},
		{"var x = 1; set(x, \"five\"); log.info(\"%x%\");", "E0316"},
		{"var x = 1; set(x, mailFrom); log.info(\"%x%\");", ""},
		{"var x = [1]; set(x, \"5\"); log.info(text(x));", "E0306"},
		{"var x = 1; set(x, \"5\");", "W0301"},
		{"for (i in 0..3) { set(i, \"5\"); }", "E0312"},
		{"set(smtpAction, \"reject\"); set(smtpExplanation, \"no %mailFrom%\");", ""},
		{"set(smtpAction, \"rejct\");", "W0405"},
		{"set(SMTPACTION, \"Discard\");", "W0405"},
		{"set(smtpAction, \"%mailFrom%\");", ""},
		{"set(mailFrom, \"x\");", "W0401"},
		{"set(remoteSmtpIp, \"nonsense\");", "W0401 E0316"},
		{"mailFrom = \"x\";", "E0312"},
		{"smtpAction = \"reject\";", ""},
		{"smtpAction = 5;", "E0306"},
		{"smtpAction += \"x\";", "E0312"},
	};

	assert_cases(cases, check_statements);
	assert_codes(check_source("const C = 1; event onData { set(C, \"2\"); }"), "E0312");
	assert_codes(check_source("option o: int = 1; event onData { set(o, \"2\"); }"), "E0312");
	assert_codes(check_source("session var s: int; event onData { set(s, \"2\"); export(s); }"),
		     "W0406");
}

Test(check_set, engine_variables_by_event)
{
	static const struct check_case cases[] = {
		{"event onMailFrom { set(maxRcptCount, \"10\"); }", "W0402"},
		{"event onMailFrom { set(maxRcptCount, \"ten\"); }", "W0402 E0316"},
		{"event onDataReceived { set(maxRcptCount, \"10\"); }", "W0402"},
		{"event onMailFrom { set(headerName, \"10\"); }", ""},
		{"event onDisconnect { set(headerName, \"10\"); }", "W0401"},
		{"event onDisconnect { headerName = \"10\"; }", "E0406"},
		{"method m { set(headerName, \"1\"); } event onDisconnect { call(m); }", "W0401"},
		{"method m { set(headerName, \"1\"); } event onDisconnect { call(m); } event "
		 "onData { call(m); }",
		 ""},
		{"method m { set(headerName, \"1\"); }", ""},
		{"event onEhlo { set(allowDSN, \"perhaps\"); }", "W0402 E0316"},
		{"event onConnect { set(isGeoIPBanned, \"no\"); }", "W0401"},
		{"event onEhlo { set(allowDSN, \"no\"); }", "W0402"},
	};

	assert_cases(cases, check_source);
}

static const struct statement *nth(struct checked *one, unsigned n)
{
	cr_assert_not_null(one->program, "%s", check_message(one));
	return check_statement_of(check_function(one, "onMailFrom"), n);
}

Test(check_set, what_becomes_of_them)
{
	struct checked *one = check_source(
		"method m { } session var count: int; event onMailFrom { set(x, mailCount); "
		"set(maxRcptCount, \"%x%\"); set(mailFrom, \"a\"); call(m); export(x); set(count, "
		"\"7\"); "
		"call(checkSPF); m(); set(maxDataSize, \"7\"); }");
	const struct statement *s = nth(one, 0);

	cr_assert_eq(s->kind, STATEMENT_ASSIGN);
	cr_assert_eq(s->target->kind, EXPRESSION_GLOBAL);
	cr_assert_eq(s->target->global->kind, GLOBAL_POLICY);
	cr_assert_eq(s->value->kind, EXPRESSION_TO_TEXT);
	s = nth(one, 1);
	cr_assert_eq(s->kind, STATEMENT_SET_VARIABLE);
	cr_assert_eq(s->variable, VARIABLE_maxRcptCount);
	cr_assert_eq(s->value->builtin, BUILTIN_int_ofText);
	s = nth(one, 2);
	cr_assert_eq(s->kind, STATEMENT_BLOCK);
	cr_assert_null(s->body->first);
	s = nth(one, 3);
	cr_assert_eq(s->value->kind, EXPRESSION_CALL_FUNCTION);
	cr_assert_eq(s->value->function, check_function(one, "m"));
	s = nth(one, 4);
	cr_assert_eq(s->kind, STATEMENT_EXPORT);
	cr_assert(text_equals(s->global->name, TEXT("x")));
	s = nth(one, 5);
	cr_assert_eq(s->target->global->kind, GLOBAL_VARIABLE);
	cr_assert_eq(s->value->constant.i, 7);
	cr_assert_eq(nth(one, 6)->value->builtin, BUILTIN_policy_checkSPF);
	cr_assert_eq(nth(one, 7)->value->kind, EXPRESSION_CALL_FUNCTION);
	cr_assert_eq(nth(one, 8)->value->constant.i, 7);
}

/* A program's own method comes before a predefined one. */
Test(check_set, own_methods_come_first)
{
	struct checked *one =
		check_source("method checkSPF { } event onMailFrom { call(checkSPF); }");

	assert_codes(one, "");
	cr_assert_eq(nth(one, 0)->value->kind, EXPRESSION_CALL_FUNCTION);
}

Test(check_set, slots_of_events_and_methods_are_the_same)
{
	struct checked *one =
		check_source("event onData { call(m); if (is(a, \"1\")) { accept(); } } "
			     "method m { set(a, \"1\"); set(b, \"%A%\"); }");

	assert_codes(one, "");
	cr_assert_eq(one->program->global_count, 2);
	cr_assert_eq(one->program->globals->slot, 0);
	cr_assert_eq(one->program->globals->next->slot, 1);
}

Test(check_set, slots_deep_in_blocks_are_found)
{
	assert_codes(
		check_source("event onData { if (isESMTP) { } else if (is(a, \"1\")) { } else { "
			     "while (isESMTP) { try { throw \"\"; } catch { set(a, \"1\"); } "
			     "break; } } }"),
		"");
}
