/* Redis that answers, and one that is not there, hangs or lies: a defined failure, in time. */
#include "store/redis.h"

#include "base/library.h"
#include "stores.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(redis, .timeout = 300);

static struct arena arena;

static void begin(void)
{
	arena_init(&arena, 256 << 20, LIFETIME_EVENT);
}

static enum redis_outcome ask(const char *where, const struct text *words, unsigned count,
			      struct redis_command **command)
{
	struct redis_place place;
	struct wait_request wait;
	enum redis_outcome outcome;

	cr_assert_null(redis_place_parse(text_of_string(where, LIFETIME_EVENT), &place));
	*command = redis_send(&place, words, count, &arena);
	cr_assert_not_null(*command);
	while ((outcome = redis_run(*command, &wait)) == REDIS_WAITING)
		wait_poll(&wait);
	return outcome;
}

/* ---- a server that is none ---- */

static const char *lie;
static size_t lie_length;

static void lie_once(int listener)
{
	char bytes[4096];
	int fd = accept(listener, NULL, NULL);

	alarm(10);
	signal(SIGPIPE, SIG_IGN);
	if (read(fd, bytes, sizeof(bytes)) > 0 && lie_length && write(fd, lie, lie_length) < 0)
		_exit(1);
	if (lie_length == 0)
		pause();
	_exit(0);
}

static enum redis_outcome ask_liar(const char *bytes, size_t length, char fault[200])
{
	char folder[] = "/tmp/test-redis-XXXXXX", where[64];
	const struct text words[] = { TEXT("PING") };
	struct redis_command *command;
	struct endpoint endpoint;
	enum redis_outcome outcome;
	int listener;
	pid_t child;

	begin();
	lie = bytes;
	lie_length = length;
	cr_assert_not_null(mkdtemp(folder));
	snprintf(where, sizeof(where), "unix:%s/s", folder);
	cr_assert_null(endpoint_parse(text_of_string(where, LIFETIME_EVENT), &endpoint));
	listener = socket_listen(&endpoint, 8, 0600);
	cr_assert_geq(listener, 0);
	cr_assert_neq(fcntl(listener, F_SETFL, 0), -1);
	child = fork();
	if (child == 0)
		lie_once(listener);
	close(listener);
	outcome = ask(where, words, 1, &command);
	snprintf(fault, 200, "%s", redis_fault(command));
	redis_end(command);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	unlink(where + 5);
	rmdir(folder);
	arena_reset(&arena);
	return outcome;
}

Test(redis, answers_that_are_answers)
{
	char fault[200];

	cr_expect_eq(ask_liar("+PONG\r\n", 7, fault), REDIS_TEXT);
	cr_expect_eq(ask_liar(":-5\r\n", 5, fault), REDIS_NUMBER);
	cr_expect_eq(ask_liar("$3\r\na\0b\r\n", 9, fault), REDIS_TEXT);
	cr_expect_eq(ask_liar("$0\r\n\r\n", 6, fault), REDIS_TEXT);
	cr_expect_eq(ask_liar("$-1\r\n", 5, fault), REDIS_NOTHING);
	cr_expect_eq(ask_liar("-ERR no\r\n", 9, fault), REDIS_ERROR);
}

Test(redis, lies)
{
	static const char *const lies[] = { "HTTP/1.0 200 OK\r\n\r\n",
					    "\r\n",
					    ":\r\n",
					    ":12x\r\n",
					    "$\r\n",
					    "$-2\r\n",
					    "$99999999999\r\n",
					    "$1000000000\r\nx",
					    "*3\r\n:1\r\n:2\r\n:3\r\n",
					    "*1000000000\r\n",
					    "*0\r\n",
					    "*-1\r\n",
					    "$3\r\nabcdef",
					    "$3\r\nabcde",
					    "$3\r\nabc\n\r",
					    ":1\r\n:2\r\n",
					    "_\r\n",
					    ":1" };
	char fault[200];

	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		cr_expect_eq(ask_liar(lies[i], strlen(lies[i]), fault), REDIS_FAILED, "%s",
			     lies[i]);
		cr_expect(fault[0]);
	}
}

/* One of 32 MB would be looked through anew for every piece of it. */
Test(redis, a_line_without_end)
{
	enum { SIZE = 32 << 20 };
	char *line = malloc(SIZE), fault[200];

	memset(line, '+', SIZE);
	cr_expect_eq(ask_liar(line, SIZE, fault), REDIS_FAILED);
	cr_expect(strstr(fault, "no answer of Redis"), "%s", fault);
	memset(line + 1, '\n', SIZE - 1);
	cr_expect_eq(ask_liar(line, SIZE, fault), REDIS_FAILED);
	cr_expect(strstr(fault, "no answer of Redis"), "%s", fault);
	free(line);
}

