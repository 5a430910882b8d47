#include "bridge/command.h"

#include "afsl.h"

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

static const struct option long_options[] = { COMMON_OPTIONS, { NULL, 0, NULL, 0 } };

enum command_result command_parse(int argc, char **argv, struct service_command *command)
{
	int option;
	if (!command_init(command, argc, argv, "aximilter"))
		return command_wrong(command, "no memory for the command line");
	while ((option = getopt_long(argc, argv, "c:tfs:hV", long_options, NULL)) != -1) {
		enum command_result result = command_option(command, option, "aximilter", help);
		if (result != COMMAND_RUN)
			return result;
	}
	if (optind < argc)
		return command_wrong(command, "there are no arguments behind the options");
	if (!command->config && !command->set_count)
		command->config = CONFIG_PATH_DEFAULT;
	return COMMAND_RUN;
}
