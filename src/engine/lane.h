/* One filter in one session: its view of the message, its virtual machine, and what it has decided.
 */
#ifndef ENGINE_LANE_H
#define ENGINE_LANE_H

#include "builtins/context.h"
#include "engine/answer.h"
#include "engine/chain.h"
#include "mail/session.h"
#include "vm/vm.h"

enum { PLACE_MAX = 256, REASON_MAX = 512 };

/* Why an event failed, and where: "file:line". */
struct failure {
	char reason[REASON_MAX];
	char place[PLACE_MAX];
};

/* How an event ended for one filter, beside the verdict in its context. */
struct decision {
	bool failed; /* on_error has answered */
	bool placed; /* the script has decided, at `span` */
	struct span span;
	struct failure *failure; /* why it failed, or what the script gave as a failure; or NULL */
};

struct lane;

/* Who looks closer than a host does: the tests. */
struct watcher {
	void *argument;
	/* Before each statement. */
	void (*statement)(void *argument, const struct lane *lane, struct span span);
	/* A handler is over, `decision` is made, and what it worked with is still there. */
	void (*handled)(void *argument, const struct lane *lane);
	vm_visitor *visitor; /* NULL: nobody */
	void *visitor_argument;
};

/* Where lines of the log and of a trace go; shared by the lanes of a session. */
struct listener {
	afsl_log *log;
	void *log_argument;
	afsl_trace *trace;
	void *trace_argument;
	char *session_name;
	const struct watcher *watcher; /* NULL: nobody */
};

/* What a filter for some recipients has refused before they were known. */
enum held_at { HELD_CONNECT, HELD_HELO, HELD_MAIL, HELD_COUNT };
struct held {
	struct answer at[HELD_COUNT];
};

enum starting { STARTING_NOTHING, STARTING_SESSION, STARTING_MESSAGE } __attribute__((packed));

struct lane {
	const struct filter *filter;
	const struct listener *listener;
	struct mail_session *mail;
	struct vm *vm; /* made at the first event that it handles */
	struct arena event;
	struct vm_services services;
	struct context context;
	struct decision decision;	   /* of the event that was done last */
	struct held *held; /* NULL: nothing */
	bool running; /* beside others: its handler is suspended */
	bool watched; /* the virtual machine has a tracer */
	bool session_begun, message_begun; /* variables have their initial values */
	enum starting starting; /* they are getting them, and the event comes then */
	bool session_done;		   /* wants no more of this session */
	bool message_done; /* nor of this message: accepted, or failed with on_error = accept */
	bool saw_message;  /* its end or abort is owed to it */
};

enum lane_status { LANE_DONE, LANE_WAITING };

/* False when memory has ended; lane_free() may be called in any case. */
bool lane_init(struct lane *lane, const struct filter *filter, const struct listener *listener);
void lane_free(struct lane *lane);

static inline bool lane_is_done(const struct lane *lane)
{
	return lane->session_done || lane->message_done;
}
/* Is there a handler that should run now? */
static inline bool lane_handles(const struct lane *lane, enum event_id event)
{
	bool closing = event == EVENT_onAbort || event == EVENT_onDisconnect;

	return filter_handles(lane->filter, event) && (closing || !lane_is_done(lane));
}

/* Runs the handler as far as it goes; with LANE_DONE `decision` tells. An event without a handler,
 * or one of which this filter wants no more, is done at once with "continue". */
enum lane_status lane_begin(struct lane *lane, enum event_id event, int64_t deadline);
enum lane_status lane_resume(struct lane *lane);
/* The event cannot be run, for that reason: the answer is `on_error`. */
void lane_fail(struct lane *lane, enum event_id event, const char *reason,
	       enum afsl_on_error on_error);
/* Of a lane that has failed. */
const char *lane_reason(const struct lane *lane);
/* Where the decision was made, "" when nobody knows; `printed` is room for it. */
const char *lane_place(const struct lane *lane, char printed[PLACE_MAX]);
/* Nothing was decided. */
void lane_pass(struct lane *lane);
/* Gives a suspended handler up; `catch` does not run. */
void lane_give_up(struct lane *lane);
/* Another filter in the place of this one, between two events; variables of the same name and type keep their values.
 * False when memory has ended; then nothing has changed. */
bool lane_succeed(struct lane *lane, const struct filter *filter);
/* Message variables and handles go, and a handler that is suspended. The recorded changes stay
 * until lane_forget_message(). */
void lane_end_message(struct lane *lane);
void lane_forget_message(struct lane *lane);

/* Spam and virus levels become header fields. False when they cannot. */
bool lane_write_levels(struct lane *lane);
bool lane_has_changes(const struct lane *lane);

#endif
