/* What this process has done so far, for whoever asks how the daemon fares. */
#ifndef HOST_COUNTERS_H
#define HOST_COUNTERS_H

#include "afsl.h"

#include <stdatomic.h>

/* COUNTER(name, help) */
#define HOST_COUNTERS(COUNTER)                                                                     \
	COUNTER(sessions, "sessions that have begun")                                              \
	COUNTER(refused, "of these, sessions for which there was no room")                         \
	COUNTER(messages, "messages that have come to their end")                                  \
	COUNTER(accepted, "of these, messages that were let through")                              \
	COUNTER(rejected, "commands and messages that were refused for good")                      \
	COUNTER(tempfailed, "commands and messages that were refused for now")                     \
	COUNTER(discarded, "messages that were taken and vanish")                                  \
	COUNTER(errors, "answers that onError gave, because a script failed or passed a limit")    \
	COUNTER(unlogged, "log lines that could not be written")

struct host_counters {
	atomic_uint open; /* sessions at this moment */
#define COUNTER_FIELD(name, help) atomic_ulong name;
	HOST_COUNTERS(COUNTER_FIELD)
#undef COUNTER_FIELD
};

/* Where to count from now on: memory that others may read. Without it, in memory of its own. */
void counters_use(struct host_counters *counters);
/* `refused`: it found no room. */
void counters_session_begun(bool refused);
void counters_session_ended(void);
/* An answer that is given to a mail server. */
void counters_answer(enum afsl_event event, const struct afsl_verdict *verdict);

#endif
