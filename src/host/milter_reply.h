/* From a verdict to the letter of the milter protocol, and the words that go with it. */
#ifndef HOST_MILTER_REPLY_H
#define HOST_MILTER_REPLY_H

#include "afsl.h"
#include "base/text.h"
#include "milter/packet.h"

enum { REPLY_LINES_MAX = 32, REPLY_LINE_MAX = 980 };

struct milter_reply {
	char letter;  /* MILTER_CONTINUE...: only what every mail server understands at that step */
	char code[4]; /* of a refusal; "": the mail server's own words */
	char enhanced[16]; /* of the code's class; "" when there is none */
	const char *text;  /* lines separated by LF, the verdict's bytes; never empty with a code */
};

/* `event` must be one that is answered. A verdict that cannot be given there becomes the one that
 * lets nothing pass unseen: a temporary refusal. */
void milter_reply_make(enum afsl_event event, const struct afsl_verdict *verdict,
		       struct milter_reply *reply);

/* The next line of a reply's text, without its end and no longer than REPLY_LINE_MAX; false when
 * there is none. Whoever sends them counts to REPLY_LINES_MAX. */
bool milter_reply_line(const char **text, struct text *line);

bool milter_kind_refuses(enum afsl_verdict_kind kind);

/* A refusal that was reached where nothing is answered; given at the next answer. */
struct milter_held {
	enum afsl_verdict_kind kind; /* AFSL_CONTINUE: nothing */
	bool for_session;
};
void milter_hold(struct milter_held *held, enum afsl_event event, enum afsl_verdict_kind kind);
/* The message is over. */
void milter_held_forget(struct milter_held *held);

#endif
