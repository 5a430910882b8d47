#include "world.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* Runs statements at the end of a message with the fields "A: 1", "B: 2", "a:  3". */
static void open_message(struct world *world, const char *statements)
{
	char source[1024];

	snprintf(source, sizeof(source), "event onDataReceived { %s }", statements);
	world_open(world, source);
	world_begin_message(world);
	world_add_header(world, "A", " 1");
	world_add_header(world, "B", " 2");
	world_add_header(world, "a", "  3");
}

static void check_headers(const char *statements, const char *expected)
{
	struct world world;
	char shown[4096];

	open_message(&world, statements);
	cr_assert_eq(world_raise(&world, EVENT_onDataReceived), VM_DONE, "%s", statements);
	cr_expect_str_eq(world_headers(&world, shown), expected, "%s", statements);
	world_close(&world);
}

Test(changes, of_header_fields)
{
	check_headers("", "A: 1\nB: 2\na:  3\n");
	check_headers("addHeader(\"C\", \"4\");", "A: 1\nB: 2\na:  3\nC: 4\n");
	check_headers("addIfNotExistsHeader(\"b\", \"4\"); addIfNotExistsHeader(\"C\", \"5\");",
		      "A: 1\nB: 2\na:  3\nC: 5\n");
	check_headers("insertHeader(1, \"C\", \"4\");", "C: 4\nA: 1\nB: 2\na:  3\n");
	check_headers("insertHeader(2, \"C\", \"4\");", "A: 1\nC: 4\nB: 2\na:  3\n");
	check_headers("insertHeader(4294967295, \"C\", \"4\");", "A: 1\nB: 2\na:  3\nC: 4\n");
	check_headers("modifyHeader(\"a\", \"x\");", "a: x\nB: 2\na:  3\n");
	check_headers("modifyHeader(\"C\", \"x\");", "A: 1\nB: 2\na:  3\nC: x\n");
	check_headers("modifyIfExistsHeader(\"C\", \"x\");", "A: 1\nB: 2\na:  3\n");
	check_headers("modifyIfExistsHeader(\"B\", \"x\");", "A: 1\nB: x\na:  3\n");
	check_headers("changeHeader(\"A\", 2, \"x\");", "A: 1\nB: 2\nA: x\n");
	check_headers("removeFirstHeader(\"a\");", "B: 2\na:  3\n");
	check_headers("removeFirstHeader(\"C\");", "A: 1\nB: 2\na:  3\n");
	check_headers("removeHeader(\"A\");", "B: 2\n");
	check_headers("while (hasHeader(\"A\")) { removeFirstHeader(\"A\"); }", "B: 2\n");
	check_headers("addHeader(\"C\", \"4\"); removeHeader(\"C\");", "A: 1\nB: 2\na:  3\n");
}

static void check_refused(const char *statements, const char *kind)
{
	struct world world;
	char shown[4096];

	open_message(&world, statements);
	cr_assert_eq(world_raise(&world, EVENT_onDataReceived), VM_FAILED, "%s", statements);
	cr_expect(text_equals_string(vm_failure(world.vm)->kind, kind), "%s: %.*s", statements,
		  TEXT_PRINTF(vm_failure(world.vm)->kind));
	cr_expect_str_eq(world_headers(&world, shown), "A: 1\nB: 2\na:  3\n", "%s", statements);
	cr_expect_eq(world.mail->message->changes.count, 0, "%s", statements);
	world_close(&world);
}

Test(changes, that_would_break_the_message_are_refused)
{
	check_refused("addHeader(\"C:\", \"4\");", "argument");
	check_refused("addHeader(\"\", \"4\");", "argument");
	check_refused("addHeader(\"C\", \"4\\r\\nX: 1\");", "argument");
	check_refused("addHeader(\"C\", \"4\\rX\");", "argument");
	check_refused("addHeader(\"C\", \"4\\0\");", "argument");
	check_refused("insertHeader(-1, \"C\", \"4\");", "argument");
	check_refused("insertHeader(4294967296, \"C\", \"4\");", "argument");
	check_refused("changeHeader(\"A\", 3, \"x\");", "index");
	check_refused("changeHeader(\"A\", 0, \"x\");", "index");
	check_refused("changeHeader(\"A\", 4294967297, \"x\");", "index");
	check_refused("addRcpt(\"a\\nb\");", "argument");
	check_refused("spamLevel(11);", "argument");
	check_refused("spamLevel(-1);", "argument");
	check_refused("virusLevel(6);", "argument");
}

