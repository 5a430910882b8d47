#include "test/mock.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <unistd.h>

static struct arena arena;
static struct mocks mocks;

static void begin(void)
{
	arena_init(&arena, (size_t)64 << 20, LIFETIME_SESSION);
	mocks_init(&mocks, &arena);
}

static void end(void)
{
	mocks_free(&mocks);
	arena_reset(&arena);
}

TestSuite(mock, .init = begin, .fini = end);

static struct mock_place *add(enum place_kind kind, const char *address)
{
	const char *fault;
	struct mock_place *place =
		mock_add(&mocks, kind, text_of_string(address, LIFETIME_PROGRAM), &fault);

	cr_assert_null(fault, "%s", fault);
	return place;
}

static int connect_to(const char *address)
{
	struct endpoint endpoint;

	cr_assert_null(endpoint_parse(text_of_string(address, LIFETIME_PROGRAM), &endpoint));
	return outside_mocked.connect(&mocks, &endpoint);
}

static const char *fault(void)
{
	buffer_append_byte(&mocks.fault, '\0');
	return mocks.fault.data;
}

static const char *read_some(int fd)
{
	static char bytes[4096];
	ssize_t got = read(fd, bytes, sizeof(bytes) - 1);

	bytes[got > 0 ? got : 0] = '\0';
	return bytes;
}

Test(mock, a_script_is_played)
{
	int fd;

	add(PLACE_SOCKET, "unix:/a");
	cr_assert(mock_exchange(&mocks, EXCHANGE_SENDS, TEXT("hello\n")));
	cr_assert(mock_exchange(&mocks, EXCHANGE_EXPECTS, TEXT("PING")));
	cr_assert(mock_exchange(&mocks, EXCHANGE_TAKES, TEXT(".")));
	cr_assert(mock_exchange(&mocks, EXCHANGE_SENDS, TEXT("bye")));
	cr_assert(mock_exchange(&mocks, EXCHANGE_CLOSES, TEXT_EMPTY));
	fd = connect_to("unix:/a");
	cr_assert_geq(fd, 0);
	cr_assert(mocks_run(&mocks));
	cr_assert_str_eq(read_some(fd), "hello\n");
	cr_assert_eq(write(fd, "PI", 2), 2);
	mocks_run(&mocks);
	cr_assert_eq(write(fd, "NGany.", 6), 6);
	mocks_run(&mocks);
	cr_assert_str_eq(read_some(fd), "bye");
	cr_assert_eq(read(fd, &(char){ 0 }, 1), 0);
	mocks_finish(&mocks);
	cr_assert_str_eq(fault(), "");
	cr_assert(text_equals(mock_find(&mocks, TEXT("unix:/a"))->heard->line, TEXT("any.")));
	close(fd);
}

Test(mock, other_bytes_are_a_fault)
{
	int fd;

	add(PLACE_SOCKET, "unix:/a");
	mock_exchange(&mocks, EXCHANGE_EXPECTS, TEXT("PING"));
	fd = connect_to("unix:/a");
	cr_assert_eq(write(fd, "POX", 3), 3);
	mocks_run(&mocks);
	cr_assert_str_eq(fault(), "unix:/a was sent \"POX\"\n      it expects \"PING\"");
	close(fd);
}

Test(mock, more_bytes_than_expected_are_a_fault)
{
	int fd;

	add(PLACE_SOCKET, "unix:/a");
	mock_exchange(&mocks, EXCHANGE_EXPECTS, TEXT("PING"));
	fd = connect_to("unix:/a");
	cr_assert_eq(write(fd, "PINGPONG", 8), 8);
	mocks_run(&mocks);
	cr_assert_str_eq(fault(), "unix:/a was sent \"PONG\"\n      it expects \"nothing more\"");
	close(fd);
}

Test(mock, the_first_fault_counts)
{
	cr_assert_lt(connect_to("unix:/one"), 0);
	cr_assert_lt(connect_to("unix:/two"), 0);
	cr_expect_null(strstr(fault(), "/two"), "%s", fault());
}

