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
	enum action action;
	char letter;
	enum native_state to;
	enum afsl_event event;
	unsigned from;
	uint32_t left_out;
} commands['Z' - 'A' + 1] = {
#define COMMAND(name, action, from, to, event, left_out)                                           \
	[MILTER_##name - 'A'] = {ACTION_##action, MILTER_##name, STATE_##to,                       \
				 AFSL_##event,	  from,		 left_out}
	COMMAND(OPTNEG, NEGOTIATE, AT(NEW), AGREED, NEGOTIATE, 0),
	COMMAND(MACRO, MACROS, ~0u, NEW, NEGOTIATE, 0),
	COMMAND(CONNECT, STEP, AT(AGREED), OPEN, CONNECT, 0),
	COMMAND(HELO, STEP, AT_AGREED, OPEN, HELO, 0),
	COMMAND(MAIL, STEP, AT_AGREED, MAIL, MAIL, MILTER_NO_MAIL),
	COMMAND(RCPT, STEP, AT(MAIL) | AT(RCPT) | AT(DATA), RCPT, RCPT, MILTER_NO_RCPT),
	COMMAND(DATA, STEP, AT(RCPT) | AT(DATA), DATA, DATA, MILTER_NO_DATA),
	COMMAND(HEADER, STEP, AT(RCPT) | AT(DATA) | AT(HEADER), HEADER, HEADER, MILTER_NO_HEADERS),
	COMMAND(EOH, STEP, AT(RCPT) | AT(DATA) | AT(HEADER), EOH, END_OF_HEADERS, MILTER_NO_EOH),
	COMMAND(BODY, STEP, AT(EOH) | AT(BODY), BODY, BODY, MILTER_NO_BODY),
	COMMAND(EOM, STEP, AT(RCPT) | AT(DATA) | AT(HEADER) | AT(EOH) | AT(BODY), OPEN,
		END_OF_MESSAGE, 0),
	COMMAND(UNKNOWN, STEP, AT(AGREED) | AT(OPEN) | AT(MAIL) | AT(RCPT) | AT(DATA), NEW,
		UNKNOWN_COMMAND, 0),
	COMMAND(ABORT, ABORT, AT_AGREED, OPEN, ABORT, 0),
	COMMAND(QUIT, QUIT, ~0u, NEW, DISCONNECT, 0),
	COMMAND(QUIT_NC, RESTART, AT_AGREED, AGREED, DISCONNECT, 0),
#undef COMMAND
};

/* ACTION_WRONG for what is no command. */
static const struct command *command_find(char letter)
{
	static const struct command wrong = {ACTION_WRONG, 0, STATE_NEW, AFSL_NEGOTIATE, ~0u, 0};
	return letter >= 'A' && letter <= 'Z' ? &commands[letter - 'A'] : &wrong;
}

/* These states, and those before a step that was left out: the last steps first. */
static unsigned from_before(unsigned from, const struct native_session *session)
{
	static const char steps[] = {MILTER_BODY, MILTER_EOH,  MILTER_HEADER,
				     MILTER_DATA, MILTER_RCPT, MILTER_MAIL};
	for (size_t i = 0; i < sizeof(steps); i++) {
		const struct command *step = command_find(steps[i]);
		if (from >> step->to & 1 && step->left_out & session->plan.steps)
			from |= step->from;
	}
	return from;
}

/* May it come now? Steps that were left out are stepped over. */
static bool command_fits(const struct command *command, const struct native_session *session)
{
	return command->from >> session->state & 1 ||
	       from_before(command->from, session) >> session->state & 1;
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

static void message_over(struct native_session *session)
{
	milter_held_forget(&session->held);
	afsl_session_rest(session->engine);
}

static void settle_end(struct native_session *session, enum afsl_status status)
{
	progress_set(session, false);
	native_answer_end(session, status);
	message_over(session);
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
		message_over(session);
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
		message_over(session);
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
	if (command->action == ACTION_WRONG)
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
	while (connection_next(session->connection)) {
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
