/* From a verdict to what libmilter may be told, cleaned. */
#ifndef HOST_MILTER_REPLY_H
#define HOST_MILTER_REPLY_H

#include "afsl.h"

#include <libmilter/mfapi.h>

enum { REPLY_LINES_MAX = 32, REPLY_LINE_MAX = 980 };

struct milter_reply {
	int status;	     /* SMFIS_...: only what every mail server understands at that step */
	char code[4];	     /* "": the mail server's own words */
	char enhanced[16];   /* of the code's class; "" when there is none */
	unsigned line_count; /* at least 1 when there is a code */
	char lines[REPLY_LINES_MAX][REPLY_LINE_MAX + 1]; /* printable ASCII, "%" doubled */
};

/* `event` must be one that is answered. A verdict that cannot be given there becomes the one that
 * lets nothing pass unseen: a temporary refusal. */
void milter_reply_make(enum afsl_event event, const struct afsl_verdict *verdict,
		       struct milter_reply *reply);

/* Says it, and returns what the callback must return at once: libmilter keeps an unused text for
 * the next refusal of the session. */
sfsistat milter_reply_give(SMFICTX *context, struct milter_reply *reply);

#endif
