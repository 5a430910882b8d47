/* Messages and name servers for tests of signatures. */
#ifndef TESTS_AUTHENTICATION_MESSAGE_H
#define TESTS_AUTHENTICATION_MESSAGE_H

#include "../zone.h"

#include "authentication/dkim.h"

/* A message as a text, lines with LF: its fields, and where its body begins. */
struct message {
	struct arena arena;
	struct headers headers;
	struct buffer body; /* lines with CR LF */
};

void message_open(struct message *message, const char *text);
void message_close(struct message *message);
/* A field on top. */
void message_add(struct message *message, const char *name, const char *raw);

/* Checks its signatures; the caller looks at `check->outcomes` before the message is closed. */
void message_verify(struct message *message, const struct zone_row *rows, size_t count, int64_t now,
		    struct dkim_check *check);
/* Signs it: "" or the fault; the field is added. */
const char *message_sign(struct message *message, struct dkim_signing signing);

#endif
