/* One SMTP session and its current message, as facts. Knows no script and no protocol. */
#ifndef MAIL_SESSION_H
#define MAIL_SESSION_H

#include "base/buffer.h"
#include "base/ip.h"
#include "mail/changes.h"
#include "mail/headers.h"
#include "mail/verdict.h"

enum client_family { CLIENT_UNKNOWN, CLIENT_INET, CLIENT_INET6, CLIENT_UNIX };

enum macro_stage {
	MACRO_CONNECT,
	MACRO_HELO,
	MACRO_MAIL,
	MACRO_RCPT,
	MACRO_DATA,
	MACRO_EOH,
	MACRO_EOM,
	MACRO_STAGE_COUNT,
};
const char *macro_stage_name(enum macro_stage stage); /* "connect" ... */

struct macro {
	struct text name; /* "i", "{auth_authen}": as the MTA sent it */
	struct text value;
};

struct macros {
	struct macro *items;
	uint32_t count, room;
	char *bytes; /* behind names and values; used again for the next set */
	size_t bytes_room;
	bool early; /* of a message that has not begun: they wait for it */
};

/* Which macros the script wants at a stage, space separated; of stages that were not asked for the
 * mail server decides. */
struct macro_requests {
	struct text names[MACRO_STAGE_COUNT];
	bool made[MACRO_STAGE_COUNT];
};

struct recipient {
	struct text address;	 /* as the client gave it, with angle brackets if any */
	struct text *parameters; /* ESMTP parameters, "NOTIFY=NEVER" */
	uint32_t parameter_count;
	struct verdict verdict; /* REJECT or TEMPFAIL: this recipient was refused by a filter */
	bool refused_by_mta;
	bool removed; /* by a change */
	bool added;   /* by a change */
	bool at_mta;  /* the MTA has it once a third party's changes are applied */
	bool outside; /* the filter is not for it */
	bool unseen;  /* deleted without having been announced: perhaps the MTA has it */
};

/* What one message may hold; 0 holds nothing. */
struct mail_limits {
	uint32_t headers, recipients, changes;
	size_t header_bytes;
	size_t whole; /* what mail_keep_body() keeps */
};

/* One mail transaction. It lives in the message arena, as all its texts. */
struct mail_message {
	bool open;	    /* between MAIL and the end or abort of the message */
	struct text sender; /* raw: with angle brackets if any */
	struct text *parameters;
	uint32_t parameter_count;
	struct recipient *recipients;
	uint32_t recipient_count, recipient_room;
	uint32_t *recipient_index,
		recipient_mask;	 /* by bare address; NULL until a change needs it */
	uint32_t field_count; /* fields of the header so far, and their names and raw values */
	size_t field_bytes;
	struct headers received; /* as they came, where they are kept */
	struct headers foreign;	 /* with a third party's changes alone: what its indices count in */
	struct headers headers;	 /* as this filter has changed them so far */
	bool own_header_changes, foreign_header_changes;
	uint32_t next_header_id;
	uint64_t body_size; /* bytes seen */
	bool body_replaced; /* by the CHANGE_REPLACE_BODY entries of the log from `body_first` on */
	bool body_foreign;
	uint32_t body_first;
	struct text new_sender;		     /* when `sender_changed` */
	bool sender_changed, sender_foreign; /* the last change was a third party's */
	struct text sender_parameters;
	struct changes changes;	     /* all of them, in the order of recording */
	int spam_level, virus_level; /* -1: not set */
	struct buffer whole; /* header and body, once mail_keep_body() or mail_whole() was called */
	size_t whole_body;   /* where the body begins in it */
	bool whole_begun;
	/* the step's own facts */
	struct text header_name, header_raw; /* onHeader */
	struct text chunk;		     /* onBodyChunk: the caller's buffer */
};

struct mail_session {
	struct arena session_arena;
	struct arena message_arena;
	/* of the connection */
	enum client_family family;
	struct text client_name; /* verified host name, or "[192.0.2.1]" */
	struct ip client_ip;	 /* none for UNIX and unknown */
	struct text client_path; /* family UNIX */
	uint16_t client_port;
	struct ip server_ip;
	uint16_t server_port;
	struct text helo;
	bool esmtp, tls;
	uint32_t mail_count; /* MAIL commands so far */
	uint64_t total_size; /* octets of the messages so far */
	struct macros **macros; /* by stage, and each of them; NULL: none have come yet */
	struct text command; /* onUnknownCommand */
	/* negotiation (onNegotiate) */
	uint32_t offered_version, offered_actions, offered_steps;
	struct macro_requests *requests; /* NULL: the script has asked for no macros */
	const struct mail_limits *limits; /* of whoever made the session, or the usual ones */
	struct mail_message *message; /* between two of them one that is closed and empty, for all to read */
};

