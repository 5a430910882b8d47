#include "host/native_milter.h"

#include "base/log.h"
#include "base/memory.h"
#include "host/native_session.h"

enum { FRAME_CAP = MILTER_PAYLOAD_MAX + 1 }; /* the letter counted */

#define AT(state)  (1u << STATE_##state)
#define AT_MESSAGE (AT(MAIL) | AT(RCPT) | AT(DATA) | AT(HEADER) | AT(EOH) | AT(BODY))
#define AT_AGREED  (AT(AGREED) | AT(OPEN) | AT_MESSAGE)

/* What a packet does. */
enum action {
	ACTION_WRONG, /* of no mail server: the connection ends */
	ACTION_NEGOTIATE,
	ACTION_MACROS,
	ACTION_STEP,
	ACTION_ABORT,
	ACTION_QUIT,
	ACTION_RESTART,
};

/* The dialogue: at which states a packet may come, and the state that it leaves. One that comes out
 * of order is passed over without a reply, and ends the message, if any. `left_out` is what takes
 * the step out of the dialogue: what may follow it may then follow what it follows. */
static const struct command {
	char letter;
	enum action action;
	unsigned from;
	enum native_state to;
	enum afsl_event event;
	uint32_t left_out;
} commands[] = {
	{MILTER_OPTNEG, ACTION_NEGOTIATE, AT(NEW), STATE_AGREED, AFSL_NEGOTIATE, 0},
	{MILTER_MACRO, ACTION_MACROS, ~0u, STATE_NEW, AFSL_NEGOTIATE, 0},
	{MILTER_CONNECT, ACTION_STEP, AT(AGREED), STATE_OPEN, AFSL_CONNECT, 0},
	{MILTER_HELO, ACTION_STEP, AT_AGREED, STATE_OPEN, AFSL_HELO, 0},
	{MILTER_MAIL, ACTION_STEP, AT_AGREED, STATE_MAIL, AFSL_MAIL, MILTER_NO_MAIL},
	{MILTER_RCPT, ACTION_STEP, AT(MAIL) | AT(RCPT), STATE_RCPT, AFSL_RCPT, MILTER_NO_RCPT},
	{MILTER_DATA, ACTION_STEP, AT(RCPT), STATE_DATA, AFSL_DATA, MILTER_NO_DATA},
	{MILTER_HEADER, ACTION_STEP, AT(RCPT) | AT(DATA) | AT(HEADER), STATE_HEADER, AFSL_HEADER,
	 MILTER_NO_HEADERS},
	{MILTER_EOH, ACTION_STEP, AT(RCPT) | AT(DATA) | AT(HEADER), STATE_EOH, AFSL_END_OF_HEADERS,
	 MILTER_NO_EOH},
	{MILTER_BODY, ACTION_STEP, AT(EOH) | AT(BODY), STATE_BODY, AFSL_BODY, MILTER_NO_BODY},
	{MILTER_EOM, ACTION_STEP, AT(RCPT) | AT(DATA) | AT(HEADER) | AT(EOH) | AT(BODY), STATE_OPEN,
	 AFSL_END_OF_MESSAGE, 0},
	{MILTER_UNKNOWN, ACTION_STEP, AT(AGREED) | AT(OPEN) | AT(MAIL) | AT(RCPT) | AT(DATA),
	 STATE_NEW, AFSL_UNKNOWN_COMMAND, 0},
	{MILTER_ABORT, ACTION_ABORT, AT_AGREED, STATE_OPEN, AFSL_ABORT, 0},
	{MILTER_QUIT, ACTION_QUIT, ~0u, STATE_NEW, AFSL_DISCONNECT, 0},
	{MILTER_QUIT_NC, ACTION_RESTART, AT_AGREED, STATE_AGREED, AFSL_DISCONNECT, 0},
};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static const struct command *command_find(char letter)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (commands[i].letter == letter)
			return &commands[i];
	return NULL;
}

/* The step whose doing the state tells; NULL for states that no step of a message leaves. */
static const struct command *command_of_state(enum native_state state)
{
	for (size_t i = 0; state >= STATE_MAIL && i < COMMAND_COUNT; i++)
		if (commands[i].to == state)
			return &commands[i];
	return NULL;
}

/* May it come now? Steps that were left out are stepped over, each once: they have an order. */
static bool command_fits(const struct command *command, const struct native_session *session)
{
	unsigned from = command->from;
	for (unsigned state = STATE_BODY; state >= STATE_MAIL; state--) {
		const struct command *step = command_of_state((enum native_state)state);
		if (from >> state & 1 && step->left_out & session->plan.steps)
			from |= step->from;
	}
	return from >> session->state & 1;
}

