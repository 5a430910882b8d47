#include "net/socket.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

static const char *parse(const char *text, struct endpoint *endpoint)
{
	return endpoint_parse(text_of_string(text, LIFETIME_PROGRAM), endpoint);
}

static void is_inet(const char *text, const char *host, unsigned port)
{
	struct endpoint endpoint;
	const struct sockaddr_in *address = (const struct sockaddr_in *)&endpoint.address;
	const char *fault = parse(text, &endpoint);
	char shown[64], name[160];

	cr_assert_null(fault, "%s: %s", text, fault);
	cr_assert_eq(address->sin_family, AF_INET, "%s", text);
	cr_expect_eq(endpoint.length, sizeof(*address));
	cr_expect_eq(ntohs(address->sin_port), port, "%s", text);
	inet_ntop(AF_INET, &address->sin_addr, shown, sizeof(shown));
	cr_expect_str_eq(shown, host, "%s", text);
	snprintf(name, sizeof(name), "inet:%u@%s", port, host);
	cr_expect_str_eq(endpoint.name, name);
}

static void is_inet6(const char *text, const char *host, unsigned port)
{
	struct endpoint endpoint;
	const struct sockaddr_in6 *address = (const struct sockaddr_in6 *)&endpoint.address;
	const char *fault = parse(text, &endpoint);
	char shown[64], name[160];

	cr_assert_null(fault, "%s: %s", text, fault);
	cr_assert_eq(address->sin6_family, AF_INET6, "%s", text);
	cr_expect_eq(endpoint.length, sizeof(*address));
	cr_expect_eq(ntohs(address->sin6_port), port, "%s", text);
	inet_ntop(AF_INET6, &address->sin6_addr, shown, sizeof(shown));
	cr_expect_str_eq(shown, host, "%s", text);
	snprintf(name, sizeof(name), "inet6:%u@%s", port, host);
	cr_expect_str_eq(endpoint.name, name);
}

static void is_unix(const char *text, const char *path)
{
	struct endpoint endpoint;
	const struct sockaddr_un *address = (const struct sockaddr_un *)&endpoint.address;
	const char *fault = parse(text, &endpoint);
	char name[160];

	cr_assert_null(fault, "%s: %s", text, fault);
	cr_assert_eq(address->sun_family, AF_UNIX, "%s", text);
	cr_expect_str_eq(address->sun_path, path);
	cr_expect_eq(endpoint.length, offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);
	snprintf(name, sizeof(name), "unix:%s", path);
	cr_expect_str_eq(endpoint.name, name);
}

static void is_wrong(const char *text, const char *piece)
{
	struct endpoint endpoint;
	const char *fault = parse(text, &endpoint);

	cr_assert_not_null(fault, "accepted: %s", text);
	cr_expect_not_null(strstr(fault, piece), "%s: %s", text, fault);
}

Test(endpoint, inet)
{
	is_inet("inet:8891@127.0.0.1", "127.0.0.1", 8891);
	is_inet("inet:8891@localhost", "127.0.0.1", 8891);
	is_inet("inet:8891@LocalHost", "127.0.0.1", 8891);
	is_inet("inet:8891@[127.0.0.1]", "127.0.0.1", 8891);
	is_inet("inet:8891", "127.0.0.1", 8891);
	is_inet("inet:1@0.0.0.0", "0.0.0.0", 1);
	is_inet("inet:65535@192.0.2.1", "192.0.2.1", 65535);
	is_inet("inet:192.0.2.1:25", "192.0.2.1", 25);
	is_inet("inet:localhost:25", "127.0.0.1", 25);
	is_inet("inet://192.0.2.1:25", "192.0.2.1", 25);
	is_inet("inet://localhost:8891", "127.0.0.1", 8891);
}

Test(endpoint, inet6)
{
	is_inet6("inet6:8891@::1", "::1", 8891);
	is_inet6("inet6:8891@[::1]", "::1", 8891);
	is_inet6("inet6:8891@localhost", "::1", 8891);
	is_inet6("inet6:8891", "::1", 8891);
	is_inet6("inet6:8891@::", "::", 8891);
	is_inet6("inet6://[2001:db8::7]:25", "2001:db8::7", 25);
	is_inet6("inet://[::1]:8891", "::1", 8891);
	is_inet6("inet:[::1]:8891", "::1", 8891);
	is_inet6("inet:8891@2001:db8::7", "2001:db8::7", 8891);
}

Test(endpoint, local)
{
	is_unix("unix:/run/x.sock", "/run/x.sock");
	is_unix("unix:///run/x.sock", "/run/x.sock");
	is_unix("local:/run/x.sock", "/run/x.sock");
	is_unix("local:///run/x.sock", "/run/x.sock");
	is_unix("/run/x.sock", "/run/x.sock");
	is_unix("unix:x.sock", "x.sock");
	is_unix("//run/x.sock", "/run/x.sock");
	is_unix("unix://///run/x.sock", "/run/x.sock");
}

Test(endpoint, path_of_107_bytes_is_the_longest)
{
	char text[200] = "unix:/", path[120];

	memset(text + 6, 'a', 106);
	memcpy(path, text + 5, 107);
	path[107] = 0;
	is_unix(text, path);
	text[6 + 106] = 'a';
	is_wrong(text, "107 bytes");
	is_wrong(text + 5, "107 bytes");
}

Test(endpoint, what_is_wrong_is_said)
{
	is_wrong("", "empty");
	is_wrong("tcp:25", "no address");
	is_wrong("127.0.0.1:25", "no address");
	is_wrong("inet:", "port is missing");
	is_wrong("inet:@127.0.0.1", "port is missing");
	is_wrong("inet:smtp@127.0.0.1", "not a number");
	is_wrong("inet:-1@127.0.0.1", "not a number");
	is_wrong("inet:+25", "not a number");
	is_wrong("inet: 25", "not a number");
	is_wrong("inet:65536@127.0.0.1", "65535");
	is_wrong("inet:99999999999999999999@127.0.0.1", "65535");
	is_wrong("inet:0@127.0.0.1", "port 0");
	is_wrong("inet:25@", "host is missing");
	is_wrong("inet:25@mail.example.org", "not looked up");
	is_wrong("inet:25@1.2.3", "address");
	is_wrong("inet:25@1.2.3.4.5", "address");
	is_wrong("inet://127.0.0.1", "port is missing");
	is_wrong("inet://:25", "host is missing");
	is_wrong("inet://::1:25", "brackets");
	is_wrong("inet6:25@127.0.0.1", "IPv6");
	is_wrong("inet6:25@0.0.0.0", "IPv6");
	is_wrong("inet6:25@[::1", "address");
	is_wrong("unix:", "path");
	is_wrong("local://", "path");
}

Test(endpoint, nul_is_no_part_of_a_path)
{
	struct endpoint endpoint;

	cr_expect_not_null(endpoint_parse(TEXT("unix:/a\0b"), &endpoint));
	cr_expect_not_null(endpoint_parse(TEXT("inet:25@127.0.0.1\0"), &endpoint));
}

Test(endpoint, every_cut_is_harmless)
{
	static const char text[] = "inet://[2001:db8::7]:65535";
	struct endpoint endpoint;

	for (size_t i = 0; i < sizeof(text); i++)
		for (size_t j = i; j < sizeof(text); j++)
			endpoint_parse(text_of(text + i, j - i, LIFETIME_PROGRAM), &endpoint);
}
