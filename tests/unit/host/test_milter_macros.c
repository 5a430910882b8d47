#include "host/milter_macros.h"

#include <criterion/criterion.h>

#include "base/memory.h"

static bool name_is(const char *from, const char *expected)
{
	struct macro_name name;
	return macro_name_make(from, strlen(from), &name) && strcmp(name.text, expected) == 0;
}

static bool is_no_name(const char *from, size_t length)
{
	struct macro_name name;
	return !macro_name_make(from, length, &name);
}

Test(milter_macros, names_are_written_as_mail_servers_do)
{
	cr_assert(name_is("i", "i"));
	cr_assert(name_is("{i}", "i"));
	cr_assert(name_is("auth_authen", "{auth_authen}"));
	cr_assert(name_is("{auth_authen}", "{auth_authen}"));
	cr_assert(name_is("_", "_"));
}

Test(milter_macros, what_is_no_name)
{
	char longest[70];
	cr_assert(is_no_name("", 0));
	cr_assert(is_no_name("{}", 2));
	cr_assert(is_no_name("{a", 2));
	cr_assert(is_no_name("a b", 3));
	cr_assert(is_no_name("a\0b", 3));
	cr_assert(is_no_name("a\x7f", 2));
	memset(longest, 'x', sizeof(longest));
	cr_assert(is_no_name(longest, MACRO_NAME_MAX - 2));
	struct macro_name name;
	cr_assert(macro_name_make(longest, MACRO_NAME_MAX - 3, &name));
	cr_assert_eq(strlen(name.text), MACRO_NAME_MAX - 1);
}

Test(milter_macros, words_of_a_list)
{
	const char *list = " i,\t{mail_addr} {} j ";
	struct macro_name name;
	cr_assert(macro_word_next(&list, &name) && strcmp(name.text, "i") == 0);
	cr_assert(macro_word_next(&list, &name) && strcmp(name.text, "{mail_addr}") == 0);
	cr_assert(macro_word_next(&list, &name) && strcmp(name.text, "j") == 0);
	cr_assert_not(macro_word_next(&list, &name));
	list = NULL;
	cr_assert_not(macro_word_next(&list, &name));
}

static const char *printed(const struct macro_lists *lists, enum milter_stage stage,
			   const char *requested)
{
	static struct buffer out;
	if (!out.cap)
		buffer_init(&out, 65536);
	buffer_clear(&out);
	return macro_list_print(lists, stage, requested, &out) ? out.data : NULL;
}

static struct macro_lists make(uint32_t needs, const char *const *names, size_t count)
{
	struct macro_lists lists;
	struct afsl_needs all = {.needs = needs, .macros = names, .macro_count = count};
	cr_assert(macro_lists_make(&all, &lists));
	return lists;
}

enum {
	EVERY_STEP = AFSL_NEED_CONNECT | AFSL_NEED_HELO | AFSL_NEED_MAIL | AFSL_NEED_RCPT |
		     AFSL_NEED_DATA | AFSL_NEED_END_OF_HEADERS
};

Test(milter_macros, each_at_its_steps)
{
	static const char *const names[] = {
		"i", "auth_authen", "{rcpt_addr}", "{daemon_name}", "{tls_version}", "{msg_id}"};
	struct macro_lists lists = make(EVERY_STEP, names, 6);
	cr_assert(lists.any && !lists.open);
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_CONNECT, NULL), "{daemon_name}");
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_HELO, NULL), "{tls_version}");
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_MAIL, NULL), "i {auth_authen} {mail_addr}");
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_RCPT, NULL), "i {rcpt_addr}");
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_DATA, NULL), "i");
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_EOH, NULL), "i");
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_EOM, NULL), "i {msg_id}");
	macro_lists_free(&lists);
}

