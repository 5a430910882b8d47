/* Plays scripts of a fake filter against our client, each test as it is and with every packet cut
 * into single bytes: protocol_client [--list] [--quiet] [SCRIPT.mt...]
 * --quiet ends at the first failure. */
#include "play.h"

#include "base/log.h"

#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SCRIPTS_MAX = 32, DEPTH_MAX = 8, STATEMENTS = 100, SECONDS_MAX = 300 };

static struct script scripts[SCRIPTS_MAX];
static unsigned script_count;

/* ---- blocks ---- */

static unsigned block_end(const struct script *script, unsigned at, unsigned last)
{
	unsigned depth = 1;

	while (++at < last) {
		if (line_is(&script->lines[at], "repeat"))
			depth++;
		if (line_is(&script->lines[at], "end") && --depth == 0)
			return at;
	}
	fprintf(stderr, "%s:%u: a block without its end\n", script->path,
		script->lines[last - 1].number);
	exit(2);
}

/* The body of "define NAME", in any script. */
static bool define_find(struct text name, const struct script **script, unsigned *first,
			unsigned *last)
{
	for (unsigned i = 0; i < script_count; i++) {
		for (unsigned at = 0; at < scripts[i].count; at++) {
			const struct line *line = &scripts[i].lines[at];

			if (!line_is(line, "define") || !text_equals(line->words[1], name))
				continue;
			*script = &scripts[i];
			*first = at + 1;
			*last = block_end(*script, at, scripts[i].count);
			return true;
		}
	}
	return false;
}

static bool lines_play(struct play *play, const struct script *script, unsigned first,
		       unsigned last, unsigned depth);

static bool line_play(struct play *play, const struct script *script, const struct line *line,
		      unsigned depth)
{
	const struct script *where;
	unsigned first, last;
	char why[sizeof(play->why)];

	if (define_find(line->words[0], &where, &first, &last))
		return depth < DEPTH_MAX && lines_play(play, where, first, last, depth + 1);
	if (step_play(play, line))
		return true;
	snprintf(why, sizeof(why), "%s", play->why);
	return play_fail(play, "%s:%u: %.300s", script->path, line->number, why);
}

static bool lines_play(struct play *play, const struct script *script, unsigned first,
		       unsigned last, unsigned depth)
{
	for (unsigned at = first; at < last; at++) {
		const struct line *line = &script->lines[at];

		if (line_is(line, "repeat")) {
			unsigned end = block_end(script, at, last);

			for (int64_t i = word_number(line->words[1]); i > 0; i--)
				if (!lines_play(play, script, at + 1, end, depth))
					return false;
			at = end;
		} else if (!line_play(play, script, line, depth)) {
			return false;
		}
	}
	return true;
}

/* ---- tests ---- */

static bool test_play(const struct test *test, bool split)
{
	struct play play;
	bool passed;

	play_begin(&play, split);
	passed = lines_play(&play, test->script, test->first, test->last, 0);
	if (!passed)
		printf("FAILED %s%s\n    %s\n", test->title, split ? " (byte by byte)" : "",
		       play.why);
	play_end(&play);
	return passed;
}

static void tests_list(void)
{
	bool covered[STATEMENTS] = {false};
	unsigned count = 0;

	for (unsigned i = 0; i < script_count; i++) {
		struct test test;

		for (unsigned at = 0; test_next(&scripts[i], &at, &test);) {
			printf("%s\n", test.title);
			for (unsigned s = 0; s < test.statement_count; s++)
				covered[test.statements[s] % STATEMENTS] = true;
		}
	}
	printf("covered:");
	for (unsigned i = 0; i < STATEMENTS; i++) {
		count += covered[i];
		if (covered[i])
			printf(" C-%02u", i);
	}
	printf("\n%u statements\n", count);
}

/* `hasty` ends at the first failure. */
static int tests_play(bool hasty)
{
	unsigned passed = 0, failed = 0;

	for (unsigned i = 0; i < script_count; i++) {
		struct test test;

		for (unsigned at = 0; test_next(&scripts[i], &at, &test);) {
			for (int split = 0; split < 2 && !(hasty && failed); split++) {
				if (test_play(&test, split))
					passed++;
				else
					failed++;
			}
		}
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed || !passed;
}

/* All scripts, when none is named. */
static bool scripts_find(glob_t *found, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (text_ends_with(text_of_string(argv[i], LIFETIME_PROGRAM), TEXT(".mt")))
			return true;
	return glob("tests/protocol/client/*.mt", 0, NULL, found) == 0;
}

static bool script_add(const char *path)
{
	return script_count < SCRIPTS_MAX && script_read(&scripts[script_count++], path);
}

int main(int argc, char **argv)
{
	glob_t found = {0};
	bool list = false, hasty = false, ok;
	int status = 2;

	signal(SIGPIPE, SIG_DFL); /* a write into a broken socket must not raise it */
	alarm(SECONDS_MAX);
	log_open("protocol_client", false, LOG_LEVEL_ERROR);
	ok = scripts_find(&found, argc, argv);
	for (size_t i = 0; ok && i < found.gl_pathc; i++)
		ok = script_add(found.gl_pathv[i]);
	for (int i = 1; ok && i < argc; i++) {
		if (strcmp(argv[i], "--list") == 0)
			list = true;
		else if (strcmp(argv[i], "--quiet") == 0)
			hasty = true;
		else if (text_ends_with(text_of_string(argv[i], LIFETIME_PROGRAM), TEXT(".mt")))
			ok = script_add(argv[i]);
	}
	if (list)
		tests_list();
	if (ok)
		status = list ? 0 : tests_play(hasty);
	for (unsigned i = 0; i < script_count; i++)
		script_free(&scripts[i]);
	globfree(&found);
	return status;
}
