/* A simulated SMTP client, and the mail server between it and the filters: what is said, one step
 * at a time, with the macros that a Postfix sends by default. */
#ifndef TEST_CLIENT_H
#define TEST_CLIENT_H

#include "afsl.h"
#include "base/arena.h"
#include "test/envelope.h"

struct client {
	struct afsl_session *session;
	const struct envelope *envelope;
	struct arena *arena; /* what is said lives there until the message is over */
	bool has_queue_id;   /* as in Postfix: from the first accepted recipient on */
	bool failed;	     /* memory has ended, or a macro was too long */
};

/* Each begins an event, as its afsl_ function. */
enum afsl_status client_negotiate(struct client *client);
enum afsl_status client_connect(struct client *client);
enum afsl_status client_helo(struct client *client, bool esmtp);
/* Of the envelope's sender. */
enum afsl_status client_mail(struct client *client, const struct afsl_text *parameters,
			     size_t count);
/* The address without angle brackets. */
enum afsl_status client_rcpt(struct client *client, struct text recipient,
			     const struct afsl_text *parameters, size_t count);
enum afsl_status client_data(struct client *client);
enum afsl_status client_header(struct client *client, struct text name, struct text raw);
enum afsl_status client_end_of_headers(struct client *client);
enum { CLIENT_CHUNK = 65535 };
/* At most CLIENT_CHUNK bytes, which stay where they are until the event is done. */
enum afsl_status client_body(struct client *client, struct text bytes);
enum afsl_status client_end_of_message(struct client *client);

#endif
