#include "cli/commands.h"
#include "cli/loading.h"

#include "base/buffer.h"
#include "base/diagnostics.h"
#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static const char *mta;
static const char *format = "text";
static struct string_list definitions;
static const char *library;

static const struct option_row rows[] = {
	{ "define", 'D', OPTION_LIST, "NAME=VALUE", "set an option of the scripts", &definitions },
	{ "library", 0, OPTION_TEXT, "FOLDER", "where `use` looks after the script's own folder",
	  &library },
	{ "mta", 0, OPTION_TEXT, "NAME", "say too what this mail server does not do", &mta },
	{ "format", 0, OPTION_TEXT, "text|json|sarif", "how to print what is wrong (text)",
	  &format },
	{ 0 },
};

/* ---- reports of all files, in one of three forms: false when memory has ended ---- */

static bool print_text(struct afsl_report *const *reports, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fputs(afsl_report_text(reports[i], wants_colour(STDOUT_FILENO)), stdout);
	return true;
}

/* One array: what stands between the brackets of each. */
static bool print_json(struct afsl_report *const *reports, size_t count)
{
	bool first = true;

	putchar('[');
	for (size_t i = 0; i < count; i++) {
		const char *array = afsl_report_json(reports[i]);
		size_t length = strlen(array);

		if (length <= 2)
			continue;
		printf("%s%.*s", first ? "" : ",", (int)length - 2, array + 1);
		first = false;
	}
	puts("]");
	return true;
}

static bool print_sarif(struct afsl_report *const *reports, size_t count)
{
	char *log = afsl_reports_sarif(reports, count);

	if (!log)
		return false;
	fputs(log, stdout);
	free(log);
	return true;
}

static const struct form {
	const char *name;
	bool (*print)(struct afsl_report *const *reports, size_t count);
} forms[] = {
	{ "text", print_text },
	{ "json", print_json },
	{ "sarif", print_sarif },
};

static const struct form *find_form(const char *name)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(forms[i].name, name) == 0)
			return &forms[i];
	return NULL;
}

/* ---- one file ---- */

/* All of standard input; what is too much for a script is found too large when it is loaded. */
static bool read_input(struct buffer *source)
{
	enum { INPUT_MAX = 8 << 20 };
	int fault;

	buffer_init(source, INPUT_MAX);
	fault = buffer_read(source, STDIN_FILENO);
	if (!fault || fault == EFBIG)
		return true;
	fprintf(stderr, "afsl check: standard input: %s\n", strerror(fault));
	buffer_free(source);
	return false;
}

static int status_of(const char *path, const struct afsl_report *report)
{
	if (!afsl_report_errors(report))
		return EX_OK;
	return strcmp(path, "-") != 0 && script_fault(path) == EX_NOINPUT ? EX_NOINPUT : EX_DATAERR;
}

static int check_file(const char *path, struct afsl_load_options options,
		      struct afsl_report **report)
{
	struct buffer source;
	bool input = strcmp(path, "-") == 0;

	if (input && !read_input(&source))
		return EX_NOINPUT;
	if (input) {
		options.source = source.data ? source.data : "";
		options.source_length = source.length;
	}
	afsl_program_release(afsl_program_load(input ? "stdin" : path, &options, report));
	if (input)
		buffer_free(&source);
	return *report ? status_of(path, *report) : EX_OK;
}

static int check_files(const struct string_list *files, const struct afsl_load_options *options)
{
	struct afsl_report **reports = memory_zeroed(files->count, sizeof(*reports));
	size_t count = 0;
	int status = EX_OK;

	if (!reports)
		return EX_OSERR;
	for (size_t i = 0; i < files->count; i++) {
		int fault = check_file(files->items[i], *options, &reports[count]);

		status = status == EX_OK ? fault : status;
		count += reports[count] != NULL;
	}
	if (!find_form(format)->print(reports, count))
		status = EX_OSERR;
	for (size_t i = 0; i < count; i++)
		afsl_report_free(reports[i]);
	memory_free(reports);
	return status;
}

/* ---- the command line ---- */

static int unknown_mta(void)
{
	const char *names[16], *near;
	size_t count = 0;

	while (count < sizeof(names) / sizeof(names[0]) && (names[count] = afsl_mta_name(count)))
		count++;
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], mta) == 0)
			return -1;
	near = name_nearest(text_of_string(mta, LIFETIME_EVENT), names, count);
	return usage_error(&command_check, "no mail server is known as \"%s\"%s", mta,
			   suggestion(near));
}

static int run(int argc, char **argv)
{
	struct string_list files = { 0 };
	struct afsl_setting *settings = NULL;
	struct afsl_load_options options = { .check_only = true, .tests = true };
	int status = options_read(&command_check, rows, argc, argv, &files);

	if (status < 0 && files.count == 0)
		status = usage_error(&command_check, "no script was named");
	if (status < 0 && !find_form(format))
		status = usage_error(&command_check, "--format is text, json or sarif, not \"%s\"",
				     format);
	if (status < 0 && mta)
		status = unknown_mta();
	if (status < 0)
		status = settings_read(&command_check, &definitions, &settings);
	if (status < 0) {
		options.options = settings;
		options.option_count = definitions.count;
		options.library = library;
		options.mta = mta;
		status = check_files(&files, &options);
	}
	memory_free(settings);
	string_list_free(&files);
	string_list_free(&definitions);
	return status;
}

const struct command command_check = {
	"check",
	"[-D NAME=VALUE] [--mta NAME] [--format text|json|sarif] SCRIPT...",
	"Says what is wrong with scripts, without running them; - is standard input.",
	"Exit code 0 when nothing is, 65 when there are errors, 66 when a file cannot be read.",
	run,
};
