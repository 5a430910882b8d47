/* One connection of a mail server: its agreement, its macros, and the engine's session. */
#ifndef HOST_MILTER_SESSION_H
#define HOST_MILTER_SESSION_H

#include "base/buffer.h"
#include "host/milter_macros.h"
#include "host/milter_plan.h"

#include <libmilter/mfapi.h>

/* A chain with what was derived from it; counted, because sessions outlive a reload. */
struct served_chain;
/* Keeps the chain. NULL when memory has ended. */
struct served_chain *served_chain_new(struct afsl_chain *chain);
struct served_chain *served_chain_keep(struct served_chain *served);
void served_chain_release(struct served_chain *served);

struct requested_macro {
	enum milter_stage stage;
	struct macro_name name;
};

struct milter_session {
	struct served_chain *served;
	struct afsl_session *engine; /* NULL: every step is refused for now */
	struct milter_plan plan;
	unsigned long number;
	char queue_id[48]; /* as in the engine's name of the session */
	/* A refusal that was reached where nothing is answered; given at the next answer. */
	enum afsl_verdict_kind held;
	bool held_for_session;
	struct requested_macro *requested;
	size_t requested_count;
	struct afsl_text *pairs; /* working memory of session_read_macros */
	size_t pair_room;
	struct buffer scratch;
};

/* Takes over the reference to `served`, which may be NULL: then, and when the engine has no memory,
 * the session refuses every step for now. NULL when there is no memory for even that. */
struct milter_session *milter_session_new(struct served_chain *served, unsigned long number);
void milter_session_free(struct milter_session *session);

const struct afsl_needs *milter_session_needs(const struct milter_session *session);

/* Takes over what onNegotiate has asked for and tells libmilter the lists. False when memory has
 * ended or libmilter does not take a list. */
bool milter_session_set_macros(struct milter_session *session, SMFICTX *context);
/* Copies the macros of this event's stage to the engine. False when memory has ended. */
bool milter_session_read_macros(struct milter_session *session, SMFICTX *context,
				enum afsl_event event);

/* Waits until the engine's event is done. With `progress` the mail server gets a sign of life after
 * each so many seconds; 0 gives none. */
void milter_session_wait(struct milter_session *session, SMFICTX *context, unsigned progress);

#endif
