#include "test/suite.h"

#include "base/memory.h"

#include <errno.h>
#include <fts.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { JOBS_MAX = 64, FILES_MAX = 10000 };

/* ---- files ---- */

static bool ends_in(const char *path, const char *ending)
{
	size_t length = strlen(path), end = strlen(ending);

	return length > end && strcmp(path + length - end, ending) == 0;
}

static bool add_file(struct suite *suite, const char *path)
{
	struct suite_file *wider;

	if (suite->file_count >= FILES_MAX)
		return false;
	wider = memory_resize(suite->files, (suite->file_count + 1) * sizeof(*wider));
	if (!wider)
		return false;
	suite->files = wider;
	wider[suite->file_count] = (struct suite_file){ .path = memory_copy_string(path) };
	return wider[suite->file_count++].path != NULL;
}

/* Does a line begin with `test "`? Scripts without tests of their own are not loaded. */
static bool has_tests(const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	bool found = false;

	while (file && !found && getline(&line, &room, file) > 0) {
		const char *at = line + strspn(line, " \t");

		found = strncmp(at, "test", 4) == 0 && strchr(" \t\"", at[4]) && strchr(at, '"');
	}
	free(line);
	if (file)
		fclose(file);
	return found;
}

static int by_name(const FTSENT **left, const FTSENT **right)
{
	return strcmp((*left)->fts_name, (*right)->fts_name);
}

