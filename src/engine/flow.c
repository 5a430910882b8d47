/* The event's way through the filters, and the message's through its events.
 *
 * One event is a few phases; in each the lanes come by in the order of the chain. A lane that waits
 * leaves everything as it is, and flow_resume() goes on there. */
#include "engine/session.h"

#include "base/memory.h"

enum { KEPT_CAP = 4 << 20 };

/* What an event does to the message at hand. */
enum effect {
	EFFECT_NONE,
	EFFECT_GIVE_UP, /* a message that is open is aborted first */
	EFFECT_CONTENT, /* goes to the lanes that are live, on the content's time */
	EFFECT_GO_ON,
};

#define AT(stage) (1u << STAGE_##stage)

/* The order of calls: at which stages an event may come, and what stage it leaves. Steps that
 * nobody asked for may be left out, and the first one that comes begins the message. */
static const struct order {
	unsigned from;
	enum effect effect;
	enum stage stage;
} order[AFSL_EVENT_COUNT] = {
	[AFSL_NEGOTIATE] = {AT(NONE), EFFECT_NONE, STAGE_NONE},
	[AFSL_CONNECT] = {AT(NONE), EFFECT_NONE, STAGE_NONE},
	[AFSL_HELO] = {~0u, EFFECT_GIVE_UP, STAGE_NONE},
	[AFSL_MAIL] = {~0u, EFFECT_GIVE_UP, STAGE_ENVELOPE},
	[AFSL_RCPT] = {AT(NONE) | AT(ENVELOPE) | AT(DATA), EFFECT_GO_ON, STAGE_ENVELOPE},
	[AFSL_DATA] = {AT(NONE) | AT(ENVELOPE) | AT(DATA), EFFECT_GO_ON, STAGE_DATA},
	[AFSL_HEADER] = {AT(NONE) | AT(ENVELOPE) | AT(DATA) | AT(HEADER), EFFECT_CONTENT,
			 STAGE_HEADER},
	[AFSL_END_OF_HEADERS] = {AT(NONE) | AT(ENVELOPE) | AT(DATA) | AT(HEADER), EFFECT_CONTENT,
				 STAGE_END_OF_HEADERS},
	[AFSL_BODY] = {~0u, EFFECT_CONTENT, STAGE_BODY},
	[AFSL_END_OF_MESSAGE] = {~0u, EFFECT_CONTENT, STAGE_NONE},
	[AFSL_ABORT] = {~0u, EFFECT_GIVE_UP, STAGE_NONE},
	[AFSL_DISCONNECT] = {~0u, EFFECT_GIVE_UP, STAGE_NONE},
	[AFSL_UNKNOWN_COMMAND] = {AT(NONE) | AT(ENVELOPE) | AT(DATA), EFFECT_NONE, STAGE_NONE},
};

static bool is_content(enum afsl_event event)
{
	return order[event].effect == EFFECT_CONTENT;
}

bool flow_allows(const struct afsl_session *session, enum afsl_event event)
{
	if (session->closed || session->status == AFSL_WAITING)
		return false;
	if (event == AFSL_NEGOTIATE && (session->negotiated || session->connected))
		return false;
	if (event == AFSL_CONNECT && session->connected)
		return false;
	return order[event].from >> session->stage & 1;
}

/* ---- a message's end ---- */

void flow_forget_message(struct afsl_session *session)
{
	if (!session->stale)
		return;
	for (unsigned i = 0; i < session->count; i++)
		lane_forget_message(session->lanes + i);
	replay_forget(session);
	session->plan = NULL;
	session->stale = false;
}

/* The one way out of a message, whatever ended it. */
static void close_message(struct afsl_session *session)
{
	for (unsigned i = 0; i < session->count; i++)
		lane_end_message(session->lanes + i);
	answer_clear(&session->message_refusal);
	session->stage = STAGE_NONE;
	session->stale = true;
	session->live = 0;
	session->content_spent = 0;
}

/* ---- phases ---- */

static bool refuses_now(const struct afsl_session *session)
{
	return session_refusal(session, session->event) && session_replies(session, session->event);
}

/* A refused recipient leaves the message open, and so does refused DATA, after which there may be
 * more recipients and DATA again; a refusal of anything else that was told ends it. */
static bool ends_message(const struct afsl_session *session)
{
	enum afsl_verdict_kind kind;

	if (session->event == AFSL_END_OF_MESSAGE)
		return true;
	if (!refuses_now(session) || order[session->event].effect == EFFECT_NONE)
		return false;
	kind = session_refusal(session, session->event)->kind;
	return (session->event != AFSL_RCPT && session->event != AFSL_DATA) ||
	       kind == AFSL_DISCARD || kind == AFSL_DISCONNECTED;
}

