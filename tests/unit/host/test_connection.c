/* The native server with a protocol of the test's own beside milter's: lines. */
#include "host/protocol.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/wait.h"
#include "host/host.h"

/* ---- a protocol of lines ---- */

struct lines {
	struct connection *connection;
	struct afsl_session *session;
	bool leaving;
};

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static char told[4096];

static void tell(const char *text)
{
	pthread_mutex_lock(&log_lock);
	cr_assert_lt(strlen(told) + strlen(text), sizeof(told));
	strcat(told, text);
	pthread_mutex_unlock(&log_lock);
}

static bool was_told(const char *text)
{
	pthread_mutex_lock(&log_lock);
	bool found = strstr(told, text);
	pthread_mutex_unlock(&log_lock);
	return found;
}

static void *lines_open(struct connection *connection)
{
	struct lines *lines = memory_zeroed(1, sizeof(*lines));
	lines->connection = connection;
	if (!connection_is_refused(connection))
		lines->session = served_session(connection_served(connection),
						connection_number(connection));
	return lines;
}

static void lines_say(struct lines *lines, const char *text)
{
	buffer_append_string(connection_out(lines->connection), text);
}

static void lines_resume(void *state)
{
	struct lines *lines = state;
	lines_say(lines, afsl_verdict(lines->session)->kind == AFSL_REJECT ? "no\n" : "yes\n");
}

static void lines_flood(struct lines *lines)
{
	for (int i = 0; i < 100000; i++)
		lines_say(lines, "0123456789012345678901234567890123456789012345678\n");
}

/* For a millisecond: no turn of a handler, a peer's own. */
static void lines_work(struct lines *lines)
{
	int64_t end = clock_monotonic() + 1000;
	while (clock_monotonic() < end)
		;
	lines_say(lines, "done\n");
}

static void line_take(struct lines *lines, struct text line)
{
	struct afsl_text text = { line.data, line.length };
	if (text_equals(line, TEXT("quit")))
		connection_end(lines->connection);
	else if (text_equals(line, TEXT("flood")))
		lines_flood(lines);
	else if (text_equals(line, TEXT("works")))
		lines_work(lines);
	else if (text_equals(line, TEXT("later")))
		connection_deadline(lines->connection, connection_now(lines->connection) + 20000);
	else if (!lines->session)
		lines_say(lines, "come again later\n");
	else if (afsl_helo(lines->session, text, true) == AFSL_WAITING) {
		connection_wait(lines->connection, lines->session);
		tell("waits ");
	} else
		lines_resume(lines);
}

static size_t lines_take(void *state, struct text bytes)
{
	struct lines *lines = state;
	size_t taken = 0;
	while (connection_next(lines->connection)) {
		struct text rest = text_part(bytes, taken, bytes.length);
		int64_t end = text_find(rest, TEXT("\n"), 0);
		if (end < 0)
			break;
		line_take(lines, text_part(rest, 0, (size_t)end));
		taken += (size_t)end + 1;
	}
	return taken;
}

static void lines_expire(void *state)
{
	lines_say(state, "now\n");
}

static void lines_gone(void *state)
{
	struct lines *lines = state;
	tell("gone ");
	if (lines->session && afsl_disconnect(lines->session) == AFSL_WAITING)
		connection_wait(lines->connection, lines->session);
}

static void lines_free(void *state)
{
	struct lines *lines = state;
	if (lines->session)
		afsl_session_free(lines->session);
	memory_free(lines);
	tell("freed ");
}

static const struct protocol protocol_lines = { "lines",      lines_open, lines_take, lines_resume,
						lines_expire, lines_gone, lines_free };

/* ---- the server ---- */

static struct {
	struct host_settings settings;
	struct afsl_chain *chain;
	struct sockaddr_un address;
	socklen_t length;
	pthread_t thread;
	bool served;
} server = { .settings = { .sessions_max = 100,
			   .peer_sessions_max = 100,
			   .read_timeout = 1,
			   .idle_timeout = 60,
			   .threads = 2,
			   .progress_interval = 1,
			   .descriptor_reserve = 8,
			   .second = &protocol_lines } };

static struct afsl_chain *chain_of(const char *source)
{
	struct afsl_report *report = NULL;
	struct afsl_load_options options = { .source = source, .source_length = strlen(source) };
	struct afsl_program *program = afsl_program_load("test.afsl", &options, &report);
	cr_assert_not_null(program, "%s", report ? afsl_report_text(report, false) : "");
	afsl_report_free(report);
	struct afsl_chain *chain = afsl_chain_new();
	cr_assert(afsl_chain_add(chain, program, NULL));
	afsl_program_release(program);
	return chain;
}

