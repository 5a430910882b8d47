/* afsl: check, run and look into filter scripts. */
#include "cli/commands.h"

#include "base/diagnostics.h"

#include <afsl.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static const struct command *const commands[] = {
	/* clang-format off */
	&command_run,
	&command_test,
	&command_milter,
	&command_check,
	&command_format,
	&command_dump,
	&command_describe,
	&command_explain,
	&command_repl,
	&command_import,
	/* clang-format on */
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(*commands) };

static void print_help(FILE *out)
{
	fputs("usage: afsl COMMAND [OPTIONS] ...\n\n", out);
	for (int i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\nafsl COMMAND --help tells more; afsl --version tells the version.\n", out);
}

static int unknown_command(const char *name)
{
	const char *names[COMMAND_COUNT], *near;

	for (int i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i]->name;
	near = name_nearest(text_of_string(name, LIFETIME_EVENT), names, COMMAND_COUNT);
	fprintf(stderr, "afsl: there is no command \"%s\"%s\nTry: afsl --help\n", name,
		suggestion(near));
	return EX_USAGE;
}

/* What could not be written is a failure, whatever else went well. */
static int finish_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "afsl: standard output: %s\n", strerror(errno));
	return status == EX_OK ? EX_IOERR : status;
}

/* A command that memory ended for is silent. */
static int finish(int status)
{
	if (status == EX_OSERR)
		fputs("afsl: there is not enough memory\n", stderr);
	return finish_output(status);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		print_help(stderr);
		return EX_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return EX_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("afsl " AFSL_VERSION);
		return EX_OK;
	}
	for (int i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(argv[1], commands[i]->name) == 0)
			return finish(commands[i]->run(argc - 1, argv + 1));
	return unknown_command(argv[1]);
}
