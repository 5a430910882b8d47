/* One milter connection of the native server, for its own files. */
#ifndef HOST_NATIVE_SESSION_H
#define HOST_NATIVE_SESSION_H

#include "host/milter_plan.h"
#include "host/milter_reply.h"
#include "host/protocol.h"

/* How far the dialogue is. */
enum native_state {
	STATE_NEW, /* nothing is agreed */
	STATE_AGREED,
	STATE_OPEN, /* the client is known, no message is under way */
	STATE_MAIL,
	STATE_RCPT,
	STATE_DATA,
	STATE_HEADER,
	STATE_EOH,
	STATE_BODY,
} __attribute__((packed));

struct native_session {
	struct connection *connection;
	struct served_chain *served; /* the connection's; NULL: everything is refused for now */
	struct afsl_session *engine; /* NULL: refused, or nothing has needed it yet */
	struct afsl_offer offer;
	struct milter_plan plan;
	enum afsl_event event; /* that runs or waits */
	struct milter_held held;
	enum native_state state;
	uint8_t macro_stages; /* 1 << stage: its macros have come, its step has not */
	bool refused : 1;
	bool requests : 1; /* onNegotiate has asked for macros */
	bool ends : 1;	/* the body's last piece came with the end of the message */
	bool restarts : 1; /* the connection goes on with a new SMTP session */
	bool own_known : 1; /* our side of the SMTP connection */
	uint8_t own_family;
	uint16_t own_port;
	uint8_t own_address[16];
	char queue_id[24]; /* as in the engine's name of the session, perhaps cut */
};

/* ---- native_milter.c ---- */

/* The engine's session, begun when it is first needed; NULL: refused for now. */
struct afsl_session *native_engine(struct native_session *session);

/* ---- native_steps.c ---- */

enum step_result {
	STEP_DONE,  /* raised, and `session->event` tells which */
	STEP_NONE,  /* nothing to raise, and nothing to answer */
	STEP_WRONG, /* what no mail server sends: the connection ends */
};
/* Takes a packet apart and raises its event. The letter is one of a step's. */
enum step_result native_step(struct native_session *session, char letter, struct text payload,
			     enum afsl_status *status);
/* The end of the message, without a packet of its own. */
enum afsl_status native_end_of_message(struct native_session *session);
/* A packet of macros. False for what no mail server sends. */
bool native_macros(struct native_session *session, struct text payload);

/* ---- native_answer.c ---- */

/* The answer to a negotiation; plan and offer are set. */
void native_answer_negotiation(struct native_session *session);
/* The answer to an event that is done; `status` is what raising it said. True when it ends the
 * message. */
bool native_answer(struct native_session *session, enum afsl_status status);
/* The same for the end of a message, with all changes. */
void native_answer_end(struct native_session *session, enum afsl_status status);
/* "Come again later". */
void native_answer_refused(struct native_session *session, enum afsl_event event);
void native_answer_progress(struct native_session *session);

#endif
