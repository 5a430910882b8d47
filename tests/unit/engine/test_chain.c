/* Each sentence of "several filters in one daemon are a chain, as an MTA would run it". */
#include "play.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct play play;

static void begin(void)
{
	play_begin(&play);
}

static void end(void)
{
	play_end(&play);
}

TestSuite(chain, .init = begin, .fini = end);

/* Says every event with its name. */
#define TELLS(who)                                                                                 \
	"event onConnect { log.info(\"" who " connect\"); } event onEhlo { log.info(\"" who        \
	" helo\"); }\n"                                                                            \
	"event onMailFrom { log.info(\"" who " mail\"); } event onRcptTo { log.info(\"" who        \
	" rcpt\"); }\n"                                                                            \
	"event onHeader { log.info(\"" who                                                         \
	" %headerName%\"); } event onHeadersReceived { log.info(\"" who " eoh\"); }\n"             \
	"event onBodyChunk { log.info(\"" who                                                      \
	" body %bodyChunk%\"); } event onAbort { log.info(\"" who " abort\"); }\n"

Test(chain, envelope_events_go_filter_by_filter)
{
	play_add(&play, "a", TELLS("a"), NULL);
	play_add(&play, "b", TELLS("b"), NULL);
	play_session(&play);
	play_connect(&play, "192.0.2.1");
	play_helo(&play, "x");
	play_mail(&play, "<a@b>");
	play_rcpt(&play, "<c@d>");
	cr_assert_str_eq(play_said(&play),
			 "a connect|b connect|a helo|b helo|a mail|b mail|a rcpt|b rcpt|");
}

Test(chain, the_first_refusal_ends_that_command)
{
	play_add(&play, "a",
		 "event onRcptTo { log.info(\"a\"); if (rcptTo == \"no@b\") { reject(\"a says "
		 "no\"); } }\n"
		 "event onMailFrom { if (mailFrom == \"no@b\") { reject(); } }",
		 NULL);
	play_add(&play, "b",
		 "event onRcptTo { log.info(\"b\"); } event onMailFrom { log.info(\"b mail\"); }\n"
		 "event onDataReceived { log.info(\"%{recipients.join(\" \")}\"); }",
		 NULL);
	play_session(&play);
	cr_assert_eq(play_mail(&play, "<no@b>"), AFSL_REJECT);
	cr_assert_str_eq(play_said(&play), "");
	play_mail(&play, "<a@b>");
	cr_assert_eq(play_rcpt(&play, "<no@b>"), AFSL_REJECT);
	cr_assert_str_eq(afsl_verdict(play.session)->filter, "a");
	cr_assert_eq(play_rcpt(&play, "<yes@b>"), AFSL_CONTINUE);
	play_eom(&play);
	cr_assert_str_eq(play_said(&play), "b mail|a|a|b|yes@b|");
}

Test(chain, a_recipient_that_a_later_filter_refuses_is_no_ones)
{
	play_add(&play, "a",
		 "event onRcptTo { } event onDataReceived { log.info(\"a %{recipients.join(\" "
		 "\")}\"); }",
		 NULL);
	play_add(&play, "b",
		 "event onRcptTo { if (rcptTo == \"no@b\") { reject(); } } event onDataReceived { "
		 "log.info(\"b %{recipients.join(\" \")}\"); }",
		 NULL);
	play_session(&play);
	play_mail(&play, "<a@b>");
	play_rcpt(&play, "<no@b>");
	play_rcpt(&play, "<yes@b>");
	play_eom(&play);
	cr_assert_str_eq(play_said(&play), "a yes@b|b yes@b|");
}