Test(milter_macros, a_step_that_is_not_sent_passes_its_macros_on)
{
	static const char *const names[] = {"{daemon_name}", "{auth_authen}"};
	struct macro_lists lists = make(AFSL_NEED_RCPT, names, 2);
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_CONNECT, NULL), "");
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_MAIL, NULL), "");
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_RCPT, NULL),
			 "{daemon_name} {auth_authen} {rcpt_addr}");
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_EOM, NULL), "");
	macro_lists_free(&lists);
	lists = make(0, names, 2);
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_EOM, NULL), "{daemon_name} {auth_authen}");
	macro_lists_free(&lists);
}

Test(milter_macros, an_unknown_one_everywhere)
{
	static const char *const names[] = {"{site_policy}", "{site_policy}"};
	struct macro_lists lists = make(AFSL_NEED_CONNECT | AFSL_NEED_MAIL, names, 2);
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_CONNECT, NULL), "{site_policy}");
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_MAIL, NULL), "{site_policy} {mail_addr}");
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_EOM, NULL), "{site_policy}");
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_HELO, NULL), "");
	macro_lists_free(&lists);
}

Test(milter_macros, requests_join_and_none_stands_twice)
{
	static const char *const names[] = {"{auth_authen}"};
	struct macro_lists lists = make(EVERY_STEP, names, 1);
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_MAIL, "auth_authen j {j} i"),
			 "{auth_authen} {mail_addr} j i");
	macro_lists_free(&lists);
}

Test(milter_macros, an_open_chain_leaves_the_mail_servers_lists)
{
	static const char *const names[] = {"{site_policy}"};
	struct macro_lists lists = make(EVERY_STEP | AFSL_NEED_ALL_MACROS, names, 1);
	cr_assert(lists.open);
	cr_assert_null(printed(&lists, MILTER_STAGE_MAIL, NULL));
	/* What is asked for replaces the mail server's list, so all that is known is named again.
	 */
	cr_assert_not_null(strstr(printed(&lists, MILTER_STAGE_MAIL, "zz"), "{auth_authen}"));
	cr_assert_not_null(strstr(printed(&lists, MILTER_STAGE_MAIL, "zz"), "{zz}"));
	cr_assert_geq(lists.stages[MILTER_STAGE_CONNECT].count, 10);
	macro_lists_free(&lists);
}

Test(milter_macros, an_id_alone_needs_no_company)
{
	static const char *const names[] = {"i"};
	struct macro_lists lists = make(EVERY_STEP, names, 1);
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_MAIL, NULL), "i");
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_RCPT, NULL), "i");
	macro_lists_free(&lists);
}

Test(milter_macros, nothing_read)
{
	struct macro_lists lists = make(EVERY_STEP, NULL, 0);
	cr_assert_not(lists.any);
	cr_assert_str_eq(printed(&lists, MILTER_STAGE_MAIL, NULL), "");
	macro_lists_free(&lists);
}

Test(milter_macros, stages_and_events)
{
	cr_assert_eq(macro_stage_of_event(AFSL_END_OF_MESSAGE), 5);
	cr_assert_eq(macro_stage_of_event(AFSL_END_OF_HEADERS), 6);
	cr_assert_eq(macro_stage_of_event(AFSL_HEADER), MILTER_STAGE_COUNT);
	cr_assert_eq(macro_stage_of_event(AFSL_BODY), MILTER_STAGE_COUNT);
	for (unsigned i = 0; i < MILTER_STAGE_COUNT; i++)
		cr_assert_eq(macro_stage_of_event(event_of_macro_stage((enum milter_stage)i)), i);
}

Test(milter_macros, memory_may_end_anywhere)
{
	static const char *const names[] = {"i", "j"};
	struct afsl_needs needs = {.needs = EVERY_STEP, .macros = names, .macro_count = 2};
	struct macro_lists lists;
	for (unsigned long nth = 1; nth < 20; nth++) {
		memory_fail_at(nth, false);
		bool made = macro_lists_make(&needs, &lists);
		memory_fail_at(0, false);
		cr_assert_eq(made, nth > 8, "%lu", nth);
		if (made)
			macro_lists_free(&lists);
	}
}
