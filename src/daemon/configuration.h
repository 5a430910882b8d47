/* From a command line to checked settings and a chain that runs: at the start and at each reload.
 */
#ifndef DAEMON_CONFIGURATION_H
#define DAEMON_CONFIGURATION_H

#include "daemon/command.h"
#include "service/reading.h"

struct configuration {
	struct daemon_settings settings;
	struct reading reading;
};

/* 0, or a code of sysexits.h; then what is wrong stands in `problems`. What came to be is to be
 * freed in any case. */
int configuration_load(const struct command *command, struct sources *sources,
		       struct configuration *configuration, struct buffer *problems);
void configuration_free(struct configuration *configuration);

/* Compiles all filters. 0, or a code of sysexits.h; `problems` gets errors and warnings. */
int chain_load(const struct configuration *configuration, struct buffer *problems,
	       struct afsl_chain **chain);

#endif
