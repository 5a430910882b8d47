#include "check_support.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(check_reach, .fini = check_forget);

static uint32_t needs(const char *source)
{
	struct checked *one = check_source(source);

	cr_assert_not_null(one->program, "%s: %s", source, check_message(one));
	return one->program->needs;
}

Test(check_reach, only_what_is_reached_is_needed)
{
	cr_assert_eq(needs("event onData { }"), 0);
	cr_assert_eq(needs("event onData { log.info(mailFrom); }"), NEED_MAIL);
	cr_assert_eq(needs("event onData { reject(); }"), NEED_VERDICT);
	cr_assert_eq(needs("event onData { addHeader(\"a\", \"b\"); }"), NEED_ADD_HEADER);
	cr_assert_eq(needs("function f() { addHeader(\"a\", mailFrom); } event onData { }"), 0);
	cr_assert_eq(needs("function f() { addHeader(\"a\", \"b\"); } event onData { f(); }"),
		     NEED_ADD_HEADER);
	cr_assert_eq(
		needs("method a { call(b); } method b { reject(); } event onData { call(a); }"),
		NEED_VERDICT);
	cr_assert_eq(needs("event onDataReceived { log.info(bodyChunk); }"), 0);
	cr_assert_eq(needs("event onBodyChunk { log.info(bodyChunk); }"), NEED_BODY);
	cr_assert_eq(needs("event onConnect { log.info(ehloHost); }"), 0);
	cr_assert_eq(needs("event onDataReceived { set(headerName, \"x\"); }"), 0);
	cr_assert_eq(needs("event onDataReceived { set(smtpAction, \"reject\"); }"), NEED_VERDICT);
	cr_assert_eq(needs("event onDataReceived { smtpAction = \"reject\"; }"), NEED_VERDICT);
	cr_assert_eq(needs("event onDataReceived { call(addRcpt); }"), NEED_ADD_RCPT);
}

Test(check_reach, dead_branches_need_nothing)
{
	static const char *const sources[] = {
		"event onData { if (false) { reject(); } }",
		"event onData { if (true) { } else { reject(); } }",
		"event onData { while (false) { reject(); } }",
		"const D = false; event onData { if (D and isSSLConnection) { reject(); } }",
		"option o: bool = false; event onData { if (o) { reject(); } }",
		"event onData { return; reject(); }",
		"event onData { if (true) { return; } reject(); }",
		"option o: text = \"x\"; event onData { if (o == \"y\") { reject(); } }",
		"event onData { log.info(false ? mailFrom : \"x\"); }",
		"event onData { log.info(true ? \"x\" : mailFrom); }",
		"event onData { if (allOf(false, is(mailFrom, \"x\"))) { } }",
		"event onData { if (anyOf(true, is(mailFrom, \"x\"))) { } }",
		"event onData { if (true or is(mailFrom, \"x\")) { } }",
		"event onData { while (true) { } reject(); }",
		"event onData { if (1 + 1 == 3) { reject(); } }",
	};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		cr_expect_eq(needs(sources[i]), 0, "%s: %x", sources[i], needs(sources[i]));
	cr_assert_eq(
		needs("option o: bool = true; event onData { while (o) { break; } reject(); }"),
		NEED_VERDICT);
}

Test(check_reach, an_options_setting_decides)
{
	static const char source[] =
		"option o: bool = false; event onData { if (o) { reject(); } }";
	const char *const options[] = {"o", "yes", NULL};

	cr_assert_eq(check_program(source, options)->program->needs, NEED_VERDICT);
}

Test(check_reach, each_event_by_itself)
{
	struct checked *one = check_source(
		"method m { if (is(mailFrom, \"x\")) { reject(); } } "
		"event onMailFrom { call(m); } event onRcptTo { log.info(rcptTo); } "
		"event onData { m(); m(); } event onDataReceived { quarantine(\"x\"); }");
	const uint32_t *event_needs = one->program->event_needs;

	cr_assert_eq(event_needs[EVENT_onMailFrom], NEED_MAIL | NEED_VERDICT);
	cr_assert_eq(event_needs[EVENT_onRcptTo], NEED_RCPT);
	cr_assert_eq(event_needs[EVENT_onData], NEED_MAIL | NEED_VERDICT);
	cr_assert_eq(event_needs[EVENT_onDataReceived], NEED_QUARANTINE);
	cr_assert_eq(event_needs[EVENT_onConnect], 0);
	cr_assert_eq(one->program->needs, NEED_MAIL | NEED_VERDICT | NEED_RCPT | NEED_QUARANTINE);
}

Test(check_reach, first_values_count)
{
	cr_assert_eq(needs("session var x = f(); function f() -> int { return mailCount; } event "
			   "onData { }"),
		     0);
	cr_assert_eq(needs("session var x = text.lower(\"A\");"), 0);
}

