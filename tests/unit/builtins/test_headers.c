#include "world.h"

#include <criterion/criterion.h>
#include <stdio.h>

static void check(const char *expression)
{
	char source[1024];
	struct world world;

	snprintf(source, sizeof(source),
		 "message var ok: bool; event onDataReceived { ok = (%s); if (not ok) { throw \"no\"; } }",
		 expression);
	world_open(&world, source);
	world_begin_message(&world);
	world_add_header(&world, "Received", " from a\n\tby b");
	world_add_header(&world, "Subject", "  two blanks");
	world_add_header(&world, "received", "tight");
	cr_expect_eq(world_raise(&world, EVENT_onDataReceived), VM_DONE, "%s", expression);
	world_close(&world);
}

Test(headers, are_read_by_name)
{
	check("header(\"subject\") == \" two blanks\"");
	check("header(\"RECEIVED\") == \"from a\\n\\tby b\"");
	check("header(\"X\") == \"\" and header(\"\") == \"\"");
	check("hasHeader(\"Received\") and not hasHeader(\"Receive\") and not hasHeader(\"\")");
	check("headerCount(\"Received\") == 2 and headerCount(\"x\") == 0");
	check("headers.nth(\"Received\", 2) == \"tight\" and headers.nth(\"Received\", 3) == \"\"");
	check("headers.nth(\"Received\", 0) == \"\" and headers.nth(\"Received\", 4294967297) == \"\"");
	check("headers.values(\"Received\") == [\"from a\\n\\tby b\", \"tight\"]");
	check("length(headers.values(\"x\")) == 0");
}

Test(headers, are_read_as_a_list)
{
	check("length(headers.all()) == 3 and headers.all()[1].name == \"Subject\"");
	check("headers.all()[1].raw == \"  two blanks\" and headers.all()[1].value == \" two blanks\"");
	check("headers.all()[2].raw == \"tight\" and headers.all()[2].name == \"received\"");
}

Test(headers, show_changes_at_once)
{
	struct world world;

	world_open(&world, "event onDataReceived { addHeader(\"X\", \"1\"); removeHeader(\"Subject\"); "
			   "if (header(\"X\") != \"1\" or hasHeader(\"Subject\") or length(headers.all()) != 1 "
			   "or length(headers.received()) != 1 or headers.received()[0].name != \"Subject\") { throw \"no\"; } "
			   "var all = headers.all(); all[0].name = \"Y\"; if (not hasHeader(\"X\")) { throw \"no\"; } }");
	world_begin_message(&world);
	world_add_header(&world, "Subject", " s");
	cr_expect_eq(world_raise(&world, EVENT_onDataReceived), VM_DONE);
	world_close(&world);
}

Test(headers, unfold)
{
	HOLD("headers.unfold(\"\") == \"\"", "headers.unfold(\"a b\") == \"a b\"",
	     "headers.unfold(\"a\\n b\\r\\n\\tc\") == \"a b\\tc\"", "headers.unfold(\"\\r\\n\") == \"\"");
}

/* A name that is asked for again and again in a message with many fields is paid for. */
Test(headers, searches_are_charged)
{
	struct world world;

	world_open(&world, "event onDataReceived { for (i in 0..100) { if (hasHeader(\"x\")) { reject(); } } }");
	world.limits[LIMIT_instructions] = 100000;
	world_begin_message(&world);
	for (unsigned i = 0; i < 5000; i++)
		world_add_header(&world, "Received", " x");
	cr_assert_eq(world_raise(&world, EVENT_onDataReceived), VM_FAILED);
	cr_expect(vm_failure(world.vm)->limit);
	world_close(&world);
}