Test(chain, the_first_filter_gets_all_and_then_the_next_the_message_as_edited)
{
	play_add(
		&play, "a",
		TELLS("a") "event onDataReceived { log.info(\"a eom\"); removeHeader(\"Subject\"); "
			   "addHeader(\"New\", \"n\"); replaceBody(\"edited\"); }",
		NULL);
	play_add(&play, "b",
		 TELLS("b") "event onDataReceived { log.info(\"b eom %bodySize% "
			    "%{header(\"New\")}\"); addHeader(\"B\", \"b\"); }",
		 NULL);
	play_add(&play, "c", TELLS("c") "event onDataReceived { log.info(\"c eom\"); }", NULL);
	play_session(&play);
	play_mail(&play, "<a@b>");
	play_rcpt(&play, "<c@d>");
	play_said(&play);
	play_header(&play, "Subject", " s");
	play_header(&play, "To", " t");
	play_eoh(&play);
	play_body(&play, "one ");
	play_body(&play, "two");
	cr_assert_str_eq(play_said(&play), "a Subject|a To|a eoh|a body one |a body two|");
	cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
	cr_assert_str_eq(play_said(&play), "a eom|b To|b New|b eoh|b body edited|b eom 6 n|c To|c "
					   "New|c B|c eoh|c body edited|c eom|");
	cr_assert_str_eq(
		play_changes(&play),
		"changeHeader 1 Subject:|addHeader New:n|addHeader B:b|replaceBody :edited|");
	cr_assert_str_eq(play_headers(&play), "To: t|New: n|B: b|");
}

Test(chain, live_without_the_spool_while_no_earlier_filter_can_edit)
{
	play_add(&play, "a", TELLS("a"), NULL);
	play_add(&play, "b", TELLS("b") "event onDataReceived { addHeader(\"B\", \"b\"); }", NULL);
	play_add(&play, "c", TELLS("c"), NULL);
	play_session(&play);
	play_mail(&play, "<a@b>");
	play_said(&play);
	play_header(&play, "To", " t");
	play_body(&play, "x");
	cr_assert_str_eq(play_said(&play), "a To|b To|a body x|b body x|");
	play_eom(&play);
	cr_assert_str_eq(play_said(&play), "c To|c B|c eoh|c body x|");
}

Test(chain, an_editor_that_has_accepted_the_message_does_not_keep_the_next_waiting)
{
	play_add(&play, "a",
		 "event onMailFrom { accept(); } event onDataReceived { addHeader(\"A\", \"a\"); }",
		 NULL);
	play_add(&play, "b", TELLS("b"), NULL);
	play_session(&play);
	play_mail(&play, "<a@b>");
	play_header(&play, "To", " t");
	cr_assert_str_eq(play_said(&play), "b mail|b To|");
}

Test(chain, what_a_filter_has_edited_before_it_accepted_is_seen_by_the_next)
{
	play_add(&play, "a",
		 "event onMailFrom { addHeader(\"A\", \"a\"); spamLevel(5); accept(); }", NULL);
	play_add(&play, "b",
		 "event onHeader { log.info(headerName); }\n"
		 "event onDataReceived { log.info(\"%{header(\"X-AxigenSpam-Level\")}\"); }",
		 NULL);
	play_session(&play);
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_str_eq(play_said(&play), "Subject|To|A|X-AxigenSpam-Level|5|");
	cr_assert_str_eq(play_changes(&play), "addHeader A:a|addHeader X-AxigenSpam-Level:5|");
}