static const char *macros(const char *source)
{
	static char names[512];
	struct checked *one = check_source(source);

	cr_assert_not_null(one->program, "%s: %s", source, check_message(one));
	names[0] = '\0';
	for (unsigned i = 0; i < one->program->macro_count; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%.*s",
			 i ? " " : "", TEXT_PRINTF(one->program->macros[i]));
	return names;
}

Test(check_reach, macros_by_name)
{
	cr_assert_str_eq(macros("event onData { log.info(macro(\"i\") + macro(\"{auth_authen}\") + "
				"macro(\"i\")); }"),
			 "i {auth_authen}");
	cr_assert_str_eq(macros("event onData { log.info(authUser + queueId + macro(\"j\")); }"),
			 "{auth_authen} i j");
	cr_assert_str_eq(macros("function f() { log.info(macro(\"i\")); } event onData { }"), "");
	cr_assert_str_eq(macros("const M = \"{\" + \"x}\"; event onData { log.info(macro(M)); }"),
			 "{x}");
	cr_assert_str_eq(macros("event onConnect { log.info(authUser); }"), "");
	cr_assert_str_eq(macros("event onData { log.info(macro(mailFrom)); }"), "");
	cr_assert_eq(needs("event onData { log.info(macro(mailFrom)); }"), NEED_MAIL | NEED_MACROS);
	cr_assert_eq(needs("event onData { log.info(macro(\"i\")); }"), 0);
	cr_assert_eq(needs("event onData { log.info(macros[\"i\"]); }"), NEED_MACROS);
}

Test(check_reach, many_macros)
{
	static char source[8192];
	size_t at = (size_t)snprintf(source, sizeof(source), "event onData { ");

	for (int i = 0; i < 100; i++)
		at += (size_t)snprintf(source + at, sizeof(source) - at,
				       "log.info(macro(\"{m%d}\")); ", i / 2);
	snprintf(source + at, sizeof(source) - at, "}");
	cr_assert_eq(check_source(source)->program->macro_count, 50);
}

Test(check_reach, builtins_by_event)
{
	static const struct check_case cases[] = {
		{"event onDisconnect { reject(); }", "E0402"},
		{"event onConnect { reject(); disconnect(); }", "W0303"},
		{"event onConnect { discard(); }", "E0403"},
		{"event onEhlo { discard(); }", "E0403"},
		{"event onMailFrom { discard(); }", ""},
		{"event onDisconnect { discard(); }", "E0402"},
		{"event onConnect { addHeader(\"a\", \"b\"); }", "E0402"},
		{"event onMailFrom { addHeader(\"a\", \"b\"); }", ""},
		{"event onMailFrom { log.info(header(\"x\")); }", "E0402"},
		{"event onConnect { call(addHeader); }", "E0402"},
		{"function f() { reject(); } event onDisconnect { f(); }", "E0402"},
		{"function f() { reject(); } event onDisconnect { if (false) { f(); } }", "W0308"},
		{"function f() { reject(); } event onData { f(); }", ""},
		{"function f() { g(); } function g() { reject(); } event onStop { f(); }", "E0402"},
		{"function f() { reject(); }", ""},
		{"event onData { requestMacros(\"mail\", \"i\"); }", "E0402"},
		{"event onNegotiate { requestMacros(\"mail\", \"i\"); }", ""},
		{"event onDisconnect { if (false) { reject(); } }", "W0308"},
	};

	assert_cases(cases, check_source);
}

Test(check_reach, the_call_that_leads_there_is_shown)
{
	struct checked *one =
		check_source("function f() { reject(); } event onDisconnect { f(); }");
	const struct diagnostic *d = one->diagnostics.first;

	cr_assert_str_eq(d->related_note, "onDisconnect comes here by this call");
	cr_assert_eq(d->related.to - d->related.from, 3);
	one = check_source("event onDisconnect { reject(); }");
	cr_assert_null(one->diagnostics.first->related_note);
}

Test(check_reach, reads_that_are_always_empty)
{
	static const struct check_case cases[] = {
		{"event onConnect { log.info(mailFrom); }", "W0403"},
		{"event onMailFrom { log.info(mailFrom); }", ""},
		{"method m { log.info(rcptTo); } event onRcptTo { call(m); } event onData { "
		 "call(m); }",
		 ""},
		{"method m { log.info(rcptTo); } event onData { call(m); }", "W0403"},
		{"method m { log.info(rcptTo); }", ""},
		{"event onData { log.info(\"%smtpAction%\"); }", "W0403"},
	};

	assert_cases(cases, check_source);
}

Test(check_reach, recursion_ends)
{
	cr_assert_eq(needs("function a() { b(); } function b() { a(); reject(); } event onData { "
			   "a(); }"),
		     NEED_VERDICT);
}
