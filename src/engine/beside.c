/* One event in all filters of a chain at once, where they only judge. They are begun in their order,
 * waited for together, and heard in their order when all have run: what they answer does not depend
 * on which was the fastest. */
#include "engine/session.h"

#include "base/log.h"

/* ---- running ---- */

/* Waits of so many filters fit into the session's; the others begin when one has run. */
static bool has_room(const struct afsl_session *session)
{
	unsigned running = 0;

	for (unsigned i = 0; i < session->lane; i++)
		running += session->lanes[i].running;
	return running < AFSL_WAIT_MAX;
}

static void begin(struct afsl_session *session, struct lane *lane)
{
	enum event_id event = event_of(session->event);
	const char *fault = facts_give(session, lane);

	if (fault)
		lane_fail(lane, event, fault, lane->filter->on_error);
	else
		lane->running = flow_begin_lane(session, lane, event) == LANE_WAITING;
}

static void resume_all(struct afsl_session *session)
{
	for (unsigned i = 0; i < session->lane; i++)
		if (session->lanes[i].running)
			session->lanes[i].running = lane_resume(session->lanes + i) == LANE_WAITING;
}

/* ---- waiting ---- */

/* Descriptors beyond what one wait can hold are looked at that often. */
enum { LOOK_AGAIN = 10000 };

static void wait_until(struct wait_request *wait, int64_t deadline)
{
	if (deadline < wait->deadline)
		wait->deadline = deadline;
}

void beside_wait(const struct afsl_session *session, struct wait_request *all)
{
	wait_begin(all, INT64_MAX);
	for (unsigned i = 0; i < session->lane; i++) {
		const struct wait_request *request;

		if (!session->lanes[i].running)
			continue;
		request = vm_wait(session->lanes[i].vm);
		for (unsigned n = 0; n < request->count; n++)
			if (!wait_add(all, request->descriptors[n].fd,
				      request->descriptors[n].events))
				wait_until(all, clock_monotonic() + LOOK_AGAIN);
		wait_until(all, request->deadline);
	}
}

static bool some_wait(const struct afsl_session *session)
{
	bool wait = false;

	for (unsigned i = 0; i < session->lane; i++)
		wait |= session->lanes[i].running;
	return wait;
}

/* ---- hearing ---- */

/* Of what a filter that only judges has changed, the quarantine stays. */
static void drop_changes(struct lane *lane)
{
	uint32_t dropped = lane->mail->message->open ? mail_drop_all_but_quarantine(lane->mail) : 0;

	if (dropped)
		listener_line(lane, LOG_LEVEL_WARNING,
			      "it only judges: %u of its changes are not made", (unsigned)dropped);
}

static void hear_all(struct afsl_session *session)
{
	enum event_id event = event_of(session->event);

	session->lane = 0;
	while (session->phase == PHASE_BESIDE && session->lane < session->count) {
		struct lane *lane = session->lanes + session->lane;

		if (event == EVENT_onDataReceived)
			drop_changes(lane);
		flow_lane_has_run(session, lane, event);
	}
	if (session->phase == PHASE_BESIDE)
		flow_finish_run(session);
}

enum lane_status beside_run(struct afsl_session *session)
{
	resume_all(session);
	while (session->lane < session->count && has_room(session))
		begin(session, session->lanes + session->lane++);
	if (some_wait(session))
		return LANE_WAITING;
	if (session->lane == session->count)
		hear_all(session);
	return LANE_DONE;
}

void beside_cancel(struct afsl_session *session)
{
	for (unsigned i = 0; i < session->count; i++) {
		if (session->lanes[i].running)
			lane_give_up(session->lanes + i);
		session->lanes[i].running = false;
	}
}
