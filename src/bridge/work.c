/* From what was said to the events of a session, one after the other, and the line that answers. */
#include "bridge/dialogue_state.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/system.h"
#include "bridge/percent.h"
#include "bridge/replies.h"
#include "host/counters.h"
#include "host/milter_plan.h"

static struct afsl_text plain(struct text text)
{
	return (struct afsl_text){ text.length ? text.data : "", text.length };
}

/* ---- an event has ended ---- */

static void refuse_recipient(struct dialogue *dialogue, const struct afsl_verdict *verdict)
{
	struct buffer *refused = &dialogue->refused;
	dialogue->message.refused_count++;
	buffer_clear(&dialogue->refusal);
	reply_verdict_line(&dialogue->refusal, verdict);
	buffer_append_string(refused, "REFUSEDRCPT: ");
	percent_append(refused, dialogue->recipient);
	buffer_append_byte(refused, ' ');
	buffer_append_text(refused, buffer_text(&dialogue->refusal));
}

static bool is_refusal(const struct afsl_verdict *verdict)
{
	return verdict->kind == AFSL_REJECT || verdict->kind == AFSL_TEMPFAIL;
}

/* Before MAIL the session itself remembers a refusal, and gives it at each later step. */
static void event_done(struct dialogue *dialogue)
{
	const struct afsl_verdict *verdict = afsl_verdict(dialogue->session);
	enum afsl_event event = dialogue->event;
	counters_answer(event, verdict);
	buffer_clear(&dialogue->last);
	reply_verdict_line(&dialogue->last, verdict);
	if (event == AFSL_RCPT && is_refusal(verdict)) {
		refuse_recipient(dialogue, verdict);
	} else if (event >= AFSL_MAIL && event < AFSL_END_OF_MESSAGE &&
		   verdict->kind != AFSL_CONTINUE) {
		dialogue->message.decided = true;
		if (verdict->kind == AFSL_ACCEPT)
			buffer_append_string(&dialogue->decision, "ACCEPT: 0\r\n");
		else
			buffer_append_text(&dialogue->decision, buffer_text(&dialogue->last));
	} else if (event == AFSL_RCPT) {
		dialogue->message.accepted_count++;
	}
}

static void begun(struct dialogue *dialogue, enum afsl_event event, enum afsl_status status)
{
	dialogue->event = event;
	dialogue->waiting = status == AFSL_WAITING;
	dialogue->has_changes = false;
	if (status == AFSL_MISUSED)
		dialogue_fault(dialogue, "lines out of order", TEXT_EMPTY);
	else if (status == AFSL_DONE)
		event_done(dialogue);
}

/* ---- the session ---- */

static void session_end(struct dialogue *dialogue)
{
	if (dialogue->negotiated) {
		dialogue->negotiated = dialogue->connected = false;
		begun(dialogue, AFSL_DISCONNECT, afsl_disconnect(dialogue->session));
		return;
	}
	afsl_session_free(dialogue->session);
	dialogue->session = NULL;
	dialogue->client_is_other = false;
}

static void session_begin(struct dialogue *dialogue)
{
	dialogue->session = dialogue->host.session(dialogue->host.argument);
	dialogue->helo_due = dialogue->facts[FACT_EHLO].said;
	if (!dialogue->session)
		dialogue_fault(dialogue, "memory has ended", TEXT_EMPTY);
}

/* A client of this protocol can do all that a milter may ask for. */
static const struct afsl_offer everything = { .version = MILTER_VERSION,
					      .actions = MILTER_ACTIONS_ALL,
					      .steps = MILTER_STEPS_ALL };

static void negotiate(struct dialogue *dialogue)
{
	dialogue->negotiated = true;
	begun(dialogue, AFSL_NEGOTIATE, afsl_negotiate(dialogue->session, &everything));
}

static void connect_client(struct dialogue *dialogue)
{
	struct client_facts facts;
	dialogue->connected = true;
	if (facts_client(dialogue, &facts) && facts_give_macros(dialogue, AFSL_CONNECT))
		begun(dialogue, AFSL_CONNECT, afsl_connect(dialogue->session, &facts.client));
}

static void helo(struct dialogue *dialogue)
{
	dialogue->helo_due = false;
	if (facts_give_macros(dialogue, AFSL_HELO))
		begun(dialogue, AFSL_HELO,
		      afsl_helo(dialogue->session, plain(fact_value(dialogue, FACT_EHLO)),
				dialogue->esmtp));
}

