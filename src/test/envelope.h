/* Who sends what to whom. */
#ifndef TEST_ENVELOPE_H
#define TEST_ENVELOPE_H

#include "base/text.h"

enum { RECIPIENTS_MAX = 1000 };

/* What the client is and says. */
struct envelope {
	char client_ip[64]; /* "" : a local socket */
	unsigned client_port;
	char client_name[256];
	char helo[256];
	struct text from; /* without angle brackets */
	struct text rcpts[RECIPIENTS_MAX];
	size_t rcpt_count;
	const char *auth;      /* login name or NULL */
	const char *mechanism; /* of the login; NULL: PLAIN */
	bool tls;
	const char *tls_version, *cipher; /* NULL: the usual ones */
	const char **macros;		  /* "name=value" */
	size_t macro_count;
};

#endif
