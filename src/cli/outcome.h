/* Who sends what to whom, and what has become of it. */
#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H

#include "cli/message.h"
#include "test/envelope.h"
#include "test/reply.h"

#include <afsl.h>

enum { STEPS_MAX = 4096 };

/* One event, or a run of equal ones. */
struct step {
	const char *event; /* "onRcptTo" */
	struct text detail;
	unsigned count;
	struct afsl_verdict verdict; /* strings live in the arena */
	struct text macros;	     /* sent before it, "NAME=VALUE", a NUL between them */
	bool unanswered;	     /* no answer was to be awaited */
	bool skip;		     /* the answer was: no more of these */
	int64_t microseconds;	     /* until the answer, when that was measured */
};

struct recipient_result {
	struct text address;
	enum afsl_verdict_kind verdict; /* of the recipient itself */
	const char *reply;
};

struct outcome {
	struct arena arena;
	struct step *steps;
	size_t step_count;
	struct recipient_result *recipients;
	size_t recipient_count;
	struct afsl_verdict verdict; /* the final one */
	struct afsl_change *changes; /* texts live in the arena */
	size_t change_count;
	bool failed; /* memory has ended */
};

/* False, with `failed`, when memory has ended. */
bool outcome_begin(struct outcome *outcome);
void outcome_free(struct outcome *outcome);
/* By its verdict: it goes on its way. */
bool outcome_is_delivered(const struct outcome *outcome);
/* Notes a step. One that `joins` is one line with the one before it when nothing came of either. */
void outcome_note(struct outcome *outcome, const char *event, struct text detail,
		  const struct afsl_verdict *verdict, bool joins);
void outcome_recipient(struct outcome *outcome, struct text address,
		       const struct afsl_verdict *verdict);
/* Room for so many changes, which outcome_change then adds. */
bool outcome_reserve(struct outcome *outcome, size_t changes);
void outcome_change(struct outcome *outcome, struct afsl_change change);
#endif
