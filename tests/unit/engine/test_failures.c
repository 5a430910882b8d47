/* What goes wrong: limits, errors that nobody catches, held verdicts. */
#include "play.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

static struct play play;

static void end(void)
{
	play_end(&play);
}

TestSuite(failures, .fini = end);

/* ---- what goes wrong ---- */

Test(failures, texts_beyond_any_size_are_misuse)
{
	struct afsl_text vast = { "x", ((size_t)1 << 30) + 1 }, nothing = { NULL, 3 };

	play_one(&play, "event onMailFrom { }\n");
	cr_assert_eq(afsl_mail(play.session, vast, NULL, 0), AFSL_MISUSED);
	cr_assert_eq(afsl_mail(play.session, T("<a>"), &vast, 1), AFSL_MISUSED);
	cr_assert_eq(afsl_mail(play.session, nothing, NULL, 0), AFSL_MISUSED);
	cr_assert_eq(afsl_helo(play.session, vast, true), AFSL_MISUSED);
	cr_assert_eq(afsl_header(play.session, T("A"), vast), AFSL_MISUSED);
	cr_assert_eq(afsl_body(play.session, vast), AFSL_MISUSED);
	cr_assert_eq(afsl_unknown_command(play.session, vast), AFSL_MISUSED);
	cr_assert_not(afsl_macros(play.session, AFSL_CONNECT, &vast, 1));
	cr_assert_eq(afsl_mail(play.session, (struct afsl_text){ NULL, 0 }, NULL, 0), AFSL_DONE);
}

