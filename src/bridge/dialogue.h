/* AXIMilter's line protocol: bytes of a client in, events of a chain and lines out.
 *
 * Four letters, a colon and a value make a line (grammar/verbs.def). What a client says is kept
 * until it names the message, or asks for an answer by STEP; then the events run in the order of
 * SMTP, and one line answers. What is wrong with a line is told by the line that answers, so that a
 * client may send all its lines at once; what is no line at all ends the connection. No event, no
 * client and no file makes it wait: dialogue_session() says what to wait for. */
#ifndef BRIDGE_DIALOGUE_H
#define BRIDGE_DIALOGUE_H

#include "afsl.h"
#include "base/buffer.h"

struct dialogue;

enum { DIALOGUE_LINE_MAX = 16384, DIALOGUE_FIELD_MAX = 1 << 20 };

/* What is around it; all live as long as the dialogue. */
struct dialogue_host {
	const char *spool; /* where VERI opens files; NULL: nowhere */
	void *argument;
	/* A new session; NULL when there is no memory. The dialogue frees it. */
	struct afsl_session *(*session)(void *argument);
	/* Where lines go; asked for whenever something is appended. */
	struct buffer *(*out)(void *argument);
	/* May more be taken in now, as far as the host is concerned? */
	bool (*goes_on)(void *argument);
};

/* NULL when memory has ended. */
struct dialogue *dialogue_new(const struct dialogue_host *host);
void dialogue_free(struct dialogue *dialogue);

/* Takes whole lines and pieces from the front and says how many bytes it took. What was taken must
 * stay where it is as long as an event waits. */
size_t dialogue_take(struct dialogue *dialogue, struct text bytes);
/* The session whose event waits, or NULL. When the event is done: dialogue_resume(). */
struct afsl_session *dialogue_session(const struct dialogue *dialogue);
void dialogue_resume(struct dialogue *dialogue);
/* The connection is to be closed when all is sent. */
bool dialogue_is_over(const struct dialogue *dialogue);
/* The client has gone: ends the session, which may wait once more. */
void dialogue_gone(struct dialogue *dialogue);

#endif