/* ---- the envelope ---- */

enum { PARAMETERS_MAX = 64 };

/* "<address> parameter parameter": a quoted local part may hold blanks and brackets. */
static struct text address_of(struct text value)
{
	bool quoted = false;
	for (uint32_t i = 0; i < value.length; i++) {
		if (value.data[i] == '\\' && quoted)
			i++;
		else if (value.data[i] == '"')
			quoted = !quoted;
		else if ((value.data[i] == '>' || value.data[i] == ' ') && !quoted)
			return text_part(value, 0, i + (value.data[i] == '>'));
	}
	return value;
}

static size_t parameters_of(struct text value, uint32_t from,
			    struct afsl_text parameters[PARAMETERS_MAX])
{
	size_t count = 0;
	while (count < PARAMETERS_MAX) {
		while (from < value.length && value.data[from] == ' ')
			from++;
		uint32_t start = from;
		while (from < value.length && value.data[from] != ' ')
			from++;
		if (from == start)
			break;
		parameters[count++] = plain(text_part(value, start, from));
	}
	return count;
}

typedef enum afsl_status address_event(struct afsl_session *session, struct afsl_text address,
				       const struct afsl_text *parameters, size_t count);

static void address_begin(struct dialogue *dialogue, enum afsl_event event, struct text value,
			  address_event *raise)
{
	struct afsl_text parameters[PARAMETERS_MAX];
	struct text address = address_of(value);
	size_t count = parameters_of(value, address.length, parameters);
	if (address.length == 0)
		address = TEXT("<>");
	dialogue->recipient = address;
	if (facts_give_macros(dialogue, event))
		begun(dialogue, event, raise(dialogue->session, plain(address), parameters, count));
}

static void mail(struct dialogue *dialogue)
{
	dialogue->mail_due = false;
	dialogue->message.open = true;
	address_begin(dialogue, AFSL_MAIL, fact_value(dialogue, FACT_FROM), afsl_mail);
}

static void data(struct dialogue *dialogue)
{
	dialogue->message.data_done = true;
	if (facts_give_macros(dialogue, AFSL_DATA))
		begun(dialogue, AFSL_DATA, afsl_data(dialogue->session));
}

static void order_obey(struct dialogue *dialogue)
{
	struct order *order = dialogue->orders;
	dialogue->orders = order->next;
	if (!dialogue->orders)
		dialogue->last_order = NULL;
	switch (order->id) {
	case ORDER_MACROS:
		fact_say(dialogue, FACT_MACROS + AFSL_RCPT - AFSL_CONNECT, order->value);
		return;
	case ORDER_DATA:
		if (!dialogue->message.data_done)
			data(dialogue);
		return;
	case ORDER_UNKNOWN:
		begun(dialogue, AFSL_UNKNOWN_COMMAND,
		      afsl_unknown_command(dialogue->session, plain(order->value)));
		return;
	case ORDER_RCPT:
		dialogue->message.rcpt_count++;
		address_begin(dialogue, AFSL_RCPT, order->value, afsl_rcpt);
	}
}

/* ---- the content ---- */

static void header(struct dialogue *dialogue, struct text name, struct text raw)
{
	begun(dialogue, AFSL_HEADER, afsl_header(dialogue->session, plain(name), plain(raw)));
}

static void header_end(struct dialogue *dialogue)
{
	dialogue->message.header_done = true;
	if (facts_give_macros(dialogue, AFSL_END_OF_HEADERS))
		begun(dialogue, AFSL_END_OF_HEADERS, afsl_end_of_headers(dialogue->session));
}

static void body(struct dialogue *dialogue, struct text bytes)
{
	begun(dialogue, AFSL_BODY, afsl_body(dialogue->session, plain(bytes)));
}

static void message_end(struct dialogue *dialogue)
{
	dialogue->message.end_done = true;
	if (facts_give_macros(dialogue, AFSL_END_OF_MESSAGE))
		begun(dialogue, AFSL_END_OF_MESSAGE, afsl_end_of_message(dialogue->session));
}

