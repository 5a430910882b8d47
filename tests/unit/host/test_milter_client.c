/* What a connect packet tells of the client, and what is none. */
#include "host/milter_client.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

#include "base/buffer.h"

static struct milter_client_told told;

/* "name" NUL family, port in the order of the wire, address NUL. */
static bool read_client(char family, uint16_t port, const char *address)
{
	static char payload[512];
	char *to = payload + sprintf(payload, "client.example") + 1;
	*to++ = family;
	*to++ = (char)(port >> 8);
	*to++ = (char)port;
	to += sprintf(to, "%s", address) + 1;
	return milter_client_read(text_of(payload, (size_t)(to - payload), LIFETIME_EVENT), &told);
}

Test(milter_client, families)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&told.address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&told.address;
	cr_assert(read_client('4', 0x1234, "192.0.2.1"));
	cr_assert_eq(told.length, sizeof(*v4));
	cr_assert_eq(v4->sin_port, htons(0x1234));
	cr_assert_eq(ntohl(v4->sin_addr.s_addr), 0xc0000201);
	cr_assert(text_equals(told.name, TEXT("client.example")));
	cr_assert(read_client('6', 25, "IPv6:2001:db8::1"));
	cr_assert_eq(told.length, sizeof(*v6));
	cr_assert_eq(v6->sin6_port, htons(25));
	cr_assert(read_client('U', 0, ""));
	cr_assert_eq(told.length, 0);
}

Test(milter_client, what_is_no_address)
{
	cr_assert_not(read_client('4', 25, "2001:db8::1"));
	cr_assert_not(read_client('6', 25, "192.0.2.1"));
	cr_assert_not(read_client('4', 25, ""));
	cr_assert_not(read_client('X', 25, "192.0.2.1"));
	cr_assert_not(milter_client_read(TEXT("client.example"), &told));
	cr_assert_not(milter_client_read(text_of("n\0004\0\031", 5, LIFETIME_EVENT), &told));
	cr_assert_not(milter_client_read(TEXT_EMPTY, &told));
}

Test(milter_client, the_longest_path)
{
	const struct sockaddr_un *local = (const struct sockaddr_un *)&told.address;
	char path[sizeof(local->sun_path) + 1];
	memset(path, 'p', sizeof(path));
	path[sizeof(local->sun_path)] = '\0';
	cr_assert_not(read_client('L', 0, path));
	path[sizeof(local->sun_path) - 1] = '\0';
	cr_assert(read_client('L', 0, path));
	cr_assert_str_eq(local->sun_path, path);
}

Test(milter_client, addresses_in_macros)
{
	struct sockaddr_storage address;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address;
	cr_assert(milter_address_parse("192.0.2.1", "65535", &address));
	cr_assert_eq(v4->sin_port, htons(65535));
	cr_assert(milter_address_parse("192.0.2.1", "65536", &address));
	cr_assert_eq(v4->sin_port, 0);
	cr_assert(milter_address_parse("192.0.2.1", NULL, &address));
	cr_assert_eq(v4->sin_port, 0);
	cr_assert_not(milter_address_parse("localhost", "25", &address));
}
