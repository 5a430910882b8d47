/* From a command line to checked settings and a chain of milters: at the start and at each reload.
 */
#ifndef BRIDGE_CONFIGURATION_H
#define BRIDGE_CONFIGURATION_H

#include "bridge/settings.h"
#include "service/command.h"
#include "service/reading.h"

struct configuration {
	struct bridge_settings settings;
	struct reading reading;
};

/* 0, or a code of sysexits.h; then what is wrong stands in `problems`. What came to be is to be
 * freed in any case. */
int configuration_load(const struct service_command *command, struct sources *sources,
		       struct configuration *configuration, struct buffer *problems);
void configuration_free(struct configuration *configuration);

#endif
