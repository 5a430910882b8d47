#include "world.h"

#include <criterion/criterion.h>

Test(policy, compares)
{
	HOLD("policy.is(\"\", \"\")", "policy.is(\"07\", \"7\")", "not policy.is(\"7\", \"8\")",
	     "not policy.is(\"a\", \"ab\")", "not policy.is(\"\", \"0\")", "policy.isCase(\"a\", \"a\")",
	     "not policy.isCase(\"07\", \"7\")", "policy.greaterThan(\"-1\", \"-2\")",
	     "not policy.greaterThan(\"1\", \"1\")", "policy.greaterThan(\"1.5\", \"1\")",
	     "not policy.greaterThan(\"x\", \"1\")", "not policy.greaterThan(\"1\", \"x\")",
	     "not policy.lessThan(\"\", \"1\")", "policy.lessThan(\" 1 \", \"2\")",
	     "policy.greaterThan(\"9223372036854775807\", \"9223372036854775806\")",
	     "not policy.lessThan(\"2\", \"1\")");
}

Test(policy, knows_ranges)
{
	HOLD("policy.ipRange(\"192.0.2.9\", \"10.0.0.0/8 192.0.2.0/24\")",
	     "policy.ipRange(\"10.0.0.9\", \"10.0.0.0/8 192.0.2.0/24\")",
	     "policy.ipRange(\"192.0.2.9\", \"192.0.2.1-192.0.2.9 \")", "policy.ipRange(\"10.0.0.1\", \"10.0.0.9/8\")",
	     "policy.ipRange(\"2001:db8::5\", \"2001:db8::/32\")", "not policy.ipRange(\"\", \"0.0.0.0/0\")",
	     "not policy.ipRange(\"mx.example\", \"0.0.0.0/0\")", "not policy.ipRange(\"10.0.0.1\", \"\")",
	     "not policy.ipRange(\"::1\", \"0.0.0.0/0\")");
	RAISE("argument", "policy.ipRange(\"10.0.0.1\", \"10.0.0.0/8 x\")", "policy.ipRange(\"\", \"10.0.0.0/33\")");
}

Test(policy, looks_for_parts)
{
	HOLD("policy.contains(\"\", \"\")", "not policy.contains(\"ab\", \"abc\")", "policy.contains(\"xABy\", \"ab\")",
	     "policy.startsWith(\"ABC\", \"\")", "not policy.startsWith(\"A\", \"AB\")", "not policy.startsWith(\"xab\", \"ab\")",
	     "policy.endsWith(\"abC\", \"Bc\")", "not policy.endsWith(\"abx\", \"ab\")", "not policy.endsWith(\"\", \"a\")",
	     "policy.matches(\"abc\", \"b\")", "not policy.matches(\"ABC\", \"b\")", "policy.matches(\"ABC\", \"(?i)b\")");
	RAISE("argument", "policy.matches(\"\", \"(\")");
}

/* A long part at many places costs what it costs. */
Test(policy, long_searches_are_paid_for)
{
	body_strikes(LIMIT_instructions, 1000000,
		     "return policy.contains(repeat(\"a\", 100000), repeat(\"A\", 50000) + \"b\");");
}

Test(policy, comparing_is_paid_for)
{
	body_strikes(LIMIT_instructions, 450000,
		     "var t = repeat(\"a\", 100000); var u = \"x\" + t; for (i in 0..50) { if (policy.is(t, u)) { return false; } } return true;");
}

/* The vendor's scripts, as they are written. */
static const char predefined[] =
	"event onDataReceived {\n"
	"	set (headerName, \"X-New\");\n"
	"	set (headerValue, \"%mailFromDomain%\");\n"
	"	call (addHeader);\n"
	"	call (addIfNotExistsHeader);\n"
	"	set (headerName, \"A\");\n"
	"	set (headerValue, \"changed\");\n"
	"	call (modifyHeader);\n"
	"	set (headerName, \"None\");\n"
	"	call (modifyIfExistsHeader);\n"
	"	set (headerName, \"B\");\n"
	"	call (removeFirstHeader);\n"
	"	set (headerName, \"C\");\n"
	"	call (removeHeader);\n"
	"	set (rcptAddress, \"<c@example.org>\");\n"
	"	call (addRcpt);\n"
	"	set (rcptAddress, \"<b@example.org>\");\n"
	"	call (discardRcpt);\n"
	"}\n";

Test(policy, predefined_methods_use_their_variables)
{
	const struct changes *changes;
	struct world world;
	char shown[4096];

	world_open(&world, predefined);
	world_begin_message(&world);
	for (const char *name = "ABBCC"; *name; name++)
		world_add_header(&world, (char[]){ *name, '\0' }, " x");
	cr_assert_eq(world_raise(&world, EVENT_onDataReceived), VM_DONE);
	cr_expect_str_eq(world_headers(&world, shown), "A: changed\nB: x\nX-New: example.net\n");
	changes = &world.mail->message->changes;
	cr_expect_eq(changes->items[changes->count - 2].kind, CHANGE_ADD_RCPT);
	cr_expect(text_equals_string(changes->items[changes->count - 2].name, "<c@example.org>"));
	cr_expect_eq(changes->items[changes->count - 1].kind, CHANGE_DELETE_RCPT);
	world_close(&world);
}

/* In onHeader the variables begin as the field at hand. */
Test(policy, predefined_methods_work_on_the_field_at_hand)
{
	struct world world;
	char shown[4096];

	world_open(&world, "event onHeader { if (is(headerName, \"x-spam\")) { call(removeHeader); } "
			   "else { set(headerValue, \"<%headerValue%>\"); call(modifyHeader); } }");
	world_begin_message(&world);
	world_add_header(&world, "X-Spam", " yes");
	world_add_header(&world, "Subject", " hello");
	for (unsigned i = 0; i < 2; i++) {
		world.mail->message->header_name = i ? TEXT("Subject") : TEXT("X-Spam");
		world.mail->message->header_raw = i ? TEXT(" hello") : TEXT(" yes");
		cr_assert_eq(world_raise(&world, EVENT_onHeader), VM_DONE);
	}
	cr_expect_str_eq(world_headers(&world, shown), "Subject: <hello>\n");
	world_close(&world);
}
