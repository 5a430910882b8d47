/* The MTA's side of the milter protocol: a state machine that never blocks.
 *
 * One client is one connection to one filter for one SMTP session. Every call begins a step; then
 * milter_client_run is called until it no longer says MILTER_WAIT. */
#ifndef MILTER_CLIENT_H
#define MILTER_CLIENT_H

#include "base/wait.h"
#include "mail/changes.h"
#include "mail/session.h"
#include "milter/options.h"
#include "net/socket.h"

struct milter_client;

struct milter_timeouts { /* microseconds */
	int64_t connect; /* TCP connect and negotiation */
	int64_t command; /* connect, helo, mail, rcpt, data, unknown */
	int64_t content; /* header, end of header, body */
	int64_t end;     /* end of message; each progress restarts it, up to ten times of it in all */
};
extern const struct milter_timeouts milter_timeouts_default;

enum milter_status {
	MILTER_READY,  /* the step is over: milter_client_reply() tells how */
	MILTER_WAIT,   /* the request was filled */
	MILTER_FAILED, /* the filter cannot be used any more in this session: milter_client_failure() */
};

struct milter_reply {
	char letter;  /* MILTER_CONTINUE, ACCEPT, REJECT, TEMPFAIL, DISCARD, REPLYCODE, SKIP, SHUTDOWN */
	int code;     /* REPLYCODE */
	struct text enhanced; /* REPLYCODE: "5.7.1" or empty */
	struct text text;     /* REPLYCODE: lines separated by LF, %% made % */
	const struct changes *changes; /* end of message: in the filter's order */
};

/* Texts of replies and changes live in the arena that milter_client_run had when the reply came. */
struct milter_client *milter_client_new(const struct endpoint *endpoint,
					const struct milter_timeouts *timeouts);
/* Over a connected, non-blocking descriptor, which the client owns from then on (not when it returns
 * NULL). `name` is for messages. */
struct milter_client *milter_client_adopt(int fd, const char *name,
					  const struct milter_timeouts *timeouts);
void milter_client_free(struct milter_client *client); /* closes at once, sends nothing */

/* Replaces the macros to be sent before the next command of a stage, pairs of name and value; false,
 * with a failure, when they cannot be sent (NUL, an empty name, too long). They are sent once; if the
 * filter named the macros that it wants at the stage, only those. */
bool milter_client_macros(struct milter_client *client, enum macro_stage stage,
			  const struct text *pairs, uint32_t pair_count);

/* Steps. Each returns false, with a failure, when the step is not allowed in this state or an
 * argument cannot be sent (NUL, CR or LF in an address or name). Steps that the filter waived, and
 * those after its final verdict, are ready at once with CONTINUE (the verdict is not repeated). */
bool milter_client_negotiate(struct milter_client *client);
bool milter_client_connect(struct milter_client *client, struct text host, enum client_family family,
			   struct ip ip, struct text path, uint16_t port);
bool milter_client_helo(struct milter_client *client, struct text name);
bool milter_client_mail(struct milter_client *client, struct text sender,
			const struct text *parameters, uint32_t count);
bool milter_client_rcpt(struct milter_client *client, struct text recipient,
			const struct text *parameters, uint32_t count);
bool milter_client_data(struct milter_client *client);
bool milter_client_unknown(struct milter_client *client, struct text line);
bool milter_client_header(struct milter_client *client, struct text name, struct text raw);
bool milter_client_end_of_headers(struct milter_client *client);
/* Cut into chunks, byte for byte. */
bool milter_client_body(struct milter_client *client, struct text bytes);
bool milter_client_end_of_message(struct milter_client *client);
bool milter_client_abort(struct milter_client *client); /* no reply is awaited */
bool milter_client_quit(struct milter_client *client);

/* Does the filter still want this command (after waivers, SKIP and its final verdict)? */
bool milter_client_wants(const struct milter_client *client, enum milter_command command);
/* Does the filter answer it? */
bool milter_client_awaits(const struct milter_client *client, enum milter_command command);
/* Sends what can be sent now, reads nothing: for callers that run the step later. */
void milter_client_flush(struct milter_client *client);

enum milter_status milter_client_run(struct milter_client *client, struct arena *arena,
				     struct wait_request *wait);
const struct milter_reply *milter_client_reply(const struct milter_client *client);

enum milter_failure_kind {
	MILTER_FAILURE_NONE,
	MILTER_FAILURE_CONNECT,  /* refused, no such socket */
	MILTER_FAILURE_TIMEOUT,
	MILTER_FAILURE_CLOSED,
	MILTER_FAILURE_PROTOCOL, /* garbage, or what the protocol does not allow here */
	MILTER_FAILURE_ARGUMENT, /* ours: the connection is still good */
	MILTER_FAILURE_MEMORY,
};
struct milter_failure {
	enum milter_failure_kind kind;
	char message[200];
};
const struct milter_failure *milter_client_failure(const struct milter_client *client);

/* What the filter asked for; valid after the negotiation. */
const struct milter_options *milter_client_options(const struct milter_client *client);

#endif
