/* Filters that are for some recipients alone, or for messages up to a size: what they take part in.
 */
#include "engine/session.h"

#include "base/log.h"
#include "base/memory.h"

/* ---- recipients ---- */

/* Those the message still has, without those that filters have added. */
static bool is_there(const struct recipient *recipient)
{
	return recipient->verdict.kind == VERDICT_CONTINUE && !recipient->refused_by_mta &&
	       !recipient->removed && !recipient->added;
}

struct census {
	uint32_t inside, outside;
};

static struct census count_recipients(const struct mail_message *message, uint32_t count)
{
	struct census census = { 0, 0 };

	for (uint32_t i = 0; i < count; i++) {
		const struct recipient *recipient = message->recipients + i;

		if (is_there(recipient))
			*(recipient->outside ? &census.outside : &census.inside) += 1;
	}
	return census;
}

/* ---- refusals before recipients are known ---- */

/* Where a refusal of the event waits for them; HELD_COUNT: it does not. */
static enum held_at held_at(enum event_id event)
{
	switch (event) {
	case EVENT_onConnect:
		return HELD_CONNECT;
	case EVENT_onEhlo:
		return HELD_HELO;
	case EVENT_onMailFrom:
		return HELD_MAIL;
	default:
		return HELD_COUNT;
	}
}

static void forget_held(struct lane *lane, enum held_at at)
{
	if (lane->held && at != HELD_COUNT)
		answer_clear(&lane->held->at[at]);
}

void part_free(struct lane *lane)
{
	for (unsigned i = 0; lane->held && i < HELD_COUNT; i++)
		answer_clear(&lane->held->at[i]);
	memory_free(lane->held);
	lane->held = NULL;
}

static bool hold(struct lane *lane, enum held_at at)
{
	struct origin origin = { lane->filter->name, "", NULL };

	if (!lane->held)
		lane->held = memory_zeroed(1, sizeof(*lane->held));
	if (!lane->held)
		return false;
	answer_set(&lane->held->at[at], &lane->context.verdict, &origin);
	return true;
}

/* The oldest. */
static const struct answer *held_answer(const struct lane *lane)
{
	for (unsigned i = 0; lane->held && i < HELD_COUNT; i++)
		if (answer_is_set(&lane->held->at[i]))
			return &lane->held->at[i];
	return NULL;
}

/* ---- a recipient ---- */

static const struct verdict separately = { VERDICT_TEMPFAIL,
					   452,
					   { "4.5.3", 5, LIFETIME_PROGRAM },
					   { "This recipient needs a message of its own", 41,
					     LIFETIME_PROGRAM } };

static bool decides_recipient(struct lane *lane)
{
	struct mail_message *message = lane->mail->message;
	const struct answer *held = held_answer(lane);
	struct recipient *recipient;
	struct census before;

	if (message->recipient_count == 0)
		return false;
	recipient = message->recipients + message->recipient_count - 1;
	recipient->outside = !scope_includes(lane->filter->scope, recipient->address);
	before = count_recipients(message, message->recipient_count - 1);
	if (lane->filter->scope->mixed == AFSL_MIXED_TEMPFAIL &&
	    (recipient->outside ? before.inside : before.outside))
		lane->context.verdict = separately;
	else if (held && !recipient->outside)
		answer_verdict(held, &lane->context.verdict);
	else
		return recipient->outside;
	return true;
}

/* ---- the content ---- */

static void leave(struct lane *lane)
{
	lane_end_message(lane);
	mail_drop_changes(lane->mail);
	lane->message_done = true;
}

/* Without recipients nobody knows: the filter stays. */
void part_begin_content(struct afsl_session *session)
{
	if (session->stage > STAGE_ENVELOPE)
		return;
	for (unsigned i = 0; i < session->count; i++) {
		struct lane *lane = session->lanes + i;
		struct census census;

		if (!filter_is_partial(lane->filter) || !lane->mail->message->open)
			continue;
		census =
			count_recipients(lane->mail->message, lane->mail->message->recipient_count);
		if (census.outside && !census.inside)
			leave(lane);
	}
}

static bool is_outgrown(struct lane *lane)
{
	const struct mail_message *message = lane->mail->message;
	uint64_t size = message->body_size + message->field_bytes;

	if (lane_is_done(lane) || size <= lane->filter->scope->size_most)
		return false;
	listener_line(lane, LOG_LEVEL_INFO,
		      "the message is larger than %llu octets: not for this filter",
		      (unsigned long long)lane->filter->scope->size_most);
	leave(lane);
	return true;
}

bool part_stays_out(struct lane *lane, enum event_id event)
{
	lane_pass(lane);
	forget_held(lane, held_at(event));
	if (event == EVENT_onRcptTo)
		return filter_is_partial(lane->filter) && decides_recipient(lane);
	return (event == EVENT_onBodyChunk || event == EVENT_onDataReceived) && is_outgrown(lane);
}

/* ---- refusals ---- */

static bool discard_recipients(struct lane *lane)
{
	struct mail_message *message = lane->mail->message;
	const char *why;

	mail_drop_changes(lane->mail);
	for (uint32_t i = 0; i < message->recipient_count; i++) {
		struct change change = { .kind = CHANGE_DELETE_RCPT,
					 .name = message->recipients[i].address };

		if (is_there(message->recipients + i) && !message->recipients[i].outside &&
		    mail_change(lane->mail, change, &why) != MAIL_DONE)
			return false;
	}
	listener_line(lane, LOG_LEVEL_INFO,
		      "%s for its recipients alone: they are taken from the message",
		      verdict_name(lane->context.verdict.kind));
	lane->message_done = true;
	lane->saw_message = false;
	return true;
}

/* An error refuses the whole message: what nobody has judged is not thrown away for some. */
static bool is_for_some(const struct lane *lane)
{
	enum verdict_kind kind = lane->context.verdict.kind;
	const struct mail_message *message = lane->mail->message;

	return lane->filter->scope->mixed == AFSL_MIXED_DISCARD_RCPT && !lane->decision.failed &&
	       (kind == VERDICT_REJECT || kind == VERDICT_DISCARD) &&
	       count_recipients(message, message->recipient_count).outside;
}

bool part_takes_refusal(struct lane *lane, enum event_id event)
{
	if (!filter_is_partial(lane->filter) || event == EVENT_onRcptTo)
		return false;
	if (held_at(event) != HELD_COUNT)
		return hold(lane, held_at(event));
	return is_for_some(lane) && discard_recipients(lane);
}
