/* The command line of afsld. */
#ifndef DAEMON_COMMAND_H
#define DAEMON_COMMAND_H

#include "daemon/settings.h"
#include "service/command.h"

struct command {
	struct service_command common; /* without a config, scripts are named on the command line */
	/* All point into argv. */
	const char **listens, **scripts;
	size_t listen_count, script_count;
	struct setting_list options;
};

/* COMMAND_DONE: help or version were printed; COMMAND_WRONG: what is wrong was printed to standard
 * error. The arena is to be reset by the caller in any case. */
enum command_result command_parse(int argc, char **argv, struct command *command);

#define CONFIG_PATH_DEFAULT "/etc/afsl/afsld.conf"

#endif
