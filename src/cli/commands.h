/* The commands of afsl; each has a file of its own. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/options.h"

extern const struct command command_run, command_test, command_milter, command_check, command_format, command_dump,
	command_describe, command_explain, command_repl, command_import;

#endif
