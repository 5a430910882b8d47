/* Message after message in one session, and traces. */
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

TestSuite(messages, .fini = end);

/* ---- no state leaks from message to message ---- */

/* All that a host and the log learn of a message. */
static const char *tell_message(const char *sender)
{
	static char told[8192];
	enum afsl_verdict_kind kind = play_message(&play, sender);
	const struct afsl_verdict *verdict = afsl_verdict(play.session);
	int length =
		snprintf(told, sizeof(told), "%d %d %s %s [%.3000s]", (int)kind, verdict->code,
			 verdict->text, verdict->error ? verdict->error : "", play_changes(&play));

	/* The failure's own line counts messages. */
	snprintf(told + length, sizeof(told) - (size_t)length, "[%.3000s]",
		 strstr(sender, "throw") ? "" : play_said(&play));
	play_said(&play);
	return told;
}

Test(messages, two_hundred_pairs_of_messages)
{
	static const char *const senders[] = { "<plain@b>",	 "<header@b>", "<reject@b>",
					       "<throw@b>",	 "<accept@b>", "<body@b>",
					       "<discard@b>",	 "<level@b>",  "<rcpt@b>",
					       "<sender@b>",	 "<policy@b>", "<var@b>",
					       "<quarantine@b>", "<abort@b>",  "<long@b>" };
	enum { COUNT = sizeof(senders) / sizeof(*senders) };
	static char alone[COUNT][8192];

	play_one(&play,
		 "message var note: text = \"\";\nmessage var count: int = 0;\n"
		 "event onMailFrom { count = count + 1; if (mailFrom == \"var@b\") { note = "
		 "\"kept\"; } if (mailFrom == \"policy@b\") { set(custom, \"yes\"); "
		 "export(custom); set(smtpExplanation, \"left over\"); }\n"
		 "  if (mailFrom == \"accept@b\") { accept(); } if (mailFrom == \"reject@b\") { "
		 "reject(551, \"5.1.1\", \"words\"); } }\n"
		 "event onDataReceived { log.info(\"%note% %count% %custom%\"); if (mailFrom == "
		 "\"throw@b\") { addHeader(\"T\", \"1\"); throw \"x\"; }\n"
		 "  if (mailFrom == \"header@b\") { removeHeader(\"Subject\"); insertHeader(0, "
		 "\"Top\", \"1\"); } if (mailFrom == \"body@b\") { replaceBody(\"new\"); }\n"
		 "  if (mailFrom == \"discard@b\") { addHeader(\"D\", \"1\"); discard(); } if "
		 "(mailFrom == \"level@b\") { spamLevel(5); } if (mailFrom == \"rcpt@b\") { "
		 "addRcpt(\"x@y\"); discardRcpt(\"to@example.org\"); }\n"
		 "  if (mailFrom == \"sender@b\") { changeSender(\"q@r\"); } if (mailFrom == "
		 "\"quarantine@b\") { quarantine(\"z\"); } if (mailFrom == \"policy@b\") { "
		 "set(smtpAction, \"reject\"); }\n"
		 "  if (mailFrom == \"long@b\") { for (i in 0..100) { addHeader(\"L\", \"%i%\"); } "
		 "} }\n");
	for (unsigned i = 0; i < COUNT; i++) {
		play_session(&play);
		strcpy(alone[i], tell_message(senders[i]));
	}
	for (unsigned first = 0; first < COUNT; first++) {
		for (unsigned second = 0; second < COUNT; second++) {
			play_session(&play);
			tell_message(senders[first]);
			cr_expect_str_eq(tell_message(senders[second]), alone[second],
					 "%s after %s", senders[second], senders[first]);
		}
	}
}

Test(messages, session_variables_outlive_messages_and_message_variables_do_not)
{
	play_one(&play, "session var all: int = 0; message var one: int = 0;\n"
			"event onRcptTo { all = all + 1; one = one + 1; } event onDataReceived { "
			"log.info(\"%all% %one%\"); }\n");
	for (unsigned i = 0; i < 3; i++)
		play_message(&play, "<a@b>");
	play_mail(&play, "<a@b>");
	play_rcpt(&play, "<b@c>");
	play_abort(&play);
	play_message(&play, "<a@b>");
	cr_assert_str_eq(play_said(&play), "1 1|2 1|3 1|5 1|");
}

