/* What each line does: one function for each row of grammar/verbs.def. */
#include "bridge/dialogue_state.h"

#include "base/ip.h"
#include "base/log.h"
#include "bridge/message_file.h"
#include "bridge/replies.h"

/* False: what follows cannot be understood any more. */
typedef bool verb(struct dialogue *dialogue, struct text value);

#define VERB(name, ...) static verb verb_##name;
#include "grammar/verbs.def"
#undef VERB

static const struct verb_row {
	const char *name;
	verb *obey;
} verb_rows[] = {
#define VERB(name, ...) { #name, verb_##name },
#include "grammar/verbs.def"
#undef VERB
};

enum { NAME_LENGTH = 4 };

static const struct verb_row *verb_find(struct text line)
{
	if (line.length < NAME_LENGTH)
		return NULL;
	struct text name = text_part(line, 0, NAME_LENGTH);
	for (size_t i = 0; i < sizeof(verb_rows) / sizeof(verb_rows[0]); i++)
		if (text_equals_ignoring_case(name,
					      text_of_string(verb_rows[i].name, LIFETIME_PROGRAM)))
			return &verb_rows[i];
	return NULL;
}

/* A colon stands between name and value, but one old client leaves it out after CNHO. */
bool verb_obey(struct dialogue *dialogue, struct text line)
{
	const struct verb_row *row = verb_find(line);
	if (!row)
		return false;
	struct text rest = text_part(line, NAME_LENGTH, line.length);
	if (text_starts_with(rest, TEXT(":")))
		rest = text_part(rest, 1, rest.length);
	else if (text_trim(rest).length && row->obey != verb_CNHO)
		return false;
	return row->obey(dialogue, text_trim(rest));
}

/* ---- the connection ---- */

static bool client_say(struct dialogue *dialogue, enum fact_id id, struct text value)
{
	if (dialogue->connected && !dialogue->client_is_other) {
		dialogue->client_is_other = true;
		facts_forget_client(dialogue);
	}
	fact_say(dialogue, id, value);
	return true;
}

static bool verb_CNIP(struct dialogue *dialogue, struct text value)
{
	struct ip ip;
	if (value.length && !ip_parse(value, &ip))
		dialogue_fault(dialogue, "CNIP is no IP address", value);
	return client_say(dialogue, FACT_CNIP, value);
}

static bool verb_CNPO(struct dialogue *dialogue, struct text value)
{
	int64_t port;
	if (value.length && (!text_to_int(value, &port) || port < 0 || port > 65535))
		dialogue_fault(dialogue, "CNPO is no port", value);
	return client_say(dialogue, FACT_CNPO, value);
}

static bool verb_CNHO(struct dialogue *dialogue, struct text value)
{
	return client_say(dialogue, FACT_CNHO, value);
}

static bool verb_CNUX(struct dialogue *dialogue, struct text value)
{
	return client_say(dialogue, FACT_CNUX, value);
}

static bool helo_say(struct dialogue *dialogue, struct text value, bool esmtp)
{
	fact_say(dialogue, FACT_EHLO, value);
	dialogue->esmtp = esmtp;
	dialogue->helo_due = true;
	return true;
}

static bool verb_EHLO(struct dialogue *dialogue, struct text value)
{
	return helo_say(dialogue, value, true);
}

static bool verb_HELO(struct dialogue *dialogue, struct text value)
{
	return helo_say(dialogue, value, false);
}

static bool verb_AUTH(struct dialogue *dialogue, struct text value)
{
	fact_say(dialogue, FACT_AUTH, value);
	return true;
}

static bool verb_TLSV(struct dialogue *dialogue, struct text value)
{
	fact_say(dialogue, FACT_TLSV, value);
	return true;
}

/* ---- the envelope ---- */

