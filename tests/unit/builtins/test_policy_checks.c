#include "world.h"

#include <criterion/criterion.h>

static const struct zone_row rows[] = {
	{ "example.net", "TXT", "v=spf1 ip4:192.0.2.1 -all exp=why.example.net" },
	{ "why.example.net", "TXT", "%{i} is not ours" },
	{ "mail.example", "TXT", "v=spf1 a -all" },
	{ "mail.example", "A", "192.0.2.9" },
	{ "fails.example", "ANY", NULL },
	{ "9.2.0.192.in-addr.arpa", "PTR", "liar.example" },
	{ "9.2.0.192.in-addr.arpa", "PTR", "mail.example" },
	{ "8.2.0.192.in-addr.arpa", "PTR", "liar.example" },
	{ "7.2.0.192.in-addr.arpa", "ANY", NULL },
	{ "5.2.0.192.in-addr.arpa", "PTR", "fails.example" },
	{ "9.2.0.192.bl.example", "A", "127.0.0.4" },
	{ "9.2.0.192.bl.example", "TXT", "sent spam" },
	{ "9.2.0.192.broken.example", "ANY", NULL },
};

static void begin(void)
{
	world_zone = (struct zone){ rows, sizeof(rows) / sizeof(*rows), 0 };
}

TestSuite(policy_checks, .init = begin);

static void client_is(struct world *world, const char *address)
{
	cr_assert(ip_parse(text_of_string(address, LIFETIME_PROGRAM), &world->mail->client_ip));
	world->mail->helo = TEXT("mail.example");
}

/* The lines that the event has logged. */
static const char *logged(struct world *world, enum event_id event)
{
	buffer_clear(&world->log);
	cr_assert_eq(world_raise(world, event), VM_DONE);
	buffer_append_byte(&world->log, '\0');
	return world->log.data;
}

static const char spf_source[] = "event onEhlo { call(checkSPF); log.info(\"%SPFResult%\"); }"
				 "event onMailFrom { log.info(\"%SPFResult%\"); call(checkSPF); "
				 "log.info(\"%SPFResult%: %SPFExplanation%\"); }"
				 "event onData { log.info(\"%SPFResult%\"); }";

Test(policy_checks, spf_of_the_sender_and_of_the_helo_name)
{
	struct world world;

	world_open(&world, spf_source);
	client_is(&world, "192.0.2.9");
	cr_expect_str_eq(logged(&world, EVENT_onEhlo), "2 pass\n");
	world_begin_message(&world);
	cr_expect_str_eq(logged(&world, EVENT_onMailFrom),
			 "2 pass\n2 fail: 192.0.2.9 is not ours\n");
	cr_expect_str_eq(logged(&world, EVENT_onData), "2 fail\n");
	world_close(&world);
}

Test(policy_checks, a_result_never_speaks_of_another_message)
{
	struct world world;

	world_open(&world, spf_source);
	client_is(&world, "192.0.2.9");
	world_begin_message(&world);
	cr_expect_str_eq(logged(&world, EVENT_onMailFrom), "2 \n2 fail: 192.0.2.9 is not ours\n");
	world_settle(&world);
	vm_end_message(world.vm);
	mail_end(world.mail);
	world_begin_message(&world);
	cr_expect_str_eq(logged(&world, EVENT_onData), "2 \n");
	world_close(&world);
}

Test(policy_checks, spf_without_an_address_is_none)
{
	struct world world;

	world_open(&world, spf_source);
	world_begin_message(&world);
	cr_expect_str_eq(logged(&world, EVENT_onMailFrom), "2 \n2 none: \n");
	cr_expect_eq(world_zone.asked, 0);
	world_close(&world);
}

static void reverse_is(const char *address, const char *result)
{
	struct world world;

	world_open(&world,
		   "event onConnect { call(checkReverseDNS); log.info(ReverseDNSResult); }");
	client_is(&world, address);
	cr_expect_str_eq(logged(&world, EVENT_onConnect), result, "%s", address);
	world_close(&world);
}

Test(policy_checks, names_of_the_client)
{
	reverse_is("192.0.2.9", "2 pass\n");
	reverse_is("192.0.2.8", "2 neutral\n");
	reverse_is("192.0.2.6", "2 fail\n");
	reverse_is("192.0.2.7", "2 temperror\n");
	reverse_is("192.0.2.5", "2 temperror\n");
}

Test(policy_checks, lists_that_name_the_client)
{
	struct world world;

	world_open(&world,
		   "event onConnect { set(DNSBLServer, \"none.example bl.example \"); "
		   "call(checkDNSBL);"
		   " log.info(\"%DNSBLResult% %DNSBLExplanation%\"); }"
		   "event onEhlo { set(DNSBLServer, \"none.example\"); call(checkDNSBL);"
		   " log.info(\"[%DNSBLResult%]\"); }"
		   "event onMailFrom { set(DNSBLServer, \"broken.example\"); call(checkDNSBL); }");
	client_is(&world, "192.0.2.9");
	cr_expect_str_eq(logged(&world, EVENT_onConnect), "2 127.0.0.4 sent spam\n");
	cr_expect_str_eq(logged(&world, EVENT_onEhlo), "2 []\n");
	/* a list that does not answer is never a clean client */
	world_begin_message(&world);
	cr_expect_eq(world_raise(&world, EVENT_onMailFrom), VM_FAILED);
	cr_expect(text_equals_string(vm_failure(world.vm)->kind, "dns"));
	world_close(&world);
}