static const char *add_folder(struct suite *suite, const char *path)
{
	char *const paths[] = { (char *)(uintptr_t)path, NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	const char *fault = walk ? NULL : strerror(errno);
	FTSENT *entry;

	while (walk && !fault && (entry = fts_read(walk))) {
		if (entry->fts_info == FTS_D && entry->fts_level > 0 && entry->fts_name[0] == '.')
			fts_set(walk, entry, FTS_SKIP);
		if (entry->fts_info != FTS_F || !ends_in(entry->fts_path, ".afsl"))
			continue;
		if ((ends_in(entry->fts_path, ".test.afsl") || has_tests(entry->fts_path)) &&
		    !add_file(suite, entry->fts_path))
			fault = "too many files";
	}
	if (walk)
		fts_close(walk);
	return fault;
}

const char *suite_add(struct suite *suite, const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return strerror(errno);
	if (S_ISDIR(status.st_mode))
		return add_folder(suite, path);
	return add_file(suite, path) ? NULL : "too many files";
}

/* ---- loading ---- */

static void load(const struct suite *suite, struct suite_file *file)
{
	struct afsl_load_options options = { .options = suite->settings,
					     .option_count = suite->setting_count,
					     .library = suite->library,
					     .tests = true };
	struct afsl_report *report = NULL;

	file->program = afsl_program_load(file->path, &options, &report);
	if (report)
		file->report = memory_copy_string(afsl_report_text(report, false));
	afsl_report_free(report);
}

static void pass_statement(void *argument, const struct lane *lane, struct span span)
{
	(void)argument;
	(void)lane;
	(void)span;
}

static void pass_end(void *argument, const struct lane *lane)
{
	(void)argument;
	(void)lane;
}

/* onStart has run when the file was loaded, unseen: for what is covered it runs again. */
static void cover_start(struct coverage *coverage, struct afsl_program *program)
{
	struct filter filter = { .program = program, .name = (char *)(uintptr_t) "covered" };
	struct recorder *recorder = recorder_new(program->program, coverage);
	struct watcher watcher = { .statement = pass_statement,
				   .handled = pass_end,
				   .visitor = recorder_visit,
				   .visitor_argument = recorder };
	struct listener listener = { .watcher = &watcher };
	struct lane lane;

	coverage_add(coverage, program->program);
	if (!recorder)
		return;
	limits_default(filter.limits);
	filter_equip(&filter);
	if (lane_init(&lane, &filter, &listener))
		lane_begin(&lane, EVENT_onStart, clock_monotonic() + 1000000);
	lane_free(&lane);
	recorder_end(recorder, coverage);
}

static bool is_wanted(const struct suite *suite, const char *title)
{
	if (!suite->pattern)
		return true;
	return text_find_ignoring_case(text_of_string(title, LIFETIME_EVENT),
				       text_of_string(suite->pattern, LIFETIME_EVENT), 0) >= 0;
}

/* A file that does not load counts as one test that failed. */
static bool load_all(struct suite *suite)
{
	size_t count = 0;

	for (size_t i = 0; i < suite->file_count; i++) {
		struct suite_file *file = suite->files + i;

		load(suite, file);
		file->first = (unsigned)count;
		file->count = file->program ? file->program->program->test_count : 0;
		suite->failed += !file->program;
		if (suite->coverage && file->program)
			cover_start(suite->coverage, file->program);
		count += file->count;
	}
	suite->results = memory_zeroed(count, sizeof(*suite->results));
	suite->result_count = suite->results ? count : 0;
	for (size_t i = 0; suite->results && i < suite->file_count; i++)
		for (unsigned n = 0; n < suite->files[i].count; n++) {
			const struct program *program = suite->files[i].program->program;
			struct suite_result *one = &suite->results[suite->files[i].first + n];

			one->file = suite->files + i;
			one->title = program->tests[n].title;
			one->wanted = is_wanted(suite, one->title);
			one->result.line =
				source_place(
					&program->sources->sources[program->tests[n].span.source],
					program->tests[n].span.from)
					.line;
		}
	return suite->results != NULL;
}

/* ---- running ---- */

struct workshop {
	struct suite *suite;
	atomic_size_t next;
};

static void run_one(const struct suite *suite, struct suite_result *one)
{
	struct trial_request request = {
		.path = one->file->path,
		.program = one->file->program,
		.number = (unsigned)(one - suite->results) - one->file->first,
		.settings = suite->settings,
		.setting_count = suite->setting_count,
		.library = suite->library,
		.coverage = suite->coverage,
	};
	unsigned line = one->result.line;

	trial_run(&request, &one->result);
	one->result.line = line;
}

static void *work(void *argument)
{
	struct workshop *workshop = argument;
	struct suite *suite = workshop->suite;

	for (;;) {
		size_t at = atomic_fetch_add(&workshop->next, 1);

		if (at >= suite->result_count)
			return NULL;
		if (suite->results[at].wanted)
			run_one(suite, &suite->results[at]);
	}
}

static void count_results(struct suite *suite)
{
	for (size_t i = 0; i < suite->result_count; i++) {
		const struct suite_result *one = &suite->results[i];

		suite->passed += one->wanted && one->result.outcome == TRIAL_PASSED;
		suite->failed += one->wanted && one->result.outcome == TRIAL_FAILED;
		suite->skipped += one->wanted && one->result.outcome == TRIAL_SKIPPED;
	}
}

/* Each test has a session and mocks of its own; programs are shared and do not change. */
bool suite_run(struct suite *suite, unsigned jobs)
{
	struct workshop workshop = { .suite = suite };
	pthread_t threads[JOBS_MAX];
	unsigned started = 0;

	if (!load_all(suite))
		return false;
	tested_natives();
	while (started + 1 < jobs && started < JOBS_MAX && started + 1 < suite->result_count &&
	       pthread_create(&threads[started], NULL, work, &workshop) == 0)
		started++;
	work(&workshop);
	while (started > 0)
		pthread_join(threads[--started], NULL);
	count_results(suite);
	return true;
}

void suite_reset(struct suite *suite)
{
	for (size_t i = 0; i < suite->result_count; i++)
		buffer_free(&suite->results[i].result.text);
	memory_free(suite->results);
	suite->results = NULL;
	suite->result_count = 0;
	suite->passed = suite->failed = suite->skipped = 0;
	for (size_t i = 0; i < suite->file_count; i++) {
		afsl_program_release(suite->files[i].program);
		memory_free(suite->files[i].report);
		suite->files[i].program = NULL;
		suite->files[i].report = NULL;
	}
}

void suite_free(struct suite *suite)
{
	suite_reset(suite);
	for (size_t i = 0; i < suite->file_count; i++)
		memory_free(suite->files[i].path);
	memory_free(suite->files);
	suite->files = NULL;
	suite->file_count = 0;
}
