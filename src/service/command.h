/* What the command lines of all daemons have. */
#ifndef SERVICE_COMMAND_H
#define SERVICE_COMMAND_H

#include "base/arena.h"

#include <getopt.h>

struct service_command {
	const char *program;
	const char *config; /* NULL: all is said on the command line */
	bool test, foreground, show;
	const char **sets; /* pieces of a configuration; all point into argv */
	size_t set_count;
	struct arena arena;
};

enum command_result { COMMAND_RUN, COMMAND_DONE, COMMAND_WRONG };

enum { OPTION_SHOW_CONFIG = 256, OPTION_OWN /* and higher: of a daemon's own */ };
#define COMMON_OPTIONS                                                                             \
	{ "config", required_argument, NULL, 'c' }, { "test", no_argument, NULL, 't' },            \
		{ "foreground", no_argument, NULL, 'f' }, { "set", required_argument, NULL, 's' }, \
		{ "show-config", no_argument, NULL, OPTION_SHOW_CONFIG },                          \
		{ "help", no_argument, NULL, 'h' },                                                \
	{                                                                                          \
		"version", no_argument, NULL, 'V'                                                  \
	}

/* Room for as many sets as there are arguments. False when memory has ended. */
bool command_init(struct service_command *command, int argc, char **argv, const char *name);
/* What getopt_long gave and is no option of the daemon's own. COMMAND_DONE: help or version were
 * printed; COMMAND_WRONG: what is wrong was printed to standard error. */
enum command_result command_option(struct service_command *command, int option, const char *name,
				   const char *help);
enum command_result command_wrong(const struct service_command *command, const char *what);

#endif
