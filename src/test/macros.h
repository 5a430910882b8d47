/* The macros of a simulated mail server, stage by stage, as Postfix sends them by default. */
#ifndef TEST_MACROS_H
#define TEST_MACROS_H

#include "afsl.h"
#include "base/arena.h"
#include "test/envelope.h"

enum { MACROS_MAX = 64 };

struct macro_set {
	struct text pairs[2 * MACROS_MAX]; /* names and values in turn */
	size_t count;
};

/* What is sent before a stage: Postfix's own, then those of the envelope (--macro), which replace
 * one of the same name. `rcpt` is for AFSL_RCPT. Texts live in the arena or as long as the
 * envelope. False when memory has ended. */
bool macros_of_stage(enum afsl_event stage, const struct envelope *envelope, struct text rcpt,
		     bool has_queue_id, struct arena *arena, struct macro_set *set);

#endif