/* ---- the engine's session ---- */

static struct afsl_session *engine_begin(struct native_session *session)
{
	session->engine = served_session(session->served, connection_number(session->connection));
	if (!session->engine)
		session->refused = true;
	return session->engine;
}

/* Without a handler of the negotiation there is nothing to wait for, and the session begins with
 * the first step. */
struct afsl_session *native_engine(struct native_session *session)
{
	if (session->engine || session->refused)
		return session->refused ? NULL : session->engine;
	if (engine_begin(session))
		afsl_negotiate(session->engine, &session->offer);
	return session->engine;
}

static void engine_end(struct native_session *session)
{
	if (session->engine)
		afsl_session_free(session->engine);
	session->engine = NULL;
	session->queue_id[0] = '\0';
	session->macro_stages = 0;
	session->own_known = false;
	session->held = (struct milter_held){.kind = AFSL_CONTINUE};
}

/* ---- what is done when an event is done ---- */

static void wait_or_settle(struct native_session *session, enum afsl_status status);

static void settle_negotiation(struct native_session *session)
{
	enum afsl_verdict_kind kind = afsl_verdict(session->engine)->kind;
	struct afsl_needs needs;
	afsl_session_needs(session->engine, &needs);
	if (!session->restarts)
		session->plan = milter_plan_make(&needs, &session->offer);
	if (milter_kind_refuses(kind)) {
		milter_hold(&session->held, AFSL_NEGOTIATE, kind);
		session->plan = (struct milter_plan){0};
		session->refused = true;
	}
	if (session->restarts)
		session->restarts = false;
	else
		native_answer_negotiation(session);
}

static void progress_set(struct native_session *session, bool on)
{
	int64_t interval = (int64_t)connection_progress_interval(session->connection) * 1000000;
	connection_deadline(session->connection,
			    on ? connection_now(session->connection) + interval : 0);
}

static void settle_end(struct native_session *session, enum afsl_status status)
{
	progress_set(session, false);
	native_answer_end(session, status);
	milter_held_forget(&session->held);
}

static void settle_step(struct native_session *session, enum afsl_status status)
{
	bool ends = session->ends;
	session->ends = false;
	/* One packet has one answer. */
	if (ends && !milter_kind_refuses(afsl_verdict(session->engine)->kind)) {
		wait_or_settle(session, native_end_of_message(session));
	} else if (native_answer(session, status)) {
		session->state = STATE_OPEN;
		milter_held_forget(&session->held);
	}
}

/* After QUIT_NC there is no second negotiation: what was agreed holds. */
static void settle_restart(struct native_session *session)
{
	engine_end(session);
	session->restarts = session->served->needs.needs & AFSL_NEED_NEGOTIATE;
	if (!session->restarts || !engine_begin(session))
		return;
	session->event = AFSL_NEGOTIATE;
	wait_or_settle(session, afsl_negotiate(session->engine, &session->offer));
}

static void settle(struct native_session *session, enum afsl_status status)
{
	switch (session->event) {
	case AFSL_NEGOTIATE:
		settle_negotiation(session);
		return;
	case AFSL_ABORT:
		milter_held_forget(&session->held);
		return;
	case AFSL_DISCONNECT:
		if (session->restarts)
			settle_restart(session);
		return;
	case AFSL_END_OF_MESSAGE:
		settle_end(session, status);
		return;
	default:
		settle_step(session, status);
	}
}

static void wait_or_settle(struct native_session *session, enum afsl_status status)
{
	if (status != AFSL_WAITING) {
		settle(session, status);
		return;
	}
	connection_wait(session->connection, session->engine);
	if (session->event == AFSL_END_OF_MESSAGE)
		progress_set(session, true);
}

/* ---- packets ---- */

/* Versions above ours come down to it; what is left out below 2 nobody speaks. */
static bool offer_read(struct text payload, struct afsl_offer *offer)
{
	enum { VERSION_LEAST = 2 };
	struct cursor cursor = cursor_of(payload);
	offer->version = cursor_u32(&cursor);
	offer->actions = cursor_u32(&cursor) & MILTER_ACTIONS_ALL;
	offer->steps = cursor_u32(&cursor) & MILTER_STEPS_ALL;
	if (cursor.failed || offer->version < VERSION_LEAST || offer->version > INT32_MAX)
		return false;
	if (offer->version > MILTER_VERSION)
		offer->version = MILTER_VERSION;
	return true;
}

