#include "world.h"

#include <criterion/criterion.h>

static const struct zone_row rows[] = {
	{ "a.example", "A", "192.0.2.1" },
	{ "a.example", "A", "192.0.2.2" },
	{ "a.example", "AAAA", "2001:db8::1" },
	{ "a.example", "TXT", "v=spf1 -all" },
	{ "a.example", "MX", "20 second.example" },
	{ "a.example", "MX", "10 first.example" },
	{ "a.example", "MX", "20 third.example" },
	{ "fails.example", "ANY", NULL },
	{ "1.2.0.192.in-addr.arpa", "PTR", "a.example" },
	{ "1.2.0.192.in-addr.arpa", "PTR", "liar.example" },
	{ "liar.example", "A", "192.0.2.99" },
	/* lists */
	{ "1.2.0.192.good.example", "A", "127.0.0.2" },
	{ "1.2.0.192.good.example", "A", "127.0.0.4" },
	{ "1.2.0.192.good.example", "TXT", "sent spam" },
	{ "1.2.0.192.all.example", "A", "127.0.0.2" },
	{ "1.0.0.127.all.example", "A", "127.0.0.2" },
	{ "1.2.0.192.parked.example", "A", "203.0.113.1" },
	{ "1.2.0.192.busy.example", "A", "127.255.255.254" },
	{ "1.2.0.192.broken.example", "ANY", NULL },
	{ "bad.org.uri.example", "A", "127.0.0.2" },
	{ "bad.org.every.example", "A", "127.0.0.2" },
	{ "INVALID.every.example", "A", "127.0.0.2" },
};

static void begin(void)
{
	world_zone = (struct zone){ rows, sizeof(rows) / sizeof(*rows), 0 };
}

TestSuite(dns, .init = begin);

Test(dns, addresses)
{
	HOLD("dns.a(\"a.example\") == [ip(\"192.0.2.1\"), ip(\"192.0.2.2\")]",
	     "dns.aaaa(\"A.example.\") == [ip(\"2001:db8::1\")]",
	     "length(dns.addresses(\"a.example\")) == 3", "length(dns.a(\"none.example\")) == 0",
	     "length(dns.a(\"not a name\")) == 0", "length(dns.a(\"\")) == 0",
	     "length(dns.aaaa(\"liar.example\")) == 0");
}

Test(dns, a_failure_is_never_nothing)
{
	RAISE("dns", "dns.a(\"fails.example\")", "dns.exists(\"fails.example\")",
	      "dns.many([\"a.example\", \"fails.example\"])", "dns.mx(\"fails.example\")",
	      "dns.addresses(\"fails.example\")");
	body_holds("try { dns.a(\"fails.example\"); } catch (e) { return e.temporary; } return false;");
}

Test(dns, records_of_any_type)
{
	HOLD("dns.query(\"a.example\", \"mx\")[1] == \"10 first.example\"",
	     "dns.txt(\"a.example\") == [\"v=spf1 -all\"]", "dns.exists(\"a.example\")",
	     "not dns.exists(\"a.example\", \"SRV\")", "length(dns.query(\"a.example\", \"TYPE64\")) == 0");
	RAISE("argument", "dns.query(\"a.example\", \"NOTHING\")", "dns.a(\"a.example\", 0s)");
}

Test(dns, mail_exchangers_are_sorted)
{
	HOLD("dns.mx(\"a.example\")[0].host == \"first.example\"",
	     "dns.mx(\"a.example\")[1].host == \"second.example\"",
	     "dns.mx(\"a.example\")[2].preference == 20");
}

Test(dns, many_names_at_once)
{
	body_holds("var m = dns.many([\"a.example\", \"none.example\", \"liar.example\"]); "
		   "return length(m) == 2 and m[\"liar.example\"] == [\"192.0.2.99\"];");
	HOLD("length(dns.many([])) == 0");
}

Test(dns, names_that_lead_back)
{
	HOLD("dns.ptr(ip(\"192.0.2.1\")) == [\"a.example\", \"liar.example\"]",
	     "dns.names(ip(\"192.0.2.1\")) == [\"a.example\"]",
	     "length(dns.names(ip(\"192.0.2.2\"))) == 0");
}

