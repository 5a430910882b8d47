/* One SMTP session through a chain, without any MTA. */
#ifndef CLI_SIMULATE_H
#define CLI_SIMULATE_H

#include "cli/outcome.h"

/* Runs the session to its end. */
void simulate(struct afsl_session *session, const struct envelope *envelope,
	      const struct message *message, struct outcome *outcome);

#endif