static bool negotiate(struct native_session *session, struct text payload)
{
	if (!offer_read(payload, &session->offer))
		return false;
	session->event = AFSL_NEGOTIATE;
	if (!session->refused)
		session->plan = milter_plan_make(&session->served->needs, &session->offer);
	bool asked = !session->refused && session->served->needs.needs & AFSL_NEED_NEGOTIATE;
	if (asked && engine_begin(session))
		wait_or_settle(session, afsl_negotiate(session->engine, &session->offer));
	else
		native_answer_negotiation(session);
	return true;
}

static bool is_refused(struct native_session *session, enum afsl_event event)
{
	if (native_engine(session))
		return false;
	if (!milter_plan_is_silent(&session->plan, event))
		native_answer_refused(session, event);
	return true;
}

static bool step(struct native_session *session, const struct command *command, struct text payload)
{
	enum afsl_status status = AFSL_MISUSED;
	enum native_state before = session->state;
	if (command->to != STATE_NEW)
		session->state = command->to;
	session->event = command->event;
	if (is_refused(session, command->event))
		return true;
	switch (native_step(session, command->letter, payload, &status)) {
	case STEP_WRONG:
		return false;
	case STEP_NONE:
		session->state = before;
		return true;
	default:
		wait_or_settle(session, status);
		return true;
	}
}

static void raise_abort(struct native_session *session)
{
	bool message = session->state >= STATE_MAIL;
	if (session->state > STATE_OPEN)
		session->state = STATE_OPEN;
	session->event = AFSL_ABORT;
	if (message && session->engine)
		wait_or_settle(session, afsl_abort(session->engine));
	else
		milter_held_forget(&session->held);
}

static void restart(struct native_session *session)
{
	session->state = STATE_AGREED;
	session->event = AFSL_DISCONNECT;
	session->restarts = true;
	if (session->engine)
		wait_or_settle(session, afsl_disconnect(session->engine));
	else
		session->restarts = false;
}

/* False: the connection ends. */
static bool packet_take(struct native_session *session, const struct packet *packet)
{
	const struct command *command = command_find(packet->letter);
	if (!command)
		return false;
	if (!command_fits(command, session)) {
		raise_abort(session);
		return true;
	}
	switch (command->action) {
	case ACTION_NEGOTIATE:
		session->state = command->to;
		return negotiate(session, packet->payload);
	case ACTION_MACROS:
		return native_macros(session, packet->payload);
	case ACTION_STEP:
		return step(session, command, packet->payload);
	case ACTION_ABORT:
		raise_abort(session);
		return true;
	case ACTION_RESTART:
		restart(session);
		return true;
	default:
		return false;
	}
}

/* ---- the protocol ---- */

static void *milter_open(struct connection *connection)
{
	struct native_session *session = memory_zeroed(1, sizeof(*session));
	if (!session)
		return NULL;
	session->connection = connection;
	session->served = connection_served(connection);
	session->refused = connection_is_refused(connection);
	return session;
}

static size_t milter_take(void *state, struct text bytes)
{
	struct native_session *session = state;
	size_t taken = 0, size = 0;
	struct packet packet;
	while (connection_goes_on(session->connection)) {
		struct text rest = text_part(bytes, taken, bytes.length);
		enum packet_result result = packet_read(rest, FRAME_CAP, &packet, &size);
		if (result == PACKET_INCOMPLETE)
			return taken;
		if (result == PACKET_VIOLATION || !packet_take(session, &packet)) {
			connection_end(session->connection);
			return bytes.length;
		}
		taken += size;
	}
	return taken;
}

static void milter_resume(void *state)
{
	settle(state, AFSL_DONE);
}

static void milter_expire(void *state)
{
	native_answer_progress(state);
	progress_set(state, true);
}

static void milter_gone(void *state)
{
	struct native_session *session = state;
	session->restarts = false;
	session->event = AFSL_DISCONNECT;
	if (session->engine && afsl_disconnect(session->engine) == AFSL_WAITING)
		connection_wait(session->connection, session->engine);
}

static void milter_free(void *state)
{
	engine_end(state);
	memory_free(state);
}

const struct protocol protocol_milter = {
	.name = "milter",
	.open = milter_open,
	.take = milter_take,
	.resume = milter_resume,
	.expire = milter_expire,
	.gone = milter_gone,
	.free = milter_free,
};
