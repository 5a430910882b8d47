#include "match/cidr.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct arena arena;

static void begin(void)
{
	arena_init(&arena, 64 << 20, LIFETIME_PROGRAM);
}

static void end(void)
{
	arena_reset(&arena);
}

TestSuite(cidr, .init = begin, .fini = end);

enum { NETS_MAX = 64 };

static struct net net(const char *written)
{
	struct net n;

	cr_assert(net_parse(text_of_string(written, LIFETIME_EVENT), false, &n), "%s", written);
	return n;
}

static struct ip ip(const char *written)
{
	struct ip i;

	cr_assert(ip_parse(text_of_string(written, LIFETIME_EVENT), &i), "%s", written);
	return i;
}

static const struct cidr *built(const char *const *written)
{
	struct net nets[NETS_MAX];
	uint32_t count = 0;
	const struct cidr *cidr;

	for (; written[count]; count++)
		nets[count] = net(written[count]);
	cidr = cidr_build(nets, count, &arena);
	cr_assert_not_null(cidr);
	return cidr;
}

#define BUILT(...) built((const char *const[]){ __VA_ARGS__, NULL })

Test(cidr, the_lowest_number_counts_where_ranges_overlap)
{
	const struct cidr *cidr = BUILT("10.1.0.0/16", "10.0.0.0/8", "10.1.2.0/24", "10.1.0.0/16");

	cr_assert_eq(cidr_find(cidr, ip("10.1.2.3")), 0);
	cr_assert_eq(cidr_find(cidr, ip("10.2.0.0")), 1);
	cr_assert_eq(cidr_find(cidr, ip("10.0.255.255")), 1);
	cr_assert_eq(cidr_find(cidr, ip("9.255.255.255")), -1);
	cr_assert_eq(cidr_find(cidr, ip("11.0.0.0")), -1);
}

Test(cidr, the_ends_of_the_families)
{
	const struct cidr *cidr = BUILT("255.255.255.255", "::/0", "0.0.0.0/8", "224.0.0.0/3");

	cr_assert_eq(cidr_find(cidr, ip("255.255.255.255")), 0);
	cr_assert_eq(cidr_find(cidr, ip("255.255.255.254")), 3);
	cr_assert_eq(cidr_find(cidr, ip("0.0.0.1")), 2);
	cr_assert_eq(cidr_find(cidr, ip("1.0.0.0")), -1);
	cr_assert_eq(cidr_find(cidr, ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")), 1);
	cr_assert_eq(cidr_find(cidr, ip("::1")), 1);
	cr_assert_eq(cidr_find(cidr, ip("::")), -1, "none is in no range");
}

Test(cidr, all_of_ipv4_is_not_ipv6)
{
	const struct cidr *cidr = BUILT("0.0.0.0/0", "2001:db8::/32");

	cr_assert_eq(cidr_find(cidr, ip("203.0.113.9")), 0);
	cr_assert_eq(cidr_find(cidr, ip("2001:db8:ffff::1")), 1);
	cr_assert_eq(cidr_find(cidr, ip("2001:db9::")), -1);
	cr_assert_eq(cidr_find(cidr, ip("::fffe:0:1")), -1);
}

Test(cidr, nothing_holds_nothing)
{
	const struct cidr *cidr = cidr_build(NULL, 0, &arena);

	cr_assert_eq(cidr_find(cidr, ip("192.0.2.1")), -1);
	cr_assert_eq(cidr_find(cidr, ip("2001:db8::1")), -1);
}

static struct ip random_ip(bool v4)
{
	struct ip made = { { 0x20, 0x01 } };
	uint8_t bytes[4] = { (uint8_t)(rand() % 4), (uint8_t)(rand() % 3), (uint8_t)rand(),
			     (uint8_t)rand() };

	if (v4)
		return ip_of_v4(bytes);
	memcpy(made.bytes + 12, bytes, sizeof(bytes));
	return made;
}

static struct net random_net(bool v4)
{
	struct net n = { random_ip(v4), random_ip(v4) };

	if (ip_compare(n.first, n.last) > 0)
		n = (struct net){ n.last, n.first };
	if (rand() % 4 == 0)
		n.last = n.first;
	return n;
}

static int64_t find_slowly(const struct net *nets, uint32_t count, struct ip wanted)
{
	for (uint32_t i = 0; i < count; i++)
		if (net_contains(&nets[i], wanted))
			return i;
	return -1;
}

Test(cidr, says_what_looking_at_each_range_says)
{
	struct net nets[NETS_MAX];

	srand(7);
	for (unsigned round = 0; round < 300; round++) {
		uint32_t count = (uint32_t)rand() % NETS_MAX;
		const struct cidr *cidr;

		for (uint32_t i = 0; i < count; i++)
			nets[i] = random_net(rand() % 3 != 0);
		cidr = cidr_build(nets, count, &arena);
		for (unsigned i = 0; i < 400; i++) {
			struct ip wanted = random_ip(rand() % 3 != 0);

			if (count && i % 2)
				wanted = i % 4 == 1 ? nets[i % count].first : nets[i % count].last;
			cr_assert_eq(cidr_find(cidr, wanted), find_slowly(nets, count, wanted));
		}
	}
}

Test(cidr, many_ranges_in_one_network)
{
	enum { MANY = 200000 };
	struct net *nets = calloc(MANY, sizeof(*nets));
	const struct cidr *cidr;

	for (uint32_t i = 0; i < MANY; i++) {
		uint8_t bytes[4] = { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };

		nets[i].first = nets[i].last = ip_of_v4(bytes);
	}
	cidr = cidr_build(nets, MANY, &arena);
	cr_assert_not_null(cidr);
	for (uint32_t i = 0; i < MANY; i++)
		cr_assert_eq(cidr_find(cidr, nets[i].first), i);
	cr_assert_eq(cidr_find(cidr, ip("10.128.0.0")), -1);
	free(nets);
}

Test(cidr, without_memory_there_is_none)
{
	struct net nets[2] = { net("10.0.0.0/8"), net("2001:db8::/32") };
	bool whole = false;

	for (unsigned long nth = 1; !whole && nth < 100; nth++) {
		struct arena small;

		arena_init(&small, 1 << 20, LIFETIME_PROGRAM);
		memory_fail_at(nth, false);
		whole = cidr_build(nets, 2, &small) != NULL;
		memory_fail_at(0, false);
		arena_reset(&small);
	}
	cr_assert(whole);
}
