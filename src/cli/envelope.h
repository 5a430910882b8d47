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

/* Their rows of a command's table of options. */
#define ENVELOPE_OPTIONS(given)                                                                     \
	{ "client", 0, OPTION_TEXT, "IP[:PORT]", "address of the SMTP client", &(given).client },   \
	{ "client-name", 0, OPTION_TEXT, "NAME", "its verified host name", &(given).client_name },  \
	{ "helo", 0, OPTION_TEXT, "NAME", "what it calls itself", &(given).helo },                  \
	{ "from", 0, OPTION_TEXT, "ADDRESS", "envelope sender; \"\" is the null sender",            \
	  &(given).from },                                                                          \
	{ "rcpt", 0, OPTION_LIST, "ADDRESS", "recipient; may be given again", &(given).rcpts },     \
	{ "auth", 0, OPTION_TEXT, "LOGIN", "the client has logged in so", &(given).auth },          \
	{ "tls", 0, OPTION_FLAG, NULL, "the connection is encrypted", &(given).tls },               \
	{ "macro", 0, OPTION_LIST, "NAME=VALUE", "a macro of the mail server", &(given).macros }

/* Where each was taken from, as people read it. */
struct envelope_sources {
	const char *client, *helo, *from, *rcpt;
};

/* NULL, or what is wrong with what was given. Texts point into the message and the words given. */
const char *envelope_derive(const struct given_envelope *given, const struct message *message,
			    struct envelope *envelope, struct envelope_sources *sources);

#endif
