/* What lies outside of the process, as builtins reach it: the real world, or in tests a mocked one.
 * Nothing here blocks; for what takes its time the builtins wait as usual. Names are asked of the
 * context's resolver, which has a mocked form of its own (net/resolver.h). */
#ifndef BUILTINS_OUTSIDE_H
#define BUILTINS_OUTSIDE_H

#include "base/buffer.h"
#include "net/socket.h"

/* A question by HTTP, and an answer to it that was made by hand. */
struct outside_question {
	struct text method, url;
	struct text headers; /* "Name: value", each with its LF */
	struct text body;
	const char *place; /* where it would connect, as endpoint_parse() writes it; "" when a name
			      would have to be looked up first */
};

struct outside_answer {
	int status;
	struct text headers; /* the same */
	struct text body;
};

enum outside_http { OUTSIDE_ASKS, OUTSIDE_ANSWERS, OUTSIDE_REFUSES };

struct outside {
	/* A descriptor that connects or is connected, non-blocking, of whoever asked; -1 sets
	 * errno. */
	int (*connect)(void *argument, const struct endpoint *endpoint);
	/* A connection there that was kept; -1: there is none. */
	int (*reuse)(void *argument, const struct endpoint *endpoint);
	/* As connect, for a library that connects it itself. */
	int (*open)(void *argument, const struct endpoint *endpoint);
	/* Answers or refuses a question before anything is connected. */
	enum outside_http (*http)(void *argument, const struct outside_question *question,
				  struct outside_answer *answer);
	/* True when what a database says of an address is made by hand: *found lives as long as the
	 * event. */
	bool (*geoip)(void *argument, struct ip address, struct text path, struct text *found);
	/* Microseconds since 1970. */
	int64_t (*now)(void *argument);
	/* Fills it with what is not to be guessed; false sets errno. */
	bool (*random)(void *argument, uint64_t *number);
	/* What the file of a private key holds, in `out`; NULL, or why it is not to be had. Without
	 * this, files are read. */
	const char *(*private_key)(void *argument, struct text path, struct buffer *out);
};

extern const struct outside outside_live;
/* The clock and chance are real, all else is refused: of scripts that are loaded to be tested. */
extern const struct outside outside_closed;

#endif
