#include "base/ip.h"

#include <criterion/criterion.h>

static struct text text(const char *s)
{
	return text_of_string(s, LIFETIME_EVENT);
}

static const char *reprint(const char *s)
{
	static char out[IP_PRINTED_MAX];
	struct ip ip;

	if (!ip_parse(text(s), &ip))
		return "bad";
	ip_print(ip, out);
	return out;
}

static const char *net_reprint(const char *s)
{
	static char out[2 * IP_PRINTED_MAX];
	struct net net;

	if (!net_parse(text(s), true, &net))
		return "bad";
	net_print(&net, out);
	return out;
}

Test(ip, parses_and_prints)
{
	cr_assert_str_eq(reprint("192.0.2.1"), "192.0.2.1");
	cr_assert_str_eq(reprint("2001:DB8:0:0::1"), "2001:db8::1");
	cr_assert_str_eq(reprint("::ffff:192.0.2.1"), "192.0.2.1");
	cr_assert_str_eq(reprint("0.0.0.0"), "");
	cr_assert_str_eq(reprint("::"), "");
	cr_assert_str_eq(reprint("255.255.255.255"), "255.255.255.255");
}

Test(ip, refuses_what_is_no_address)
{
	static const char *const wrong[] = { "", "1", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4 ",
					     "[::1]", "fe80::1%eth0", "1.2.3.4/32", ":::", "x" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		cr_assert_str_eq(reprint(wrong[i]), "bad", "%s", wrong[i]);
	cr_assert_not(ip_parse(text_of("1.2.3.4\0", 8, LIFETIME_EVENT), &(struct ip){ { 0 } }));
}

Test(ip, none_is_neither_family)
{
	struct ip none = { { 0 } };

	cr_assert(ip_is_none(none));
	cr_assert_not(ip_is_v4(none));
	cr_assert_eq(ip_compare(none, none), 0);
}

Test(net, parses_every_form)
{
	cr_assert_str_eq(net_reprint("10.0.0.0/8"), "10.0.0.0/8");
	cr_assert_str_eq(net_reprint("10.0.0.0/255.0.0.0"), "10.0.0.0/8");
	cr_assert_str_eq(net_reprint("192.0.2.1"), "192.0.2.1");
	cr_assert_str_eq(net_reprint("192.0.2.1 - 192.0.2.3"), "192.0.2.1-192.0.2.3");
	cr_assert_str_eq(net_reprint("192.0.2.0-192.0.2.255"), "192.0.2.0/24");
	cr_assert_str_eq(net_reprint("2001:db8::/32"), "2001:db8::/32");
	cr_assert_str_eq(net_reprint("0.0.0.0/0"), "0.0.0.0/0");
	cr_assert_str_eq(net_reprint("::/0"), "::/0");
	cr_assert_str_eq(net_reprint("::/80"), "::/80");
}

Test(net, refuses_what_is_no_net)
{
	static const char *const wrong[] = { "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1",
					     "10.0.0.0/+8", "10.0.0.0/255.0.255.0", "10.0.0.0/",
					     "2.0.0.0-1.0.0.0", "1.0.0.0-::1", "::/129", "a/8", "" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		cr_assert_str_eq(net_reprint(wrong[i]), "bad", "%s", wrong[i]);
	cr_assert(net_parse(text("10.0.0.1/8"), false, &(struct net){ 0 }));
}

static bool contains(const char *net_text, const char *ip_text)
{
	struct net net;
	struct ip ip;

	cr_assert(net_parse(text(net_text), true, &net));
	cr_assert(ip_parse(text(ip_text), &ip));
	return net_contains(&net, ip);
}

Test(net, contains_its_ends_and_nothing_beyond)
{
	cr_assert(contains("10.0.0.0/30", "10.0.0.0"));
	cr_assert(contains("10.0.0.0/30", "10.0.0.3"));
	cr_assert_not(contains("10.0.0.0/30", "10.0.0.4"));
	cr_assert_not(contains("10.0.0.4/30", "10.0.0.3"));
	cr_assert_not(contains("0.0.0.0/0", "::1"));
	cr_assert_not(contains("::/0", "10.0.0.1"), "an IPv4 client is in no IPv6 net");
	cr_assert_not(contains("::/0", "0.0.0.0"), "no address is in no net");
	cr_assert_not(contains("::/80", "255.255.255.255"), "though the net ends there");
	cr_assert(contains("::/80", "::fffe:ffff:ffff"));
	cr_assert(contains("2001:db8::/33", "2001:db8:7fff::1"));
	cr_assert_not(contains("2001:db8::/33", "2001:db8:8000::1"));
}