Test(dns, lists_of_addresses)
{
	HOLD("length(dns.blocklist(ip(\"192.0.2.1\"), [\"good.example\", \"none.example\"])) == 2",
	     "dns.blocklist(ip(\"192.0.2.1\"), [\"good.example\"])[1].code == ip(\"127.0.0.4\")",
	     "dns.blocklist(ip(\"192.0.2.1\"), [\"good.example\"])[0].reason == \"sent spam\"",
	     "length(dns.blocklist(ip(\"192.0.2.9\"), [\"good.example\", \"all.example\"])) == 0",
	     "length(dns.blocklist(ip(\"192.0.2.1\"), [\"broken.example\", \"good.example\"])) == 2",
	     "length(dns.blocklist(ip(\"192.0.2.1\"), [])) == 0",
	     "length(dns.domainBlocklist(\"bad.org\", [\"uri.example\"])) == 1");
	RAISE("dns", "dns.blocklist(ip(\"192.0.2.1\"), [\"all.example\"])",
	      "dns.blocklist(ip(\"192.0.2.1\"), [\"parked.example\"])",
	      "dns.blocklist(ip(\"192.0.2.1\"), [\"busy.example\"])",
	      "dns.blocklist(ip(\"192.0.2.1\"), [\"none.example\", \"broken.example\"])",
	      "dns.domainBlocklist(\"bad.org\", [\"every.example\"])");
}

/* Such a function gives back what it made when it returns; the answer's text is not its own. */
Test(dns, a_function_hands_on_an_answers_text)
{
	struct world world;

	world_open(&world, "function ask(name: text) -> text { return \"what is longer than all that a question leaves \"\n"
			   "+ \"behind: 0123456789012345678901234567890123456789: %{join(dns.txt(name))}\"; }\n"
			   "function first(name: text) -> text { return dns.txt(name)[0]; }\n"
			   "function f() -> bool { var a = ask(\"a.example\"); var b = first(\"a.example\");\n"
			   "return a.endsWith(\": v=spf1 -all\") and b == \"v=spf1 -all\"; }");
	cr_assert_eq(world_call(&world, "f"), VM_DONE);
	cr_expect(vm_result(world.vm).i);
	world_close(&world);
}

Test(dns, questions_are_counted)
{
	body_strikes(LIMIT_dnsQuestions, 3, "for (i in 0..4) { dns.a(\"n%i%.example\"); } return true;");
	body_strikes(LIMIT_dnsQuestions, 2,
		     "dns.many([\"a.example\", \"b.example\", \"c.example\"]); return true;");
	body_strikes(LIMIT_dnsQuestions, 2,
		     "try { dns.blocklist(ip(\"192.0.2.1\"), [\"good.example\"]); } catch (e) { } return true;");
}

Test(dns, survives_want_of_memory)
{
	body_survives_want("return length(dns.mx(\"a.example\")) == 3;");
	body_survives_want("return length(dns.many([\"a.example\", \"liar.example\"])) == 2;");
	body_survives_want("return length(dns.blocklist(ip(\"192.0.2.1\"), [\"good.example\"])) == 2;");
}

Test(dns, spf_as_scripts_see_it)
{
	HOLD("spf.check(ip(\"192.0.2.1\"), \"a.example\").result == \"fail\"",
	     "spf.check(ip(\"192.0.2.1\"), \"a.example\").mechanism == \"-all\"",
	     "spf.check(ip(\"192.0.2.1\"), \"fails.example\").result == \"temperror\"",
	     "spf.check(ip(\"192.0.2.1\"), \"fails.example\").problem == \"fails.example: the name server failed\"",
	     "spf.check(ip(\"192.0.2.1\"), \"none.example\").result == \"none\"");
	RAISE("argument", "spf.check(ip(\"0.0.0.0\"), \"a.example\").result");
	body_strikes(LIMIT_dnsQuestions, 0, "return spf.check(ip(\"192.0.2.1\"), \"a.example\").result == \"x\";");
}
