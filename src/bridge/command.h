/* The command line of aximilter. */
#ifndef BRIDGE_COMMAND_H
#define BRIDGE_COMMAND_H

#include "bridge/settings.h"

struct command {
	const char *program;
	const char *config; /* NULL: all is said on the command line */
	bool test, foreground, show;
	const char **sets; /* lines of a configuration; all point into argv */
	size_t set_count;
	struct arena arena;
};

enum command_result { COMMAND_RUN, COMMAND_DONE, COMMAND_WRONG };

/* As in afsld. */
enum command_result command_parse(int argc, char **argv, struct command *command);

#define CONFIG_PATH_DEFAULT "/etc/opt/axigen/aximilter.conf"

#endif
