/* protocol_server AFSLD SCRIPTS [--list] [--whole] [--libmilter] [--fail-fast] [S-NN...]: plays a
 * mail server against afsld. */
#include "statements.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct statement *const groups[] = {
	statements_negotiation, statements_steps,  statements_edits,
	statements_hostile,	statements_daemon,
};
enum { GROUP_COUNT = sizeof(groups) / sizeof(groups[0]) };

void test_failed(struct test *test, const char *file, int line, const char *condition)
{
	test->failed = true;
	const struct mta *mta = &test->mta;
	printf("    %s:%d: %s\n", file, line, condition);
	printf("    heard last: '%c' %.*s\n", mta->heard.letter ? mta->heard.letter : '0',
	       (int)(mta->heard.length > 300 ? 300 : mta->heard.length),
	       (const char *)mta->heard.payload);
}

bool test_connect(struct test *test, struct mta *mta)
{
	mta_close(mta);
	mta->split = test->split;
	return mta_connect(mta, test->server->socket);
}

bool test_open(struct test *test, struct mta *mta)
{
	return test_connect(test, mta) && mta_offer(mta, 6, 0x1ff, 0x1fffff);
}

bool test_serves(struct test *test)
{
	struct mta mta = { .fd = -1 };
	bool serves = test_open(test, &mta);
	mta_close(&mta);
	return serves;
}

static void run_one(const struct statement *statement, struct server *server, bool split,
		    unsigned *passed, unsigned *failed)
{
	static struct test test;
	test = (struct test){ .server = server, .mta = { .fd = -1 }, .other = { .fd = -1 } };
	test.split = split;
	statement->run(&test);
	mta_close(&test.mta);
	mta_close(&test.other);
	printf("%s %s%s: %s\n", test.failed ? "FAILED" : "ok    ", statement->number,
	       split ? " byte by byte" : "", statement->title);
	fflush(stdout);
	++*(test.failed ? failed : passed);
}

static bool chosen(const struct statement *statement, char **names, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], statement->number) == 0)
			return true;
	return count == 0;
}

/* Statements with a script get a daemon each, so that what one breaks does not hit the next. */
static void run_statement(const struct statement *statement, bool whole, unsigned *passed,
			  unsigned *failed)
{
	struct server server = { 0 };
	if (!statement->script) {
		run_one(statement, &server, false, passed, failed);
		return;
	}
	if (!server_start(&server, statement->script, statement->arguments)) {
		printf("FAILED %s: the daemon does not start\n", statement->number);
		server_has_fault(&server, true);
		++*failed;
		return;
	}
	run_one(statement, &server, false, passed, failed);
	if (!whole)
		run_one(statement, &server, true, passed, failed);
	int code = server_stop(&server, SIGTERM);
	if (code != 0 || server_has_fault(&server, true)) {
		printf("FAILED %s: the daemon ended with %d\n", statement->number, code);
		++*failed;
	}
	server_clean(&server);
}

static int list(void)
{
	unsigned count = 0;
	for (int group = 0; group < GROUP_COUNT; group++)
		for (const struct statement *s = groups[group]; s->number; s++, count++)
			printf("%s %s\n", s->number, s->title);
	printf("%u statements\n", count);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned passed = 0, failed = 0;
	bool whole = false, hasty = false;
	if (argc < 3) {
		fprintf(stderr,
			"usage: %s AFSLD SCRIPTS [--list] [--whole] [--libmilter] [--fail-fast] "
			"[S-NN...]\n",
			argv[0]);
		return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	server_program = argv[1];
	server_scripts = argv[2];
	argv += 3;
	argc -= 3;
	for (; argc && argv[0][0] == '-'; argv++, argc--) {
		if (strcmp(argv[0], "--list") == 0)
			return list();
		if (strcmp(argv[0], "--libmilter") == 0)
			server_kind = "libmilter";
		whole = whole || strcmp(argv[0], "--whole") == 0;
		hasty = hasty || strcmp(argv[0], "--fail-fast") == 0;
	}
	for (int group = 0; group < GROUP_COUNT; group++)
		for (const struct statement *s = groups[group]; s->number; s++)
			if (chosen(s, argv, argc) && !(hasty && failed))
				run_statement(s, whole, &passed, &failed);
	printf("%u passed, %u failed\n", passed, failed);
	return failed ? 1 : 0;
}