static void count_time(struct afsl_session *session)
{
	if (is_content(session->event) && session->began)
		session->content_spent += clock_coarse() - session->began;
}

static void finish(struct afsl_session *session)
{
	enum afsl_event event = session->event;
	bool over = ends_message(session);

	count_time(session);
	settle_event(session);
	if (event == AFSL_NEGOTIATE)
		results_negotiated(session);
	if (over)
		close_message(session);
	else if (order[event].stage != STAGE_NONE)
		session->stage = order[event].stage;
	session->connected |= event != AFSL_NEGOTIATE;
	session->negotiated |= event == AFSL_NEGOTIATE;
	session->closed |= event == AFSL_DISCONNECT;
	session->phase = PHASE_IDLE;
	flow_forget_arguments(session);
}

static void begin_phase(struct afsl_session *session, enum phase phase, unsigned lane)
{
	session->phase = phase;
	session->lane = lane;
	session->replay = (struct replay){.step = REPLAY_HEADERS};
}

void flow_finish_run(struct afsl_session *session)
{
	if (refuses_now(session) && ends_message(session))
		begin_phase(session, PHASE_ABORT_AFTER, 0);
	else
		finish(session);
}

static void begin_run(struct afsl_session *session)
{
	if (session->event == AFSL_HELO && session->refused_at_helo) {
		answer_clear(&session->session_refusal);
		session->refused_at_helo = false;
	}
	if (session->event == AFSL_ABORT) {
		finish(session);
	} else if (session_refusal(session, session->event)) {
		flow_finish_run(session);
	} else {
		if (is_content(session->event) || session->event == AFSL_DATA)
			part_begin_content(session);
		if (is_content(session->event))
			replay_prepare(session);
		if (session->event == AFSL_BODY && session->spooled)
			spool_add(&session->spooled->spool, session->arguments->text);
		begin_phase(session, session->chain->judges ? PHASE_BESIDE : PHASE_RUN, 0);
	}
}

static unsigned phase_lanes(const struct afsl_session *session)
{
	bool live = session->phase == PHASE_RUN && is_content(session->event);

	return live && session->live < session->count ? session->live : session->count;
}

static void end_phase(struct afsl_session *session)
{
	switch (session->phase) {
	case PHASE_ABORT_FIRST:
		close_message(session);
		flow_forget_message(session);
		begin_run(session);
		break;
	case PHASE_RUN:
		if (session->event == AFSL_END_OF_MESSAGE && session->live < session->count)
			begin_phase(session, PHASE_REPLAY, session->live);
		else
			flow_finish_run(session);
		break;
	case PHASE_REPLAY:
		flow_finish_run(session);
		break;
	default:
		finish(session);
		break;
	}
}

/* ---- one lane's turn ---- */

/* The clock is read when the first handler of an event is about to run: most events have none.
 * Limits are seconds, so that milliseconds do not count. */
static int64_t deadline_of(struct afsl_session *session, const struct lane *lane)
{
	const int64_t *limits = lane->filter->limits;
	int64_t left = limits[LIMIT_eventTime];

	if (!session->began)
		session->began = clock_coarse();
	if (is_content(session->event))
		left = limits[LIMIT_contentTime];
	if (left > INT64_MAX / 4000) /* no overflow, however the limit was set */
		left = INT64_MAX / 4000;
	left *= 1000;
	if (is_content(session->event))
		left -= session->content_spent;
	return session->began + left;
}

static void forget_step(struct lane *lane)
{
	struct mail_message *message = lane->mail->message;

	if (!message->open)
		return;
	/* Each for itself: one copied from the other would wait for its halves to arrive in memory. */
	message->header_name = TEXT_EMPTY;
	message->header_raw = TEXT_EMPTY;
	message->chunk = TEXT_EMPTY;
}

static void next_lane(struct afsl_session *session)
{
	session->lane++;
	session->replay = (struct replay){.step = REPLAY_HEADERS};
}

/* The filter has seen the end: what it asked for is complete. */
static void end_lane(struct afsl_session *session, struct lane *lane)
{
	lane->saw_message = false;
	if (lane_write_levels(lane))
		return;
	lane_fail(lane, EVENT_onDataReceived, "limit changes", lane->filter->on_error);
	if (settle(session, lane, EVENT_onDataReceived))
		flow_finish_run(session);
}