static void field_give(struct dialogue *dialogue)
{
	struct text field = buffer_text(&dialogue->field);
	int64_t colon = text_find(field, TEXT(":"), 0);
	dialogue->field_due = false;
	if (dialogue->field.failed)
		dialogue_fault(dialogue, "a header field is longer than 1 MB", TEXT_EMPTY);
	else if (colon <= 0)
		dialogue_fault(dialogue, "a header field without a name and a colon", field);
	else
		header(dialogue, text_part(field, 0, (size_t)colon),
		       text_part(field, (size_t)colon + 1, field.length));
}

/* HEAD and BODY. False: nothing is left to do for the goal. */
static bool pieces_turn(struct dialogue *dialogue)
{
	struct message_state *message = &dialogue->message;
	bool header_over = dialogue->body_due || dialogue->goal == GOAL_END;
	if (dialogue->field_due) {
		field_give(dialogue);
	} else if (header_over && !message->header_done) {
		header_end(dialogue);
	} else if (dialogue->body_due) {
		dialogue->body_due = false;
		body(dialogue, dialogue->piece);
	} else if (dialogue->goal == GOAL_END && !message->end_done) {
		message_end(dialogue);
	} else {
		return false;
	}
	return true;
}

static void file_read_on(struct dialogue *dialogue)
{
	struct buffer *chunk = &dialogue->chunk;
	buffer_clear(chunk);
	char *room = buffer_reserve(chunk, LETTER_PIECE_MAX);
	ssize_t got = room ? system_read(dialogue->file, room, LETTER_PIECE_MAX) : -1;
	if (got < 0)
		dialogue_fault(dialogue, "the message file cannot be read", TEXT_EMPTY);
	else if (got == 0)
		letter_close(&dialogue->letter);
	else
		chunk->length = (size_t)got;
	letter_put(&dialogue->letter, buffer_text(chunk));
}

static bool letter_turn(struct dialogue *dialogue)
{
	if (dialogue->message.end_done)
		return false;
	switch (letter_next(&dialogue->letter)) {
	case LETTER_FIELD:
		header(dialogue, dialogue->letter.name, dialogue->letter.raw);
		return true;
	case LETTER_HEADER_END:
		header_end(dialogue);
		return true;
	case LETTER_BODY:
		body(dialogue, dialogue->letter.piece);
		return true;
	case LETTER_END:
		message_end(dialogue);
		return true;
	case LETTER_FAULT:
		dialogue_fault(dialogue, "the header of the message is larger than 4 MB",
			       TEXT_EMPTY);
		return false;
	case LETTER_MORE:
		break;
	}
	if (dialogue->message.source != SOURCE_FILE)
		return false;
	file_read_on(dialogue);
	return true;
}

static bool content_turn(struct dialogue *dialogue)
{
	struct message_state *message = &dialogue->message;
	if (message->source == SOURCE_NONE)
		return false;
	if (!message->data_done) {
		data(dialogue);
		return true;
	}
	return message->source == SOURCE_PIECES ? pieces_turn(dialogue) : letter_turn(dialogue);
}

/* ---- turns ---- */

/* What was said of the client and the message. False: there is nothing left. */
static bool envelope_turn(struct dialogue *dialogue)
{
	if (!dialogue->connected)
		connect_client(dialogue);
	else if (dialogue->helo_due)
		helo(dialogue);
	else if (dialogue->mail_due)
		mail(dialogue);
	else if (dialogue->orders)
		order_obey(dialogue);
	else
		return false;
	return true;
}

/* Brings the session to where what was said leads. False: it is there. */
static bool session_turn(struct dialogue *dialogue)
{
	if (dialogue->session && dialogue->client_is_other)
		session_end(dialogue);
	else if (!dialogue->session)
		session_begin(dialogue);
	else if (!dialogue->negotiated)
		negotiate(dialogue);
	else
		return dialogue->goal != GOAL_WANT && envelope_turn(dialogue);
	return true;
}

static bool all_refused(const struct message_state *message)
{
	return message->rcpt_count && !message->accepted_count;
}

static bool leave_turn(struct dialogue *dialogue)
{
	if (!dialogue->session)
		return false;
	session_end(dialogue);
	return true;
}

static bool reset_turn(struct dialogue *dialogue)
{
	if (!dialogue->message.open || !dialogue->session)
		return false;
	dialogue->message.open = false;
	begun(dialogue, AFSL_ABORT, afsl_abort(dialogue->session));
	return true;
}

