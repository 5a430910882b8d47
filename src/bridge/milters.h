/* The milters of a configuration as a chain: one copy of filters/aximilter.afsl each. */
#ifndef BRIDGE_MILTERS_H
#define BRIDGE_MILTERS_H

#include "bridge/settings.h"

/* 0, or a code of sysexits.h with what is wrong in `problems`. */
int milters_load(const struct bridge_settings *settings, struct buffer *problems,
		 struct afsl_chain **chain);

#endif
