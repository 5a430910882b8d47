#include "world.h"

#include <criterion/criterion.h>

static void set_macro(struct world *world, enum macro_stage stage, const char *name,
		      const char *content)
{
	struct text pair[2] = { text_of_string(name, LIFETIME_EVENT),
				text_of_string(content, LIFETIME_EVENT) };

	cr_assert(mail_set_macros(world->mail, stage, pair, 1));
}

Test(macros, are_read_by_name)
{
	struct world world;

	world_open(&world, "event onMailFrom { if (macro(\"i\") != \"Q1\" or macro(\"{i}\") != \"Q1\" "
			   "or macro(\"{none}\") != \"\" or macro(\"j\") != \"mx\" or queueId != \"Q1\") { throw \"no\"; } }");
	set_macro(&world, MACRO_CONNECT, "j", "mx");
	set_macro(&world, MACRO_MAIL, "i", "Q1");
	world_begin_message(&world);
	cr_expect_eq(world_raise(&world, EVENT_onMailFrom), VM_DONE);
	world_close(&world);
}

/* Those of this step alone, as the mail server sent them. */
Test(macros, of_a_step_are_a_map)
{
	struct world world;

	world_open(&world, "event onMailFrom { if (macros != [\"{auth_authen}\": \"joe\"]) { throw \"no\"; } } "
			   "event onHeader { if (length(macros) != 0) { throw \"no\"; } }");
	set_macro(&world, MACRO_CONNECT, "j", "mx");
	set_macro(&world, MACRO_MAIL, "{auth_authen}", "joe");
	world_begin_message(&world);
	cr_expect_eq(world_raise(&world, EVENT_onMailFrom), VM_DONE);
	cr_expect_eq(world_raise(&world, EVENT_onHeader), VM_DONE);
	world_close(&world);
}

/* Each event has the macros that were sent for it, and no others. */
Test(macros, belong_to_their_event)
{
	static const enum event_id events[] = { EVENT_onConnect, EVENT_onEhlo, EVENT_onMailFrom,
						EVENT_onRcptTo,	 EVENT_onData, EVENT_onHeadersReceived,
						EVENT_onDataReceived };
	struct world world;

	world_open(&world, "session var seen: text; function note() { seen = join(keys(macros)); } "
			   "event onConnect { note(); log.info(seen); } event onEhlo { note(); log.info(seen); } "
			   "event onMailFrom { note(); log.info(seen); } event onRcptTo { note(); log.info(seen); } "
			   "event onData { note(); log.info(seen); } event onHeadersReceived { note(); log.info(seen); } "
			   "event onDataReceived { note(); log.info(seen); }");
	for (unsigned i = 0; i < MACRO_STAGE_COUNT; i++)
		set_macro(&world, (enum macro_stage)i, macro_stage_name((enum macro_stage)i), "x");
	for (unsigned i = 0; i < MACRO_STAGE_COUNT; i++)
		cr_assert_eq(world_raise(&world, events[i]), VM_DONE);
	buffer_append_byte(&world.log, '\0');
	cr_expect_str_eq(world.log.data, "2 connect\n2 helo\n2 mail\n2 rcpt\n2 data\n2 eoh\n2 eom\n");
	world_close(&world);
}

Test(macros, can_be_asked_for)
{
	struct world world;

	world_open(&world, "event onNegotiate { requestMacros(\"helo\", \"{x} \" + \"j\"); requestMacros(stage: \"eom\", names: \"\"); }");
	cr_assert_eq(world_raise(&world, EVENT_onNegotiate), VM_DONE);
	world_settle(&world);
	cr_assert_not_null(mail_requested_macros(world.mail, MACRO_HELO));
	cr_expect(text_equals_string(*mail_requested_macros(world.mail, MACRO_HELO), "{x} j"));
	cr_expect_not_null(mail_requested_macros(world.mail, MACRO_EOM));
	cr_expect_null(mail_requested_macros(world.mail, MACRO_MAIL));
	world_close(&world);
}

static void check_refused(const char *source)
{
	struct world world;

	world_open(&world, source);
	cr_assert_eq(world_raise(&world, EVENT_onNegotiate), VM_FAILED, "%s", source);
	cr_expect(text_equals_string(vm_failure(world.vm)->kind, "argument"));
	world_close(&world);
}

Test(macros, are_not_asked_for_wrongly)
{
	check_refused("event onNegotiate { requestMacros(\"body\", \"j\"); }");
	check_refused("event onNegotiate { requestMacros(\"\", \"j\"); }");
	check_refused("event onNegotiate { requestMacros(\"mail\", \"j\\0i\"); }");
	check_refused("event onNegotiate { requestMacros(\"mail\", \"j\\ni\"); }");
	check_refused("event onNegotiate { requestMacros(\"mail\", repeat(\"j \", 2049)); }");
}
