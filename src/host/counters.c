#include "host/counters.h"

#include "base/log.h"

static struct host_counters own;
static struct host_counters *counters = &own;

#define COUNT(name) atomic_fetch_add_explicit(&counters->name, 1, memory_order_relaxed)

void counters_use(struct host_counters *shared)
{
	counters = shared;
	log_count_lost(&shared->unlogged);
}

void counters_session_begun(bool refused)
{
	COUNT(open);
	COUNT(sessions);
	if (refused)
		COUNT(refused);
}

void counters_session_ended(void)
{
	atomic_fetch_sub_explicit(&counters->open, 1, memory_order_relaxed);
}

void counters_answer(enum afsl_event event, const struct afsl_verdict *verdict)
{
	bool passes = verdict->kind == AFSL_CONTINUE || verdict->kind == AFSL_ACCEPT;
	if (event == AFSL_END_OF_MESSAGE) {
		COUNT(messages);
		if (passes)
			COUNT(accepted);
	}
	if (verdict->error)
		COUNT(errors);
	if (verdict->kind == AFSL_REJECT || verdict->kind == AFSL_DISCONNECTED)
		COUNT(rejected);
	else if (verdict->kind == AFSL_TEMPFAIL)
		COUNT(tempfailed);
	else if (verdict->kind == AFSL_DISCARD)
		COUNT(discarded);
}
