/* What the changes make of a message, as Postfix would apply them. */
#ifndef CLI_DELIVER_H
#define CLI_DELIVER_H

#include "cli/outcome.h"

struct delivery {
	struct text sender;
	struct text *rcpts;
	size_t rcpt_count;
	struct buffer content;	/* header and body, CR LF line ends */
	const char *quarantine; /* reason, or NULL */
};

/* Texts live in the outcome's arena. False when memory has ended. */
bool deliver(const struct envelope *envelope, const struct message *message,
	     struct outcome *outcome, struct delivery *delivery);
void delivery_free(struct delivery *delivery);

/* Writes the content to a file, or to standard output for "-". False, with the reason in errno,
 * when that is not possible: half a message does not stay. */
bool delivery_write(const struct delivery *delivery, const char *path);

#endif