static const struct change *only_change(struct world *world, const char *statements)
{
	open_message(world, statements);
	cr_assert_eq(world_raise(world, EVENT_onDataReceived), VM_DONE, "%s", statements);
	world_settle(world);
	cr_assert_eq(world->mail->message->changes.count, 1);
	return &world->mail->message->changes.items[0];
}

static void check_change(const char *statements, enum change_kind kind, const char *name,
			 const char *content)
{
	struct world world;
	const struct change *change = only_change(&world, statements);

	cr_expect_eq(change->kind, kind, "%s", statements);
	cr_expect(text_equals_string(change->name, name), "%s", statements);
	cr_expect(text_equals_string(change->value, content), "%s", statements);
	cr_expect(!change->foreign);
	world_close(&world);
}

Test(changes, of_envelope_and_body)
{
	check_change("addRcpt(\"<c@example.org>\");", CHANGE_ADD_RCPT, "<c@example.org>", "");
	check_change("addRcpt(\"<c@example.org>\", \"NOTIFY=NEVER\");", CHANGE_ADD_RCPT,
		     "<c@example.org>", "NOTIFY=NEVER");
	check_change("discardRcpt(\"<b@example.org>\");", CHANGE_DELETE_RCPT, "<b@example.org>", "");
	check_change("changeSender(\"<z@example.org>\");", CHANGE_CHANGE_SENDER, "<z@example.org>", "");
	check_change("changeSender(\"<>\", \"RET=HDRS\");", CHANGE_CHANGE_SENDER, "<>", "RET=HDRS");
	check_change("replaceBody(\"new\" + \"\\r\\n\");", CHANGE_REPLACE_BODY, "", "new\r\n");
	check_change("quarantine(\"look\" + \" at it\");", CHANGE_QUARANTINE, "", "look at it");
}

Test(changes, levels_are_kept_for_the_host)
{
	struct world world;

	open_message(&world, "spamLevel(10); virusLevel(0); spamLevel(7);");
	cr_expect_eq(world.mail->message->spam_level, -1);
	cr_assert_eq(world_raise(&world, EVENT_onDataReceived), VM_DONE);
	cr_expect_eq(world.mail->message->spam_level, 7);
	cr_expect_eq(world.mail->message->virus_level, 0);
	world_close(&world);
}

Test(changes, need_a_message)
{
	struct world world;

	world_open(&world, "event onUnknownCommand { addHeader(\"A\", \"b\"); }");
	cr_assert_eq(world_raise(&world, EVENT_onUnknownCommand), VM_FAILED);
	cr_expect(text_equals_string(vm_failure(world.vm)->kind, "argument"));
	world_close(&world);
	world_open(&world, "event onUnknownCommand { spamLevel(1); }");
	cr_assert_eq(world_raise(&world, EVENT_onUnknownCommand), VM_FAILED);
	world_close(&world);
}

static void check_limit(const char *statements, enum limit_id limit)
{
	struct world world;

	open_message(&world, statements);
	world.mail->message_arena.cap = 8 << 20;
	cr_assert_eq(world_raise(&world, EVENT_onDataReceived), VM_FAILED);
	cr_expect(vm_failure(world.vm)->limit);
	cr_expect_eq(vm_failure(world.vm)->which, limit, "%s: %s", statements,
		     limit_rows[vm_failure(world.vm)->which].name);
	world_close(&world);
}

Test(changes, stop_at_the_limits)
{
	check_limit("while (true) { quarantine(\"x\"); }", LIMIT_changes);
	check_limit("while (true) { addHeader(\"X\", repeat(\"x\", 900) + \"%{now()}\"); }",
		    LIMIT_messageMemory);
	/* Neither adding nor removing thousands of fields is paid like a handful. */
	check_limit("for (i in 0..4000) { addHeader(\"X\", \"%{i}\"); } for (i in 0..4000) { addIfNotExistsHeader(\"x\", \"\"); }",
		    LIMIT_instructions);
}

Test(changes, thousands_of_fields_are_removed_in_time)
{
	struct world world;

	open_message(&world, "for (i in 0..4000) { addHeader(\"X\", \"%{i}\"); } removeHeader(\"x\");");
	cr_assert_eq(world_raise(&world, EVENT_onDataReceived), VM_DONE);
	cr_expect_eq(world.mail->message->headers.count, 3);
	world_close(&world);
}
