/* A mail server's side of one SMTP session, played against a milter without blocking. */
#ifndef CLI_DIALOGUE_H
#define CLI_DIALOGUE_H

#include "test/macros.h"
#include "cli/message.h"

#include "milter/client.h"

/* One message and who sends it to whom. The client and HELO of the first one are the session's. */
struct letter {
	const struct envelope *envelope;
	const struct message *message;
};

/* One command, once its answer is there. */
struct exchange {
	const char *command;		/* "RCPT" */
	struct text detail;		/* the address, the name of the field ... */
	const struct macro_set *macros; /* that went before it, or NULL */
	const struct milter_reply *reply;
	bool answered;	      /* false: the milter has waived the answer */
	int64_t microseconds; /* until the answer */
};

/* What became of a message. */
struct ending {
	const struct milter_reply *reply; /* the one that decided */
	bool no_recipients;		  /* all were refused: `reply` is the last refusal */
	bool before_message;		  /* decided at connect or helo: of all that follow, too */
	int64_t microseconds;		  /* from MAIL to the end */
};

/* Each may be NULL. What the pointers show lives until the callback returns, texts of replies and
 * changes until the next message begins. */
struct dialogue_watcher {
	void (*negotiated)(void *argument, const struct milter_options *options,
			   int64_t microseconds);
	void (*exchanged)(void *argument, const struct exchange *exchange);
	void (*refused)(void *argument, struct text recipient, const struct milter_reply *reply);
	void (*ended)(void *argument, size_t letter, const struct ending *ending);
	void *argument;
};

struct dialogue;

/* The messages one after another on one connection, `rounds` times over. Nothing is copied. NULL
 * when memory has ended. */
struct dialogue *dialogue_new(const struct endpoint *endpoint,
			      const struct milter_timeouts *timeouts, const struct letter *letters,
			      size_t letter_count, size_t rounds,
			      const struct dialogue_watcher *watcher);
void dialogue_free(struct dialogue *dialogue);

enum dialogue_status { DIALOGUE_WAITING, DIALOGUE_DONE, DIALOGUE_FAILED };
/* Goes on as far as it can; when it waits, the request says for what. */
enum dialogue_status dialogue_run(struct dialogue *dialogue, struct wait_request *wait);
/* After DIALOGUE_FAILED. */
const struct milter_failure *dialogue_failure(const struct dialogue *dialogue);

#endif
