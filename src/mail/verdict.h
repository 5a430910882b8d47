/* What a filter decides about a step, and the cleaning of what it wants the client to read. */
#ifndef MAIL_VERDICT_H
#define MAIL_VERDICT_H

#include "base/arena.h"

enum verdict_kind {
	VERDICT_CONTINUE, /* nothing was decided */
	VERDICT_ACCEPT,
	VERDICT_REJECT,	  /* 5xx */
	VERDICT_TEMPFAIL, /* 4xx */
	VERDICT_DISCARD,
	VERDICT_DISCONNECT, /* 421, and the connection ends */
};

struct verdict {
	enum verdict_kind kind;
	int code;	      /* 550, 451, 421; 0: the host's default words */
	struct text enhanced; /* "5.7.1" or empty */
	struct text text;     /* lines separated by LF; may be empty */
};

const char *verdict_name(enum verdict_kind kind); /* "continue", "accept", ... */

/* Is this reply lawful: 4xx for tempfail, 5xx for reject, enhanced code of the code's class and
 * three parts (RFC 3463), every line printable (8-bit allowed), no CR or NUL, at most 980 bytes a
 * line and 32 lines? NULL when it is, else why not. */
const char *reply_fault(enum verdict_kind kind, int code, struct text enhanced, struct text text);

#endif
