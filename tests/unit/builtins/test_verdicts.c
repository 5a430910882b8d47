#include "world.h"

#include <criterion/criterion.h>
#include <stdio.h>

static void check_verdict(const char *statement, enum verdict_kind kind, int code,
			  const char *enhanced, const char *reply)
{
	char source[512];
	struct world world;
	const struct verdict *verdict = &world.context.verdict;

	snprintf(source, sizeof(source), "event onMailFrom { %s }", statement);
	world_open(&world, source);
	world_begin_message(&world);
	cr_assert_eq(world_raise(&world, EVENT_onMailFrom), VM_ENDED, "%s", statement);
	world_settle(&world);
	cr_expect_eq(verdict->kind, kind, "%s", statement);
	cr_expect_eq(verdict->code, code, "%s: %d", statement, verdict->code);
	cr_expect(text_equals_string(verdict->enhanced, enhanced), "%s", statement);
	cr_expect(text_equals_string(verdict->text, reply), "%s", statement);
	world_close(&world);
}

Test(verdicts, are_recorded_and_end_the_event)
{
	check_verdict("accept();", VERDICT_ACCEPT, 0, "", "");
	check_verdict("discard();", VERDICT_DISCARD, 0, "", "");
	check_verdict("reject();", VERDICT_REJECT, 0, "", "");
	check_verdict("tempfail();", VERDICT_TEMPFAIL, 0, "", "");
	check_verdict("reject(\"no\");", VERDICT_REJECT, 550, "5.7.1", "no");
	check_verdict("tempfail(\"later\");", VERDICT_TEMPFAIL, 451, "4.7.1", "later");
	check_verdict("reject(554, \"5.1.8\", \"a%{1}\\nb\");", VERDICT_REJECT, 554, "5.1.8", "a1\nb");
	check_verdict("tempfail(450, \"4.2.1\", \"100%\");", VERDICT_TEMPFAIL, 450, "4.2.1", "100%");
	check_verdict("disconnect();", VERDICT_DISCONNECT, 421, "4.7.0", "");
	check_verdict("disconnect(421, \"4.3.2\", \"bye\");", VERDICT_DISCONNECT, 421, "4.3.2", "bye");
}

static void check_refused(const char *statement)
{
	char source[512];
	struct world world;

	snprintf(source, sizeof(source), "event onMailFrom { var n = 0; var t = \"\"; %s }", statement);
	world_open(&world, source);
	world_begin_message(&world);
	cr_assert_eq(world_raise(&world, EVENT_onMailFrom), VM_FAILED, "%s", statement);
	cr_expect(text_equals_string(vm_failure(world.vm)->kind, "argument"), "%s", statement);
	cr_expect_eq(world.context.verdict.kind, VERDICT_CONTINUE);
	world_close(&world);
}

/* Values that the checker cannot know. */
Test(verdicts, refuse_what_no_server_may_say)
{
	check_refused("reject(451 + n, \"5.7.1\", \"x\");");
	check_refused("reject(550 + n, \"4.7.1\" + t, \"x\");");
	check_refused("reject(550 + n, \"5.7\" + t, \"x\");");
	check_refused("tempfail(550 + n, \"4.7.1\", \"x\");");
	check_refused("reject(550, \"5.7.1\", \"a\\rb\" + t);");
	check_refused("reject(\"a\\0b\" + t);");
	check_refused("reject(repeat(\"x\", 981));");
	check_refused("reject(repeat(\"x\\n\", 32));");
	check_refused("reject(550 + 4294967296 + n, \"5.7.1\", \"x\");");
	check_refused("reject(-550 + n, \"5.7.1\", \"x\");");
	check_refused("disconnect(550 + n, \"5.7.1\", \"x\");");
}

/* Before MAIL each reply takes the place of the one before. */
Test(verdicts, cost_nothing_when_a_client_says_helo_for_ever)
{
	struct world world;
	size_t used = 0;

	world_open(&world, "session var n: int; event onEhlo { n += 1; reject(\"no %{n} \" + repeat(\"x\", 500)); }");
	for (unsigned i = 0; i < 5000; i++) {
		cr_assert_eq(world_raise(&world, EVENT_onEhlo), VM_ENDED);
		if (i == 10)
			used = world.mail->session_arena.used;
	}
	cr_expect_eq(world.mail->session_arena.used, used);
	world_settle(&world);
	cr_expect(text_starts_with(world.context.verdict.text, TEXT("no 5000 xxx")));
	world_close(&world);
}

Test(verdicts, before_a_message_outlive_their_event)
{
	struct world world;

	world_open(&world, "event onEhlo { var n = 1; reject(550, \"5.7.%{n}\", \"no %{n}\"); }");
	cr_assert_eq(world_raise(&world, EVENT_onEhlo), VM_ENDED);
	world_settle(&world);
	cr_expect(text_equals_string(world.context.verdict.enhanced, "5.7.1"));
	cr_expect(text_equals_string(world.context.verdict.text, "no 1"));
	cr_expect_eq(world.context.verdict.text.data, world.context.kept[KEPT_REPLY].bytes);
	world_close(&world);
}

Test(verdicts, of_a_message_stay_until_it_ends)
{
	struct world world;
	struct text first;

	world_open(&world, "message var n: int; event onRcptTo { n += 1; reject(\"no %{n}\"); }");
	world_begin_message(&world);
	cr_assert_eq(world_raise(&world, EVENT_onRcptTo), VM_ENDED);
	first = world.context.verdict.text;
	cr_assert_eq(world_raise(&world, EVENT_onRcptTo), VM_ENDED);
	cr_expect(text_equals_string(first, "no 1"));
	cr_expect(text_equals_string(world.context.verdict.text, "no 2"));
	world_close(&world);
}

Test(verdicts, stop_at_the_memory_of_the_message)
{
	struct world world;

	world_open(&world, "event onMailFrom { reject(\"x\" + repeat(\"y\", 900)); }");
	world_begin_message(&world);
	world.mail->message_arena.cap = world.mail->message_arena.used;
	cr_assert_eq(world_raise(&world, EVENT_onMailFrom), VM_FAILED);
	cr_expect(vm_failure(world.vm)->limit);
	cr_expect_eq(vm_failure(world.vm)->which, LIMIT_messageMemory);
	world_close(&world);
}