struct mail_session *mail_session_new(size_t session_cap, size_t message_cap);
void mail_session_free(struct mail_session *session);

/* Each is false when a cap or limit is reached. Texts are copied. */

/* For the texts of struct mail_session itself; nothing else sets them. The text lives until the
 * field is set again, in memory that is used again: a client that says HELO for ever costs nothing.
 * So it is marked as the event's, and what keeps it longer copies it. */
bool mail_set_text(struct mail_session *session, struct text *field, struct text value);
/* Replaces the macros of a stage and forgets those of all later stages (as libmilter does at C, H,
 * M and R). Names and values alternate. Those from MAIL on are forgotten with the message; they may
 * come before it begins. */
bool mail_set_macros(struct mail_session *session, enum macro_stage stage, const struct text *pairs,
		     uint32_t pair_count);
/* False when memory has ended. */
bool mail_request_macros(struct mail_session *session, enum macro_stage stage, struct text names);
/* NULL: not asked for. */
const struct text *mail_requested_macros(const struct mail_session *session,
					 enum macro_stage stage);
/* Those of a stage as they stand. */
const struct macros *mail_macros(const struct mail_session *session, enum macro_stage stage);
/* The latest value, EOM first; a single letter is found with and without braces. */
bool mail_macro(const struct mail_session *session, struct text name, struct text *value);

/* Begins a message; an open one is forgotten first. */
bool mail_begin(struct mail_session *session, struct text sender, const struct text *parameters,
		uint32_t count);
bool mail_add_recipient(struct mail_session *session, struct text address,
			const struct text *parameters, uint32_t count);
/* The field at hand is header_name and header_raw. */
bool mail_add_header(struct mail_session *session, struct text name, struct text raw);
/* The same where nobody looks at the header as a whole: nothing is kept, the texts stay the caller's. */
bool mail_show_header(struct mail_session *session, struct text name, struct text raw);
/* The same for a field that an earlier filter of a chain has passed on: it keeps its id and place.
 */
bool mail_pass_header(struct mail_session *session, const struct header *header);
/* Keeps a piece of the body behind the header, for mail_whole(). */
void mail_keep_body(struct mail_session *session, struct text bytes);
/* The message as it was received, lines ending with CR LF, as far as its body was kept; it lives
 * until the message ends. False when it is larger than limits.whole, or memory has ended. */
bool mail_whole(struct mail_session *session, struct text *whole);
/* Is it another one by now: header or body changed by this filter? */
bool mail_content_changed(const struct mail_session *session);
/* The message as changed so far. False as for mail_whole(), or when `out` is full. */
bool mail_write_changed(struct mail_session *session, struct buffer *out);
/* Forgets the message and resets its arena. */
void mail_end(struct mail_session *session);

/* An address without its angle brackets; a route ("@a,@b:") is left out too. */
struct text address_bare(struct text raw);
/* What stands after the last "@"; "" when there is none. Case is kept. */
struct text address_domain(struct text raw);

/* Recording. Each checks what goes out (RFC 5322 names, folding as LF + blank, no other CR, LF or
 * NUL), records the change and applies it to the message as changed so far. */
enum mail_result { MAIL_DONE, MAIL_REFUSED, MAIL_FULL };
/* `why` is set on MAIL_REFUSED to a static string. */
enum mail_result mail_change(struct mail_session *session, struct change change, const char **why);
/* Forgets all changes of the message; it stands as it was received. */
void mail_drop_changes(struct mail_session *session);
/* The same, but quarantine stays. Says how many changes are forgotten. */
uint32_t mail_drop_all_but_quarantine(struct mail_session *session);

/* What goes out, in an order that gives the same message with every MTA. Lives in the message
 * arena; NULL when the cap is reached.
 *
 * First a third party's changes, as they came: its indices count in the message as received, which
 * no change of ours has touched yet. Then the filter's own header edits, taken not from the log but
 * from the difference between that and the message as changed: insertions from the top down, while
 * nothing is deleted (Sendmail goes on counting deleted fields, Postfix does not); changes and
 * deletions with the highest number first; insertions above the MTA's own Received (until then it
 * does not count among the fields, afterwards Postfix counts it); additions. Then the envelope,
 * quarantine, and the body in one run. A third party's body or sender goes out only if nobody
 * changed it later.
 *
 * Mixed changes of a field: the later one stands, except that a field which the filter has removed
 * stays removed. */
const struct changes *mail_plan(struct mail_session *session);
/* The same for a chain: each session was fed what the one before it left. In the arena of the last.
 */
const struct changes *mail_plan_chain(struct mail_session *const *sessions, unsigned count);

#endif
