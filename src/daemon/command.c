#include "daemon/command.h"

static const char help[] =
	"afsld " AFSL_VERSION ": runs AFSL filters for mail servers that speak milter\n"
	"\n"
	"    afsld -c FILE                              in the background, as FILE says\n"
	"    afsld --foreground --listen ADDRESS [-D OPTION=VALUE] SCRIPT...\n"
	"\n"
	"  -c, --config FILE       the configuration; " CONFIG_PATH_DEFAULT " without scripts\n"
	"  -t, --test              check configuration and scripts, and exit: 0 when they are "
	"good\n"
	"  -f, --foreground        stay in the foreground and log to standard error\n"
	"  -l, --listen ADDRESS    listen there in place of what FILE says; may be repeated\n"
	"  -D, --option NAME=VALUE a value for an option of every SCRIPT; may be repeated\n"
	"  -s, --set NAME=VALUE    a setting of the configuration, as in FILE; may be repeated\n"
	"      --server NAME       native or libmilter: the same as --set server=NAME\n"
	"      --show-config       print the settings that hold, as a configuration file\n"
	"  -h, --help              this\n"
	"  -V, --version           the version\n"
	"\n"
	"SCRIPTs run in the order given, in place of FILE's filters. Addresses are "
	"inet:PORT@HOST,\n"
	"inet6:PORT@HOST or unix:PATH. See afsld(8), afsld.conf(5), afsl(7).\n";

enum { LONG_SERVER = OPTION_OWN };

static const struct option long_options[] = {
	{ "listen", required_argument, NULL, 'l' },
	{ "option", required_argument, NULL, 'D' },
	{ "server", required_argument, NULL, LONG_SERVER },
	COMMON_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

/* "name=value" in two; the value may hold more of "=". */
static bool option_add(struct command *command, const char *pair)
{
	const char *equals = strchr(pair, '=');
	if (!equals || equals == pair)
		return false;
	char *name = arena_string(&command->common.arena,
				  text_of(pair, (size_t)(equals - pair), LIFETIME_PROGRAM));
	return name &&
	       setting_list_add(&command->common.arena, &command->options, name, equals + 1);
}

static bool server_set(struct command *command, const char *name)
{
	static const char setting[] = "server=";
	size_t length = strlen(name);
	char *set = arena_allocate(&command->common.arena, sizeof(setting) + length);
	if (!set)
		return false;
	memcpy(set, setting, sizeof(setting) - 1);
	memcpy(set + sizeof(setting) - 1, name, length + 1);
	command->common.sets[command->common.set_count++] = set;
	return true;
}

static enum command_result option_take(struct command *command, int option)
{
	switch (option) {
	case 'l':
		command->listens[command->listen_count++] = optarg;
		return COMMAND_RUN;
	case 'D':
		if (!option_add(command, optarg))
			return command_wrong(&command->common, "an option is given as NAME=VALUE");
		return COMMAND_RUN;
	case LONG_SERVER:
		if (!server_set(command, optarg))
			return command_wrong(&command->common, "no memory for the command line");
		return COMMAND_RUN;
	default:
		return command_option(&command->common, option, "afsld", help);
	}
}

static enum command_result options_take(struct command *command, int argc, char **argv)
{
	int option;
	while ((option = getopt_long(argc, argv, "c:tfl:D:s:hV", long_options, NULL)) != -1) {
		enum command_result result = option_take(command, option);
		if (result != COMMAND_RUN)
			return result;
	}
	while (optind < argc)
		command->scripts[command->script_count++] = argv[optind++];
	if (command->options.count && !command->script_count)
		return command_wrong(
			&command->common,
			"options need a SCRIPT; in a file they are given by its filters");
	if (!command->common.config && !command->script_count)
		command->common.config = CONFIG_PATH_DEFAULT;
	return COMMAND_RUN;
}

enum command_result command_parse(int argc, char **argv, struct command *command)
{
	size_t size = ((size_t)argc + 1) * sizeof(char *);
	*command = (struct command){ .listens = NULL };
	if (!command_init(&command->common, argc, argv, "afsld"))
		return command_wrong(&command->common, "no memory for the command line");
	command->listens = arena_zeroed(&command->common.arena, size);
	command->scripts = arena_zeroed(&command->common.arena, size);
	if (!command->listens || !command->scripts)
		return command_wrong(&command->common, "no memory for the command line");
	return options_take(command, argc, argv);
}
