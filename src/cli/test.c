/* afsl test: runs the tests that scripts bring along. */
#include "cli/commands.h"
#include "cli/loading.h"

#include "base/memory.h"
#include "base/wait.h"
#include "test/suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static struct {
	const char *pattern, *jobs, *junit, *format, *library, *cover_format, *cover_output;
	struct string_list definitions;
	bool tap, watch, cover;
} wanted = { .format = "text" };

static const struct option_row rows[] = {
	{ "filter", 'k', OPTION_TEXT, "PATTERN", "only tests whose title contains this",
	  &wanted.pattern },
	{ "jobs", 'j', OPTION_TEXT, "N", "so many tests at a time (1)", &wanted.jobs },
	{ "define", 'D', OPTION_LIST, "NAME=VALUE", "set an option of the scripts",
	  &wanted.definitions },
	{ "library", 0, OPTION_TEXT, "FOLDER", "where `use` looks after the script's own folder",
	  &wanted.library },
	{ "format", 0, OPTION_TEXT, "text|tap|json", "how to print the results (text)",
	  &wanted.format },
	{ "tap", 0, OPTION_FLAG, NULL, "the same as --format tap", &wanted.tap },
	{ "junit", 0, OPTION_TEXT, "FILE", "write the results as JUnit's XML, too", &wanted.junit },
	{ "cover", 0, OPTION_FLAG, NULL, "tell what of the scripts was reached", &wanted.cover },
	{ "cover-format", 0, OPTION_TEXT, "text|lcov|json|html", "how to tell it (text)",
	  &wanted.cover_format },
	{ "cover-output", 0, OPTION_TEXT, "FILE", "where to write it; standard output without",
	  &wanted.cover_output },
	{ "watch", 0, OPTION_FLAG, NULL, "run again whenever a script changes", &wanted.watch },
	{ 0 },
};

enum { REPORT_MAX = 1 << 30 };

typedef void reporter(const struct suite *suite, struct buffer *out);

static reporter *find_reporter(const char *format)
{
	static const struct {
		const char *name;
		reporter *report;
	} reporters[] = { { "text", report_text }, { "tap", report_tap }, { "json", report_json } };

	for (size_t i = 0; i < sizeof(reporters) / sizeof(*reporters); i++)
		if (strcmp(reporters[i].name, format) == 0)
			return reporters[i].report;
	return NULL;
}

static int read_jobs(unsigned *jobs)
{
	char *end;
	unsigned long number;

	*jobs = 1;
	if (!wanted.jobs)
		return -1;
	number = strtoul(wanted.jobs, &end, 10);
	if (*end || number < 1 || number > 64)
		return usage_error(&command_test, "-j is a number from 1 to 64, not \"%s\"",
				   wanted.jobs);
	*jobs = (unsigned)number;
	return -1;
}

static int add_paths(struct suite *suite, const struct string_list *paths)
{
	const char *here = ".";
	size_t count = paths->count ? paths->count : 1;

	for (size_t i = 0; i < count; i++) {
		const char *path = paths->count ? paths->items[i] : here;
		const char *fault = suite_add(suite, path);

		if (!fault)
			continue;
		fprintf(stderr, "afsl test: %s: %s\n", path, fault);
		return EX_NOINPUT;
	}
	return -1;
}

/* ---- what is written, to standard output when no path is given: -1, or an exit code ---- */

static bool write_file(const char *path, struct text text)
{
	FILE *out = path ? fopen(path, "we") : stdout;
	bool ok = out && write_text(out, text) && fflush(out) == 0;

	if (out && out != stdout)
		ok = fclose(out) == 0 && ok;
	return ok;
}

/* Takes the buffer over. */
static int write_report(const char *path, struct buffer *report)
{
	int status = report->failed ? EX_OSERR : -1;

	if (status < 0 && !write_file(path, buffer_text(report))) {
		fprintf(stderr, "afsl test: %s: %s\n", path ? path : "standard output",
			strerror(errno));
		status = EX_CANTCREAT;
	}
	buffer_free(report);
	return status;
}

static int report_results(const struct suite *suite, reporter *report, const char *path)
{
	struct buffer out;

	buffer_init(&out, REPORT_MAX);
	report(suite, &out);
	return write_report(path, &out);
}

