/* Each test is a process of its own, which is bound for good. */
#include "net/ports.h"
#include "net/resolver.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"

static struct endpoint endpoint_at(const char *address)
{
	struct endpoint endpoint;

	cr_assert_null(endpoint_parse(text_of_string(address, LIFETIME_EVENT), &endpoint));
	return endpoint;
}

static void add(struct ports *ports, const char *address)
{
	struct endpoint endpoint = endpoint_at(address);

	ports_add_endpoint(ports, &endpoint);
}

Test(ports, the_ends_of_the_set)
{
	struct ports ports = { .bounded = true };

	add(&ports, "inet:1");
	add(&ports, "inet:64");
	add(&ports, "inet6:65535@::1");
	add(&ports, "unix:/run/x");
	for (int port = 0; port < PORTS; port++)
		cr_assert_eq(ports_have(&ports, (uint16_t)port),
			     port == 1 || port == 64 || port == 65535, "%d", port);
}

Test(ports, what_is_beyond)
{
	struct ports any = { .bounded = false }, none = { .bounded = true }, some = none;

	add(&some, "inet:65535");
	cr_expect_eq(ports_beyond(&any, &any), -1);
	cr_expect_eq(ports_beyond(&some, &any), -1);
	cr_expect_eq(ports_beyond(&none, &some), -1);
	cr_expect_eq(ports_beyond(&some, &some), -1);
	cr_expect_eq(ports_beyond(&some, &none), 65535);
	cr_expect_eq(ports_beyond(&any, &some), 0);
}

Test(ports, name_servers_are_asked_by_tcp)
{
	struct ports ports = { .bounded = true };

	cr_assert(resolver_set_servers("127.0.0.1, 127.0.0.2:5353, [::1]:5354"));
	resolver_ports(&ports);
	for (int port = 0; port < PORTS; port++)
		cr_assert_eq(ports_have(&ports, (uint16_t)port),
			     port == 53 || port == 5353 || port == 5354, "%d", port);
}

static unsigned lines_with(FILE *log, const char *words)
{
	char line[500];
	unsigned count = 0;

	rewind(log);
	while (fgets(line, sizeof(line), log))
		count += strstr(line, words) != NULL;
	return count;
}

Test(ports, a_refused_one_is_told_once)
{
	struct endpoint refused = endpoint_at("inet:25@192.0.2.1"),
			other = endpoint_at("inet6:26@::1"), file = endpoint_at("unix:/nowhere");
	struct ports ports = { .bounded = true };
	FILE *log = tmpfile();

	cr_assert(log && dup2(fileno(log), STDERR_FILENO) >= 0);
	log_open("test", false, LOG_LEVEL_INFO);
	ports_bound(&ports);
	for (int i = 0; i < 3; i++) {
		errno = 0;
		cr_expect_eq(socket_connect(&refused), SOCKET_ERROR);
		cr_expect_eq(errno, EACCES);
		cr_expect_eq(socket_open(&other), SOCKET_ERROR);
	}
	cr_expect_eq(socket_connect(&file), SOCKET_ERROR);
	cr_expect_eq(errno, ENOENT, "UNIX sockets have no ports");
	cr_expect_eq(lines_with(log, "port 25 is not among connectPorts"), 1);
	cr_expect_eq(lines_with(log, "port 26 is not among connectPorts"), 1);
	fclose(log);
}

Test(ports, the_reason_is_a_port_or_the_system)
{
	struct endpoint refused = endpoint_at("inet:25@192.0.2.1"),
			good = endpoint_at("inet:26@192.0.2.1");
	struct ports ports = { .bounded = true };

	cr_expect_str_eq(connect_reason(&refused, EACCES), strerror(EACCES));
	ports_add_endpoint(&ports, &good);
	ports_bound(&ports);
	cr_expect(strstr(connect_reason(&refused, EACCES), "connectPorts"));
	cr_expect_str_eq(connect_reason(&refused, ECONNREFUSED), strerror(ECONNREFUSED));
	cr_expect_str_eq(connect_reason(&good, EACCES), strerror(EACCES));
}