static bool turn(struct dialogue *dialogue)
{
	const struct message_state *message = &dialogue->message;
	if (dialogue->goal == GOAL_LEAVE)
		return leave_turn(dialogue);
	if (dialogue->goal == GOAL_RESET)
		return reset_turn(dialogue);
	if (dialogue->fault.length || message->decided)
		return false;
	if (session_turn(dialogue))
		return true;
	if (dialogue->goal == GOAL_STEP || dialogue->goal == GOAL_WANT || all_refused(message))
		return false;
	return content_turn(dialogue);
}

/* ---- answers ---- */

static void answer_step(struct dialogue *dialogue)
{
	struct buffer *out = dialogue_out(dialogue);
	struct text last = buffer_text(&dialogue->last);
	if (dialogue->message.decided)
		buffer_append_text(out, buffer_text(&dialogue->decision));
	else
		buffer_append_text(out, last.length ? last : TEXT("CONTINUE:\r\n"));
}

static void answer_end(struct dialogue *dialogue)
{
	struct buffer *out = dialogue_out(dialogue);
	const struct message_state *message = &dialogue->message;
	if (message->decided) {
		buffer_append_text(out, buffer_text(&dialogue->decision));
	} else if (all_refused(message)) {
		buffer_append_text(out, buffer_text(&dialogue->refusal));
	} else {
		enum afsl_verdict_kind kind = afsl_verdict(dialogue->session)->kind;
		dialogue->has_changes = kind == AFSL_CONTINUE || kind == AFSL_ACCEPT;
		if (dialogue->has_changes)
			reply_accept_line(out, dialogue->session, message->refused_count);
		else
			buffer_append_text(out, buffer_text(&dialogue->last));
	}
}

static void append_macros(struct dialogue *dialogue, struct buffer *out)
{
	static const struct {
		enum afsl_event stage;
		const char *name;
	} stages[] = { { AFSL_CONNECT, "connect" },   { AFSL_HELO, "helo" },
		       { AFSL_MAIL, "mail" },	      { AFSL_RCPT, "rcpt" },
		       { AFSL_DATA, "data" },	      { AFSL_END_OF_HEADERS, "eoh" },
		       { AFSL_END_OF_MESSAGE, "eom" } };
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		const char *names = afsl_requested_macros(dialogue->session, stages[i].stage);
		if (!names)
			continue;
		buffer_printf(out, " %s=", stages[i].name);
		percent_append_word(out, text_of_string(names, LIFETIME_EVENT));
	}
}

static void answer_want(struct dialogue *dialogue)
{
	struct buffer *out = dialogue_out(dialogue);
	struct afsl_needs needs;
	afsl_session_needs(dialogue->session, &needs);
	struct milter_plan plan = milter_plan_make(&needs, &everything);
	buffer_printf(out, "OPTIONS: %d %u %u", MILTER_VERSION, plan.actions, plan.steps);
	append_macros(dialogue, out);
	buffer_append_string(out, "\r\n");
}

static void answer_fault(struct dialogue *dialogue)
{
	struct buffer *out = dialogue_out(dialogue);
	buffer_append_string(out, "ERROR: ");
	percent_append(out, buffer_text(&dialogue->fault));
	buffer_append_string(out, "\r\n");
}

static bool answers(enum goal goal)
{
	return goal == GOAL_STEP || goal == GOAL_WANT || goal == GOAL_END;
}

/* The goal is reached, or cannot be. */
static enum goal finish(struct dialogue *dialogue)
{
	enum goal goal = dialogue->goal;
	bool fault = dialogue->fault.length;
	if (fault && answers(goal))
		answer_fault(dialogue);
	else if (goal == GOAL_STEP)
		answer_step(dialogue);
	else if (goal == GOAL_WANT)
		answer_want(dialogue);
	else if (goal == GOAL_END)
		answer_end(dialogue);
	if ((goal == GOAL_END || (fault && answers(goal))) && !dialogue->message.end_done)
		return GOAL_RESET;
	if (goal == GOAL_END || goal == GOAL_RESET)
		dialogue_end_message(dialogue);
	return GOAL_NONE;
}

void work(struct dialogue *dialogue, enum goal goal)
{
	dialogue->goal = goal;
	while (dialogue->goal != GOAL_NONE && !dialogue->waiting)
		if (!turn(dialogue))
			dialogue->goal = finish(dialogue);
}

void work_resume(struct dialogue *dialogue)
{
	dialogue->waiting = false;
	event_done(dialogue);
	work(dialogue, dialogue->goal);
}
