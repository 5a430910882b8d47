#include "bridge/access.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <sys/un.h>

static bool admits(int family, const char *address)
{
	struct sockaddr_storage peer = { .ss_family = (sa_family_t)family };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&peer;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&peer;
	if (family == AF_INET)
		cr_assert_eq(inet_pton(AF_INET, address, &v4->sin_addr), 1);
	if (family == AF_INET6)
		cr_assert_eq(inet_pton(AF_INET6, address, &v6->sin6_addr), 1);
	return access_admits(&peer);
}

static void allow(const char *first, const char *second)
{
	const char *words[] = { first, second };
	struct word_list list = { words, first ? 2 : 0 };
	cr_assert(access_set(&list));
}

Test(access, loopback_alone_when_nothing_is_said)
{
	allow(NULL, NULL);
	cr_assert(admits(AF_INET, "127.0.0.1"));
	cr_assert(admits(AF_INET, "127.255.0.9"));
	cr_assert(admits(AF_INET6, "::1"));
	cr_assert_not(admits(AF_INET, "192.0.2.1"));
	cr_assert_not(admits(AF_INET6, "2001:db8::1"));
}

Test(access, what_is_named_and_nothing_else)
{
	allow("192.0.2.0/24", "2001:db8::/32");
	cr_assert(admits(AF_INET, "192.0.2.1"));
	cr_assert(admits(AF_INET6, "2001:db8:ffff::1"));
	/* An IPv4 client of a socket that takes both. */
	cr_assert(admits(AF_INET6, "::ffff:192.0.2.9"));
	cr_assert_not(admits(AF_INET, "192.0.3.1"));
	cr_assert_not(admits(AF_INET, "127.0.0.1"));
	cr_assert_not(admits(AF_INET6, "::1"));
}

Test(access, a_later_list_replaces_the_one_before)
{
	allow("192.0.2.0/24", "192.0.3.0/24");
	allow("198.51.100.1", "198.51.100.2");
	cr_assert(admits(AF_INET, "198.51.100.2"));
	cr_assert_not(admits(AF_INET, "192.0.2.1"));
}

Test(access, unix_sockets_have_permissions_of_their_own)
{
	allow("192.0.2.1", "192.0.2.2");
	cr_assert(admits(AF_UNIX, ""));
}
