/* The order of calls, aborts, macros, what the host tells of the connection. */
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

TestSuite(flow, .fini = end);

/* ---- the order of calls ---- */

Test(flow, no_abort_for_who_has_accepted)
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

Test(flow, a_failure_of_an_abort_harms_nobody)
{
	play_one(&play, "event onMailFrom { if (mailFrom == \"x@y\") { reject(); } } event onAbort "
			"{ throw \"x\"; } event onDisconnect { throw \"y\"; }\n");
	play_mail(&play, "<a@b>");
	cr_assert_eq(play_mail(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
	cr_assert_eq(play_disconnect(&play), AFSL_CONTINUE);
	cr_assert_not_null(strstr(play.log, "onAbort failed: throw: x; at"));
}

Test(flow, calls_out_of_order_change_nothing)
{
	play_one(&play, "event onMailFrom { log.info(\"mail\"); } event onHeader { "
			"log.info(\"header\"); }\n");
	play_connect(&play, "192.0.2.1");
	cr_assert_eq(afsl_connect(play.session, &(struct afsl_client){ .address = NULL }),
		     AFSL_MISUSED);
	cr_assert_eq(afsl_negotiate(play.session, &(struct afsl_offer){ .version = 6 }),
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

Test(flow, steps_that_nobody_asked_for_may_be_left_out)
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

Test(flow, abort_runs_exactly_when_a_message_is_open)
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

Test(flow, a_new_mail_in_the_middle_brings_its_own_facts)
{
	struct afsl_text parameters[] = { T("SIZE=1"), T("BODY=8BITMIME") };

	play_one(&play, "event onMailFrom { log.info(\"%mailFrom% %{mailParameters.join(\" "
			"\")}\"); } event onAbort { log.info(\"abort %mailFrom%\"); }\n");
	play_mail(&play, "<first@b>");
	cr_assert_eq(afsl_mail(play.session, T("<second@b>"), parameters, 2), AFSL_DONE);
	cr_assert_str_eq(play_said(&play), "first@b |abort first@b|second@b SIZE=1 BODY=8BITMIME|");
}

Test(flow, macros_reach_the_script)
{
	struct afsl_text connect[] = { T("j"), T("host"), T("{daemon_name}"), T("d") };
	struct afsl_text mail[] = { T("i"), T("Q1"), T("{auth_authen}"), T("me") };

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

Test(flow, macros_go_with_their_message)
{
	struct afsl_text early[] = { T("i"), T("Q1") }, late[] = { T("{x}"), T("late") };
	struct afsl_text eoh[] = { T("{x}"), T("eoh") };

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

Test(flow, facts_of_the_connection)
{
	struct sockaddr_in us = { .sin_family = AF_INET, .sin_port = htons(25) };
	struct sockaddr_un path = { .sun_family = AF_UNIX, .sun_path = "/run/client" };
	struct afsl_client local = { .address = (const struct sockaddr *)&path,
				     .address_length = sizeof(path),
				     .name = "localhost",
				     .server_address = (const struct sockaddr *)&us,
				     .tls = true };

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

/* A host's lengths are not believed: neither one that is too small nor one that is too large. */
Test(flow, addresses_of_a_wrong_length)
{
	struct {
		struct sockaddr_un address;
		char behind[32];
	} path = { .address.sun_family = AF_UNIX };
	struct sockaddr_in6 cut = { .sin6_family = AF_INET6, .sin6_port = htons(99) };
	struct afsl_client client = { .address = (const struct sockaddr *)&path.address,
				      .address_length = sizeof(path),
				      .name = "" };

	memset(path.address.sun_path, 'p', sizeof(path.address.sun_path));
	memset(path.behind, 'x', sizeof(path.behind));
	play_one(&play, "event onConnect { log.info(\"%connectionFamily% "
			"%{length(connectionPath)} %remoteSmtpPort%\"); }\n");
	cr_assert_eq(afsl_connect(play.session, &client), AFSL_DONE);
	play_session(&play);
	client.address = (const struct sockaddr *)&cut;
	client.address_length = sizeof(struct sockaddr_in);
	cr_assert_eq(afsl_connect(play.session, &client), AFSL_DONE);
	cr_assert_str_eq(play_said(&play), "unix 108 0|unknown 0 0|");
}

Test(flow, sizes_are_counted)
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

Test(flow, clients_of_every_family)
{
	struct sockaddr_in unnamed = { .sin_family = AF_INET, .sin_port = htons(4321) };
	struct afsl_client nobody = { .address = NULL };

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
			     &(struct afsl_client){ .address = (const struct sockaddr *)&unnamed,
						    .address_length = sizeof(unnamed) }),
		AFSL_DONE);
	cr_assert_str_eq(
		play_said(&play),
		"inet6 2001:db8::1 4321 client.example.net|inet 192.0.2.1 4321 client.example.net|"
		"unknown  0 |inet 192.0.2.9 4321 client.example.net|inet 192.0.2.9 4321 "
		"[192.0.2.9]|");
}
