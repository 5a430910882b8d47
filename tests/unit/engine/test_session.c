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

/* ---- the order of calls ---- */

Test(session, no_abort_for_who_has_accepted)
{
	play_one(&play, "event onConnect { if (remoteSmtpIp in \"10.0.0.0/8\") { accept(); } } "
			"event onMailFrom { accept(); } event onAbort { log.info(\"abort\"); }\n");
	play_mail(&play, "<a@b>");
	play_abort(&play);
	play_session(&play);
	play_connect(&play, "10.0.0.1");
	play_mail(&play, "<a@b>");
	play_abort(&play);
	cr_assert_str_eq(play_said(&play), "");
}

Test(session, a_failure_of_an_abort_harms_nobody)
{
	play_one(&play, "event onMailFrom { if (mailFrom == \"x@y\") { reject(); } } event onAbort "
			"{ throw \"x\"; } event onDisconnect { throw \"y\"; }\n");
	play_mail(&play, "<a@b>");
	cr_assert_eq(play_mail(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
	cr_assert_eq(play_disconnect(&play), AFSL_CONTINUE);
	cr_assert_not_null(strstr(play.log, "onAbort failed: throw: x; at"));
}

Test(session, calls_out_of_order_change_nothing)
{
	play_one(&play, "event onMailFrom { log.info(\"mail\"); } event onHeader { "
			"log.info(\"header\"); }\n");
	play_connect(&play, "192.0.2.1");
	cr_assert_eq(afsl_connect(play.session, &(struct afsl_client){.address = NULL}),
		     AFSL_MISUSED);
	cr_assert_eq(afsl_negotiate(play.session, &(struct afsl_offer){.version = 6}),
		     AFSL_MISUSED);
	play_mail(&play, "<a@b>");
	play_eoh(&play);
	cr_assert_eq(afsl_header(play.session, T("A"), T(" b")), AFSL_MISUSED);
	cr_assert_eq(afsl_rcpt(play.session, T("<a@b>"), NULL, 0), AFSL_MISUSED);
	cr_assert_eq(afsl_data(play.session), AFSL_MISUSED);
	play_body(&play, "b");
	cr_assert_eq(afsl_end_of_headers(play.session), AFSL_MISUSED);
	cr_assert_eq(afsl_unknown_command(play.session, T("X")), AFSL_MISUSED);
	cr_assert_eq(afsl_resume(play.session), AFSL_MISUSED);
	cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
	play_disconnect(&play);
	cr_assert_eq(afsl_mail(play.session, T("<a@b>"), NULL, 0), AFSL_MISUSED);
	cr_assert_eq(afsl_disconnect(play.session), AFSL_MISUSED);
	cr_assert_eq(afsl_abort(play.session), AFSL_MISUSED);
	cr_assert_str_eq(play_said(&play), "mail|");
}

Test(session, steps_that_nobody_asked_for_may_be_left_out)
{
	play_one(&play, "message var seen: int = 0;\n"
			"event onHeader { seen = seen + 1; } event onDataReceived { "
			"log.info(\"%seen%\"); }\n");
	for (unsigned i = 0; i < 3; i++) {
		play_header(&play, "A", " 1");
		play_header(&play, "B", " 2");
		cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
	}
	cr_assert_str_eq(play_said(&play), "2|2|2|");
}

Test(session, abort_runs_exactly_when_a_message_is_open)
{
	play_one(&play, "event onMailFrom { log.info(\"mail\"); if (mailFrom == \"bad@b\") { "
			"reject(); } }\n"
			"event onAbort { log.info(\"abort\"); } event onDataReceived { "
			"log.info(\"eom\"); } event onDisconnect { log.info(\"bye\"); }\n");
	play_abort(&play);
	play_helo(&play, "a");
	play_mail(&play, "<a@b>");
	play_abort(&play);
	play_abort(&play);
	cr_assert_str_eq(play_said(&play), "mail|abort|");
	play_mail(&play, "<a@b>");
	play_mail(&play, "<a@b>");
	cr_assert_str_eq(play_said(&play), "mail|abort|mail|");
	play_helo(&play, "b");
	cr_assert_str_eq(play_said(&play), "abort|");
	/* Who has refused it, or seen its end, need not be told. */
	play_mail(&play, "<bad@b>");
	play_abort(&play);
	cr_assert_str_eq(play_said(&play), "mail|");
	play_message(&play, "<a@b>");
	play_abort(&play);
	cr_assert_str_eq(play_said(&play), "mail|eom|");
	play_mail(&play, "<a@b>");
	play_body(&play, "b");
	play_disconnect(&play);
	cr_assert_str_eq(play_said(&play), "mail|abort|bye|");
}

Test(session, a_new_mail_in_the_middle_brings_its_own_facts)
{
	struct afsl_text parameters[] = {T("SIZE=1"), T("BODY=8BITMIME")};

	play_one(&play, "event onMailFrom { log.info(\"%mailFrom% %{mailParameters.join(\" "
			"\")}\"); } event onAbort { log.info(\"abort %mailFrom%\"); }\n");
	play_mail(&play, "<first@b>");
	cr_assert_eq(afsl_mail(play.session, T("<second@b>"), parameters, 2), AFSL_DONE);
	cr_assert_str_eq(play_said(&play), "first@b |abort first@b|second@b SIZE=1 BODY=8BITMIME|");
}

Test(session, macros_reach_the_script)
{
	struct afsl_text connect[] = {T("j"), T("host"), T("{daemon_name}"), T("d")};
	struct afsl_text mail[] = {T("i"), T("Q1"), T("{auth_authen}"), T("me")};

	play_one(&play, "event onConnect { log.info(\"%{macro(\"j\")}\"); }\n"
			"event onMailFrom { log.info(\"%queueId% %authUser% "
			"%{macro(\"{daemon_name}\")}\"); }\n");
	cr_assert(afsl_macros(play.session, AFSL_CONNECT, connect, 2));
	play_connect(&play, "192.0.2.1");
	cr_assert(afsl_macros(play.session, AFSL_MAIL, mail, 2));
	play_mail(&play, "<a@b>");
	play_eom(&play);
	play_mail(&play, "<a@b>");
	cr_assert(afsl_macros(play.session, AFSL_MAIL, mail, 2));
	play_mail(&play, "<a@b>");
	cr_assert_str_eq(play_said(&play), "host|Q1 me d|  d|Q1 me d|");
}

Test(session, macros_go_with_their_message)
{
	struct afsl_text early[] = {T("i"), T("Q1")}, late[] = {T("{x}"), T("late")};
	struct afsl_text eoh[] = {T("{x}"), T("eoh")};

	play_one(&play,
		 "event onEhlo { log.info(\"[%{macro(\"i\")}]\"); }\n"
		 "event onHeadersReceived { log.info(\"[%{macro(\"{x}\")}]\"); }\n"
		 "event onDataReceived { log.info(\"[%{macro(\"i\")} %{macro(\"{x}\")}]\"); }\n");
	for (unsigned i = 0; i < 2; i++) {
		/* A host that was not asked for MAIL. */
		cr_assert(afsl_macros(play.session, AFSL_RCPT, early, 1));
		play_rcpt(&play, "<a@b>");
		cr_assert(afsl_macros(play.session, AFSL_END_OF_HEADERS, eoh, 1));
		play_eoh(&play);
		cr_assert(afsl_macros(play.session, AFSL_END_OF_MESSAGE, late, 1));
		cr_assert(afsl_macros(play.session, AFSL_BODY, early, 1));
		play_eom(&play);
	}
	play_helo(&play, "x");
	cr_assert_str_eq(play_said(&play), "[eoh]|[Q1 late]|[eoh]|[Q1 late]|[]|");
}

Test(session, facts_of_the_connection)
{
	struct sockaddr_in us = {.sin_family = AF_INET, .sin_port = htons(25)};
	struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/run/client"};
	struct afsl_client local = {.address = (const struct sockaddr *)&path,
				    .address_length = sizeof(path),
				    .name = "localhost",
				    .server_address = (const struct sockaddr *)&us,
				    .tls = true};

	inet_pton(AF_INET, "192.0.2.25", &us.sin_addr);
	play_one(&play, "event onConnect { log.info(\"%connectionFamily% %connectionPath% %smtpIp% "
			"%smtpPort% %isSSLConnection%\"); }\n"
			"event onEhlo { log.info(\"%isESMTP%\"); }\n");
	cr_assert_eq(afsl_connect(play.session, &local), AFSL_DONE);
	play_helo(&play, "x");
	cr_assert_eq(afsl_helo(play.session, T("x"), false), AFSL_DONE);
	play_session(&play);
	play_connect(&play, "192.0.2.1");
	cr_assert_str_eq(play_said(&play),
			 "unix /run/client 192.0.2.25 25 yes|yes|no|inet   0 no|");
}

Test(session, sizes_are_counted)
{
	play_one(&play, "event onDataReceived { log.info(\"%bodySize% %messageSize% "
			"%totalMailSize% %mailCount%\"); }\n");
	for (unsigned i = 0; i < 2; i++) {
		play_mail(&play, "<a@b>");
		play_header(&play, "A", " b");
		play_body(&play, "one\r\n");
		play_body(&play, "two");
		play_eom(&play);
	}
	/* "A: b" CR LF, CR LF, eight bytes of body. */
	cr_assert_str_eq(play_said(&play), "8 16 14 1|8 16 28 2|");
}

Test(session, clients_of_every_family)
{
	struct sockaddr_in unnamed = {.sin_family = AF_INET, .sin_port = htons(4321)};
	struct afsl_client nobody = {.address = NULL};

	play_one(&play, "event onConnect { log.info(\"%connectionFamily% %remoteSmtpIp% "
			"%remoteSmtpPort% %remoteSmtpHost%\"); }\n");
	play_connect(&play, "2001:db8::1");
	play_session(&play);
	play_connect(&play, "::ffff:192.0.2.1");
	play_session(&play);
	cr_assert_eq(afsl_connect(play.session, &nobody), AFSL_DONE);
	play_session(&play);
	play_connect(&play, "192.0.2.9");
	play_session(&play);
	inet_pton(AF_INET, "192.0.2.9", &unnamed.sin_addr);
	cr_assert_eq(
		afsl_connect(play.session,
			     &(struct afsl_client){.address = (const struct sockaddr *)&unnamed,
						   .address_length = sizeof(unnamed)}),
		AFSL_DONE);
	cr_assert_str_eq(
		play_said(&play),
		"inet6 2001:db8::1 4321 client.example.net|inet 192.0.2.1 4321 client.example.net|"
		"unknown  0 |inet 192.0.2.9 4321 client.example.net|inet 192.0.2.9 4321 "
		"[192.0.2.9]|");
}

/* ---- what goes wrong ---- */

Test(session, texts_beyond_any_size_are_misuse)
{
	struct afsl_text vast = {"x", ((size_t)1 << 30) + 1}, nothing = {NULL, 3};

	play_one(&play, "event onMailFrom { }\n");
	cr_assert_eq(afsl_mail(play.session, vast, NULL, 0), AFSL_MISUSED);
	cr_assert_eq(afsl_mail(play.session, T("<a>"), &vast, 1), AFSL_MISUSED);
	cr_assert_eq(afsl_mail(play.session, nothing, NULL, 0), AFSL_MISUSED);
	cr_assert_eq(afsl_helo(play.session, vast, true), AFSL_MISUSED);
	cr_assert_eq(afsl_header(play.session, T("A"), vast), AFSL_MISUSED);
	cr_assert_eq(afsl_body(play.session, vast), AFSL_MISUSED);
	cr_assert_eq(afsl_unknown_command(play.session, vast), AFSL_MISUSED);
	cr_assert_not(afsl_macros(play.session, AFSL_CONNECT, &vast, 1));
	cr_assert_eq(afsl_mail(play.session, (struct afsl_text){NULL, 0}, NULL, 0), AFSL_DONE);
}

Test(session, too_many_parameters_and_recipients_are_answered_by_on_error)
{
	static struct afsl_text parameters[1001];
	struct play_filter few = {.limits = {{"recipients", "2"}}, .limit_count = 1};

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

Test(session, what_a_refused_recipient_has_added_stays)
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

Test(session, a_failure_at_a_recipient_without_a_reply_is_the_messages)
{
	play_one(&play, "event onRcptTo { if (rcptTo == \"bad@b\") { throw \"x\"; } }\n");
	play_mail(&play, "<a@b>");
	cr_assert_eq(play_rcpt(&play, "<good@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_rcpt(&play, "<bad@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_eom(&play), AFSL_TEMPFAIL);
}

Test(session, changes_are_for_the_end_of_the_message)
{
	play_one(&play, "event onMailFrom { addHeader(\"X\", \"1\"); if (mailFrom == \"x@y\") { "
			"reject(); } }\n");
	play_mail(&play, "<a@b>");
	cr_assert_eq(afsl_change_count(play.session), 0);
	cr_assert_eq(afsl_change(play.session, 0).name.length, 0);
	play_eom(&play);
	cr_assert_eq(afsl_change_count(play.session), 1);
}

Test(session, a_header_field_is_at_hand_in_its_event_only)
{
	play_one(&play, "event onHeader { } event onDataReceived { call(addHeader); }\n");
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_TEMPFAIL);
	cr_assert_str_eq(play_changes(&play), "");
}

Test(session, who_has_accepted_keeps_no_more_of_the_content)
{
	struct play_filter few = {.limits = {{"headers", "1"}}, .limit_count = 1};

	play_begin(&play);
	play_add(&play, "few",
		 "event onMailFrom { accept(); } event onHeader { log.info(headerName); }\n", &few);
	play_session(&play);
	cr_assert_eq(play_message(&play, "<a@b>"), AFSL_ACCEPT);
	cr_assert_str_eq(play_said(&play), "");
}

Test(session, memory_of_events_and_messages_is_used_again)
{
	struct play_filter small = {
		.limits = {{"eventMemory", "200000"}, {"messageMemory", "100000"}},
		.limit_count = 2};

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

Test(session, one_failure_is_one_clean_line)
{
	play_one(&play, "event onDataReceived { throw \"a\\nb\\x1b[1m %mailFrom%\"; }\n");
	cr_assert_eq(play_message(&play, "<e\x01vil@b>"), AFSL_TEMPFAIL);
	cr_assert_eq(strchr(play.log, '\n'), play.log + strlen(play.log) - 1);
	cr_assert_not_null(strstr(play.log, "a\\x0Ab\\x1B[1m e\\x01vil@b"));
}

Test(session, a_third_partys_changes_reach_the_host_as_they_are)
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

Test(session, what_a_script_does_not_catch_is_answered_by_on_error)
{
	static const enum afsl_verdict_kind answers[] = {AFSL_TEMPFAIL, AFSL_ACCEPT, AFSL_REJECT};

	for (int on_error = AFSL_ON_ERROR_TEMPFAIL; on_error <= AFSL_ON_ERROR_REJECT; on_error++) {
		struct play_filter options = {.on_error = (enum afsl_on_error)on_error};

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
	struct play_filter options = {.limits = {{"eventTime", "2000"},
						 {"contentTime", "2000"},
						 {"regexTime", "300"},
						 {"eventMemory", "4000000"}},
				      .limit_count = 4};
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

Test(session, a_loop_without_end_is_stopped)
{
	expect_stopped(WHEN_BAD
		       "var n = 0; while (true) { n = n + 1; if (n < 0) { reject(); } } }\n",
		       "limit instructions");
}

Test(session, a_list_that_grows_for_ever_is_stopped)
{
	expect_stopped(WHEN_BAD "var all: list[text] = []; while (true) { all.push(\"%mailFrom% "
				"and more\"); if (all.length() < 0) { reject(); } } }\n",
		       "limit eventMemory");
}

Test(session, recursion_without_end_is_stopped)
{
	expect_stopped("function down(n: int) -> int { return down(n + 1) + 1; }\n" WHEN_BAD
		       "if (down(0) == 0) { reject(); } }\n",
		       "limit callDepth");
}

Test(session, a_hostile_regex_is_stopped)
{
	expect_stopped(
		WHEN_BAD
		"var t = \"\"; for (i in 0..30000) { t = t + \"a\"; } t = t + \"!\"; if (t =~ "
		"re\"^(a|aa)+$\") { reject(); } if (t =~ re\"(a*)*[bc]\") { reject(); } }\n",
		"limit regex");
}

Test(session, a_trap_at_a_recipient_keeps_what_was_recorded_for_the_others)
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

Test(session, a_verdict_without_a_reply_is_held_for_the_next_step_that_has_one)
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

Test(session, too_many_headers_end_with_on_error)
{
	struct play_filter options = {.limits = {{"headers", "3"}}, .limit_count = 1};

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

Test(session, limits_have_names_and_numbers)
{
	struct afsl_program *program = play_load("event onMailFrom { }");
	struct afsl_chain *chain = afsl_chain_new();
	static const struct afsl_setting wrong[] = {{"nonsense", "1"},
						    {"headers", "many"},
						    {"headers", "-1"},
						    {"headers", ""},
						    {"headers", NULL}};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		cr_assert_not(afsl_chain_add(
			chain, program,
			&(struct afsl_filter_options){.limits = wrong + i, .limit_count = 1}));
	cr_assert(afsl_chain_add(chain, program, NULL));
	afsl_program_release(program);
	afsl_chain_release(chain);
	play_begin(&play);
}

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

Test(session, two_hundred_pairs_of_messages)
{
	static const char *const senders[] = {
		"<plain@b>",  "<header@b>",  "<reject@b>",     "<throw@b>", "<accept@b>",
		"<body@b>",   "<discard@b>", "<level@b>",      "<rcpt@b>",  "<sender@b>",
		"<policy@b>", "<var@b>",     "<quarantine@b>", "<abort@b>", "<long@b>"};
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

Test(session, session_variables_outlive_messages_and_message_variables_do_not)
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

Test(session, negotiation_joins_what_filters_ask_for)
{
	struct afsl_offer offer = {.version = 6, .actions = 0x1ff, .steps = 0x1fffff};

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

Test(session, initial_values_are_made_anew_for_each_message)
{
	play_one(&play, "function five() -> int { return 5; }\n"
			"message var n: int = five(); message var all: list[text] = [\"a\"];\n"
			"event onDataReceived { n = n + 1; all.push(\"b\"); log.info(\"%n% "
			"%{all.length()}\"); }\n");
	for (unsigned i = 0; i < 3; i++)
		play_message(&play, "<a@b>");
	cr_assert_str_eq(play_said(&play), "6 2|6 2|6 2|");
}

Test(session, a_failure_at_connect_is_told_at_every_message)
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

Test(session, unknown_commands)
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

Test(session, a_level_that_cannot_be_written_is_a_failure)
{
	struct play_filter few = {.limits = {{"changes", "2"}}, .limit_count = 1};

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

Test(session, macros_may_be_asked_for_at_every_stage)
{
	struct afsl_offer offer = {.version = 6};
	static const enum afsl_event stages[] = {AFSL_CONNECT,	     AFSL_HELO, AFSL_MAIL,
						 AFSL_RCPT,	     AFSL_DATA, AFSL_END_OF_HEADERS,
						 AFSL_END_OF_MESSAGE};
	static const char *const names[] = {"connect", "helo", "mail", "rcpt",
					    "data",    "eoh",  "eom"};

	play_one(&play, "event onNegotiate { for (s in [\"connect\", \"helo\", \"mail\", \"rcpt\", "
			"\"data\", \"eoh\", \"eom\"]) { requestMacros(s, s); } }\n");
	cr_assert_eq(afsl_negotiate(play.session, &offer), AFSL_DONE);
	for (size_t i = 0; i < sizeof(stages) / sizeof(*stages); i++)
		cr_expect_str_eq(afsl_requested_macros(play.session, stages[i]), names[i]);
}

Test(session, the_next_message_is_wanted_by_who_has_accepted_this_one)
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

Test(session, a_trace_shows_places_lines_and_values)
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