Test(mock, places)
{
	int first, second;

	cr_assert_lt(connect_to("unix:/nowhere"), 0);
	cr_assert_eq(errno, ECONNREFUSED);
	cr_assert_not_null(strstr(fault(), "write: mock.socket(\"unix:/nowhere\")"));
	add(PLACE_SOCKET, "unix:/a");
	add(PLACE_SOCKET, "unix:/a");
	first = connect_to("unix:/a");
	second = connect_to("unix:/a");
	cr_assert(first >= 0 && second >= 0 && connect_to("unix:/a") < 0);
	add(PLACE_MILTER, "unix:/m");
	add(PLACE_REFUSES, "unix:/m");
	cr_assert_lt(connect_to("unix:/m"), 0);
	cr_assert(!mock_exchange(&mocks, EXCHANGE_SENDS, TEXT("x")));
	close(first);
	close(second);
}

Test(mock, names)
{
	const struct text records[] = { TEXT("192.0.2.1"), TEXT("192.0.2.2") };
	struct resolver *resolver = mock_resolver(&mocks);
	struct question *question;

	cr_assert(mock_add_answer(&mocks, TEXT("a.example"), DNS_A, records, 2));
	cr_assert(mock_add_answer(&mocks, TEXT("fails.example"), DNS_A, NULL, 0));
	cr_assert(!mock_add_answer(&mocks, TEXT("x.example"), DNS_A, &TEXT("nonsense"), 1));
	question = resolver_ask(resolver, TEXT("A.example"), DNS_A);
	cr_assert_eq(question_answer(question)->count, 2);
	question_free(question);
	question = resolver_ask(resolver, TEXT("a.example"), DNS_TXT);
	cr_assert_eq(question_answer(question)->outcome, DNS_NO_RECORD);
	question_free(question);
	question = resolver_ask(resolver, TEXT("fails.example"), DNS_A);
	cr_assert_eq(question_answer(question)->outcome, DNS_FAILED);
	question_free(question);
	question = resolver_ask(resolver, TEXT("other.example"), DNS_MX);
	cr_assert_not_null(strstr(fault(), "write: mock.dns(\"other.example\", \"MX\""));
	question_free(question);
	resolver_free(resolver);
}

Test(mock, words_of_milters)
{
	cr_assert_null(mock_milter_fault(TEXT("rcpt"), TEXT("550 5.7.1 no")));
	cr_assert_null(mock_milter_fault(TEXT("rcpt 12"), TEXT("reject")));
	cr_assert_null(
		mock_milter_fault(TEXT("endOfMessage"), TEXT("addHeader A: b\nprogress\naccept")));
	cr_assert_null(
		mock_milter_fault(TEXT("negotiate"), TEXT("version 2\nsteps 0x10\nmacros rcpt i")));
	cr_assert_null(mock_milter_fault(TEXT("negotiate"), TEXT("close")));
	cr_assert_not_null(mock_milter_fault(TEXT("rctp"), TEXT("reject")));
	cr_assert_not_null(mock_milter_fault(TEXT("rcpt"), TEXT("refuse")));
	cr_assert_not_null(mock_milter_fault(TEXT("rcpt"), TEXT("addHeader nothing")));
	cr_assert_not_null(mock_milter_fault(TEXT("negotiate"), TEXT("macros nowhere i")));
}

/* What no milter client sends must not hurt. */
Test(mock, garbage_for_a_milter)
{
	static const char garbage[] = "\0\0\0\1X\0\0\0\3D\0\0\0\0\0\2Cx\377\377\377\377";
	int fd;

	add(PLACE_MILTER, "unix:/m");
	for (size_t from = 0; from < sizeof(garbage); from++) {
		fd = connect_to("unix:/m");
		cr_assert_eq(write(fd, garbage + from, sizeof(garbage) - from),
			     (ssize_t)(sizeof(garbage) - from));
		mocks_run(&mocks);
		close(fd);
		mocks_run(&mocks);
	}
}