static void *serve(void *argument)
{
	(void)argument;
	server.served = host_native.run(&server.settings, server.chain);
	return NULL;
}

static void start(const char *source)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	server.address.sun_family = AF_UNIX;
	server.length = sizeof(server.address);
	/* An address without a name makes the kernel choose one. */
	cr_assert_eq(bind(fd, (struct sockaddr *)&server.address, sizeof(sa_family_t)), 0);
	cr_assert_eq(listen(fd, 64), 0);
	getsockname(fd, (struct sockaddr *)&server.address, &server.length);
	server.settings.listener = fd;
	server.chain = chain_of(source);
	cr_assert_eq(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

static void stop(void)
{
	host_native.stop();
	pthread_join(server.thread, NULL);
	cr_assert(server.served);
	cr_assert_eq(host_native.sessions(), 0);
	afsl_chain_release(server.chain);
}

/* ---- clients ---- */

static int client(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(connect(fd, (struct sockaddr *)&server.address, server.length), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	cr_assert_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* What comes until `size` bytes are there, the end or 3 s of silence. */
static const char *hear(int fd, size_t size)
{
	static char heard[4097];
	size_t length = 0;
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	while (length < size && poll(&ready, 1, 3000) > 0) {
		ssize_t got = recv(fd, heard + length, size - length, 0);
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	heard[length] = '\0';
	return heard;
}

#define ANSWERS(fd, text, expected)                                                                \
	do {                                                                                       \
		say(fd, text);                                                                     \
		cr_assert_str_eq(hear(fd, strlen(expected)), expected);                            \
	} while (0)

static bool comes_true(const char *text)
{
	for (int i = 0; i < 800 && !was_told(text); i++)
		poll(NULL, 0, 10);
	return was_told(text);
}

static const char simple[] = "event onEhlo { if (ehloHost == \"bad\") { reject(); } }\n";
/* Waits for a peer that says nothing, so long. */
static const char *waiting(int milliseconds)
{
	static char source[1024];
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, length), 0);
	cr_assert_eq(listen(fd, 64), 0);
	getsockname(fd, (struct sockaddr *)&address, &length);
	snprintf(source, sizeof(source),
		 "method rest { try { var s = socket.connect(\"inet:%u@127.0.0.1\"); "
		 "s.readLine(timeout: %dms); } catch (e) { } }\n"
		 "event onEhlo { rest(); if (ehloHost == \"bad\") { reject(); } }\n"
		 "event onDisconnect { rest(); }\n",
		 (unsigned)ntohs(address.sin_port), milliseconds);
	return source;
}

Test(connection, the_first_byte_decides)
{
	start(simple);
	int lines = client(), milter = client();
	ANSWERS(lines, "good\nbad\n", "yes\nno\n");
	cr_assert_eq(send(milter, "\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff", 17, 0), 17);
	cr_assert_eq(memcmp(hear(milter, 9), "\0\0\0", 3), 0);
	ANSWERS(lines, "good\nquit\ngood\n", "yes\n");
	cr_assert_str_empty(hear(lines, 1));
	cr_assert(comes_true("gone freed "));
	stop();
}

Test(connection, units_in_pieces)
{
	start(simple);
	int fd = client();
	for (const char *byte = "good\nbad\ngo"; *byte; byte++) {
		cr_assert_eq(send(fd, byte, 1, 0), 1);
		poll(NULL, 0, 2);
	}
	cr_assert_str_eq(hear(fd, 7), "yes\nno\n");
	ANSWERS(fd, "od\n", "yes\n");
	stop();
}

Test(connection, an_event_that_waits)
{
	start(waiting(100));
	int slow = client(), other = client();
	int64_t began = clock_monotonic();
	say(slow, "bad\ngood\n");
	cr_assert_str_eq(hear(slow, 3), "no\n");
	cr_assert_geq(clock_monotonic() - began, 90000);
	ANSWERS(other, "later\n", "now\n");
	cr_assert_str_eq(hear(slow, 4), "yes\n");
	close(slow);
	cr_assert(comes_true("gone freed "));
	stop();
}

/* The peer vanishes during a wait: the event is given up, the session still ends in order. */
Test(connection, gone_during_a_wait)
{
	start(waiting(1000));
	int fd = client();
	say(fd, "x\n");
	cr_assert(comes_true("waits "));
	close(fd);
	poll(NULL, 0, 300); /* less than the event would wait */
	cr_assert(comes_true("gone "));
	cr_assert_not(was_told("freed "));
	cr_assert(comes_true("freed "));
	stop();
}

Test(connection, stopped_during_a_wait)
{
	start(waiting(1000));
	int fd = client();
	say(fd, "x\n");
	cr_assert(comes_true("waits "));
	stop();
	cr_assert(was_told("freed "));
	cr_assert_str_empty(hear(fd, 1));
}

/* ---- handlers that compute ---- */

static const char computes[] =
	"event onEhlo {\n"
	"  var n = 0;\n"
	"  if (ehloHost == \"endless\") { while (true) { n = 1; } }\n"
	"  if (ehloHost == \"sorts\") {\n"
	"    var words: list[text];\n"
	"    for (i in 0..200000) { words.push(\"%{i * 7919 % 200003}\"); }\n"
	"    while (true) { var mine = words; mine.sort(); }\n"
	"  }\n"
	"  if (ehloHost == \"long\") { for (i in 0..20000) { n = (n + i) % 1000; } reject(); }\n"
	"}\n"
	"event onDisconnect { var n = 0; for (i in 0..10000) { n = (n + i) % 1000; } }\n";

Test(connection, others_are_served_while_a_handler_computes)
{
	server.settings.threads = 1;
	start(computes);
	int slow = client(), endless = client(), other = client();
	say(endless, "endless\n");
	say(slow, "long\ngood\n");
	for (int i = 0; i < 100; i++)
		ANSWERS(other, "good\n", "yes\n");
	cr_assert_str_eq(hear(slow, 7), "no\nyes\n");
	stop();
}

/* In the midst of a turn or between two; it still ends in order, with a handler that computes too.
 */
Test(connection, gone_while_its_handler_computes)
{
	server.settings.threads = 1;
	start(computes);
	for (int i = 0; i < 20; i++) {
		told[0] = '\0';
		int fd = client();
		say(fd, i % 2 ? "endless\n" : "sorts\n");
		poll(NULL, 0, i * 3);
		close(fd);
		cr_assert(comes_true("gone freed "));
	}
	stop();
}

Test(connection, stopped_while_handlers_compute)
{
	server.settings.threads = 1;
	start(computes);
	int one = client(), other = client();
	say(one, "endless\n");
	say(other, "sorts\n");
	cr_assert(comes_true("waits waits "));
	stop();
	cr_assert(was_told("freed freed "));
	cr_assert_str_empty(hear(one, 1));
}

/* Many in one piece are taken in turns, and none is forgotten. */
Test(connection, more_units_than_a_turn_takes)
{
	enum { MANY = 1000 };
	start(simple);
	char all[MANY * 5 + 1] = "";
	int fd = client(), other = client();
	for (int i = 0; i < MANY; i++)
		memcpy(all + (size_t)i * 5, "good\n", 6);
	say(fd, all);
	ANSWERS(other, "bad\n", "no\n");
	cr_assert_eq(strlen(hear(fd, MANY * 4)), MANY * 4);
	say(fd, all);
	say(fd, "quit\n");
	cr_assert_eq(strlen(hear(fd, MANY * 4)), MANY * 4);
	cr_assert_str_empty(hear(fd, 1));
	stop();
}

/* However few of its units make it long. */
Test(connection, a_turn_is_over_when_its_time_is)
{
	enum { MANY = 150 };
	server.settings.threads = 1;
	start(simple);
	char all[MANY * 6 + 1] = "";
	int fd = client(), other = client(), heard = 0;
	for (int i = 0; i < MANY; i++)
		memcpy(all + (size_t)i * 6, "works\n", 7);
	say(fd, all);
	ANSWERS(other, "bad\n", "no\n");
	cr_assert_eq(ioctl(fd, FIONREAD, &heard), 0);
	cr_assert_lt(heard, MANY * 5);
	cr_assert_eq(strlen(hear(fd, MANY * 5)), MANY * 5);
	stop();
}

/* Nothing is taken from a peer that does not read, and nothing is lost. */
Test(connection, a_peer_that_does_not_read)
{
	size_t heard = 0;
	server.settings.read_timeout = 3;
	start(simple);
	int fd = client();
	say(fd, "flood\ngood\n");
	poll(NULL, 0, 100);
	while (heard < 5000000)
		heard += strlen(hear(fd, 4000));
	cr_assert_eq(heard, 5000000);
	cr_assert_str_eq(hear(fd, 4), "yes\n");
	/* One that never reads is not waited for. */
	say(fd, "flood\n");
	cr_assert(comes_true("gone freed "));
	stop();
}

static void say_often(int fd, unsigned count, const char *end)
{
	static char lines[400000];
	size_t length = 0;
	while (count--)
		length += (size_t)sprintf(lines + length, "good\n");
	strcpy(lines + length, end);
	say(fd, lines);
	/* Until the server has taken it, or takes no more. */
	int left = 1;
	for (int i = 0; i < 20 && left; i++) {
		poll(NULL, 0, 20);
		ioctl(fd, SIOCOUTQ, &left);
	}
	poll(NULL, 0, 20);
}

/* However much of it the system still holds when the connection is told to end. */
Test(connection, what_was_answered_before_the_end_is_not_lost)
{
	server.settings.read_timeout = 60; /* nothing is read for long on a busy machine */
	start(simple);
	for (unsigned before = 30000; before < 60000; before += 4000) {
		unsigned last = 10000;
		size_t heard = 0, more;
		int fd = client();
		say_often(fd, before, "");
		say_often(fd, last, "quit\n");
		while ((more = strlen(hear(fd, 4000))) > 0)
			heard += more;
		cr_assert_eq(heard, 4 * (before + last), "%u: %zu", before, heard);
		close(fd);
	}
	stop();
}

Test(connection, a_unit_that_is_not_completed)
{
	start(simple);
	int fd = client(), idle = client();
	ANSWERS(idle, "good\n", "yes\n");
	int64_t began = clock_monotonic();
	say(fd, "begun");
	poll(NULL, 0, 600);
	say(fd, " and more"); /* gives no new patience */
	cr_assert_str_empty(hear(fd, 1));
	cr_assert_lt(clock_monotonic() - began, 1400000);
	ANSWERS(idle, "good\n", "yes\n");
	stop();
}

/* Half of the places are not for those who have begun something: the one that waits longest goes.
 */
Test(connection, too_many_that_are_not_completed)
{
	int fds[4];
	server.settings.sessions_max = 4;
	server.settings.threads = 1;
	server.settings.read_timeout = 60;
	start(simple);
	for (int i = 0; i < 4; i++) {
		fds[i] = client();
		ANSWERS(fds[i], "good\nbegun", "yes\n");
	}
	int64_t began = clock_monotonic();
	cr_assert_str_empty(hear(fds[0], 1));
	cr_assert_lt(clock_monotonic() - began, 2500000);
	for (int i = 1; i < 4; i++)
		ANSWERS(fds[i], "\n", "yes\n");
	stop();
}

/* Always in the middle of a line, but each line comes to its end: no reason to be cut off. */
Test(connection, units_that_overlap)
{
	start(simple);
	int fd = client();
	say(fd, "go");
	for (int i = 0; i < 16; i++) {
		poll(NULL, 0, 100);
		ANSWERS(fd, "od\ngo", "yes\n");
	}
	stop();
}

Test(connection, a_unit_that_is_too_long)
{
	static char much[CONNECTION_UNIT_MAX + 100];
	start(simple);
	int fd = client();
	memset(much, 'x', sizeof(much));
	send(fd, much, sizeof(much), MSG_NOSIGNAL);
	cr_assert_str_empty(hear(fd, 1));
	stop();
}

Test(connection, too_many)
{
	server.settings.sessions_max = 2;
	start(simple);
	int first = client(), second = client();
	ANSWERS(first, "good\n", "yes\n");
	ANSWERS(second, "good\n", "yes\n");
	int third = client();
	ANSWERS(third, "good\n", "come again later\n");
	close(first);
	close(third);
	cr_assert(comes_true("gone freed gone freed "));
	int fourth = client();
	ANSWERS(fourth, "good\n", "yes\n");
	stop();
}

Test(connection, drained)
{
	start(simple);
	int fd = client();
	ANSWERS(fd, "good\n", "yes\n");
	host_native.drain();
	bool refused = false;
	for (int i = 0; i < 200 && !refused; i++) {
		int late = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		refused = connect(late, (struct sockaddr *)&server.address, server.length) != 0;
		close(late);
		poll(NULL, 0, 10);
	}
	cr_assert(refused);
	ANSWERS(fd, "bad\n", "no\n");
	stop();
}

Test(connection, a_reload)
{
	struct afsl_chain *fresh = chain_of("event onEhlo { reject(); }\n");
	start(simple);
	int old = client();
	ANSWERS(old, "good\n", "yes\n");
	cr_assert(host_native.set_chain(fresh));
	afsl_chain_release(fresh);
	int new = client();
	ANSWERS(new, "good\n", "no\n");
	ANSWERS(old, "good\n", "yes\n");
	stop();
}
