/* Verdicts, changes and facts of whole sessions. */
#include "engine/session.h"
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

TestSuite(session, .fini = end);

Test(session, every_event_in_its_order)
{
	play_one(&play,
		 "event onConnect { log.info(\"connect %remoteSmtpIp% %remoteSmtpHost%\"); }\n"
		 "event onEhlo { log.info(\"helo %ehloHost%\"); }\n"
		 "event onMailFrom { log.info(\"mail %mailFrom%\"); }\n"
		 "event onRcptTo { log.info(\"rcpt %rcptTo%\"); }\n"
		 "event onData { log.info(\"data\"); }\n"
		 "event onHeader { log.info(\"header %headerName%=%headerValue%\"); }\n"
		 "event onHeadersReceived { log.info(\"eoh\"); }\n"
		 "event onBodyChunk { log.info(\"body %bodyChunk%\"); }\n"
		 "event onDataReceived { log.info(\"eom %bodySize%\"); }\n"
		 "event onAbort { log.info(\"abort\"); }\n"
		 "event onDisconnect { log.info(\"disconnect\"); }\n");
	play_connect(&play, "192.0.2.7");
	play_helo(&play, "mx");
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_CONTINUE);
	play_disconnect(&play);
	cr_assert_str_eq(
		play_said(&play),
		"connect 192.0.2.7 client.example.net|helo mx|mail a@b|rcpt to@example.org|"
		"data|header Subject=s|header To=t|eoh|body b\\x0D\\x0A|eom 3|disconnect|");
}

