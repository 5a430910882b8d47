/* The milter's answers as records, and handing its changes on. */
#include "builtins/builtins.h"
#include "builtins/conversation.h"
#include "builtins/mail_call.h"

enum { REPLY_KIND, REPLY_CODE, REPLY_STATUS, REPLY_TEXT, REPLY_CHANGES }; /* milter.Reply */
enum { EDIT_KIND, EDIT_INDEX, EDIT_NAME, EDIT_VALUE, EDIT_BLANKS };	  /* milter.Change */
enum { OPTIONS_VERSION, OPTIONS_ACTIONS, OPTIONS_STEPS, OPTIONS_MACROS }; /* milter.Options */

static const char *reply_kind(const struct milter_reply *reply)
{
	switch (reply->letter) {
	case MILTER_ACCEPT:
		return "accept";
	case MILTER_REJECT:
		return "reject";
	case MILTER_TEMPFAIL:
		return "tempfail";
	case MILTER_DISCARD:
		return "discard";
	case MILTER_SKIP:
		return "skip";
	case MILTER_SHUTDOWN:
		return "shutdown";
	case MILTER_REPLYCODE:
		return reply->code >= 500 ? "reject" : "tempfail";
	default:
		return "continue";
	}
}

static struct text word(const char *string)
{
	return text_of_string(string, LIFETIME_PROGRAM);
}

static struct record *change_record(struct call *call, const struct type *type,
				    const struct change *change)
{
	struct record *record = record_new(type, call_arena(call));

	if (!record)
		return NULL;
	record->fields[EDIT_KIND].text = word(change_name(change->kind));
	record->fields[EDIT_INDEX].i = change->index;
	record->fields[EDIT_NAME].text = change->name;
	record->fields[EDIT_VALUE].text = change->value;
	record->fields[EDIT_BLANKS].i = change->blanks;
	return record;
}

static struct list *change_list(struct call *call, const struct type *type,
				const struct changes *changes)
{
	struct list *list = list_new(type, changes->count, call_arena(call));

	for (uint32_t i = 0; list && i < changes->count; i++) {
		struct record *record = change_record(call, type->element, &changes->items[i]);

		if (!record)
			return NULL;
		list->items[list->length++].record = record;
	}
	return list;
}

static enum call_result reply_answer(struct call *call, const struct milter_reply *reply)
{
	const struct type *type = call->import->result;
	struct record *record = record_new(type, call_arena(call));
	struct list *changes =
		change_list(call, type->record->fields[REPLY_CHANGES].type, reply->changes);

	if (!record || !changes)
		return call_memory(call);
	record->fields[REPLY_KIND].text = word(reply_kind(reply));
	record->fields[REPLY_CODE].i = reply->code;
	record->fields[REPLY_STATUS].text = reply->enhanced;
	record->fields[REPLY_TEXT].text = reply->text;
	record->fields[REPLY_CHANGES].list = changes;
	call->result->record = record;
	return CALL_DONE;
}

/* An answer is read once: its texts end with the event. */
enum call_result builtin_milter_reply(struct call *call)
{
	struct conversation *conversation;
	enum call_result result = conversation_of(call, &conversation);

	if (result == CALL_DONE && !conversation->asked)
		return call_raise(call, "argument", 0, false,
				  "there is no answer to read: send a command first");
	if (result == CALL_DONE)
		result = conversation_run(call, conversation);
	if (result != CALL_DONE)
		return result;
	conversation->asked = false;
	return reply_answer(call, milter_client_reply(conversation->client));
}

/* Only names of this program's own memory: what the filter sent lives in the client. */
static bool list_copy(struct call *call, struct map *map, enum macro_stage stage, struct text list)
{
	value key = {.text = word(macro_stage_name(stage))}, item = {.text = TEXT_EMPTY};
	bool ok = true;

	item.text = arena_copy(call_arena(call), list, &ok);
	return ok && map_put(map, key, item);
}

enum call_result builtin_milter_options(struct call *call)
{
	const struct type *type = call->import->result;
	struct conversation *conversation;
	enum call_result result = conversation_of(call, &conversation);
	const struct milter_options *options;
	struct record *record;
	struct map *macros;

	if (result != CALL_DONE)
		return result;
	options = milter_client_options(conversation->client);
	record = record_new(type, call_arena(call));
	macros = map_new(type->record->fields[OPTIONS_MACROS].type, call_arena(call));
	if (!record || !macros)
		return call_memory(call);
	record->fields[OPTIONS_VERSION].i = options->version;
	record->fields[OPTIONS_ACTIONS].i = options->actions;
	record->fields[OPTIONS_STEPS].i = options->steps;
	record->fields[OPTIONS_MACROS].map = macros;
	for (unsigned i = 0; i < MACRO_STAGE_COUNT; i++) {
		struct text list = options->macros[milter_stage_of((enum macro_stage)i)];

		if (list.data && !list_copy(call, macros, (enum macro_stage)i, list))
			return call_memory(call);
	}
	call->result->record = record;
	return CALL_DONE;
}