Test(chain, a_refused_recipient_is_not_the_one_that_a_filter_has_added)
{
	play_add(&play, "a",
		 "event onRcptTo { if (rcptTo == \"no@b\") { addRcpt(\"x@y\"); } }\n"
		 "event onDataReceived { log.info(recipients.join(\" \")); }",
		 NULL);
	play_add(&play, "b", "event onRcptTo { if (rcptTo == \"no@b\") { reject(); } }", NULL);
	play_session(&play);
	play_mail(&play, "<a@b>");
	cr_assert_eq(play_rcpt(&play, "<yes@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_rcpt(&play, "<no@b>"), AFSL_REJECT);
	play_eom(&play);
	cr_assert_str_eq(play_said(&play), "yes@b x@y|");
}

Test(chain, accept_ends_that_filter_alone)
{
	play_add(&play, "a", "event onMailFrom { accept(); } event onRcptTo { log.info(\"a\"); }",
		 NULL);
	play_add(&play, "b", "event onRcptTo { reject(); }", NULL);
	play_session(&play);
	cr_assert_eq(play_mail(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_rcpt(&play, "<c@d>"), AFSL_REJECT);
	cr_assert_str_eq(play_said(&play), "");
	play_end(&play);
	play_begin(&play);
	play_add(&play, "a", "event onConnect { accept(); }", NULL);
	play_add(&play, "b", "event onMailFrom { accept(); }", NULL);
	play_session(&play);
	cr_assert_eq(play_connect(&play, "192.0.2.1"), AFSL_CONTINUE);
	cr_assert_eq(play_mail(&play, "<a@b>"), AFSL_ACCEPT);
}

static void expect_all_dropped(const char *verdict, enum afsl_verdict_kind kind)
{
	char source[200];

	play_add(&play, "a",
		 "event onDataReceived { addHeader(\"A\", \"a\"); addRcpt(\"x@y\"); "
		 "quarantine(\"q\"); }",
		 NULL);
	snprintf(source, sizeof(source), "event onDataReceived { addHeader(\"B\", \"b\"); %s }",
		 verdict);
	play_add(&play, "b", source, NULL);
	play_session(&play);
	cr_assert_eq(play_message(&play, "<a@b>"), kind);
	cr_assert_str_eq(play_changes(&play), "");
}

Test(chain, a_reject_drops_all_filters_changes)
{
	expect_all_dropped("reject();", AFSL_REJECT);
}

Test(chain, a_tempfail_drops_all_filters_changes)
{
	expect_all_dropped("tempfail();", AFSL_TEMPFAIL);
}

Test(chain, a_discard_drops_all_filters_changes)
{
	expect_all_dropped("discard();", AFSL_DISCARD);
}

Test(chain, a_failure_drops_its_own_filters_changes_and_accept_goes_on_with_the_next)
{
	struct play_filter accept = { .on_error = AFSL_ON_ERROR_ACCEPT };

	play_add(&play, "a", "event onDataReceived { addHeader(\"A\", \"a\"); }", NULL);
	play_add(&play, "b",
		 "event onDataReceived { removeHeader(\"A\"); replaceBody(\"b\"); "
		 "addRcpt(\"x@y\"); throw \"x\"; }",
		 &accept);
	play_add(&play, "c",
		 "event onBodyChunk { log.info(\"%bodyChunk%\"); } event onDataReceived { "
		 "addHeader(\"C\", \"%{header(\"A\")}\"); }",
		 NULL);
	play_session(&play);
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_str_eq(play_changes(&play), "addHeader A:a|addHeader C:a|");
	cr_assert_not_null(strstr(play.log, "b\\x0D\\x0A"));
	cr_assert_eq(strstr(play.log, "filter b: onDataReceived failed") != NULL, true);
}

Test(chain, a_failure_answered_by_tempfail_ends_the_message)
{
	play_add(&play, "a", "event onDataReceived { addHeader(\"A\", \"a\"); }", NULL);
	play_add(&play, "b", "event onHeader { throw \"x\"; }", NULL);
	play_add(&play, "c",
		 "event onDataReceived { log.info(\"c\"); } event onAbort { log.info(\"c abort\"); "
		 "}",
		 NULL);
	play_session(&play);
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_TEMPFAIL);
	cr_assert_str_eq(afsl_verdict(play.session)->filter, "b");
	cr_assert_not_null(strstr(play.log, "c abort"));
	cr_assert_eq(afsl_change_count(play.session), 0);
}

Test(chain, filters_before_a_refusal_hear_of_the_abort_once)
{
	play_add(&play, "a", TELLS("a"), NULL);
	play_add(&play, "b",
		 "event onMailFrom { reject(); } event onAbort { log.info(\"b abort\"); }", NULL);
	play_add(&play, "c", TELLS("c"), NULL);
	play_session(&play);
	cr_assert_eq(play_mail(&play, "<a@b>"), AFSL_REJECT);
	cr_assert_str_eq(play_said(&play), "a mail|a abort|");
	play_abort(&play);
	cr_assert_str_eq(play_said(&play), "");
}

Test(chain, a_large_message_goes_through_a_file)
{
	struct play_filter small = { .limits = { { "spoolMemory", "1000" } }, .limit_count = 1 };
	static char piece[50001];

	memset(piece, 'x', sizeof(piece) - 1);
	play_add(&play, "a", "event onDataReceived { addHeader(\"A\", \"a\"); }", NULL);
	play_add(&play, "b",
		 "message var total: int = 0; message var chunks: int = 0;\n"
		 "event onBodyChunk { total = total + bodyChunk.length(); chunks = chunks + 1; if "
		 "(bodyChunk[0] != 120) { reject(); } }\n"
		 "event onDataReceived { log.info(\"%total% %chunks%\"); }",
		 &small);
	play_session(&play);
	for (unsigned message = 0; message < 2; message++) {
		play_mail(&play, "<a@b>");
		for (unsigned i = 0; i < 4; i++)
			play_body(&play, piece);
		cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
		cr_assert_str_eq(play_said(&play), "200000 4|");
	}
}

Test(chain, a_message_too_large_for_the_spool_is_answered_by_on_error)
{
	struct play_filter small = { .limits = { { "spoolSize", "10" } }, .limit_count = 1 };

	play_add(&play, "a", "event onDataReceived { addHeader(\"A\", \"a\"); }", NULL);
	play_add(&play, "b", "event onBodyChunk { log.info(\"b\"); }", &small);
	play_session(&play);
	play_mail(&play, "<a@b>");
	play_body(&play, "0123456789");
	cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
	play_mail(&play, "<a@b>");
	play_body(&play, "0123456789");
	play_body(&play, "x");
	cr_assert_eq(play_eom(&play), AFSL_TEMPFAIL);
	cr_assert_str_eq(afsl_verdict(play.session)->error, "limit spoolSize");
}

Test(chain, sessions_that_one_filter_has_accepted_still_feed_the_next)
{
	play_add(&play, "a",
		 "event onConnect { accept(); } event onDataReceived { removeHeader(\"To\"); }",
		 NULL);
	play_add(&play, "b", "event onDataReceived { addHeader(\"N\", \"%{header(\"To\")}\"); }",
		 NULL);
	play_add(&play, "c",
		 "event onDataReceived { removeHeader(\"N\"); addHeader(\"C\", "
		 "\"%{header(\"N\")}.\"); }",
		 NULL);
	play_session(&play);
	play_connect(&play, "192.0.2.1");
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_str_eq(play_changes(&play), "addHeader C:.|");
	cr_assert_str_eq(play_headers(&play), "Subject: s|To: t|C: .|");
}

Test(chain, a_large_replaced_body_comes_in_chunks_and_only_the_last_one)
{
	play_add(&play, "a",
		 "event onDataReceived { replaceBody(\"old\"); var t = \"0123456789\"; for (i in "
		 "0..14) { t = t + t; } replaceBody(t); }",
		 NULL);
	play_add(&play, "b",
		 "message var chunks: int = 0;\n"
		 "event onBodyChunk { if (bodyChunk[0] != 48 + bodySize % 10) { "
		 "log.debug(\"%bodySize%\"); } chunks = chunks + 1; }\n"
		 "event onDataReceived { log.info(\"%chunks% %bodySize%\"); }",
		 NULL);
	play_session(&play);
	play_message(&play, "<a@b>");
	cr_assert_not_null(strstr(play_said(&play), "3 163840|"));
}

Test(chain, a_filter_that_replaces_the_body_while_it_comes_reads_on_in_the_old_one)
{
	static char piece[65001];

	memset(piece, 'x', sizeof(piece) - 1);
	play_add(&play, "a", "event onDataReceived { addHeader(\"A\", \"a\"); }", NULL);
	play_add(&play, "b",
		 "event onBodyChunk { replaceBody(\"mine\"); } event onDataReceived { "
		 "log.info(\"%bodySize%\"); }",
		 NULL);
	play_session(&play);
	play_mail(&play, "<a@b>");
	play_body(&play, piece);
	play_body(&play, piece);
	play_eom(&play);
	cr_assert_str_eq(play_said(&play), "130000|");
	cr_assert_str_eq(play_changes(&play), "addHeader A:a|replaceBody :mine|");
}

Test(chain, a_spool_that_nobody_waits_for_any_more_may_be_too_small)
{
	struct play_filter small = { .limits = { { "spoolSize", "2" } }, .limit_count = 1 };

	play_add(&play, "a", "event onDataReceived { addHeader(\"A\", \"a\"); }", NULL);
	play_add(&play, "b",
		 "event onMailFrom { accept(); } event onBodyChunk { log.info(\"b\"); }", &small);
	play_session(&play);
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_str_eq(play_said(&play), "");
	play_end(&play);
	play_begin(&play);
	play_add(&play, "a", "event onDataReceived { addHeader(\"A\", \"a\"); }", NULL);
	play_add(&play, "b",
		 "event onHeadersReceived { accept(); } event onBodyChunk { log.info(\"b\"); }",
		 &small);
	play_session(&play);
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_str_eq(play_changes(&play), "addHeader A:a|");
}

static void expect_tempfail_for_too_many(const char *first, const char *second)
{
	struct play_filter few = { .on_error = AFSL_ON_ERROR_ACCEPT,
				   .limits = { { "headers", "1" } },
				   .limit_count = 1 };

	play_add(&play, "a", first, strstr(first, "few") ? &few : NULL);
	play_add(&play, "b", second, strstr(second, "few") ? &few : NULL);
	play_session(&play);
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_TEMPFAIL);
	cr_assert_str_eq(afsl_verdict(play.session)->error, "limit headers");
}

/* A filter that has lost fields cannot hand the message on, whatever its on_error is. */
Test(chain, a_header_that_does_not_fit_is_a_tempfail_in_a_chain)
{
	expect_tempfail_for_too_many(
		"event onDataReceived { log.debug(\"few %{header(\"A\")}\"); }",
		"event onDataReceived { log.info(\"b %{header(\"A\")}\"); }");
}

Test(chain, a_header_that_does_not_fit_behind_an_editor_is_a_tempfail)
{
	expect_tempfail_for_too_many(
		"event onDataReceived { addHeader(\"A\", \"a\"); }",
		"event onDataReceived { log.debug(\"few %{header(\"A\")}\"); }");
}

/* ---- needs ---- */

static struct afsl_needs needs_of(const char *source)
{
	struct afsl_needs needs;

	play_end(&play);
	play_begin(&play);
	play_add(&play, "x", source, NULL);
	afsl_chain_needs(play.chain, &needs);
	return needs;
}

Test(chain, needs_are_those_of_the_script)
{
	struct afsl_needs needs = needs_of("event onMailFrom { }");
	const uint32_t end_alone = 1u << AFSL_END_OF_MESSAGE;

	cr_assert_eq(needs.needs, AFSL_NEED_MAIL);
	cr_assert_eq(needs.replies, end_alone);
	needs = needs_of("event onDataReceived { addHeader(\"X\", \"1\"); }");
	cr_assert_eq(needs.needs, AFSL_NEED_ADD_HEADER);
	needs = needs_of("event onRcptTo { if (mailFrom == rcptTo) { reject(); } }");
	cr_assert_eq(needs.needs, AFSL_NEED_MAIL | AFSL_NEED_RCPT);
	cr_assert_eq(needs.replies, end_alone | 1u << AFSL_RCPT);
	needs = needs_of("event onHeadersReceived { } event onUnknownCommand { } event onData { }");
	cr_assert_eq(needs.needs, AFSL_NEED_END_OF_HEADERS | AFSL_NEED_UNKNOWN | AFSL_NEED_DATA);
	needs = needs_of("event onMailFrom { log.info(\"%{macro(\"{auth_type}\")} %queueId% "
			 "%{macro(\"i\")}\"); }");
	cr_assert_geq(needs.macro_count, 2);
	needs = needs_of("event onMailFrom { set(smtpAction, \"reject\"); }");
	cr_assert_eq(needs.replies, end_alone | 1u << AFSL_MAIL);
}

Test(chain, needs_of_filters_join_and_what_is_spooled_needs_no_reply)
{
	struct afsl_needs needs;

	play_add(&play, "a", "event onDataReceived { addHeader(\"X\", \"1\"); }", NULL);
	play_add(&play, "b", "event onHeader { reject(); } event onRcptTo { reject(); }", NULL);
	afsl_chain_needs(play.chain, &needs);
	cr_assert_eq(needs.needs & (AFSL_NEED_ADD_HEADER | AFSL_NEED_HEADERS | AFSL_NEED_RCPT),
		     AFSL_NEED_ADD_HEADER | AFSL_NEED_HEADERS | AFSL_NEED_RCPT);
	cr_assert_eq(needs.replies, 1u << AFSL_RCPT | 1u << AFSL_END_OF_MESSAGE);
}

Test(chain, macros_that_two_filters_read_are_asked_for_once)
{
	struct afsl_needs needs;
	const char *source =
		"event onMailFrom { log.info(\"%{macro(\"{x}\")} %{macro(\"{y}\")}\"); }";

	play_add(&play, "a", source, NULL);
	play_add(&play, "b", source, NULL);
	afsl_chain_needs(play.chain, &needs);
	cr_assert_eq(needs.macro_count, 2);
	cr_assert_str_eq(needs.macros[0], "{x}");
	cr_assert_str_eq(needs.macros[1], "{y}");
}

Test(chain, steps_whose_facts_are_read_later_are_wanted)
{
	play_add(&play, "a", "event onDataReceived { log.info(header(\"A\")); }", NULL);
	play_session(&play);
	cr_assert(afsl_wants(play.session, AFSL_HEADER));
	cr_assert_not(afsl_wants(play.session, AFSL_BODY));
	cr_assert_not(afsl_wants(play.session, AFSL_RCPT));
	play_header(&play, "A", " b");
	play_eom(&play);
	cr_assert_str_eq(play_said(&play), "b|");
}

Test(chain, an_empty_chain_continues)
{
	play_session(&play);
	play_connect(&play, "192.0.2.1");
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_not(afsl_wants(play.session, AFSL_BODY));
	cr_assert_eq(afsl_change_count(play.session), 0);
}

/* ---- filters that only judge ---- */

static void judge(const char *first, const char *second)
{
	afsl_chain_judge(play.chain);
	play_add(&play, "a", first, NULL);
	play_add(&play, "b", second, NULL);
	play_session(&play);
}

Test(chain, judges_all_hear_everything)
{
	judge(TELLS("a"), TELLS("b"));
	play_message(&play, "<a@b>");
	cr_assert_str_eq(play_said(&play),
			 "a mail|b mail|a rcpt|b rcpt|a Subject|b Subject|a To|b To|"
			 "a eoh|b eoh|a body b\\x0D\\x0A|b body b\\x0D\\x0A|");
}

Test(chain, judges_the_first_refusal_in_their_order_counts)
{
	judge("event onMailFrom { reject(\"first\"); }",
	      "event onMailFrom { log.info(\"b mail\"); tempfail(\"second\"); }");
	cr_assert_eq(play_mail(&play, "<a@b>"), AFSL_REJECT);
	cr_assert_str_eq(afsl_verdict(play.session)->text, "first");
	cr_assert_str_eq(play_said(&play), "b mail|");
}

Test(chain, judges_change_nothing_but_quarantine)
{
	judge("event onDataReceived { addHeader(\"X\", \"y\"); quarantine(\"odd\"); spamLevel(5); "
	      "}",
	      "event onDataReceived { log.info(header(\"X\")); replaceBody(\"z\"); }");
	play_message(&play, "<a@b>");
	cr_assert_str_eq(play_changes(&play), "quarantine :odd|");
	cr_assert_not_null(strstr(play.log, "it only judges: 1 of its changes"), "%s", play.log);
}

Test(chain, judges_one_accepts_the_other_decides)
{
	judge("event onMailFrom { accept(); }", "event onDataReceived { reject(); }");
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_REJECT);
}