Test(messages, negotiation_joins_what_filters_ask_for)
{
	struct afsl_offer offer = { .version = 6, .actions = 0x1ff, .steps = 0x1fffff };

	play_begin(&play);
	play_add(&play, "a",
		 "event onNegotiate { requestMacros(\"connect\", \"j _\"); requestMacros(\"helo\", "
		 "\"\"); log.info(\"%offeredVersion% %offeredActions% %offeredSteps%\"); }",
		 NULL);
	play_add(&play, "b",
		 "event onNegotiate { requestMacros(\"connect\", \"_ {daemon_name} j\"); }", NULL);
	play_session(&play);
	cr_assert_null(afsl_requested_macros(play.session, AFSL_CONNECT));
	cr_assert_eq(afsl_negotiate(play.session, &offer), AFSL_DONE);
	cr_assert_str_eq(afsl_requested_macros(play.session, AFSL_CONNECT), "j _ {daemon_name}");
	cr_assert_str_eq(afsl_requested_macros(play.session, AFSL_HELO), "");
	cr_assert_null(afsl_requested_macros(play.session, AFSL_MAIL));
	cr_assert_null(afsl_requested_macros(play.session, AFSL_BODY));
	cr_assert_str_eq(play_said(&play), "6 511 2097151|");
	cr_assert_eq(afsl_negotiate(play.session, &offer), AFSL_MISUSED);
}

Test(messages, initial_values_are_made_anew_for_each_message)
{
	play_one(&play, "function five() -> int { return 5; }\n"
			"message var n: int = five(); message var all: list[text] = [\"a\"];\n"
			"event onDataReceived { n = n + 1; all.push(\"b\"); log.info(\"%n% "
			"%{all.length()}\"); }\n");
	for (unsigned i = 0; i < 3; i++)
		play_message(&play, "<a@b>");
	cr_assert_str_eq(play_said(&play), "6 2|6 2|6 2|");
}