Test(failures, too_many_parameters_and_recipients_are_answered_by_on_error)
{
	static struct afsl_text parameters[1001];
	struct play_filter few = { .limits = { { "recipients", "2" } }, .limit_count = 1 };

	for (unsigned i = 0; i < 1001; i++)
		parameters[i] = T("A=B");
	play_begin(&play);
	play_add(&play, "few",
		 "event onMailFrom { if (mailParameters.length() == 3) { reject(); } "
		 "log.info(\"%{mailParameters.length()}\"); }\n"
		 "event onRcptTo { if (rcptTo == \"x@y\") { reject(); } "
		 "log.info(\"%{rcptParameters.length()}\"); }\n",
		 &few);
	play_session(&play);
	cr_assert_eq(afsl_mail(play.session, T("<a@b>"), parameters, 1001), AFSL_DONE);
	cr_assert_eq(afsl_verdict(play.session)->kind, AFSL_TEMPFAIL);
	play_said(&play);
	cr_assert_eq(afsl_mail(play.session, T("<a@b>"), parameters, 1000), AFSL_DONE);
	cr_assert_eq(afsl_verdict(play.session)->kind, AFSL_CONTINUE);
	cr_assert_eq(afsl_rcpt(play.session, T("<a@b>"), parameters, 1000), AFSL_DONE);
	cr_assert_eq(play_rcpt(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_str_eq(play_said(&play), "1000|1000|0|");
	cr_assert_eq(play_rcpt(&play, "<a@b>"), AFSL_TEMPFAIL);
	cr_assert_str_eq(afsl_verdict(play.session)->error, "limit recipients");
}

Test(failures, what_a_refused_recipient_has_added_stays)
{
	play_one(&play,
		 "event onRcptTo { addRcpt(\"x@y\"); if (rcptTo == \"no@b\") { reject(); } }\n"
		 "event onDataReceived { log.info(\"%{recipients.join(\" \")}\"); }\n");
	play_mail(&play, "<a@b>");
	cr_assert_eq(play_rcpt(&play, "<no@b>"), AFSL_REJECT);
	cr_assert_eq(play_rcpt(&play, "<yes@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
	cr_assert_str_eq(play_said(&play), "x@y yes@b|");
	cr_assert_str_eq(play_changes(&play), "addRcpt x@y:|");
}

Test(failures, a_failure_at_a_recipient_without_a_reply_is_the_messages)
{
	play_one(&play, "event onRcptTo { if (rcptTo == \"bad@b\") { throw \"x\"; } }\n");
	play_mail(&play, "<a@b>");
	cr_assert_eq(play_rcpt(&play, "<good@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_rcpt(&play, "<bad@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_eom(&play), AFSL_TEMPFAIL);
}

Test(failures, changes_are_for_the_end_of_the_message)
{
	play_one(&play, "event onMailFrom { addHeader(\"X\", \"1\"); if (mailFrom == \"x@y\") { "
			"reject(); } }\n");
	play_mail(&play, "<a@b>");
	cr_assert_eq(afsl_change_count(play.session), 0);
	cr_assert_eq(afsl_change(play.session, 0).name.length, 0);
	play_eom(&play);
	cr_assert_eq(afsl_change_count(play.session), 1);
}

Test(failures, a_header_field_is_at_hand_in_its_event_only)
{
	play_one(&play, "event onHeader { } event onDataReceived { call(addHeader); }\n");
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_TEMPFAIL);
	cr_assert_str_eq(play_changes(&play), "");
}

Test(failures, who_has_accepted_keeps_no_more_of_the_content)
{
	struct play_filter few = { .limits = { { "headers", "1" } }, .limit_count = 1 };

	play_begin(&play);
	play_add(&play, "few",
		 "event onMailFrom { accept(); } event onHeader { log.info(headerName); }\n", &few);
	play_session(&play);
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_ACCEPT);
	cr_assert_str_eq(play_said(&play), "");
}

Test(failures, memory_of_events_and_messages_is_used_again)
{
	struct play_filter small = { .limits = { { "eventMemory", "200000" },
						 { "messageMemory", "100000" } },
				     .limit_count = 2 };

	play_begin(&play);
	play_add(&play, "small",
		 "message var kept: text = \"\";\n"
		 "event onRcptTo { var t = \"x\"; for (i in 0..14) { t = t + t; } if (t.length() < "
		 "10) { reject(); } }\n"
		 "event onDataReceived { var t = \"x\"; for (i in 0..14) { t = t + t; } kept = t; "
		 "replaceBody(t); }\n",
		 &small);
	play_session(&play);
	for (unsigned i = 0; i < 100; i++) {
		play_mail(&play, "<a@b>");
		for (unsigned k = 0; k < 20; k++)
			cr_assert_eq(play_rcpt(&play, "<c@d>"), AFSL_CONTINUE);
		cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
	}
}

Test(failures, one_failure_is_one_clean_line)
{
	play_one(&play, "event onDataReceived { throw \"a\\nb\\x1b[1m %mailFrom%\"; }\n");
	cr_assert_eq(play_message(&play, "<e\x01vil@b>"), AFSL_TEMPFAIL);
	cr_assert_eq(strchr(play.log, '\n'), play.log + strlen(play.log) - 1);
	cr_assert_not_null(strstr(play.log, "a\\x0Ab\\x1B[1m e\\x01vil@b"));
}

Test(failures, a_third_partys_changes_reach_the_host_as_they_are)
{
	struct afsl_change change;

	play_one(&play, "event onDataReceived { milter.apply(milter.Reply(kind: \"accept\", code: "
			"0, status: \"\", text: \"\", changes: [\n"
			"  milter.Change(kind: \"insertHeader\", index: 3, name: \"I\", value: "
			"\"i\", blanks: true),\n"
			"  milter.Change(kind: \"replaceBody\", index: 0, name: \"\", value: "
			"\"one\", blanks: false),\n"
			"  milter.Change(kind: \"replaceBody\", index: 0, name: \"\", value: "
			"\"two\", blanks: false)])); }\n");
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_str_eq(play_changes(&play),
			 "insertHeader 3 I:i|replaceBody :one|replaceBody :two|");
	change = afsl_change(play.session, 0);
	cr_assert(change.blanks);
	cr_assert_not(afsl_change(play.session, 1).more);
	cr_assert(afsl_change(play.session, 2).more);
	cr_assert_not(afsl_change(play.session, 1).blanks);
}

Test(failures, what_a_script_does_not_catch_is_answered_by_on_error)
{
	static const enum afsl_verdict_kind answers[] = { AFSL_TEMPFAIL, AFSL_ACCEPT, AFSL_REJECT };

	for (int on_error = AFSL_ON_ERROR_TEMPFAIL; on_error <= AFSL_ON_ERROR_REJECT; on_error++) {
		struct play_filter options = { .on_error = (enum afsl_on_error)on_error };

		if (on_error)
			play_end(&play);
		play_begin(&play);
		play_add(&play, "fails",
			 "event onDataReceived {\n  addHeader(\"X\", \"1\");\n  throw \"oh "
			 "no\";\n}\n",
			 &options);
		play_session(&play);
		cr_assert_eq(play_message(&play, "<a@b>"), answers[on_error]);
		cr_assert_str_eq(afsl_verdict(play.session)->error, "throw: oh no");
		cr_assert_str_eq(afsl_verdict(play.session)->filter, "fails");
		cr_assert_eq(afsl_change_count(play.session), 0);
		cr_assert_not_null(strstr(play.log, "throw: oh no"));
		cr_assert_not_null(strstr(play.log, "test.afsl:3"));
		cr_assert_not_null(
			strstr(play.log, "S1 message 1 filter fails: onDataReceived failed"));
		cr_assert_eq(strchr(play.log, '\n'), play.log + strlen(play.log) - 1);
	}
	cr_assert_str_eq(afsl_verdict(play.session)->place, "test.afsl:3");
}

/* Another session goes on meanwhile. */
static void expect_stopped(const char *source, const char *why)
{
	struct play_filter options = { .limits = { { "eventTime", "2000" },
						   { "contentTime", "2000" },
						   { "regexTime", "300" },
						   { "eventMemory", "4000000" } },
				       .limit_count = 4 };
	struct afsl_session *other;

	play_begin(&play);
	play_add(&play, "wild", source, &options);
	play_session(&play);
	other = afsl_session_new(play.chain);
	cr_assert_eq(afsl_mail(other, T("<good@b>"), NULL, 0), AFSL_DONE);
	cr_assert_eq(play_mail(&play, "<bad@b>"), AFSL_TEMPFAIL);
	cr_assert_eq(afsl_verdict(play.session)->code, 451);
	cr_assert_str_eq(afsl_verdict(play.session)->enhanced, "4.7.1");
	cr_assert_not_null(afsl_verdict(play.session)->error);
	cr_assert_not_null(strstr(afsl_verdict(play.session)->error, why), "%s",
			   afsl_verdict(play.session)->error);
	cr_assert_eq(afsl_end_of_message(other), AFSL_DONE);
	cr_assert_eq(afsl_verdict(other)->kind, AFSL_CONTINUE);
	/* And so does this one. */
	cr_assert_eq(play_mail(&play, "<good@b>"), AFSL_CONTINUE);
	afsl_session_free(other);
}

#define WHEN_BAD "event onMailFrom { if (mailFrom != \"bad@b\") { return; } "

Test(failures, a_place_in_a_file_with_a_very_long_name)
{
	static const char source[] = "event onRcptTo { reject(); }";
	char name[1000];
	struct afsl_load_options options = {.source = source, .source_length = strlen(source)};
	struct afsl_program *program;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	program = afsl_program_load(name, &options, NULL);
	play_begin(&play);
	cr_assert(afsl_chain_add(play.chain, program, NULL));
	afsl_program_release(program);
	play_session(&play);
	play_mail(&play, "<a@b>");
	cr_assert_eq(play_rcpt(&play, "<c@d>"), AFSL_REJECT);
	const char *place = afsl_verdict(play.session)->place;
	cr_assert_lt(strlen(place), 256);
	cr_assert_str_eq(strchr(place, ':'), ":1", "%s", place);
}

Test(failures, a_loop_without_end_is_stopped)
{
	expect_stopped(WHEN_BAD
		       "var n = 0; while (true) { n = n + 1; if (n < 0) { reject(); } } }\n",
		       "limit instructions");
}

Test(failures, a_list_that_grows_for_ever_is_stopped)
{
	expect_stopped(WHEN_BAD "var all: list[text] = []; while (true) { all.push(\"%mailFrom% "
				"and more\"); if (all.length() < 0) { reject(); } } }\n",
		       "limit eventMemory");
}

Test(failures, recursion_without_end_is_stopped)
{
	expect_stopped("function down(n: int) -> int { return down(n + 1) + 1; }\n" WHEN_BAD
		       "if (down(0) == 0) { reject(); } }\n",
		       "limit callDepth");
}

Test(failures, a_hostile_regex_is_stopped)
{
	expect_stopped(
		WHEN_BAD
		"var t = \"\"; for (i in 0..30000) { t = t + \"a\"; } t = t + \"!\"; if (t =~ "
		"re\"^(a|aa)+$\") { reject(); } if (t =~ re\"(a*)*[bc]\") { reject(); } }\n",
		"limit regex");
}

Test(failures, a_trap_at_a_recipient_keeps_what_was_recorded_for_the_others)
{
	play_one(&play, "event onMailFrom { quarantine(\"odd\"); }\n"
			"event onRcptTo { if (rcptTo == \"bad@b\") { throw \"x\"; } if (rcptTo == "
			"\"no@b\") { reject(); } }\n");
	play_mail(&play, "<a@b>");
	cr_assert_eq(play_rcpt(&play, "<good@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_rcpt(&play, "<bad@b>"), AFSL_TEMPFAIL);
	cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
	cr_assert_str_eq(play_changes(&play), "quarantine :odd|");
}

Test(failures, a_verdict_without_a_reply_is_held_for_the_next_step_that_has_one)
{
	struct afsl_needs needs;

	/* Nothing in onMailFrom can decide: no reply is awaited there, and yet it can fail. */
	play_one(&play, "event onMailFrom { if (mailFrom == \"bad@b\") { throw \"held\"; } "
			"log.info(\"mail\"); }\n"
			"event onHeader { log.info(\"header\"); }\n"
			"event onHeadersReceived { if (mailFrom == \"x@y\") { reject(); } }\n");
	afsl_chain_needs(play.chain, &needs);
	cr_assert_eq(needs.replies, 1u << AFSL_END_OF_HEADERS | 1u << AFSL_END_OF_MESSAGE);
	cr_assert_eq(play_mail(&play, "<bad@b>"), AFSL_CONTINUE);
	cr_assert_not(afsl_wants(play.session, AFSL_HEADER));
	cr_assert_eq(play_header(&play, "A", " b"), AFSL_CONTINUE);
	cr_assert_eq(play_eoh(&play), AFSL_TEMPFAIL);
	cr_assert_str_eq(afsl_verdict(play.session)->error, "throw: held");
	/* And it is gone with its message. */
	cr_assert_eq(play_message(&play, "<good@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_mail(&play, "<bad@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_eom(&play), AFSL_TEMPFAIL);
	cr_assert_eq(play_mail(&play, "<bad@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_abort(&play), AFSL_CONTINUE);
	cr_assert_eq(play_message(&play, "<good@b>"), AFSL_CONTINUE);
}

Test(failures, too_many_headers_end_with_on_error)
{
	struct play_filter options = { .limits = { { "headers", "3" } }, .limit_count = 1 };

	play_begin(&play);
	play_add(&play, "few", "event onDataReceived { if (hasHeader(\"Q\")) { reject(); } }\n",
		 &options);
	play_session(&play);
	play_mail(&play, "<a@b>");
	for (unsigned i = 0; i < 5; i++)
		cr_assert_eq(play_header(&play, "A", " b"), AFSL_CONTINUE);
	cr_assert_eq(play_eom(&play), AFSL_TEMPFAIL);
	cr_assert_str_eq(afsl_verdict(play.session)->error, "limit headers");
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_CONTINUE);
}

Test(failures, limits_have_names_and_numbers)
{
	struct afsl_program *program = play_load("event onMailFrom { }");
	struct afsl_chain *chain = afsl_chain_new();
	static const struct afsl_setting wrong[] = { { "nonsense", "1" },
						     { "headers", "many" },
						     { "headers", "-1" },
						     { "headers", "" },
						     { "headers", NULL } };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		cr_assert_not(afsl_chain_add(
			chain, program,
			&(struct afsl_filter_options){ .limits = wrong + i, .limit_count = 1 }));
	cr_assert(afsl_chain_add(chain, program, NULL));
	afsl_program_release(program);
	afsl_chain_release(chain);
	play_begin(&play);
}