enum call_result builtin_milter_wants(struct call *call)
{
	static const struct {
		const char *name;
		enum milter_command command;
	} steps[] = {
		{"connect", MILTER_CONNECT}, {"helo", MILTER_HELO},
		{"mail", MILTER_MAIL},	     {"rcpt", MILTER_RCPT},
		{"data", MILTER_DATA},	     {"unknown", MILTER_UNKNOWN},
		{"header", MILTER_HEADER},   {"endOfHeaders", MILTER_EOH},
		{"body", MILTER_BODY},	     {"endOfMessage", MILTER_EOM},
	};
	struct text step = call->arguments[1].text;
	struct conversation *conversation;
	enum call_result result = conversation_of(call, &conversation);

	if (result != CALL_DONE)
		return result;
	if (text_equals(step, TEXT("refusedRcpt"))) {
		call->result->i = (milter_client_options(conversation->client)->steps &
				   MILTER_REFUSED_RCPT) != 0;
		return CALL_DONE;
	}
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		if (!text_equals_string(step, steps[i].name))
			continue;
		call->result->i = milter_client_wants(conversation->client, steps[i].command);
		return CALL_DONE;
	}
	return call_raise(call, "argument", 0, false,
			  "no such step; see the manual for their names");
}

/* ---- asking the mail server for no more ---- */

static const struct step_row {
	uint32_t left_out, silent;
	enum event_id event;
} step_rows[] = {
	{MILTER_NO_CONNECT, MILTER_NR_CONNECT, EVENT_onConnect},
	{MILTER_NO_HELO, MILTER_NR_HELO, EVENT_onEhlo},
	{MILTER_NO_MAIL, MILTER_NR_MAIL, EVENT_onMailFrom},
	{MILTER_NO_RCPT, MILTER_NR_RCPT, EVENT_onRcptTo},
	{MILTER_NO_DATA, MILTER_NR_DATA, EVENT_onData},
	{MILTER_NO_HEADERS, MILTER_NR_HEADER, EVENT_onHeader},
	{MILTER_NO_EOH, MILTER_NR_EOH, EVENT_onHeadersReceived},
	{MILTER_NO_BODY, MILTER_NR_BODY, EVENT_onBodyChunk},
	{MILTER_NO_UNKNOWN, MILTER_NR_UNKNOWN, EVENT_onUnknownCommand},
};

static const struct {
	uint32_t action;
	enum need need;
} action_rows[] = {
	{MILTER_CAN_ADD_HEADERS, NEED_ADD_HEADER},
	{MILTER_CAN_CHANGE_HEADERS, NEED_CHANGE_HEADER},
	{MILTER_CAN_ADD_RCPT, NEED_ADD_RCPT},
	{MILTER_CAN_ADD_RCPT_PARAMETERS, NEED_ADD_RCPT_PARAMETERS},
	{MILTER_CAN_DELETE_RCPT, NEED_DELETE_RCPT},
	{MILTER_CAN_CHANGE_SENDER, NEED_CHANGE_SENDER},
	{MILTER_CAN_CHANGE_BODY, NEED_REPLACE_BODY},
	{MILTER_CAN_QUARANTINE, NEED_QUARANTINE},
};

static uint32_t needs_dropped(int64_t actions, int64_t steps)
{
	uint32_t dropped = 0;

	for (size_t i = 0; i < sizeof(action_rows) / sizeof(*action_rows); i++)
		if (!(actions & action_rows[i].action))
			dropped |= action_rows[i].need;
	if (!(steps & MILTER_HEADER_BLANKS))
		dropped |= NEED_HEADER_BLANKS;
	return dropped;
}

enum call_result builtin_milter_request(struct call *call)
{
	const value *options = call->arguments[0].record->fields;
	int64_t steps = options[OPTIONS_STEPS].i;
	struct step_request request = {
		.dropped = needs_dropped(options[OPTIONS_ACTIONS].i, steps),
		.refused_recipients = steps & MILTER_REFUSED_RCPT};

	for (size_t i = 0; i < sizeof(step_rows) / sizeof(*step_rows); i++) {
		uint32_t bit = UINT32_C(1) << step_rows[i].event;

		if (steps & step_rows[i].left_out)
			request.left_out |= bit;
		if (steps & step_rows[i].silent)
			request.silent |= bit;
	}
	context_of(call)->request = request;
	return CALL_DONE;
}

/* ---- handing changes on ---- */

static enum call_result change_apply(struct call *call, const struct record *record, bool *body)
{
	struct change change = {.foreign = true};
	int64_t index = record->fields[EDIT_INDEX].i;

	if (!change_kind_of_name(record->fields[EDIT_KIND].text, &change.kind))
		return call_raise(call, "argument", 0, false, "there is no such kind of change");
	if (index < 0 || index > UINT32_MAX)
		return call_raise(call, "argument", 0, false,
				  "the index of a change is out of range");
	change.index = (uint32_t)index;
	change.name = record->fields[EDIT_NAME].text;
	change.value = record->fields[EDIT_VALUE].text;
	change.blanks = record->fields[EDIT_BLANKS].i;
	if (change.kind == CHANGE_REPLACE_BODY) {
		change.more = *body;
		*body = true;
	}
	return record_change(call, change);
}

enum call_result builtin_milter_apply(struct call *call)
{
	const struct list *changes = call->arguments[0].record->fields[REPLY_CHANGES].list;
	enum call_result result = CALL_DONE;
	bool body = false;

	for (uint32_t i = 0; result == CALL_DONE && i < changes->length; i++)
		result = change_apply(call, changes->items[i].record, &body);
	return result;
}
