/* From what filters decide to what the host is told. */
#include "engine/session.h"

/* What a verdict given at an event is about. */
enum about {
	ABOUT_NOTHING,
	ABOUT_COMMAND,
	ABOUT_SESSION,
	ABOUT_RECIPIENT,
	ABOUT_ENVELOPE,
	ABOUT_MESSAGE
};

/* Whatever came before it about the message is about it, too. */
static bool concerns_message(enum about about)
{
	return about >= ABOUT_RECIPIENT;
}

static const enum about abouts[AFSL_EVENT_COUNT] = {
	[AFSL_NEGOTIATE] = ABOUT_COMMAND,
	[AFSL_CONNECT] = ABOUT_SESSION,
	[AFSL_HELO] = ABOUT_SESSION,
	[AFSL_MAIL] = ABOUT_MESSAGE,
	[AFSL_RCPT] = ABOUT_RECIPIENT,
	[AFSL_DATA] = ABOUT_ENVELOPE,
	[AFSL_HEADER] = ABOUT_MESSAGE,
	[AFSL_END_OF_HEADERS] = ABOUT_MESSAGE,
	[AFSL_BODY] = ABOUT_MESSAGE,
	[AFSL_END_OF_MESSAGE] = ABOUT_MESSAGE,
	[AFSL_ABORT] = ABOUT_NOTHING,
	[AFSL_DISCONNECT] = ABOUT_NOTHING,
	[AFSL_UNKNOWN_COMMAND] = ABOUT_COMMAND,
};

const struct answer *refusal_of(const struct afsl_session *session, enum afsl_event event)
{
	enum about about = abouts[event];

	if (about == ABOUT_NOTHING || event == AFSL_NEGOTIATE)
		return NULL;
	if (answer_is_set(&session->session_refusal))
		return &session->session_refusal;
	return concerns_message(about) && answer_is_set(&session->message_refusal)
		       ? &session->message_refusal
		       : NULL;
}

/* ---- one filter's decision ---- */

static void accept_by(struct afsl_session *session, struct lane *lane)
{
	enum about about = abouts[session->event];

	if (about == ABOUT_SESSION)
		lane->session_done = true;
	else if (about != ABOUT_NOTHING && lane->mail->message->open)
		lane->message_done = true;
	if (lane->message_done)
		lane->saw_message = false;
}

/* The recipient that was given last: no lane keeps it as one of the message's. */
static void refuse_recipient(struct afsl_session *session, const struct verdict *verdict)
{
	for (unsigned i = 0; i <= session->lane; i++) {
		struct mail_message *message = session->lanes[i].mail->message;

		for (uint32_t n = message->recipient_count; n-- > 0;) {
			if (message->recipients[n].added)
				continue;
			message->recipients[n].verdict.kind = verdict->kind;
			message->recipients[n].verdict.code = verdict->code;
			break;
		}
	}
}

/* `place` is room for where it was decided. */
static struct origin origin_of(const struct lane *lane, char place[PLACE_MAX])
{
	bool told = lane->decision.failed || lane->decision.failure;

	return (struct origin){lane->filter->name, lane_place(lane, place),
			       told ? lane_reason(lane) : NULL};
}

/* Where a refusal is kept until it is told. */
static struct answer *refusal_place(struct afsl_session *session, const struct lane *lane)
{
	enum verdict_kind kind = lane->context.verdict.kind;
	bool replies = session_replies(session, session->event);

	if (kind == VERDICT_DISCONNECT)
		return &session->session_refusal;
	switch (abouts[session->event]) {
	case ABOUT_SESSION:
		return &session->session_refusal;
	case ABOUT_COMMAND:
		if (replies)
			return &session->answer;
		return lane->mail->message->open ? &session->message_refusal
						: &session->session_refusal;
	case ABOUT_RECIPIENT:
	case ABOUT_ENVELOPE:
		if (replies && (kind == VERDICT_REJECT || kind == VERDICT_TEMPFAIL))
			return &session->answer;
		return &session->message_refusal;
	default:
		return &session->message_refusal;
	}
}