void flow_lane_has_run(struct afsl_session *session, struct lane *lane, enum event_id event)
{
	enum phase phase = session->phase;

	forget_step(lane);
	if (settle(session, lane, event)) {
		flow_finish_run(session);
		return;
	}
	if (event == EVENT_onDataReceived)
		end_lane(session, lane);
	if (session->phase == phase && phase != PHASE_REPLAY)
		next_lane(session);
}

/* The event for the lane at hand, its facts given; -1: none; -2: it has failed already. */
static int next_event(struct afsl_session *session, struct lane *lane)
{
	enum event_id event = event_of(session->event);
	const char *fault;

	if (session->phase == PHASE_REPLAY)
		return replay_next(session, lane);
	if (session->phase != PHASE_RUN)
		return lane->saw_message ? EVENT_onAbort : -1;
	if (session->count == 1 && lane_is_done(lane) && is_content(session->event))
		return (int)event;
	fault = facts_give(session, lane);
	if (!fault)
		return (int)event;
	lane_fail(lane, event, fault,
		  session->count > 1 && event == EVENT_onHeader ? AFSL_ON_ERROR_TEMPFAIL
								: lane->filter->on_error);
	return -2;
}

enum lane_status flow_begin_lane(struct afsl_session *session, struct lane *lane,
				 enum event_id event)
{
	int64_t deadline;

	if (lane->filter->scope && part_stays_out(lane, event))
		return LANE_DONE;
	deadline = lane_handles(lane, event) ? deadline_of(session, lane) : 0;
	return lane_begin(lane, event, deadline);
}

static enum lane_status run_lane(struct afsl_session *session)
{
	struct lane *lane = session->lanes + session->lane;
	enum lane_status status;
	int event;

	if (session->running) {
		event = (int)lane->context.event;
		status = lane_resume(lane);
	} else {
		event = next_event(session, lane);
		status = event >= 0 ? flow_begin_lane(session, lane, (enum event_id)event) : LANE_DONE;
	}
	session->running = status == LANE_WAITING;
	if (status != LANE_WAITING && event == -1)
		next_lane(session);
	else if (status != LANE_WAITING)
		flow_lane_has_run(session, lane,
			     event == -2 ? event_of(session->event) : (enum event_id)event);
	return status;
}

/* ---- what the host said, when it must outlive the host's call ---- */

void flow_forget_arguments(struct afsl_session *session)
{
	if (!session->kept)
		return;
	arena_reset(&session->kept->arena);
	memory_free(session->kept);
	session->kept = NULL;
}

static const struct afsl_client *keep_client(struct arena *arena, const struct afsl_client *client,
					     bool *ok)
{
	struct afsl_client *copy = arena_allocate(arena, sizeof(*copy));
	struct sockaddr_storage *addresses = arena_zeroed(arena, 2 * sizeof(*addresses));

	*ok = *ok && copy && addresses;
	if (!*ok)
		return NULL;
	*copy = *client;
	if (client->address) {
		memcpy(&addresses[0], client->address,
		       client->address_length < sizeof(*addresses) ? client->address_length
								   : sizeof(*addresses));
		copy->address = (const struct sockaddr *)&addresses[0];
	}
	if (client->server_address) {
		memcpy(&addresses[1], client->server_address, address_size(client->server_address));
		copy->server_address = (const struct sockaddr *)&addresses[1];
	}
	if (client->name)
		copy->name = arena_string(arena, text_of_string(client->name, LIFETIME_EVENT));
	*ok = copy->name || !client->name;
	return copy;
}

static const struct afsl_text *keep_texts(struct arena *arena, const struct afsl_text *texts,
					  size_t count, bool *ok)
{
	struct afsl_text *copies = arena_allocate(arena, (count + 1) * sizeof(*copies));

	*ok = *ok && copies;
	for (size_t i = 0; *ok && i < count; i++) {
		struct text text = text_of(texts[i].data, texts[i].length, LIFETIME_EVENT);
		struct text copy = arena_copy(arena, text, ok);

		copies[i] = (struct afsl_text){copy.data, copy.length};
	}
	return copies;
}

static const struct afsl_offer *keep_offer(struct arena *arena, const struct afsl_offer *offer,
					   bool *ok)
{
	struct afsl_offer *copy = arena_allocate(arena, sizeof(*copy));

	*ok = *ok && copy;
	if (copy)
		*copy = *offer;
	return copy;
}

