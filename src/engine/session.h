/* The inside of a session: lanes, the message's stage, and the event that runs. */
#ifndef ENGINE_SESSION_H
#define ENGINE_SESSION_H

#include "engine/lane.h"
#include "engine/listener.h"
#include "engine/spool.h"

/* How far the message at hand is. */
enum stage {
	STAGE_NONE,
	STAGE_ENVELOPE,
	STAGE_DATA,
	STAGE_HEADER,
	STAGE_END_OF_HEADERS,
	STAGE_BODY
};

/* What the running event is at. */
enum phase {
	PHASE_IDLE,
	PHASE_ABORT_FIRST, /* a message is given up before the event itself begins */
	PHASE_RUN,	   /* the event, filter by filter */
	PHASE_BESIDE,	   /* the event, all filters side by side */
	PHASE_REPLAY,	   /* end of message: filters that get the message as edited */
	PHASE_ABORT_AFTER, /* the message was decided: filters that have not heard of it */
};

/* What the host said; its bytes stay the host's. */
struct arguments {
	struct text text, raw;
	const struct afsl_text *parameters;
	size_t count;
	bool esmtp;
	const struct afsl_client *client;
	const struct afsl_offer *offer;
};

/* The same when it must wait: a copy, as the host's own may be gone. */
struct kept_arguments {
	struct arguments arguments;
	struct arena arena;
};

/* The body for lanes that get it later. */
struct spooled {
	struct spool spool;
	char *chunk; /* SPOOL_CHUNK bytes: what was read back */
};

/* Where the replay to one lane stands. */
struct replay {
	enum { REPLAY_HEADERS, REPLAY_END_OF_HEADERS, REPLAY_BODY, REPLAY_END } step;
	uint32_t next;	 /* field of the lane before; of a body that it has replaced, entry of its log */
	uint64_t offset; /* in the spool or in the piece */
};

struct afsl_session {
	struct afsl_chain *chain;
	struct afsl_chain **earlier; /* that afsl_try has replaced: values may point into their constants */
	unsigned earlier_count;
	unsigned count; /* of `lanes` */
	struct listener listener;
	enum afsl_status status;
	/* the connection */
	bool negotiated, connected, closed;
	bool keeps_headers;
	uint32_t needs, replies; /* of the chain, less what scripts do without in this session */
	/* the message */
	enum stage stage;
	unsigned live; /* so many lanes get the content as it comes; 0: not yet known */
	struct spooled *spooled; /* NULL: nothing yet, or memory has ended */
	bool spooling; /* a later lane wants the body */
	bool stale;    /* it is over; its memory is kept for the results until the next event */
	bool refused_at_helo; /* the session */
	/* the event that runs */
	bool running; /* a handler of `lane` is suspended */
	enum afsl_event event;
	enum phase phase;
	unsigned lane;
	const struct arguments *arguments; /* the caller's or those of `kept`; NULL: they are lost */
	struct kept_arguments *kept;
	int64_t began;	       /* clock_monotonic() when its first handler began; 0: none has */
	int64_t content_spent; /* microseconds of the message's content events so far */
	struct replay replay;
	/* results */
	struct answer answer;	       /* of the event that was done last */
	struct afsl_verdict verdict;   /* the same as the host reads it */
	struct answer message_refusal; /* decided, and not yet told or to be told again */
	struct answer session_refusal;
	const struct changes *plan;
	struct buffer *requested; /* by stage; NULL: no filter has asked for macros */
	struct lane lanes[];
};

/* The stage whose macros the event can ask for; -1 when there is none. */
int macro_stage_of(enum afsl_event event);

/* ---- results.c ---- */

/* What the host reads. */
void results_answer(struct afsl_session *session, const struct verdict *verdict,
		    const struct origin *origin);
void results_answer_again(struct afsl_session *session, const struct answer *refusal);
void results_forget(struct afsl_session *session);
/* Gathers which macros the filters have asked for. */
void results_negotiated(struct afsl_session *session);
void results_free(struct afsl_session *session);