/* ---- coverage ---- */

typedef void cover_reporter(const struct coverage *coverage, struct buffer *out);

static cover_reporter *find_cover_reporter(void)
{
	static const struct {
		const char *name;
		cover_reporter *report;
	} reporters[] = { { "text", coverage_text },
			  { "lcov", coverage_lcov },
			  { "json", coverage_json },
			  { "html", coverage_html } };

	for (size_t i = 0; i < sizeof(reporters) / sizeof(*reporters); i++)
		if (!wanted.cover_format || strcmp(reporters[i].name, wanted.cover_format) == 0)
			return reporters[i].report;
	return NULL;
}

static int report_coverage(struct coverage *coverage)
{
	struct buffer out;

	buffer_init(&out, REPORT_MAX);
	coverage_settle(coverage);
	find_cover_reporter()(coverage, &out);
	out.failed |= coverage->failed;
	return write_report(wanted.cover_output, &out);
}

/* The closing line of the tests stays the last one. */
static int run_covered(struct suite *suite, unsigned jobs)
{
	struct coverage coverage;
	int status = -1;

	if (!wanted.cover)
		return suite_run(suite, jobs) ? -1 : EX_OSERR;
	coverage_init(&coverage);
	suite->coverage = &coverage;
	if (!suite_run(suite, jobs))
		status = EX_OSERR;
	else
		status = report_coverage(&coverage);
	suite->coverage = NULL;
	coverage_free(&coverage);
	return status;
}

static int run_once(struct suite *suite, unsigned jobs, reporter *report)
{
	int status = run_covered(suite, jobs);

	if (status >= 0)
		return status;
	status = report_results(suite, report, NULL);
	if (status < 0 && wanted.junit)
		status = report_results(suite, report_junit, wanted.junit);
	if (status >= 0)
		return status;
	return suite->failed ? 1 : EX_OK;
}

/* With --watch until somebody ends it. */
static int run_suite(struct suite *suite, const struct string_list *paths, unsigned jobs,
		     reporter *report)
{
	int status = add_paths(suite, paths);
	int64_t began = clock_wall();

	if (status < 0)
		status = run_once(suite, jobs, report);
	while (wanted.watch && status <= 1 && suite_wait_for_change(suite, began)) {
		began = clock_wall();
		suite_free(suite); /* there may be other files now */
		status = add_paths(suite, paths);
		if (status < 0)
			status = run_once(suite, jobs, report);
	}
	return status;
}

static int run(int argc, char **argv)
{
	struct string_list paths = { 0 };
	struct afsl_setting *settings = NULL;
	struct suite suite = { 0 };
	reporter *report = NULL;
	unsigned jobs = 1;
	int status = options_read(&command_test, rows, argc, argv, &paths);

	if (status < 0)
		status = read_jobs(&jobs);
	if (status < 0)
		status = settings_read(&command_test, &wanted.definitions, &settings);
	if (status < 0) {
		report = find_reporter(wanted.tap ? "tap" : wanted.format);
		if (!report)
			status = usage_error(&command_test,
					     "--format is text, tap or json, not \"%s\"",
					     wanted.format);
	}
	wanted.cover |= wanted.cover_format || wanted.cover_output;
	if (status < 0 && !find_cover_reporter())
		status = usage_error(&command_test,
				     "--cover-format is text, lcov, json or html, not \"%s\"",
				     wanted.cover_format);
	suite.settings = settings;
	suite.setting_count = wanted.definitions.count;
	suite.library = wanted.library;
	suite.pattern = wanted.pattern;
	if (status < 0)
		status = run_suite(&suite, &paths, jobs, report);
	suite_free(&suite);
	memory_free(settings);
	string_list_free(&paths);
	string_list_free(&wanted.definitions);
	return status;
}

const struct command command_test = {
	"test",
	"[OPTIONS] [PATH...]",
	"Runs the tests that scripts bring along.",
	"PATH is a file, or a folder in which every *.test.afsl and every script with test blocks "
	"is run;\n"
	"the present folder when none is given. Exit code 0 when all pass, 1 when one fails or a "
	"file does\n"
	"not load.",
	run,
};
