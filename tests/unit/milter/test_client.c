/* The client over real sockets, and with memory failing. The dialogue itself is tested by the
 * scripts in tests/protocol/client. */
#include "milter/client.h"

#include "base/log.h"
#include "base/memory.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

static void begin(void)
{
	log_open("unit_milter", false, LOG_LEVEL_ERROR);
	strcpy(folder, "/tmp/test-milter-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
}

static void end(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/s", folder);
	unlink(path);
	rmdir(folder);
}

TestSuite(client, .init = begin, .fini = end, .timeout = 300);

static struct endpoint unix_endpoint(void)
{
	struct endpoint endpoint;
	char text[128];

	snprintf(text, sizeof(text), "unix:%s/s", folder);
	cr_assert_null(endpoint_parse(text_of_string(text, LIFETIME_EVENT), &endpoint));
	return endpoint;
}

/* ---- a filter that says CONTINUE to everything and adds a header ---- */

static void filter_answer(int fd, char letter)
{
	static const char negotiation[] = "\0\0\0\x0dO\0\0\0\6\0\0\1\xff\0\0\0\0";
	static const char verdict[] = "\0\0\0\7hX-A\0"
				      "1\0\0\0\0\1c";
	ssize_t sent = 1;

	if (letter == 'O')
		sent = write(fd, negotiation, 17);
	else if (letter == 'E')
		sent = write(fd, verdict, 16);
	else if (!strchr("DAQ", letter))
		sent = write(fd, "\0\0\0\1c", 5);
	if (sent < 0)
		_exit(1);
}

static bool filter_take(int fd, size_t length)
{
	char byte;

	while (length-- > 0)
		if (read(fd, &byte, 1) != 1)
			return false;
	return true;
}

static void filter_serve(int fd)
{
	unsigned char head[5];

	for (;;) {
		for (size_t done = 0; done < 5;) {
			ssize_t got = read(fd, head + done, 5 - done);

			if (got <= 0)
				return;
			done += (size_t)got;
		}
		if (!filter_take(fd, ((size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3]) - 1))
			return;
		filter_answer(fd, (char)head[4]);
	}
}

/* A child that serves `sessions` connections, one after the other. */
static pid_t filter_start(const struct endpoint *endpoint, unsigned sessions)
{
	int listener = socket_listen(endpoint, 16, 0600);
	pid_t child;

	cr_assert_geq(listener, 0);
	child = fork();
	if (child == 0) {
		struct pollfd set = {listener, POLLIN, 0};

		alarm(30);
		for (; sessions > 0; sessions--) {
			int fd;

			poll(&set, 1, -1);
			fd = accept(listener, NULL, NULL);
			filter_serve(fd);
			close(fd);
		}
		_exit(0);
	}
	close(listener);
	return child;
}

static void filter_end(pid_t child)
{
	int status = 0;

	waitpid(child, &status, 0);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* ---- a session ---- */

static enum milter_status run(struct milter_client *client, struct arena *arena)
{
	enum milter_status status;
	struct wait_request wait;

	while ((status = milter_client_run(client, arena, &wait)) == MILTER_WAIT)
		wait_poll(&wait);
	return status;
}

static bool step(struct milter_client *client, struct arena *arena, bool begun)
{
	return begun && run(client, arena) == MILTER_READY;
}

/* A whole message; false as soon as something fails. */
static bool session(struct milter_client *client, struct arena *arena)
{
	struct text pairs[2] = {TEXT("i"), TEXT("Q1")};
	struct ip ip = ip_of_v4((const uint8_t[4]){192, 0, 2, 1});
	static char body[200000];

	return step(client, arena, milter_client_negotiate(client)) &&
	       step(client, arena,
		    milter_client_connect(client, TEXT("h"), CLIENT_INET, ip, TEXT_EMPTY, 25)) &&
	       step(client, arena, milter_client_helo(client, TEXT("h"))) &&
	       milter_client_macros(client, MACRO_MAIL, pairs, 1) &&
	       step(client, arena, milter_client_mail(client, TEXT("<a>"), pairs, 2)) &&
	       step(client, arena, milter_client_rcpt(client, TEXT("<b>"), NULL, 0)) &&
	       step(client, arena, milter_client_data(client)) &&
	       step(client, arena, milter_client_header(client, TEXT("A"), TEXT(" b"))) &&
	       step(client, arena, milter_client_end_of_headers(client)) &&
	       step(client, arena,
		    milter_client_body(client, text_of(body, sizeof(body), LIFETIME_EVENT))) &&
	       step(client, arena, milter_client_end_of_message(client)) &&
	       milter_client_reply(client)->changes->count == 1 &&
	       step(client, arena, milter_client_quit(client));
}

Test(client, over_a_unix_socket)
{
	struct endpoint endpoint = unix_endpoint();
	pid_t filter = filter_start(&endpoint, 1);
	struct milter_client *client = milter_client_new(&endpoint, NULL);
	struct arena arena;

	arena_init(&arena, 1 << 20, LIFETIME_MESSAGE);
	cr_expect(session(client, &arena), "%s", milter_client_failure(client)->message);
	milter_client_free(client);
	arena_reset(&arena);
	filter_end(filter);
}

static bool session_with(const struct endpoint *endpoint, unsigned long failing)
{
	struct milter_client *client;
	struct arena arena;
	bool done;

	arena_init(&arena, 1 << 20, LIFETIME_MESSAGE);
	memory_fail_at(failing, false);
	client = milter_client_new(endpoint, NULL);
	done = client && session(client, &arena);
	if (client && !done)
		cr_expect(milter_client_failure(client)->kind == MILTER_FAILURE_MEMORY,
			  "allocation %lu: %s", failing, milter_client_failure(client)->message);
	milter_client_free(client);
	arena_reset(&arena);
	return done;
}

/* The session fails as a whole, says why, and nothing is lost or left open. */
Test(client, every_allocation_fails_once)
{
	struct endpoint endpoint = unix_endpoint();
	pid_t filter = filter_start(&endpoint, 1000);
	unsigned long count;

	cr_assert(session_with(&endpoint, 1000000));
	count = memory_count();
	cr_assert_gt(count, 5);
	cr_assert_lt(count, 500);
	for (unsigned long n = 1; n <= count; n++)
		cr_expect_not(session_with(&endpoint, n), "allocation %lu", n);
	memory_fail_at(0, false);
	kill(filter, SIGKILL);
	waitpid(filter, NULL, 0);
}

Test(client, the_backlog_of_a_unix_socket_is_waited_for)
{
	struct endpoint endpoint = unix_endpoint();
	int listener = socket_listen(&endpoint, 0, 0600), links[4];
	struct milter_timeouts timeouts = {.connect = 200000};
	struct milter_client *client = milter_client_new(&endpoint, &timeouts);
	struct wait_request wait;
	struct arena arena;

	for (int i = 0; i < 4; i++)
		links[i] = socket_connect(&endpoint);
	cr_assert_lt(links[3], 0);
	arena_init(&arena, 1 << 20, LIFETIME_MESSAGE);
	cr_assert(milter_client_negotiate(client));
	cr_expect_eq(milter_client_run(client, &arena, &wait), MILTER_WAIT);
	cr_expect_eq(wait.count, 0);
	cr_expect_lt(wait.deadline - clock_monotonic(), 100000, "tried again soon");
	cr_expect_eq(run(client, &arena), MILTER_FAILED);
	cr_expect_eq(milter_client_failure(client)->kind, MILTER_FAILURE_TIMEOUT);
	milter_client_free(client);
	for (int i = 0; i < 4; i++)
		if (links[i] >= 0)
			close(links[i]);
	close(listener);
	arena_reset(&arena);
}

Test(client, failures_name_the_filter_and_the_step)
{
	struct milter_client *client;
	struct endpoint endpoint;
	struct arena arena;

	cr_assert_null(endpoint_parse(TEXT("unix:/nonexistent/s"), &endpoint));
	client = milter_client_new(&endpoint, NULL);
	arena_init(&arena, 1 << 20, LIFETIME_MESSAGE);
	cr_assert(milter_client_negotiate(client));
	cr_expect_eq(run(client, &arena), MILTER_FAILED);
	cr_expect_str_eq(milter_client_failure(client)->message,
			 "unix:/nonexistent/s: No such file or directory at the negotiation");
	cr_expect_not(milter_client_helo(client, TEXT("x")));
	cr_expect_eq(milter_client_failure(client)->kind, MILTER_FAILURE_CONNECT,
		     "the first stays");
	cr_expect_not(milter_client_wants(client, MILTER_BODY));
	milter_client_free(client);
	arena_reset(&arena);
}

Test(client, times_are_kept_within_reason)
{
	struct milter_timeouts timeouts = {.connect = -5, .command = INT64_MAX};
	struct endpoint endpoint = unix_endpoint();
	int listener = socket_listen(&endpoint, 4, 0600);
	struct milter_client *client = milter_client_new(&endpoint, &timeouts);
	struct wait_request wait;
	struct arena arena;

	arena_init(&arena, 1 << 20, LIFETIME_MESSAGE);
	cr_assert(milter_client_negotiate(client));
	if (milter_client_run(client, &arena, &wait) == MILTER_WAIT)
		cr_expect_leq(wait.deadline, clock_monotonic() + 2000);
	cr_expect_eq(run(client, &arena), MILTER_FAILED);
	milter_client_free(client);
	close(listener);
	arena_reset(&arena);
}

Test(client, wants_everything_before_the_negotiation)
{
	struct endpoint endpoint = unix_endpoint();
	struct milter_client *client = milter_client_new(&endpoint, NULL);

	cr_expect(milter_client_wants(client, MILTER_CONNECT));
	cr_expect(milter_client_wants(client, MILTER_BODY));
	milter_client_free(client);
	milter_client_free(NULL);
}

Test(client, flush_sends_without_reading)
{
	struct milter_client *client;
	char bytes[64];
	int ends[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	client = milter_client_adopt(ends[0], "pair", NULL);
	cr_assert(milter_client_negotiate(client));
	cr_expect_eq(read(ends[1], bytes, sizeof(bytes)), -1);
	milter_client_flush(client);
	cr_expect_eq(read(ends[1], bytes, sizeof(bytes)), 17);
	milter_client_flush(client);
	cr_expect_eq(read(ends[1], bytes, sizeof(bytes)), -1);
	milter_client_free(client);
	cr_expect_eq(read(ends[1], bytes, sizeof(bytes)), 0, "the descriptor was the client's");
	close(ends[1]);
}

/* ---- what callers ask and tell ---- */

/* The client behind its negotiation: the filter wants `steps`. */
static struct milter_client *negotiated(uint32_t steps, struct arena *arena, int *end)
{
	char answer[] = "\0\0\0\x0dO\0\0\0\6\0\0\1\xff\0\0\0\0";
	struct milter_client *client;
	char offer[17];
	int ends[2];

	for (int i = 0; i < 4; i++)
		answer[13 + i] = (char)(steps >> (24 - 8 * i));
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	client = milter_client_adopt(ends[0], "pair", NULL);
	cr_assert(milter_client_negotiate(client));
	milter_client_flush(client);
	cr_assert_eq(read(ends[1], offer, sizeof(offer)), 17);
	cr_assert_eq(write(ends[1], answer, 17), 17);
	cr_assert_eq(run(client, arena), MILTER_READY, "%s",
		     milter_client_failure(client)->message);
	*end = ends[1];
	return client;
}

Test(client, tells_what_the_filter_answers)
{
	struct milter_client *client;
	struct arena arena;
	int end;

	arena_init(&arena, 1 << 20, LIFETIME_MESSAGE);
	client = negotiated(0, &arena, &end);
	cr_expect(milter_client_awaits(client, MILTER_HEADER));
	cr_expect(milter_client_awaits(client, MILTER_EOM));
	cr_expect_not(milter_client_awaits(client, MILTER_ABORT));
	cr_expect_not(milter_client_awaits(client, (enum milter_command)'?'));
	cr_expect_not(milter_client_wants(client, (enum milter_command)'?'));
	milter_client_free(client);
	close(end);
	client = negotiated(MILTER_NR_HEADER | MILTER_NO_BODY, &arena, &end);
	cr_expect_not(milter_client_awaits(client, MILTER_HEADER));
	cr_expect(milter_client_awaits(client, MILTER_EOH));
	cr_expect(milter_client_wants(client, MILTER_HEADER));
	cr_expect_not(milter_client_wants(client, MILTER_BODY));
	cr_assert(milter_client_quit(client));
	cr_expect_not(milter_client_wants(client, MILTER_HEADER), "after the end");
	milter_client_free(client);
	close(end);
	arena_reset(&arena);
}

/* What does not fit is refused before a byte of it is sent, and the session goes on. */
Test(client, names_that_no_packet_holds)
{
	static char large[70000];
	struct text name = text_of(large, sizeof(large), LIFETIME_EVENT);
	struct ip ip = ip_of_v4((const uint8_t[4]){ 192, 0, 2, 1 });
	struct milter_client *client;
	struct arena arena;
	char bytes[64];
	int end;

	memset(large, 'x', sizeof(large));
	arena_init(&arena, 1 << 20, LIFETIME_MESSAGE);
	client = negotiated(0, &arena, &end);
	for (size_t length = 60001; length <= sizeof(large); length += 9999) {
		name.length = (uint32_t)length;
		cr_expect_not(milter_client_connect(client, name, CLIENT_INET, ip, TEXT_EMPTY, 25));
		cr_expect_eq(milter_client_failure(client)->kind, MILTER_FAILURE_ARGUMENT);
	}
	cr_expect_eq(read(end, bytes, sizeof(bytes)), -1);
	cr_assert(milter_client_connect(client, TEXT("h"), CLIENT_INET, ip, TEXT_EMPTY, 25));
	milter_client_flush(client);
	cr_expect_eq(read(end, bytes, sizeof(bytes)), 20);
	cr_expect_arr_eq(bytes,
			 "\0\0\0\x10"
			 "Ch\0"
			 "4\0\x19"
			 "192.0.2.1",
			 20);
	milter_client_free(client);
	close(end);
	arena_reset(&arena);
}