static bool verb_FROM(struct dialogue *dialogue, struct text value)
{
	if (dialogue->message.open)
		dialogue_end_message(dialogue);
	buffer_clear(&dialogue->refused);
	fact_say(dialogue, FACT_FROM, value);
	dialogue->message.begun = true;
	dialogue->mail_due = true;
	return true;
}

static bool verb_QUID(struct dialogue *dialogue, struct text value)
{
	fact_say(dialogue, FACT_QUID, value);
	return true;
}

static bool order_add(struct dialogue *dialogue, enum order_id id, struct text value)
{
	bool ok = true;
	struct order *order = arena_zeroed(&dialogue->arena, sizeof(*order));
	struct text copy = arena_copy(&dialogue->arena, value, &ok);
	if (!order || !ok) {
		dialogue_fault(dialogue, "too much is said of this message", TEXT_EMPTY);
		return true;
	}
	*order = (struct order){ id, copy, NULL };
	if (dialogue->last_order)
		dialogue->last_order->next = order;
	else
		dialogue->orders = order;
	dialogue->last_order = order;
	return true;
}

static bool verb_RCPT(struct dialogue *dialogue, struct text value)
{
	if (!dialogue->message.begun)
		dialogue_fault(dialogue, "RCPT before FROM", TEXT_EMPTY);
	return order_add(dialogue, ORDER_RCPT, value);
}

static bool verb_DATA(struct dialogue *dialogue, struct text value)
{
	if (!dialogue->message.begun)
		dialogue_fault(dialogue, "DATA before FROM", TEXT_EMPTY);
	return order_add(dialogue, ORDER_DATA, value);
}

static bool verb_UNKN(struct dialogue *dialogue, struct text value)
{
	return order_add(dialogue, ORDER_UNKNOWN, value);
}

static bool verb_MACR(struct dialogue *dialogue, struct text value)
{
	static const struct {
		const char *name;
		enum afsl_event stage;
	} stages[] = { { "connect", AFSL_CONNECT },   { "helo", AFSL_HELO },
		       { "mail", AFSL_MAIL },	      { "rcpt", AFSL_RCPT },
		       { "data", AFSL_DATA },	      { "eoh", AFSL_END_OF_HEADERS },
		       { "eom", AFSL_END_OF_MESSAGE } };
	int64_t blank = text_find(value, TEXT(" "), 0);
	uint32_t end = blank < 0 ? value.length : (uint32_t)blank;
	struct text words = text_part(value, end, value.length);
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		if (!text_equals_string(text_part(value, 0, end), stages[i].name))
			continue;
		if (stages[i].stage == AFSL_RCPT)
			return order_add(dialogue, ORDER_MACROS, words);
		fact_say(dialogue, FACT_MACROS + stages[i].stage - AFSL_CONNECT, words);
		return true;
	}
	dialogue_fault(dialogue, "MACR has no such stage", value);
	return true;
}

/* ---- the content ---- */

static bool source_is(struct dialogue *dialogue, enum source source)
{
	struct message_state *message = &dialogue->message;
	if (!message->begun)
		dialogue_fault(dialogue, "a message without FROM", TEXT_EMPTY);
	else if (!message->rcpt_count && !dialogue->orders)
		dialogue_fault(dialogue, "a message without RCPT", TEXT_EMPTY);
	else if (message->source != SOURCE_NONE && message->source != source)
		dialogue_fault(dialogue, "one message from two sources", TEXT_EMPTY);
	else
		message->source = source;
	return dialogue->fault.length == 0;
}

/* What a number announces, begins; a number that is none leaves us lost. */
static bool counted_begin(struct dialogue *dialogue, enum counted counted, struct text value)
{
	int64_t length;
	if (!text_to_int(value, &length) || length < 0)
		return false;
	dialogue->counted = counted;
	dialogue->counted_left = (uint64_t)length;
	dialogue->counting = length > 0;
	return true;
}

