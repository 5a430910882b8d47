/* The command line of aximilter. */
#ifndef BRIDGE_COMMAND_H
#define BRIDGE_COMMAND_H

#include "service/command.h"

/* The arena is to be reset by the caller in any case. */
enum command_result command_parse(int argc, char **argv, struct service_command *command);

#define CONFIG_PATH_DEFAULT "/etc/opt/axigen/aximilter.conf"

#endif
