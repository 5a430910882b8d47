/* The command line of afsld. */
#ifndef DAEMON_COMMAND_H
#define DAEMON_COMMAND_H

#include "daemon/settings.h"

struct command {
	const char *program;
	const char *config; /* NULL: scripts are named on the command line */
	bool test, foreground, show;
	/* All point into argv. */
	const char **listens, **sets, **scripts;
	size_t listen_count, set_count, script_count;
	struct arena arena;
	struct setting_list options;
};

enum command_result { COMMAND_RUN, COMMAND_DONE, COMMAND_WRONG };

/* COMMAND_DONE: help or version were printed; COMMAND_WRONG: what is wrong was printed to standard
 * error. The arena is to be reset by the caller in any case. */
enum command_result command_parse(int argc, char **argv, struct command *command);

#define CONFIG_PATH_DEFAULT "/etc/afsl/afsld.conf"

#endif