static bool verb_HEAD(struct dialogue *dialogue, struct text value)
{
	source_is(dialogue, SOURCE_PIECES);
	if (dialogue->message.header_done)
		dialogue_fault(dialogue, "HEAD after BODY", TEXT_EMPTY);
	buffer_clear(&dialogue->field);
	return counted_begin(dialogue, COUNTED_FIELD, value);
}

static bool verb_BODY(struct dialogue *dialogue, struct text value)
{
	source_is(dialogue, SOURCE_PIECES);
	return counted_begin(dialogue, COUNTED_BODY, value);
}

static bool verb_DONE(struct dialogue *dialogue, struct text value)
{
	(void)value;
	source_is(dialogue, SOURCE_PIECES);
	work(dialogue, GOAL_END);
	return true;
}

static bool verb_MESG(struct dialogue *dialogue, struct text value)
{
	source_is(dialogue, SOURCE_BYTES);
	if (!counted_begin(dialogue, COUNTED_MESSAGE, value))
		return false;
	if (dialogue->counting)
		return true;
	letter_close(&dialogue->letter);
	work(dialogue, GOAL_END);
	return true;
}

static bool verb_VERI(struct dialogue *dialogue, struct text value)
{
	const char *why;
	if (source_is(dialogue, SOURCE_FILE)) {
		dialogue->file = message_file_open(dialogue->host.spool, value, &why);
		if (dialogue->file < 0) {
			log_line(LOG_LEVEL_WARNING, "message file %.*s: %s",
				 value.length > 256 ? 256 : (int)value.length, value.data, why);
			dialogue_fault(dialogue, FAULT_FILE, TEXT_EMPTY);
		}
	}
	work(dialogue, GOAL_END);
	return true;
}

static bool verb_STEP(struct dialogue *dialogue, struct text value)
{
	(void)value;
	work(dialogue, GOAL_STEP);
	return true;
}

static bool verb_WANT(struct dialogue *dialogue, struct text value)
{
	(void)value;
	work(dialogue, GOAL_WANT);
	return true;
}

/* ---- changes ---- */

static bool changes_give(struct dialogue *dialogue, unsigned set)
{
	struct buffer *out = dialogue_out(dialogue);
	if (dialogue->has_changes)
		reply_changes(out, dialogue->session, set);
	if (dialogue->has_changes && set & CHANGES_RCPT)
		buffer_append_text(out, buffer_text(&dialogue->refused));
	buffer_append_string(out, "END:\r\n");
	return true;
}

static bool verb_GETC(struct dialogue *dialogue, struct text value)
{
	(void)value;
	return changes_give(dialogue, CHANGES_ALL);
}

static bool verb_GETH(struct dialogue *dialogue, struct text value)
{
	(void)value;
	return changes_give(dialogue, CHANGES_HEADER);
}

static bool verb_GETB(struct dialogue *dialogue, struct text value)
{
	(void)value;
	return changes_give(dialogue, CHANGES_BODY);
}

static bool verb_GETR(struct dialogue *dialogue, struct text value)
{
	(void)value;
	return changes_give(dialogue, CHANGES_RCPT);
}

static bool verb_GETS(struct dialogue *dialogue, struct text value)
{
	(void)value;
	return changes_give(dialogue, CHANGES_SENDER);
}

/* ---- the rest ---- */

static bool verb_RSET(struct dialogue *dialogue, struct text value)
{
	(void)value;
	buffer_append_string(dialogue_out(dialogue), "OKAY:\r\n");
	work(dialogue, GOAL_RESET);
	return true;
}

static bool verb_PING(struct dialogue *dialogue, struct text value)
{
	(void)value;
	buffer_append_string(dialogue_out(dialogue), "PONG\r\n");
	return true;
}

static bool verb_PASS(struct dialogue *dialogue, struct text value)
{
	(void)dialogue, (void)value;
	return true;
}

static bool verb_QUIT(struct dialogue *dialogue, struct text value)
{
	(void)value;
	dialogue->over = true;
	return true;
}
