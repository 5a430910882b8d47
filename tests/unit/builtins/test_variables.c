#include "world.h"

#include <criterion/criterion.h>
#include <stdio.h>

static void fill_session(struct world *world)
{
	struct mail_session *mail = world->mail;
	const uint8_t client[4] = { 192, 0, 2, 1 }, server[4] = { 198, 51, 100, 2 };
	struct text macros[] = { TEXT("{tls_version}"), TEXT("TLSv1.3"), TEXT("{cipher}"), TEXT("AES") };

	mail->family = CLIENT_INET;
	mail->client_ip = ip_of_v4(client);
	mail->client_port = 1234;
	mail->client_name = TEXT("mx.example.net");
	mail->server_ip = ip_of_v4(server);
	mail->server_port = 25;
	mail->esmtp = true;
	mail->total_size = 5000000000;
	cr_assert(mail_set_text(mail, &mail->helo, TEXT("helo.example.net")));
	cr_assert(mail_set_text(mail, &mail->command, TEXT("XYZ")));
	cr_assert(mail_set_macros(mail, MACRO_HELO, macros, 2));
}

static void fill_message(struct world *world)
{
	struct text sender_macros[] = { TEXT("i"), TEXT("Q1"), TEXT("{auth_authen}"), TEXT("joe") };
	struct text parameters[] = { TEXT("SIZE=200"), TEXT("BODY=8BITMIME") };

	cr_assert(mail_set_macros(world->mail, MACRO_MAIL, sender_macros, 2));
	cr_assert(mail_begin(world->mail, TEXT("<@route:a@Example.net>"), parameters, 2));
	cr_assert(mail_add_recipient(world->mail, TEXT("<b@example.org>"), NULL, 0));
	cr_assert(mail_add_recipient(world->mail, TEXT("<c@example.com>"), parameters + 1, 1));
	cr_assert_eq(vm_begin_message(world->vm, INT64_MAX), VM_DONE);
}

static void check(enum event_id event, const char *condition)
{
	char source[1024];
	struct world world;

	snprintf(source, sizeof(source), "event %s { if (not (%s)) { throw \"no\"; } }",
		 event_rows[event].name, condition);
	world_open(&world, source);
	fill_session(&world);
	fill_message(&world);
	cr_expect_eq(world_raise(&world, event), VM_DONE, "%s", condition);
	world_close(&world);
}

Test(variables, of_the_connection)
{
	check(EVENT_onMailFrom, "remoteSmtpIp == \"192.0.2.1\" and remoteSmtpPort == 1234");
	check(EVENT_onMailFrom, "smtpIp == \"198.51.100.2\" and smtpPort == 25");
	check(EVENT_onMailFrom, "remoteSmtpHost == \"mx.example.net\" and ehloHost == \"helo.example.net\"");
	check(EVENT_onMailFrom, "connectionFamily == \"inet\" and connectionPath == \"\"");
	check(EVENT_onMailFrom, "isESMTP and isSSLConnection and tlsVersion == \"TLSv1.3\" and tlsCipher == \"AES\"");
	check(EVENT_onMailFrom, "totalMailSize == 5000000000 and mailCount == 1");
	check(EVENT_onUnknownCommand, "command == \"XYZ\"");
}

Test(variables, of_the_envelope)
{
	check(EVENT_onMailFrom, "mailFrom == \"a@Example.net\" and mailFromDomain == \"Example.net\"");
	check(EVENT_onMailFrom, "mailFromRaw == \"<@route:a@Example.net>\"");
	check(EVENT_onMailFrom, "mailParameters == [\"SIZE=200\", \"BODY=8BITMIME\"]");
	check(EVENT_onMailFrom, "authUser == \"joe\" and queueId == \"Q1\"");
	check(EVENT_onRcptTo, "rcptTo == \"c@example.com\" and rcptToRaw == \"<c@example.com>\"");
	check(EVENT_onRcptTo, "rcptToDomain == \"example.com\" and rcptParameters == [\"BODY=8BITMIME\"]");
	check(EVENT_onData, "recipients == [\"b@example.org\", \"c@example.com\"]");
}

