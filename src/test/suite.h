/* Test files, their tests, and the results. */
#ifndef TEST_SUITE_H
#define TEST_SUITE_H

#include "test/trial.h"

/* One file: x.test.afsl, or a script with test blocks. */
struct suite_file {
	char *path;
	struct afsl_program *program; /* NULL: it does not load */
	char *report;		      /* what the compiler says about it, or NULL */
	unsigned first, count;	      /* of its results */
};

struct suite_result {
	const struct suite_file *file;
	const char *title;
	bool wanted; /* the pattern lets it through */
	struct trial_result result;
};

struct suite {
	const struct afsl_setting *settings;
	size_t setting_count;
	const char *library;
	const char *pattern; /* part of a title, without regard to case; NULL: all */
	struct coverage *coverage;
	struct suite_file *files;
	size_t file_count;
	struct suite_result *results;
	size_t result_count;
	unsigned passed, failed, skipped;
};

/* Adds a file, or all tests below a folder: every *.test.afsl, and every other *.afsl with test
 * blocks. NULL, or why not. */
const char *suite_add(struct suite *suite, const char *path);
/* Loads the files and runs the tests, `jobs` at a time. False when memory has ended. */
bool suite_run(struct suite *suite, unsigned jobs);
/* Forgets results and programs, keeps the files. */
void suite_reset(struct suite *suite);
void suite_free(struct suite *suite);

/* report.c; in memory, which may end */
void report_text(const struct suite *suite, struct buffer *out);
void report_tap(const struct suite *suite, struct buffer *out);
void report_json(const struct suite *suite, struct buffer *out);
void report_junit(const struct suite *suite, struct buffer *out);

/* watch.c: returns when a script in the folders of the suite has changed after that time
 * (clock_wall()); false when nothing can be watched. */
bool suite_wait_for_change(const struct suite *suite, int64_t since);

#endif
