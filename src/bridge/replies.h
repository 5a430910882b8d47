/* The lines that answer a client of the line protocol. */
#ifndef BRIDGE_REPLIES_H
#define BRIDGE_REPLIES_H

#include "afsl.h"
#include "base/buffer.h"

/* What clients of the line protocol have always known. */
#define FAULT_CONNECT "Could not connect to Milter implementation"
#define FAULT_FILE    "Could not open message file"

/* Lines end in CR LF. */
void reply_fault_line(struct buffer *out, const char *fault);
/* "REJECT: 550 5.7.1 text"; `changes` is for ACCEPT, `quarantine` its reason or empty data NULL. */
void reply_verdict_line(struct buffer *out, const struct afsl_verdict *verdict);
/* "ACCEPT: n", or "QUARANTINE: n reason": the end of a message with its changes. */
void reply_accept_line(struct buffer *out, const struct afsl_session *session, size_t more);

/* Which changes a client asks for. */
enum change_set {
	CHANGES_HEADER = 1 << 0,
	CHANGES_BODY = 1 << 1,
	CHANGES_RCPT = 1 << 2,
	CHANGES_SENDER = 1 << 3,
	CHANGES_QUARANTINE = 1 << 4,
	CHANGES_ALL = 0x1f,
};
/* One line each, in their order; a piece of the body is a line that counts the bytes that follow.
 */
void reply_changes(struct buffer *out, const struct afsl_session *session, unsigned set);

#endif