Test(chain, judges_fail_as_they_are_told)
{
	struct play_filter few = { .on_error = AFSL_ON_ERROR_REJECT,
				   .limits = { { "recipients", "1" } },
				   .limit_count = 1 };

	afsl_chain_judge(play.chain);
	play_add(&play, "a", "event onRcptTo { log.info(\"a %{recipients.join(\"\")}\"); }", &few);
	play_add(&play, "b", "event onRcptTo { log.info(\"b\"); }", NULL);
	play_session(&play);
	play_mail(&play, "<a@b>");
	cr_assert_eq(play_rcpt(&play, "<c@d>"), AFSL_CONTINUE);
	/* RCPT awaits no reply here, so the end of the message tells. */
	play_rcpt(&play, "<e@f>");
	cr_assert_eq(play_eom(&play), AFSL_REJECT);
	cr_assert_str_eq(afsl_verdict(play.session)->error, "limit recipients");
	cr_assert_str_eq(play_said(&play), "a c@d|b|onRcptTo failed: limit recipients; answered reject|b|");
}

Test(chain, judges_ask_for_no_changes)
{
	struct afsl_needs needs;
	judge("event onDataReceived { addHeader(\"X\", \"y\"); addRcpt(\"a@b\"); }",
	      "event onDataReceived { quarantine(\"q\"); }");
	afsl_chain_needs(play.chain, &needs);
	cr_assert_eq(needs.needs & (AFSL_NEED_ADD_HEADER | AFSL_NEED_ADD_RCPT), 0);
	cr_assert_neq(needs.needs & AFSL_NEED_QUARANTINE, 0);
}
