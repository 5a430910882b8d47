#include "bridge/command.h"

#include <getopt.h>
#include <stdio.h>

static const char help[] =
	"aximilter " AFSL_VERSION
	": hands mail to third-party milters, in order, for mail servers\n"
	"that speak milter and for clients that speak AXIMilter's line protocol\n"
	"\n"
	"    aximilter [-c FILE]                    in the background, as FILE says\n"
	"    aximilter --foreground -s 'milter inet:8891@127.0.0.1'\n"
	"\n"
	"  -c, --config FILE    the configuration; " CONFIG_PATH_DEFAULT "\n"
	"                       when there is neither -c nor -s\n"
	"  -t, --test           check the configuration, and exit: 0 when it is good\n"
	"  -f, --foreground     stay in the foreground and log to standard error\n"
	"  -s, --set 'NAME VALUE...'  a line of the configuration, as in FILE; may be repeated\n"
	"      --show-config    print the settings that hold, as a configuration file\n"
	"  -h, --help           this\n"
	"  -V, --version        the version\n"
	"\n"
	"Signals: HUP reads FILE again, TERM ends when the running sessions have ended. See\n"
	"aximilter(8), aximilter.conf(5).\n";

enum { LONG_SHOW_CONFIG = 256 };

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "test", no_argument, NULL, 't' },
	{ "foreground", no_argument, NULL, 'f' },
	{ "set", required_argument, NULL, 's' },
	{ "show-config", no_argument, NULL, LONG_SHOW_CONFIG },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static enum command_result wrong(const struct command *command, const char *what)
{
	fprintf(stderr, "%s: %s; %s --help says how it is called\n", command->program, what,
		command->program);
	return COMMAND_WRONG;
}

static enum command_result option_take(struct command *command, int option)
{
	switch (option) {
	case 'c':
		command->config = optarg;
		return COMMAND_RUN;
	case 't':
		command->test = true;
		return COMMAND_RUN;
	case 'f':
		command->foreground = true;
		return COMMAND_RUN;
	case 's':
		command->sets[command->set_count++] = optarg;
		return COMMAND_RUN;
	case LONG_SHOW_CONFIG:
		command->show = true;
		return COMMAND_RUN;
	case 'h':
		fputs(help, stdout);
		return COMMAND_DONE;
	case 'V':
		puts("aximilter " AFSL_VERSION);
		return COMMAND_DONE;
	default:
		/* getopt has said what is wrong. */
		return wrong(command, "the command line is not understood");
	}
}

enum command_result command_parse(int argc, char **argv, struct command *command)
{
	int option;
	*command = (struct command){ .program = argc ? argv[0] : "aximilter" };
	arena_init(&command->arena, (size_t)16 << 20, LIFETIME_PROGRAM);
	command->sets = arena_zeroed(&command->arena, ((size_t)argc + 1) * sizeof(char *));
	if (!command->sets)
		return wrong(command, "no memory for the command line");
	optind = 0; /* begins anew, also in tests */
	while ((option = getopt_long(argc, argv, "c:tfs:hV", long_options, NULL)) != -1) {
		enum command_result result = option_take(command, option);
		if (result != COMMAND_RUN)
			return result;
	}
	if (optind < argc)
		return wrong(command, "there are no arguments behind the options");
	if (!command->config && !command->set_count)
		command->config = CONFIG_PATH_DEFAULT;
	return COMMAND_RUN;
}