static bool refuse_by(struct afsl_session *session, struct lane *lane)
{
	const struct verdict *verdict = &lane->context.verdict;
	struct answer *place = refusal_place(session, lane);
	char printed[PLACE_MAX];
	struct origin origin = origin_of(lane, printed);

	if (verdict->kind == VERDICT_DISCARD && !lane->mail->message->open)
		return false;
	if (place == &session->answer)
		results_answer(session, verdict, &origin);
	else
		answer_set(place, verdict, &origin);
	if (place == &session->session_refusal)
		session->refused_at_helo = session->event == AFSL_HELO;
	else if (place == &session->answer && session->event == AFSL_RCPT)
		refuse_recipient(session, verdict);
	if (place == &session->message_refusal)
		lane->saw_message = false;
	return true;
}

bool settle(struct afsl_session *session, struct lane *lane, enum event_id event)
{
	if (event == EVENT_onAbort || event == EVENT_onDisconnect)
		return false;
	switch (lane->context.verdict.kind) {
	case VERDICT_CONTINUE:
		return false;
	case VERDICT_ACCEPT:
		accept_by(session, lane);
		return false;
	default:
		return !(lane->filter->scope && part_takes_refusal(lane, event)) && refuse_by(session, lane);
	}
}

/* ---- all together ---- */

static bool is_accepted(const struct afsl_session *session)
{
	enum about about = abouts[session->event];
	bool message = concerns_message(about);

	if (about == ABOUT_NOTHING || session->event == AFSL_NEGOTIATE || session->count == 0)
		return false;
	for (unsigned i = 0; i < session->count; i++) {
		const struct lane *lane = session->lanes + i;

		if (!lane->session_done && !(message && lane->message_done))
			return false;
		if (lane_has_changes(lane) && session->event != AFSL_END_OF_MESSAGE)
			return false;
	}
	return true;
}

/* Apart, as what follows: few events have that much on the stack. */
static __attribute__((noinline)) void answer_accept(struct afsl_session *session)
{
	const struct lane *last = session->lanes + session->count - 1;
	struct verdict accept = {
		.kind = VERDICT_ACCEPT, .enhanced = TEXT_EMPTY, .text = TEXT_EMPTY};
	char printed[PLACE_MAX];
	struct origin origin = origin_of(last, printed);

	if (!last->decision.failed && last->context.verdict.kind != VERDICT_ACCEPT)
		origin.place = "";
	results_answer(session, &accept, &origin);
}

static __attribute__((noinline)) void plan_changes(struct afsl_session *session)
{
	struct mail_session *few[8], **rooms = few;
	static const struct verdict tempfail = {
		VERDICT_TEMPFAIL,
		451,
		{"4.7.1", 5, LIFETIME_PROGRAM},
		{"Service temporarily unavailable", 31, LIFETIME_PROGRAM}};
	struct lane *last = session->lanes + session->count - 1;
	struct origin origin = {last->filter->name, "", "limit messageMemory"};

	if (session->count > sizeof(few) / sizeof(*few))
		rooms = arena_allocate(&last->mail->message_arena, session->count * sizeof(*rooms));
	for (unsigned i = 0; rooms && i < session->count; i++)
		rooms[i] = session->lanes[i].mail;
	session->plan = rooms ? mail_plan_chain(rooms, session->count) : NULL;
	if (!session->plan)
		results_answer(session, &tempfail, &origin);
}

void settle_event(struct afsl_session *session)
{
	const struct answer *refusal;
	bool end = session->event == AFSL_END_OF_MESSAGE;

	if (answer_is_set(&session->answer) || !session_replies(session, session->event))
		return;
	refusal = session_refusal(session, session->event);
	if (refusal) {
		results_answer_again(session, refusal);
		return;
	}
	if (is_accepted(session))
		answer_accept(session);
	if (end && session->count)
		plan_changes(session);
}
