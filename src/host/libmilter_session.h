/* One connection of a mail server: its agreement, its macros, and the engine's session. */
#ifndef HOST_LIBMILTER_SESSION_H
#define HOST_LIBMILTER_SESSION_H

#include "base/buffer.h"
#include "host/milter_plan.h"
#include "host/milter_reply.h"
#include "host/served.h"

#include <libmilter/mfapi.h>

struct requested_macro {
	enum milter_stage stage;
	struct macro_name name;
};

struct libmilter_session {
	struct served_chain *served;
	struct afsl_session *engine; /* NULL: every step is refused for now */
	struct milter_plan plan;
	unsigned long number;
	char queue_id[48]; /* as in the engine's name of the session */
	struct milter_held held;
	struct requested_macro *requested;
	size_t requested_count;
	struct afsl_text *pairs; /* working memory of session_read_macros */
	size_t pair_room;
	struct buffer scratch;
};

/* Takes over the reference to `served`, which may be NULL: then, and when the engine has no memory,
 * the session refuses every step for now. NULL when there is no memory for even that. */
struct libmilter_session *libmilter_session_new(struct served_chain *served, unsigned long number);
void libmilter_session_free(struct libmilter_session *session);


/* Takes over what onNegotiate has asked for and tells libmilter the lists. False when memory has
 * ended or libmilter does not take a list. */
bool libmilter_session_set_macros(struct libmilter_session *session, SMFICTX *context);
/* Copies the macros of this event's stage to the engine. False when memory has ended. */
bool libmilter_session_read_macros(struct libmilter_session *session, SMFICTX *context,
				   enum afsl_event event);

/* Waits until the engine's event is done. With `progress` the mail server gets a sign of life after
 * each so many seconds; 0 gives none. */
void libmilter_session_wait(struct libmilter_session *session, SMFICTX *context, unsigned progress);

#endif
