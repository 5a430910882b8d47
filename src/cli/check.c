#include "cli/commands.h"
#include "cli/loading.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static bool json;
static const char *format = "text";
static struct string_list definitions;

static const struct option_row rows[] = {
	{ "define", 'D', OPTION_LIST, "NAME=VALUE", "set an option of the scripts", &definitions },
	{ "format", 0, OPTION_TEXT, "text|json", "how to print what is wrong (text)", &format },
	{ 0 },
};

/* Prints one file's report; JSON reports of several files are one array. */
static void print_report(struct afsl_report *report, bool first)
{
	if (!json) {
		fputs(afsl_report_text(report, wants_colour(STDOUT_FILENO)), stdout);
		return;
	}
	const char *array = afsl_report_json(report);
	size_t length = strlen(array);

	while (length && array[length - 1] != ']')
		length--;
	if (length > 2)
		printf("%s%.*s", first ? "" : ",", (int)length - 2, array + 1);
}

static int check_file(const char *path, const struct afsl_load_options *options, bool first)
{
	struct afsl_report *report = NULL;
	int status = EX_OK;

	afsl_program_release(afsl_program_load(path, options, &report));
	if (!report)
		return EX_OK;
	print_report(report, first);
	if (afsl_report_errors(report))
		status = script_fault(path) == EX_NOINPUT ? EX_NOINPUT : EX_DATAERR;
	afsl_report_free(report);
	return status;
}

static int run(int argc, char **argv)
{
	struct string_list files = { 0 };
	struct afsl_setting *settings = NULL;
	struct afsl_load_options options = { .check_only = true };
	int status = options_read(&command_check, rows, argc, argv, &files);

	json = strcmp(format, "json") == 0;
	if (status < 0 && files.count == 0)
		status = usage_error(&command_check, "no script was named");
	if (status < 0 && !json && strcmp(format, "text") != 0)
		status = usage_error(&command_check, "--format is text or json, not \"%s\"", format);
	if (status < 0)
		status = settings_read(&command_check, &definitions, &settings);
	if (status < 0) {
		status = EX_OK;
		options.options = settings;
		options.option_count = definitions.count;
		if (json)
			putchar('[');
		for (size_t i = 0; i < files.count; i++) {
			int fault = check_file(files.items[i], &options, i == 0);

			status = status == EX_OK ? fault : status;
		}
		if (json)
			puts("]");
	}
	memory_free(settings);
	string_list_free(&files);
	string_list_free(&definitions);
	return status;
}

const struct command command_check = {
	"check",
	"[-D NAME=VALUE] [--format text|json] SCRIPT...",
	"Says what is wrong with scripts, without running them.",
	"Exit code 0 when nothing is, 65 when there are errors, 66 when a file cannot be read.",
	run,
};
