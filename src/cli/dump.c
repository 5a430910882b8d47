#include "cli/commands.h"
#include "cli/loading.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

static struct string_list definitions;
static const char *library;

static const struct option_row rows[] = {
	{ "define", 'D', OPTION_LIST, "NAME=VALUE", "set an option of the script", &definitions },
	{ "library", 0, OPTION_TEXT, "FOLDER", "where `use` looks after the script's own folder",
	  &library },
	{ 0 },
};

static int dump_file(const char *path, const struct afsl_load_options *options)
{
	int status = EX_OK;
	struct afsl_program *program = script_load(path, options, &status);
	char *text;

	if (!program)
		return status;
	text = afsl_program_dump(program);
	if (text)
		fputs(text, stdout);
	else
		status = EX_OSERR;
	free(text);
	afsl_program_release(program);
	return status;
}

static int run(int argc, char **argv)
{
	struct string_list files = { 0 };
	struct afsl_setting *settings = NULL;
	struct afsl_load_options options = { 0 };
	int status = options_read(&command_dump, rows, argc, argv, &files);

	if (status < 0 && files.count != 1)
		status = usage_error(&command_dump, "name one script");
	if (status < 0)
		status = settings_read(&command_dump, &definitions, &settings);
	if (status < 0) {
		options.options = settings;
		options.library = library;
		options.option_count = definitions.count;
		status = dump_file(files.items[0], &options);
	}
	memory_free(settings);
	string_list_free(&files);
	string_list_free(&definitions);
	return status;
}

const struct command command_dump = {
	"dump",
	"[-D NAME=VALUE] SCRIPT",
	"Prints the code that a script is compiled to.",
	NULL,
	run,
};
