/* protocol_bridge AXIMILTER TESTMILTER [TITLE...]: plays clients against the bridge. */
#include "cases.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct test_case *const groups[] = { cases_lines, cases_milters, cases_daemon };

void run_failed(struct run *run, const char *file, int line, const char *what)
{
	run->failed = true;
	printf("    %s:%d: %s\n    heard last: %.300s\n", file, line, what, run->client.line);
}

static bool chosen(const struct test_case *test, char **titles, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(titles[i], test->title) == 0)
			return true;
	return count == 0;
}

/* What a sanitizer found, and workers that died by more than our own hand. */
static bool is_sound(const struct run *run)
{
	return !bridge_count(&run->bridge, "log", "Sanitizer") &&
	       !bridge_count(&run->bridge, "log", "runtime error") &&
	       !bridge_count(&run->bridge, "log", "ended by signal 11") &&
	       !bridge_count(&run->bridge, "log", "ended by signal 6");
}

static bool test_run(const struct test_case *test)
{
	static struct run run;
	memset(&run, 0, sizeof(run));
	run.client.fd = -1;
	if (!bridge_start(&run.bridge, test->config) ||
	    (test->milter && !milter_start(&run.bridge, 1, test->milter)))
		run_failed(&run, __FILE__, __LINE__, "the processes start");
	else
		test->play(&run);
	client_close(&run.client);
	bool ended = run.bridge.pid <= 0 || bridge_stop(&run.bridge, SIGTERM) == 0;
	if (!ended || !is_sound(&run))
		run_failed(&run, __FILE__, __LINE__, "it ends well");
	if (run.failed) {
		char command[128];
		snprintf(command, sizeof(command), "tail -n 40 %s/log", run.bridge.folder);
		fflush(stdout);
		if (system(command) != 0)
			puts("    no log");
	}
	bridge_clean(&run.bridge);
	printf("%s %s\n", run.failed ? "FAILED" : "ok    ", test->title);
	fflush(stdout);
	return !run.failed;
}

int main(int argc, char **argv)
{
	unsigned passed = 0, failed = 0;
	if (argc < 3)
		return 64;
	signal(SIGPIPE, SIG_IGN);
	bridge_program = argv[1];
	bridge_milter = argv[2];
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		for (const struct test_case *test = groups[i]; test->title; test++)
			if (chosen(test, argv + 3, argc - 3))
				++*(test_run(test) ? &passed : &failed);
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