/* What the filter has changed so far shows; what the client said stays readable. */
Test(variables, show_changes)
{
	struct world world;

	world_open(&world, "event onRcptTo { changeSender(\"<z@example.com>\"); addRcpt(\"<d@example.com>\"); "
			   "discardRcpt(\"<b@example.org>\"); "
			   "if (mailFrom != \"z@example.com\" or mailFromDomain != \"example.com\" "
			   "or mailFromRaw != \"<@route:a@Example.net>\" or rcptTo != \"c@example.com\" "
			   "or recipients != [\"c@example.com\", \"d@example.com\"]) { throw \"no\"; } }");
	fill_session(&world);
	fill_message(&world);
	cr_expect_eq(world_raise(&world, EVENT_onRcptTo), VM_DONE);
	world_close(&world);
}

Test(variables, of_the_content)
{
	struct world world;

	world_open(&world, "event onHeader { if (headerName != \"S\" or headerValue != \" x\" or headerRaw != \"  x\" "
			   "or messageSize != 7) { throw \"no\"; } } "
			   "event onBodyChunk { if (bodyChunk != \"ab\\0\" or bodySize != 3 or messageSize != 12) { throw \"no\"; } }");
	fill_message(&world);
	world_add_header(&world, "S", "  x");
	world.mail->message->header_name = TEXT("S");
	world.mail->message->header_raw = TEXT("  x");
	cr_expect_eq(world_raise(&world, EVENT_onHeader), VM_DONE);
	world.mail->message->chunk = TEXT("ab\0");
	world.mail->message->body_size = 3;
	cr_expect_eq(world_raise(&world, EVENT_onBodyChunk), VM_DONE);
	world_close(&world);
}

Test(variables, of_a_local_client_and_no_message)
{
	struct world world;

	world_open(&world, "event onConnect { if (connectionFamily != \"unix\" or connectionPath != \"/s\" "
			   "or remoteSmtpIp in \"0.0.0.0/0\" or isSSLConnection) { throw \"no\"; } } "
			   "event onDisconnect { if (mailFrom != \"\" or length(recipients) != 0) { throw \"no\"; } }");
	world.mail->family = CLIENT_UNIX;
	world.mail->client_path = TEXT("/s");
	cr_expect_eq(world_raise(&world, EVENT_onConnect), VM_DONE);
	cr_expect_eq(world_raise(&world, EVENT_onDisconnect), VM_DONE);
	world_close(&world);
}

Test(variables, that_no_host_knows_read_as_nothing)
{
	struct world world;

	world_open(&world, "event onConnect { set(maxRcptCount, \"5\"); set(smtpGreeting, \"hi\"); "
			   "if (maxRcptCount != 0 or GeoIPResult != \"\" or isGeoIPBanned or remoteDelivery != \"\") { throw \"no\"; } }");
	cr_expect_eq(world_raise(&world, EVENT_onConnect), VM_DONE);
	world_close(&world);
}

Test(variables, hold_the_decision_of_the_policy_layer)
{
	struct world world;

	world_open(&world, "event onEhlo { set(smtpAction, \"rej\" + \"%none%\" + \"ect\"); set(smtpExplanation, \"go %ehloHost%\"); }");
	fill_session(&world);
	for (unsigned i = 0; i < 100; i++)
		cr_assert_eq(world_raise(&world, EVENT_onEhlo), VM_DONE);
	world_settle(&world);
	cr_expect(text_equals_string(world.context.policy->action, "reject"));
	cr_expect(text_equals_string(world.context.policy->explanation, "go helo.example.net"));
	world_close(&world);
}

Test(variables, offered_by_the_mail_server)
{
	struct world world;

	world_open(&world, "event onNegotiate { if (offeredVersion != 6 or offeredActions != 511 or offeredSteps != 2097151) { throw \"no\"; } }");
	world.mail->offered_version = 6;
	world.mail->offered_actions = 0x1ff;
	world.mail->offered_steps = 0x1fffff;
	cr_expect_eq(world_raise(&world, EVENT_onNegotiate), VM_DONE);
	world_close(&world);
}
