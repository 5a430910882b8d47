/* One test: its code, the session that it talks to, its mocked world, and what came of it. */
#ifndef TEST_TRIAL_H
#define TEST_TRIAL_H

#include "engine/lane.h"
#include "engine/session.h"
#include "test/client.h"
#include "test/coverage.h"
#include "test/mock.h"
#include "test/reply.h"

enum trial_outcome { TRIAL_PASSED, TRIAL_FAILED, TRIAL_SKIPPED };

/* A line of what led to the present state: an event and its verdict, a change, a line of the log.
 */
struct note {
	const char *text, *result, *place;
	bool detail; /* of the event before it */
	bool silent; /* an event that nobody handled and that decided nothing */
	struct note *next;
};

/* What the client knows of its session. */
struct dialogue {
	bool connected, greeted;
	bool mail_open; /* MAIL was not refused, and its message is not over */
	bool mail_refused;
	bool data_said;
	unsigned accepted; /* recipients */
	unsigned refused;
	bool headers_done;
};

/* The message as it would be delivered. */
struct delivered {
	bool known; /* the end of the message was reached and it was not refused */
	struct text headers, body, sender;
	struct text *recipients;
	size_t recipient_count;
	struct text *changes;
	size_t change_count;
	bool quarantined;
};

/* What is to be run. */
struct trial_request {
	const char *path;
	struct afsl_program *program; /* loaded with its tests */
	unsigned number;	      /* of the test */
	const struct afsl_setting *settings;
	size_t setting_count;
	const char *library;
	struct coverage *coverage; /* NULL: not wanted */
};

struct trial {
	const struct trial_request *request;
	struct arena arena;
	struct mocks mocks;
	/* the test's own code */
	struct afsl_shared *space; /* what the script's shared variables hold begins anew, too */
	struct afsl_program *base; /* with the options that the suite was given */
	struct filter filter;
	struct listener listener;
	struct lane lane;
	struct watcher watcher; /* of the session that is tested */
	/* the session that is tested */
	struct afsl_program *program; /* with the options that mock.option() gave */
	struct afsl_setting *settings;
	size_t setting_count;
	struct afsl_session *session;
	struct client client;
	struct envelope envelope;
	struct dialogue dialogue;
	const char **macros;
	struct afsl_verdict verdict; /* of the last step */
	bool step_handled;	     /* by the filter */
	struct text *sent_recipients;
	size_t sent_recipient_count;
	struct buffer sent_body;
	struct delivered delivered;
	struct text *log;
	size_t log_count;
	struct recorder *own,
		*tested; /* of the test's code, of the session; NULL when nothing is covered */
	/* what led here */
	struct note *notes, **last_note, *event_note;
	uint32_t changes_noted;
	struct span statement; /* that the filter runs */
	/* how it ended */
	enum trial_outcome outcome;
	struct span span;     /* of the statement that ended it; to == 0: the test as a whole */
	struct buffer reason; /* why, without the place */
	bool ended;
};

struct trial_result {
	enum trial_outcome outcome;
	struct buffer
		text; /* for people: why it failed, where, and what led there; why it was skipped */
	unsigned line;
	int64_t microseconds;
};

/* Runs the test to its end. `result->text` is the caller's to free. */
void trial_run(const struct trial_request *request, struct trial_result *result);

/* ---- for the files of the room ---- */

/* Of the test's code that calls. */
struct trial *trial_of(const struct call *call);
/* The test has failed, here: what the builtin then returns. */
enum call_result trial_fail(struct trial *trial, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
enum call_result trial_end(struct trial *trial, enum trial_outcome outcome);
char *trial_print(struct trial *trial, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
struct text trial_keep(struct trial *trial, struct text text); /* a copy */
struct note *trial_note(struct trial *trial, const char *text);

/* session.c: the tested session. */
/* Waits until the session's event is done, playing for its mocked peers. */
enum afsl_status trial_settle(struct trial *trial, enum afsl_status status);
/* A new session, with the options that hold now; the old one ends. False when the test has failed.
 */
bool trial_open_session(struct trial *trial);
void trial_close_session(struct trial *trial);
/* The filter with the options that hold now; `report` may be NULL. */
struct afsl_program *trial_load(const struct trial *trial, struct afsl_report **report);
/* Why the filter does not load with the options that hold now; "" when it does. */
const char *trial_load_error(struct trial *trial);
/* One pause of whoever waits: plays, or lets time pass. */
void trial_wait(struct trial *trial, const struct wait_request *request);

/* delivery.c: what becomes of the message, right after its end. */
void delivery_keep(struct trial *trial);
/* "addHeader X-A: b" */
struct text change_line(struct arena *arena, const struct afsl_change *change);

/* failure.c */
void failure_print(struct trial *trial, struct buffer *out);
/* As a person reads it, texts in quotes. */
void failure_print_value(const struct type *type, value v, struct buffer *out);

/* natives.c */
const struct vm_natives *tested_natives(void);
#define TESTED(id, ...) enum call_result tested_##id(struct call *call);
#define BUILTIN(id, ...)
#include "grammar/builtins.def"
#undef TESTED
#undef BUILTIN

#endif
