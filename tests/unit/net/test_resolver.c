/* A resolver against a name server of the test's own, on loopback. */
#include "dns_wire.h"

#include "net/dns_cache.h"
#include "net/resolver.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* Names tell the server what to do: late.* after 100 ms, lost.* never, liar.* for another question,
 * fails.* with SERVFAIL, none.* with NXDOMAIN; all else has an address. */
static struct {
	int fd;
	int stop[2];
	pthread_t thread;
	atomic_uint questions;
} server;

static void answer(const struct sockaddr_in *to, const uint8_t *query, const char *name, int type)
{
	struct buffer wire;
	unsigned id = (unsigned)query[0] << 8 | query[1];
	bool none = strncmp(name, "none.", 5) == 0, fails = strncmp(name, "fails.", 6) == 0;

	if (strncmp(name, "lost.", 5) == 0)
		return;
	if (strncmp(name, "late.", 5) == 0)
		usleep(100000);
	if (strncmp(name, "liar.", 5) == 0)
		id ^= 1;
	buffer_init(&wire, 10000);
	wire_begin(&wire, id, none ? 3 : fails ? 2 : 0, name, type, none || fails ? 0 : 1, none);
	if (none)
		wire_soa(&wire, "example", 60, 60);
	else if (!fails)
		wire_a(&wire, name, 60, 0xc0000201);
	sendto(server.fd, wire.data, wire.length, 0, (const struct sockaddr *)to, sizeof(*to));
	buffer_free(&wire);
}

static void serve_one(void)
{
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	uint8_t query[512];
	char name[256] = "";
	size_t at = 12;
	ssize_t size =
		recvfrom(server.fd, query, sizeof(query), 0, (struct sockaddr *)&from, &length);

	if (size < 17)
		return;
	atomic_fetch_add(&server.questions, 1);
	while (query[at]) {
		if (*name)
			strcat(name, ".");
		strncat(name, (const char *)query + at + 1, query[at]);
		at += query[at] + 1u;
	}
	answer(&from, query, name, query[at + 1] << 8 | query[at + 2]);
}

static void *serve(void *unused)
{
	struct pollfd fds[2] = { { server.fd, POLLIN, 0 }, { server.stop[0], POLLIN, 0 } };

	(void)unused;
	while (poll(fds, 2, 60000) > 0 && !fds[1].revents)
		serve_one();
	return NULL;
}

static void begin(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	char servers[64];

	server.fd = socket(AF_INET, SOCK_DGRAM, 0);
	cr_assert_eq(bind(server.fd, (struct sockaddr *)&address, length), 0);
	cr_assert_eq(getsockname(server.fd, (struct sockaddr *)&address, &length), 0);
	cr_assert_eq(pipe(server.stop), 0);
	cr_assert_eq(pthread_create(&server.thread, NULL, serve, NULL), 0);
	snprintf(servers, sizeof(servers), "127.0.0.1:%u", ntohs(address.sin_port));
	cr_assert(resolver_set_servers(servers));
}

static void end(void)
{
	close(server.stop[1]);
	pthread_join(server.thread, NULL);
	close(server.stop[0]);
	close(server.fd);
	dns_cache_clear();
}

TestSuite(resolver, .init = begin, .fini = end);

static struct question *ask(struct resolver *resolver, const char *name)
{
	struct question *question =
		resolver_ask(resolver, text_of_string(name, LIFETIME_EVENT), DNS_A);

	cr_assert_not_null(question);
	return question;
}

/* The answer within so many milliseconds, or NULL. */
static const struct dns_answer *await(struct resolver *resolver, const struct question *question,
				      int64_t milliseconds)
{
	int64_t deadline = clock_monotonic() + milliseconds * 1000;

	while (!question_answer(question) && clock_monotonic() < deadline) {
		struct wait_request request;

		wait_begin(&request, deadline);
		resolver_wait(resolver, &request);
		wait_poll(&request);
		resolver_process(resolver);
	}
	return question_answer(question);
}

static enum dns_outcome outcome_of(const char *name, int64_t milliseconds)
{
	struct resolver *resolver = resolver_new();
	struct question *question = ask(resolver, name);
	const struct dns_answer *answer = await(resolver, question, milliseconds);
	enum dns_outcome outcome = answer ? answer->outcome : (enum dns_outcome)99;

	question_free(question);
	resolver_free(resolver);
	return outcome;
}

Test(resolver, an_answer_and_then_from_memory)
{
	cr_expect_eq(outcome_of("a.example", 5000), DNS_FOUND);
	cr_expect_eq(outcome_of("A.example", 0), DNS_FOUND);
	cr_expect_eq(atomic_load(&server.questions), 1);
}

Test(resolver, there_is_nothing)
{
	cr_expect_eq(outcome_of("none.example", 5000), DNS_NO_NAME);
	cr_expect_eq(outcome_of("none.example", 0), DNS_NO_NAME);
	cr_expect_eq(atomic_load(&server.questions), 1);
}

Test(resolver, a_failure_is_not_nothing_and_is_asked_again)
{
	cr_expect_eq(outcome_of("fails.example", 9000), DNS_FAILED);
	unsigned before = atomic_load(&server.questions);
	cr_expect_eq(outcome_of("fails.example", 9000), DNS_FAILED);
	cr_expect_gt(atomic_load(&server.questions), before);
}

Test(resolver, an_answer_to_another_question_is_none)
{
	cr_expect_eq(outcome_of("liar.example", 500), 99);
	cr_expect_eq(outcome_of("lost.example", 500), 99);
}

Test(resolver, a_name_that_cannot_be_is_not_asked_for)
{
	cr_expect_eq(outcome_of("a..b", 0), DNS_NO_NAME);
	cr_expect_eq(outcome_of("two\nlines", 0), DNS_NO_NAME);
	cr_expect_eq(atomic_load(&server.questions), 0);
}

Test(resolver, questions_side_by_side_wait_once)
{
	enum { MANY = 20 };
	struct resolver *resolver = resolver_new();
	struct question *questions[MANY];
	char name[32];

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		questions[i] = ask(resolver, name);
	}
	for (int i = 0; i < MANY; i++) {
		const struct dns_answer *found = await(resolver, questions[i], 5000);

		cr_assert_not_null(found);
		cr_expect_eq(found->outcome, DNS_FOUND);
		question_free(questions[i]);
	}
	resolver_free(resolver);
}

Test(resolver, a_question_that_nobody_waits_for_is_dropped)
{
	struct resolver *resolver = resolver_new();
	struct question *dropped = ask(resolver, "late.example"),
			*other = ask(resolver, "b.example");

	question_free(dropped);
	cr_expect_not_null(await(resolver, other, 5000));
	question_free(other);
	struct question *open = ask(resolver, "lost.example");
	resolver_free(resolver);
	question_free(open);
}

Test(resolver, servers_must_be_addresses)
{
	cr_expect_not(resolver_set_servers("not an address"));
	cr_expect(resolver_set_servers("127.0.0.1, [::1]:5353"));
	cr_expect(resolver_set_servers(NULL));
}