/* ---- flow.c ---- */

/* Does the order of calls allow it now? */
bool flow_allows(const struct afsl_session *session, enum afsl_event event);
/* Runs the event that was put into `event` and `arguments`. */
enum afsl_status flow_begin(struct afsl_session *session, enum afsl_event event);
enum afsl_status flow_resume(struct afsl_session *session);
/* Gives up the event that waits; the message stays as it is. */
void flow_cancel(struct afsl_session *session);
/* Memory of a message that is over goes. */
void flow_forget_message(struct afsl_session *session);
void flow_forget_arguments(struct afsl_session *session);

/* For beside.c: begins a handler, takes over what the lane at hand has decided and goes to the next,
 * and ends the event. */
enum lane_status flow_begin_lane(struct afsl_session *session, struct lane *lane,
				 enum event_id event);
void flow_lane_has_run(struct afsl_session *session, struct lane *lane, enum event_id event);
void flow_finish_run(struct afsl_session *session);

/* ---- beside.c ---- */

/* Goes on with the event in all filters; LANE_DONE when it is decided. */
enum lane_status beside_run(struct afsl_session *session);
/* What they wait for, all together. */
void beside_wait(const struct afsl_session *session, struct wait_request *all);
/* Handlers that are suspended are given up. */
void beside_cancel(struct afsl_session *session);

/* ---- part.c: filters that are for some recipients, or for messages up to a size ---- */

/* The filter is not for this recipient or message, or has decided before: what stands in the lane is its
 * decision, and nothing is to run. */
bool part_stays_out(struct lane *lane, enum event_id event);
/* Before the content: filters that are for none of the recipients leave the message. */
void part_begin_content(struct afsl_session *session);
/* True when the lane's refusal is not for all: it is kept for its recipients, or has been done to them. */
bool part_takes_refusal(struct lane *lane, enum event_id event);
void part_free(struct lane *lane);

/* ---- facts.c ---- */

/* Of an address whose family is known. */
socklen_t address_size(const struct sockaddr *address);
/* Gives a lane what its handler of the event reads. NULL, or why it cannot be: a limit's name. */
const char *facts_give(struct afsl_session *session, struct lane *lane);
/* The same for an event of the content. */
const char *facts_give_content(struct afsl_session *session, struct lane *lane);
/* Begins the message where it has not begun. */
const char *facts_open(struct lane *lane);
const char *facts_give_header(struct lane *lane, const struct header *header);
void facts_give_chunk(struct lane *lane, struct text bytes);

/* ---- settle.c ---- */

/* Takes over what the running lane has decided. True when the event is decided for all. */
bool settle(struct afsl_session *session, struct lane *lane, enum event_id event);
/* The answer to the event, when all lanes have run. */
void settle_event(struct afsl_session *session);
static inline bool session_replies(const struct afsl_session *session, enum afsl_event event)
{
	uint32_t replies = session->replies | UINT32_C(1) << AFSL_NEGOTIATE |
			   UINT32_C(1) << AFSL_END_OF_MESSAGE;

	return replies >> event & 1;
}
const struct answer *refusal_of(const struct afsl_session *session, enum afsl_event event);
/* What is to be told at the event, or again; NULL: nothing, as nearly always. */
static inline const struct answer *session_refusal(const struct afsl_session *session,
						   enum afsl_event event)
{
	if (!answer_is_set(&session->session_refusal) && !answer_is_set(&session->message_refusal))
		return NULL;
	return refusal_of(session, event);
}

/* ---- replay.c ---- */

/* The message is over. */
void replay_forget(struct afsl_session *session);
/* Decides which lanes get the content live. */
void replay_prepare(struct afsl_session *session);
/* The next event of the lane at hand, its facts given; -1 when the lane is through, -2 when it has
 * failed (lane_fail was called). */
int replay_next(struct afsl_session *session, struct lane *lane);

#endif