Test(session, reject_at_each_step)
{
	play_one(&play, "event onConnect { if (remoteSmtpIp in \"10.0.0.0/8\") { reject(554, "
			"\"5.7.1\", \"net\"); } }\n"
			"event onEhlo { if (ehloHost == \"bad\") { tempfail(450, \"4.7.1\", "
			"\"helo\"); } }\n"
			"event onMailFrom { if (mailFrom == \"bad@b\") { reject(); } }\n"
			"event onDataReceived { if (mailFrom == \"late@b\") { reject(\"late\"); }\n"
			"  if (mailFrom == \"drop@b\") { discard(); } if (mailFrom == \"bye@b\") { "
			"disconnect(421, \"4.7.0\", \"bye\"); } }\n");
	cr_assert_eq(play_connect(&play, "10.1.1.1"), AFSL_REJECT);
	cr_assert_str_eq(afsl_verdict(play.session)->text, "net");
	cr_assert_str_eq(afsl_verdict(play.session)->enhanced, "5.7.1");
	cr_assert_eq(afsl_verdict(play.session)->code, 554);
	cr_assert_str_eq(afsl_verdict(play.session)->filter, "one");
	cr_assert_str_eq(afsl_verdict(play.session)->place, "test.afsl:1");
	cr_assert_null(afsl_verdict(play.session)->error);
	/* The session stays refused. */
	cr_assert_eq(play_mail(&play, "<good@b>"), AFSL_REJECT);
	play_session(&play);
	cr_assert_eq(play_connect(&play, "192.0.2.1"), AFSL_CONTINUE);
	cr_assert_eq(play_helo(&play, "bad"), AFSL_TEMPFAIL);
	cr_assert_eq(play_mail(&play, "<good@b>"), AFSL_TEMPFAIL);
	/* Another EHLO is another chance. */
	cr_assert_eq(play_helo(&play, "good"), AFSL_CONTINUE);
	cr_assert_eq(play_mail(&play, "<bad@b>"), AFSL_REJECT);
	cr_assert_eq(afsl_verdict(play.session)->code, 0);
	cr_assert_eq(play_message(&play, "<late@b>"), AFSL_REJECT);
	cr_assert_eq(afsl_verdict(play.session)->code, 550);
	cr_assert_eq(play_message(&play, "<drop@b>"), AFSL_DISCARD);
	cr_assert_eq(play_message(&play, "<good@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_message(&play, "<bye@b>"), AFSL_DISCONNECTED);
	cr_assert_eq(play_mail(&play, "<good@b>"), AFSL_DISCONNECTED);
}

Test(session, a_refused_recipient_is_refused_alone)
{
	play_one(&play, "event onRcptTo { if (rcptTo == \"no@b\") { reject(\"nobody\"); } if "
			"(rcptTo == \"later@b\") { tempfail(\"busy\"); } }\n"
			"event onDataReceived { log.info(\"%{recipients.join(\" \")}\"); "
			"addHeader(\"X\", \"1\"); }\n");
	cr_assert_eq(play_mail(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_rcpt(&play, "<yes@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_rcpt(&play, "<no@b>"), AFSL_REJECT);
	cr_assert_str_eq(afsl_verdict(play.session)->text, "nobody");
	cr_assert_eq(play_rcpt(&play, "<later@b>"), AFSL_TEMPFAIL);
	cr_assert_eq(play_rcpt(&play, "<also@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
	cr_assert_str_eq(play_said(&play), "yes@b also@b|");
	cr_assert_str_eq(play_changes(&play), "addHeader X:1|");
}

Test(session, accept_and_discard_at_a_recipient_decide_the_message)
{
	play_one(&play, "event onRcptTo { log.info(\"rcpt\"); if (rcptTo == \"yes@b\") { accept(); "
			"} discard(); }\n"
			"event onDataReceived { log.info(\"eom\"); }\n");
	play_mail(&play, "<a@b>");
	cr_assert_eq(play_rcpt(&play, "<yes@b>"), AFSL_ACCEPT);
	cr_assert_eq(play_rcpt(&play, "<other@b>"), AFSL_ACCEPT);
	cr_assert_not(afsl_wants(play.session, AFSL_RCPT));
	cr_assert(afsl_wants(play.session, AFSL_END_OF_MESSAGE));
	cr_assert_eq(play_eom(&play), AFSL_ACCEPT);
	cr_assert_str_eq(play_said(&play), "rcpt|");
	play_mail(&play, "<a@b>");
	cr_assert_eq(play_rcpt(&play, "<other@b>"), AFSL_DISCARD);
	/* The message is over: what comes now is another one. */
	cr_assert_str_eq(play_said(&play), "rcpt|");
	cr_assert_eq(play_rcpt(&play, "<yes@b>"), AFSL_ACCEPT);
	cr_assert_str_eq(play_said(&play), "rcpt|");
	cr_assert(afsl_wants(play.session, AFSL_MAIL) == false);
}

Test(session, accept_at_connect_ends_the_sessions_events)
{
	play_one(&play, "event onConnect { accept(); } event onMailFrom { reject(); } event "
			"onDisconnect { log.info(\"bye\"); }\n");
	cr_assert(afsl_wants(play.session, AFSL_MAIL));
	cr_assert_eq(play_connect(&play, "192.0.2.1"), AFSL_ACCEPT);
	cr_assert_not(afsl_wants(play.session, AFSL_MAIL));
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_ACCEPT);
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_ACCEPT);
	play_disconnect(&play);
	cr_assert_str_eq(play_said(&play), "bye|");
}

Test(session, accept_with_changes_stays_until_the_end)
{
	play_one(&play, "event onMailFrom { addHeader(\"X\", \"1\"); accept(); } event onHeader { "
			"log.info(\"no\"); }\n");
	cr_assert_eq(play_mail(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_not(afsl_wants(play.session, AFSL_HEADER));
	cr_assert(afsl_wants(play.session, AFSL_END_OF_MESSAGE));
	cr_assert_eq(play_header(&play, "A", " b"), AFSL_CONTINUE);
	cr_assert_eq(play_eom(&play), AFSL_ACCEPT);
	cr_assert_str_eq(play_changes(&play), "addHeader X:1|");
	cr_assert_str_eq(play_said(&play), "");
}

Test(session, a_refusal_drops_the_changes)
{
	play_one(&play, "event onDataReceived { addHeader(\"X\", \"1\"); if (mailFrom == "
			"\"bad@b\") { reject(); } }\n");
	cr_assert_eq(play_message(&play, "<bad@b>"), AFSL_REJECT);
	cr_assert_eq(afsl_change_count(play.session), 0);
	cr_assert_eq(play_message(&play, "<good@b>"), AFSL_CONTINUE);
	cr_assert_eq(afsl_change_count(play.session), 1);
}

Test(session, changes_and_the_delivered_header)
{
	play_one(&play, "event onHeadersReceived { modifyHeader(\"Subject\", \"new\"); "
			"insertHeader(0, \"Top\", \"t\"); }\n"
			"event onDataReceived { removeHeader(\"To\"); addHeader(\"Folded\", \"a\n "
			"b\"); addRcpt(\"x@y\");\n"
			"  replaceBody(\"body\"); quarantine(\"why\"); changeSender(\"s@t\"); "
			"discardRcpt(\"TO@example.org\"); }\n");
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_str_eq(play_changes(&play),
			 "changeHeader 1 To:|changeHeader 1 Subject:new|insertHeader 0 "
			 "Top:t|addHeader Folded:a\n b|"
			 "changeSender s@t:|discardRcpt <to@example.org>:|addRcpt x@y:|quarantine "
			 ":why|replaceBody :body|");
	cr_assert_str_eq(play_headers(&play), "Top: t|Subject: new|Folded: a| b|");
	/* They live until the next event. */
	play_mail(&play, "<a@b>");
	cr_assert_eq(afsl_change_count(play.session), 0);
}

Test(session, rests_between_messages)
{
	play_one(&play, "event onDataReceived { addHeader(\"A\", \"b\"); if (mailFrom == \"\") { reject(550, \"5.7.1\", \"no\"); } }\n");
	for (unsigned i = 0; i < 2; i++) {
		cr_assert_eq(play_message(&play, "<a@b>"), AFSL_CONTINUE);
		cr_assert_eq(afsl_change_count(play.session), 1);
		afsl_session_rest(play.session);
		cr_assert_eq(afsl_change_count(play.session), 0);
		cr_assert_null(play.session->lanes->mail->message_arena.blocks);
		cr_assert_eq(play_message(&play, "<>"), AFSL_REJECT);
		afsl_session_rest(play.session);
		cr_assert_str_eq(afsl_verdict(play.session)->text, "no");
	}
	play_mail(&play, "<a@b>");
	afsl_session_rest(play.session); /* nothing is over */
	cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
}

static const char *const looks_at_fields =
	"message var last = \"\"; message var fields = 0;\n"
	"event onHeader { fields += 1; last = headerName + headerValue; }\n"
	"event onDataReceived { addHeader(\"Last\", \"%last% of %fields%, %messageSize%\"); }\n";

static void play_fields(void)
{
	char name[] = "Subject", raw[] = " s";

	play_mail(&play, "<a@b>");
	cr_assert_eq(play_header(&play, name, raw), AFSL_CONTINUE);
	memset(name, 'x', sizeof(name) - 1);
	cr_assert_eq(play_header(&play, "To", "t"), AFSL_CONTINUE);
	cr_assert_eq(play_header(&play, name, raw), AFSL_CONTINUE);
	memset(name, 'y', sizeof(name) - 1); /* what is not kept is the host's again */
	cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
	cr_assert_str_eq(play_changes(&play), "addHeader Last:xxxxxxxs of 3, 32|");
}

Test(session, fields_are_kept_for_whoever_wants_them_all)
{
	play_one(&play, looks_at_fields);
	play_fields();
	cr_assert_str_eq(play_headers(&play), "Last: xxxxxxxs of 3, 32|");
	afsl_session_keep_headers(play.session);
	play_fields();
	cr_assert_str_eq(play_headers(&play),
			 "Subject: s|To:t|xxxxxxx: s|Last: xxxxxxxs of 3, 32|");
}

Test(session, fields_that_are_not_kept_have_limits)
{
	static const struct afsl_setting limits[] = { { "headers", "3" }, { "headerBytes", "20" } };

	for (unsigned i = 0; i < 2; i++) {
		play_begin(&play);
		play_add(&play, "one", looks_at_fields,
			 &(struct play_filter){ .limits = { limits[i] }, .limit_count = 1 });
		play_session(&play);
		play_mail(&play, "<a@b>");
		for (unsigned field = 0; field < 4; field++)
			cr_assert_eq(play_header(&play, "Field", "v"), AFSL_CONTINUE);
		cr_assert_eq(play_eom(&play), AFSL_TEMPFAIL);
		cr_assert_str_eq(afsl_verdict(play.session)->error,
				 i ? "limit headerBytes" : "limit headers");
		play_end(&play);
	}
	play_one(&play, looks_at_fields);
}

Test(session, levels_become_fields_and_replace_claims)
{
	play_one(&play, "event onDataReceived { spamLevel(7); virusLevel(1); }\n");
	play_mail(&play, "<a@b>");
	play_header(&play, "X-AxigenSpam-Level", " 1");
	play_header(&play, "x-axigenspam-level", " 2");
	play_header(&play, "Subject", " s");
	cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
	cr_assert_str_eq(play_headers(&play),
			 "Subject: s|X-AxigenSpam-Level: 7|X-AxigenVirus-Level: 1|");
}

Test(session, the_policy_layers_action_takes_effect_when_the_event_ends)
{
	play_one(&play, "event onMailFrom {\n"
			"  if (anyOf(is(mailFromDomain, \"reject\"))) { set(smtpAction, "
			"\"reject\"); set(smtpExplanation, \"told %mailFromDomain%\"); }\n"
			"  if (is(mailFromDomain, \"tmp\")) { set(smtpAction, \"tmpreject\"); }\n"
			"  if (is(mailFromDomain, \"accept\")) { set(smtpAction, \"ACCEPT\"); }\n"
			"  if (is(mailFromDomain, \"discard\")) { set(smtpAction, \"discard\"); }\n"
			"  if (is(mailFromDomain, \"odd\")) { set(smtpAction, \"explode\"); }\n"
			"  if (is(mailFromDomain, \"bad\")) { set(smtpAction, \"reject\"); "
			"set(smtpExplanation, \"a\\0b\"); }\n"
			"  log.info(\"after\"); }\n");
	cr_assert_eq(play_mail(&play, "<a@reject>"), AFSL_REJECT);
	cr_assert_eq(afsl_verdict(play.session)->code, 550);
	cr_assert_str_eq(afsl_verdict(play.session)->enhanced, "5.7.1");
	cr_assert_str_eq(afsl_verdict(play.session)->text, "told reject");
	cr_assert_str_eq(play_said(&play), "after|");
	cr_assert_eq(play_mail(&play, "<a@tmp>"), AFSL_TEMPFAIL);
	cr_assert_eq(afsl_verdict(play.session)->code, 0);
	cr_assert_eq(play_mail(&play, "<a@accept>"), AFSL_ACCEPT);
	cr_assert_eq(play_mail(&play, "<a@discard>"), AFSL_DISCARD);
	play_said(&play);
	cr_assert_eq(play_mail(&play, "<a@odd>"), AFSL_CONTINUE);
	cr_assert_str_eq(play_said(&play), "after|smtpAction has no word \"explode\"|");
	cr_assert_eq(play_mail(&play, "<a@bad>"), AFSL_REJECT);
	cr_assert_str_eq(afsl_verdict(play.session)->text, "");
	cr_assert_eq(play_mail(&play, "<a@none>"), AFSL_CONTINUE);
}
