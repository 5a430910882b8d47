/* Client and envelope of a simulated session: what was given, else what the message tells. */
#ifndef CLI_ENVELOPE_H
#define CLI_ENVELOPE_H

#include "cli/options.h"
#include "cli/outcome.h"

struct given_envelope {
	const char *client, *client_name, *helo, *from, *auth; /* NULL when not given */
	struct string_list rcpts, macros;
	bool tls;
};

/* Where each was taken from, as people read it. */
struct envelope_sources {
	const char *client, *helo, *from, *rcpt;
};

/* NULL, or what is wrong with what was given. Texts point into the message and the words given. */
const char *envelope_derive(const struct given_envelope *given, const struct message *message,
			    struct envelope *envelope, struct envelope_sources *sources);

#endif
