/* What the mail server tells as macros, and asking it for more. */
#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "builtins/mail_call.h"

enum call_result builtin_macro(struct call *call)
{
	struct text found = TEXT_EMPTY;

	mail_macro(mail_of(call), call->arguments[0].text, &found);
	return answer_text(call, found);
}

static const enum event_id stage_events[MACRO_STAGE_COUNT] = {
	[MACRO_CONNECT] = EVENT_onConnect, [MACRO_HELO] = EVENT_onEhlo,
	[MACRO_MAIL] = EVENT_onMailFrom,   [MACRO_RCPT] = EVENT_onRcptTo,
	[MACRO_DATA] = EVENT_onData,	   [MACRO_EOH] = EVENT_onHeadersReceived,
	[MACRO_EOM] = EVENT_onDataReceived,
};

enum event_id event_of_stage(enum macro_stage stage)
{
	return stage_events[stage];
}

/* The stage whose macros are those of an event; MACRO_STAGE_COUNT when none are sent for it. */
static enum macro_stage stage_of_event(enum event_id event)
{
	unsigned stage = 0;

	while (stage < MACRO_STAGE_COUNT && stage_events[stage] != event)
		stage++;
	return (enum macro_stage)stage;
}

const struct macros *macros_of_step(const struct call *call, enum macro_stage *stage)
{
	*stage = stage_of_event(context_of(call)->event);
	return *stage < MACRO_STAGE_COUNT ? mail_macros(mail_of(call), *stage) : NULL;
}

static bool add_macros(struct map *map, const struct macros *macros)
{
	for (uint32_t i = 0; i < macros->count; i++) {
		value name = { .text = macros->items[i].name };

		if (!map_put(map, name, (value){ .text = macros->items[i].value }))
			return false;
	}
	return true;
}

static enum call_result answer_macros(struct call *call, const struct macros *macros)
{
	struct map *map = map_new(call->import->result, call_arena(call));

	if (!map)
		return call_memory(call);
	if (macros && !add_macros(map, macros))
		return refuse_growth(call, map->length);
	call->result->map = map;
	return CALL_DONE;
}

enum call_result read_macros(struct call *call)
{
	enum macro_stage stage;

	return answer_macros(call, macros_of_step(call, &stage));
}

static bool stage_find(struct text name, enum macro_stage *stage)
{
	for (unsigned i = 0; i < MACRO_STAGE_COUNT; i++)
		if (text_equals_string(name, macro_stage_name((enum macro_stage)i))) {
			*stage = (enum macro_stage)i;
			return true;
		}
	return false;
}

static enum call_result no_such_stage(struct call *call)
{
	return call_raise(call, "argument", 0, false,
			  "a stage is connect, helo, mail, rcpt, data, eoh or eom");
}

enum call_result builtin_macrosOf(struct call *call)
{
	enum macro_stage stage;

	if (!stage_find(call->arguments[0].text, &stage))
		return no_such_stage(call);
	return answer_macros(call, mail_macros(mail_of(call), stage));
}

/* Names go to the mail server as they are: printable and separated by blanks. */
static bool names_are_lawful(struct text names)
{
	for (size_t i = 0; i < names.length; i++)
		if (names.data[i] < 0x20 || names.data[i] >= 0x7f)
			return false;
	return true;
}

enum { REQUEST_LENGTH_MAX = 4096 };

enum call_result builtin_requestMacros(struct call *call)
{
	struct text name = call->arguments[0].text, names = call->arguments[1].text;
	enum macro_stage stage;

	if (!stage_find(name, &stage))
		return no_such_stage(call);
	if (names.length > REQUEST_LENGTH_MAX || !names_are_lawful(names))
		return call_raise(call, "argument", 0, false,
				  "names of macros are printable and at most %d bytes",
				  REQUEST_LENGTH_MAX);
	if (!mail_request_macros(mail_of(call), stage, names))
		return call_limit(call, LIMIT_sessionMemory);
	return CALL_DONE;
}