static bool keep_bytes(struct kept_arguments *kept)
{
	struct arguments *arguments = &kept->arguments;
	struct arena *arena = &kept->arena;
	bool ok = true;

	arguments->text = arena_copy(arena, arguments->text, &ok);
	arguments->parameters = keep_texts(arena, arguments->parameters, arguments->count, &ok);
	if (arguments->client)
		arguments->client = keep_client(arena, arguments->client, &ok);
	if (arguments->offer)
		arguments->offer = keep_offer(arena, arguments->offer, &ok);
	return ok;
}

/* Handlers that run before another one, of this event or of one that ends a message first, may wait:
 * the host's bytes do not. Those of the content stay where they are. */
static bool keep_arguments(struct afsl_session *session)
{
	struct kept_arguments *kept;

	if (session->kept || !session->arguments)
		return session->arguments != NULL;
	kept = memory_allocate(sizeof(*kept));
	if (kept) {
		arena_init(&kept->arena, KEPT_CAP, LIFETIME_EVENT);
		kept->arguments = *session->arguments;
	}
	session->kept = kept;
	if (kept && !is_content(session->event) && !keep_bytes(kept))
		flow_forget_arguments(session);
	session->arguments = session->kept ? &kept->arguments : NULL;
	return session->kept != NULL;
}

static enum afsl_status wait_for(struct afsl_session *session)
{
	if (session->count > 1)
		keep_arguments(session);
	return session->status = AFSL_WAITING;
}

static enum afsl_status go(struct afsl_session *session)
{
	while (session->phase != PHASE_IDLE) {
		if (session->phase == PHASE_BESIDE) {
			if (beside_run(session) == LANE_WAITING)
				return wait_for(session);
		} else if (session->lane >= phase_lanes(session)) {
			end_phase(session);
		} else if (run_lane(session) == LANE_WAITING) {
			return wait_for(session);
		}
	}
	return session->status = AFSL_DONE;
}

/* ---- content for one filter alone: most events of most sessions ---- */

/* Nothing is refused, nobody listens for an answer, and the filter wants to see it. */
static bool is_simple(const struct afsl_session *session)
{
	const struct lane *lane = session->lanes;

	return session->count == 1 && session->live && is_content(session->event) &&
	       !session_replies(session, session->event) && !session->chain->judges &&
	       !lane->filter->scope && !lane_is_done(lane) &&
	       !answer_is_set(&session->session_refusal) &&
	       !answer_is_set(&session->message_refusal);
}

/* What the phases do for such an event, without their questions; they take over where the filter
 * decides or waits. */
static enum afsl_status run_simple(struct afsl_session *session)
{
	struct lane *lane = session->lanes;
	enum event_id event = event_of(session->event);
	const char *fault = facts_give_content(session, lane);

	begin_phase(session, PHASE_RUN, 0);
	if (fault)
		lane_fail(lane, event, fault, lane->filter->on_error);
	else if (flow_begin_lane(session, lane, event) == LANE_WAITING) {
		session->running = true;
		return wait_for(session);
	}
	if (lane->context.verdict.kind != VERDICT_CONTINUE) {
		flow_lane_has_run(session, lane, event);
		return go(session);
	}
	forget_step(lane);
	count_time(session);
	session->stage = order[session->event].stage;
	session->connected = true;
	session->phase = PHASE_IDLE;
	return session->status = AFSL_DONE;
}

enum afsl_status flow_begin(struct afsl_session *session, enum afsl_event event)
{
	bool give_up = order[event].effect == EFFECT_GIVE_UP && session->stage != STAGE_NONE;

	flow_forget_message(session);
	if (answer_is_set(&session->answer) || session->answer.words)
		results_forget(session);
	session->event = event;
	session->began = 0;
	if (is_simple(session))
		return run_simple(session);
	if (!give_up) {
		begin_run(session);
		return go(session);
	}
	if (!keep_arguments(session))
		return session->status = AFSL_MISUSED;
	begin_phase(session, PHASE_ABORT_FIRST, 0);
	return go(session);
}

enum afsl_status flow_resume(struct afsl_session *session)
{
	return go(session);
}

void flow_cancel(struct afsl_session *session)
{
	if (session->phase == PHASE_BESIDE) {
		beside_cancel(session);
	} else {
		lane_give_up(session->lanes + session->lane);
		forget_step(session->lanes + session->lane);
	}
	flow_forget_arguments(session);
	session->running = false;
	session->phase = PHASE_IDLE;
	session->status = AFSL_DONE;
}