/* Up to 64 MB; what is larger is refused when that much has come. */
Test(redis, a_large_answer)
{
	static const size_t sizes[] = { 1 << 20, 8 << 20, (64 << 20) + 8192 };

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		char *answer = malloc(sizes[i] + 32), fault[200];
		int head = sprintf(answer, "$%zu\r\n", sizes[i]);

		memset(answer + head, 'x', sizes[i]);
		memcpy(answer + head + sizes[i], "\r\n", 2);
		cr_expect_eq(ask_liar(answer, (size_t)head + sizes[i] + 2, fault),
			     i < 2 ? REDIS_TEXT : REDIS_FAILED, "%zu: %s", sizes[i], fault);
		free(answer);
	}
}

Test(redis, without_the_library)
{
	const struct text words[] = { TEXT("PING") };
	struct redis_command *command;
	const char *why;

	begin();
	library_hide(true);
	cr_expect_not(redis_load(&why));
	cr_expect(strstr(why, "libhiredis0.14"), "%s", why);
	cr_expect_eq(ask("unix:/nowhere/redis.sock", words, 1, &command), REDIS_FAILED);
	cr_expect(strstr(redis_fault(command), "libhiredis0.14"), "%s", redis_fault(command));
	library_hide(false);
	arena_reset(&arena);
}

Test(redis, silence)
{
	char fault[200];

	cr_expect_eq(ask_liar("", 0, fault), REDIS_FAILED);
	cr_expect(strstr(fault, "no answer in time"), "%s", fault);
}

Test(redis, nobody_listens)
{
	const struct text words[] = { TEXT("PING") };
	struct redis_command *command;

	begin();
	cr_expect_eq(ask("unix:/nowhere/redis.sock", words, 1, &command), REDIS_FAILED);
	cr_expect_eq(ask("inet://127.0.0.1:1", words, 1, &command), REDIS_FAILED);
	arena_reset(&arena);
}

/* ---- a real one ---- */

TestSuite(redis_server, .init = stores_begin, .fini = stores_end, .timeout = 300);

Test(redis_server, a_password_is_asked_for)
{
	const struct text set[] = { TEXT("CONFIG"), TEXT("SET"), TEXT("requirepass"),
				    TEXT("secret") };
	const struct text get[] = { TEXT("GET"), TEXT("nothing") };
	char where[128];
	struct redis_command *command;

	begin();
	snprintf(where, sizeof(where), "unix:%s/redis.sock", stores_folder);
	cr_assert_eq(ask(where, set, 4, &command), REDIS_TEXT);
	redis_end(command);
	snprintf(where, sizeof(where), "unix:%s/redis.sock?password=wrong&db=3", stores_folder);
	cr_expect_eq(ask(where, get, 2, &command), REDIS_ERROR);
	redis_end(command);
	snprintf(where, sizeof(where), "unix:%s/redis.sock?password=secret&db=3", stores_folder);
	for (unsigned i = 0; i < 3; i++) {
		cr_expect_eq(ask(where, get, 2, &command), REDIS_NOTHING);
		redis_end(command);
	}
	arena_reset(&arena);
}

/* A script that runs in the server is not half done: processes that count together lose nothing. */
Test(redis_server, processes_count_together)
{
	const struct shared_settings settings = { SHARED_RATE, "r", "",	    stores[2],
						  60000000,    100, 1 << 20 };
	const int64_t now = INT64_C(1790000000000000);
	static struct shared *space; /* a child's end is no leak */
	const char *fault;
	space = shared_new();
	struct shared_variable *rate = shared_open(space, &settings, &fault);

	store_number(rate, STORE_HIT, TEXT("k"), 1, now);
	for (unsigned i = 0; i < 4; i++)
		if (fork() == 0) {
			for (unsigned n = 0; n < 100; n++)
				store_number(rate, STORE_HIT, TEXT("k"), 1, now);
			_exit(0);
		}
	for (unsigned i = 0; i < 4; i++)
		wait(NULL);
	cr_expect_eq(store_number(rate, STORE_HIT, TEXT("k"), 0, now), 401);
	shared_close(space, rate);
	shared_free(space);
}