Test(messages, a_failure_at_connect_is_told_at_every_message)
{
	play_one(&play, "event onConnect { throw \"x\"; } event onRcptTo { reject(); }\n");
	cr_assert_eq(play_connect(&play, "192.0.2.1"), AFSL_CONTINUE);
	cr_assert_eq(play_helo(&play, "x"), AFSL_CONTINUE);
	cr_assert_eq(play_mail(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_rcpt(&play, "<a@b>"), AFSL_TEMPFAIL);
	cr_assert_str_eq(afsl_verdict(play.session)->error, "throw: x");
	cr_assert_eq(play_eom(&play), AFSL_TEMPFAIL);
	cr_assert_eq(play_eom(&play), AFSL_TEMPFAIL);
}

Test(messages, unknown_commands)
{
	play_one(
		&play,
		"event onUnknownCommand { log.info(command); if (command == \"BAD\") { reject(500, "
		"\"5.5.1\", \"no\"); } if (command == \"OK\") { accept(); } }\n"
		"event onMailFrom { log.info(\"mail\"); } event onRcptTo { log.info(\"rcpt\"); "
		"}\n");
	cr_assert_eq(afsl_unknown_command(play.session, T("BAD")), AFSL_DONE);
	cr_assert_eq(afsl_verdict(play.session)->kind, AFSL_REJECT);
	/* The command alone is refused. */
	cr_assert_eq(play_mail(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_eq(afsl_unknown_command(play.session, T("BAD")), AFSL_DONE);
	cr_assert_eq(afsl_verdict(play.session)->kind, AFSL_REJECT);
	cr_assert_eq(play_rcpt(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_eq(afsl_unknown_command(play.session, T("OK")), AFSL_DONE);
	/* Nothing can be decided at RCPT, so no reply is awaited there. */
	cr_assert_eq(play_rcpt(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_eom(&play), AFSL_ACCEPT);
	cr_assert_str_eq(play_said(&play), "BAD|mail|BAD|rcpt|OK|");
	cr_assert_eq(afsl_unknown_command(play.session, T("OK")), AFSL_DONE);
	cr_assert_eq(afsl_verdict(play.session)->kind, AFSL_CONTINUE);
	play_mail(&play, "<a@b>");
	cr_assert_str_eq(play_said(&play), "OK|mail|");
}

Test(messages, a_level_that_cannot_be_written_is_a_failure)
{
	struct play_filter few = { .limits = { { "changes", "2" } }, .limit_count = 1 };

	play_begin(&play);
	play_add(&play, "few", "event onDataReceived { spamLevel(3); }", &few);
	play_session(&play);
	play_header(&play, "X-AxigenSpam-Level", " 1");
	cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
	play_header(&play, "X-AxigenSpam-Level", " 1");
	play_header(&play, "X-AxigenSpam-Level", " 1");
	cr_assert_eq(play_eom(&play), AFSL_TEMPFAIL);
	cr_assert_str_eq(afsl_verdict(play.session)->error, "limit changes");
	for (unsigned i = 0; i < 3; i++)
		play_header(&play, "X-AxigenSpam-Level", " 1");
	cr_assert_eq(play_eom(&play), AFSL_TEMPFAIL);
	cr_assert_eq(afsl_change_count(play.session), 0);
}

Test(messages, macros_may_be_asked_for_at_every_stage)
{
	struct afsl_offer offer = { .version = 6 };
	static const enum afsl_event stages[] = { AFSL_CONNECT,	      AFSL_HELO,
						  AFSL_MAIL,	      AFSL_RCPT,
						  AFSL_DATA,	      AFSL_END_OF_HEADERS,
						  AFSL_END_OF_MESSAGE };
	static const char *const names[] = {
		"connect", "helo", "mail", "rcpt", "data", "eoh", "eom"
	};

	play_one(&play, "event onNegotiate { for (s in [\"connect\", \"helo\", \"mail\", \"rcpt\", "
			"\"data\", \"eoh\", \"eom\"]) { requestMacros(s, s); } }\n");
	cr_assert_eq(afsl_negotiate(play.session, &offer), AFSL_DONE);
	for (size_t i = 0; i < sizeof(stages) / sizeof(*stages); i++)
		cr_expect_str_eq(afsl_requested_macros(play.session, stages[i]), names[i]);
}

Test(messages, the_next_message_is_wanted_by_who_has_accepted_this_one)
{
	play_one(&play, "event onMailFrom { accept(); } event onRcptTo { }\n");
	play_mail(&play, "<a@b>");
	cr_assert(afsl_wants(play.session, AFSL_MAIL));
	cr_assert_not(afsl_wants(play.session, AFSL_RCPT));
}

/* ---- traces ---- */

static void trace(void *argument, const char *place, struct afsl_text source, const char *values)
{
	char *out = argument;

	sprintf(out + strlen(out), "%s [%.*s] %s|", place, (int)source.length, source.data, values);
}

Test(messages, a_trace_shows_places_lines_and_values)
{
	char seen[4096] = "";

	play_one(&play,
		 "event onMailFrom {\n  var n = 3;\n  var s = \"a\\n\";\n  log.debug(s);\n}\n");
	afsl_session_trace(play.session, trace, seen);
	play_mail(&play, "<a@b>");
	cr_assert_not_null(strstr(seen, "test.afsl:2:3 [  var n = 3;] |"), "%s", seen);
	cr_assert_not_null(strstr(seen, "test.afsl:4:3 [  log.debug(s);] n = 3, s = \"a\\u000a\"|"),
			   "%s", seen);
	seen[0] = '\0';
	afsl_session_trace(play.session, NULL, NULL);
	play_mail(&play, "<a@b>");
	cr_assert_str_eq(seen, "");
}
