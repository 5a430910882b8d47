/* Whose sessions are counted together. */
#include "host/peers.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>

static struct peers *peers;

static void begin(void)
{
	peers = peers_new();
	cr_assert_not_null(peers);
}

static void end(void)
{
	peers_free(peers);
}

TestSuite(peers, .init = begin, .fini = end);

static struct sockaddr_storage address(const char *printed)
{
	struct sockaddr_storage made = { .ss_family = AF_INET };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&made;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&made;
	if (inet_pton(AF_INET, printed, &v4->sin_addr) == 1)
		return made;
	made.ss_family = AF_INET6;
	cr_assert_eq(inet_pton(AF_INET6, printed, &v6->sin6_addr), 1);
	return made;
}

static struct peer *enter(const char *printed, unsigned expected)
{
	struct sockaddr_storage from = address(printed);
	unsigned count = 0;
	struct peer *peer = peers_enter(peers, &from, &count);
	cr_assert_eq(count, expected, "%s: %u", printed, count);
	return peer;
}

Test(peers, each_address_for_itself)
{
	enter("192.0.2.1", 1);
	enter("192.0.2.2", 1);
	enter("192.0.2.1", 2);
}

Test(peers, an_address_that_came_by_ipv6_is_the_same)
{
	enter("192.0.2.1", 1);
	enter("::ffff:192.0.2.1", 2);
	enter("::ffff:192.0.2.2", 1);
}

Test(peers, a_network_of_ipv6_is_one)
{
	enter("2001:db8:0:1::1", 1);
	enter("2001:db8:0:1:ffff::2", 2);
	enter("2001:db8:0:2::1", 1);
}

Test(peers, who_has_left_counts_no_more)
{
	struct peer *first = enter("192.0.2.1", 1), *second = enter("192.0.2.1", 2);
	cr_assert_eq(first, second);
	peers_leave(peers, first);
	peers_leave(peers, enter("192.0.2.1", 2));
	peers_leave(peers, second);
	enter("192.0.2.1", 1);
}

Test(peers, a_socket_of_this_machine_has_no_address)
{
	struct sockaddr_storage from = { .ss_family = AF_UNIX };
	unsigned count = 0;
	cr_assert_null(peers_enter(peers, &from, &count));
	cr_assert_eq(count, 1);
	cr_assert_null(peers_enter(peers, &from, &count));
	cr_assert_eq(count, 1);
	peers_leave(peers, NULL);
}
