/* Rows of the vocabulary as JSON objects. */
#include "engine/describe.h"

static const struct {
	uint32_t bit;
	const char *name;
} need_names[] = {
	{ NEED_CONNECT, "connect" },
	{ NEED_HELO, "helo" },
	{ NEED_MAIL, "mail" },
	{ NEED_RCPT, "rcpt" },
	{ NEED_DATA, "data" },
	{ NEED_HEADERS, "headers" },
	{ NEED_BODY, "body" },
	{ NEED_HEADER_BLANKS, "headerBlanks" },
	{ NEED_MACROS, "macros" },
	{ NEED_REFUSED_RCPT, "refusedRcpt" },
	{ NEED_ADD_HEADER, "addHeader" },
	{ NEED_CHANGE_HEADER, "changeHeader" },
	{ NEED_ADD_RCPT, "addRcpt" },
	{ NEED_DELETE_RCPT, "deleteRcpt" },
	{ NEED_CHANGE_SENDER, "changeSender" },
	{ NEED_REPLACE_BODY, "replaceBody" },
	{ NEED_QUARANTINE, "quarantine" },
	{ NEED_ADD_RCPT_PARAMETERS, "addRcptParameters" },
	{ NEED_VERDICT, "verdict" },
};

static void add_string(struct buffer *out, const char *string)
{
	buffer_append_json(out, text_of_string(string, LIFETIME_PROGRAM));
}

static void add_member(struct buffer *out, const char *name, const char *string)
{
	buffer_printf(out, "\"%s\":", name);
	add_string(out, string);
	buffer_append_byte(out, ',');
}

static void add_flag(struct buffer *out, const char *name, bool flag)
{
	buffer_printf(out, "\"%s\":%s,", name, flag ? "true" : "false");
}

static void add_events(struct buffer *out, const char *name, event_set events)
{
	bool first = true;

	buffer_printf(out, "\"%s\":[", name);
	for (unsigned i = 0; i < EVENT_COUNT; i++) {
		if (!(events >> i & 1))
			continue;
		if (!first)
			buffer_append_byte(out, ',');
		add_string(out, event_rows[i].name);
		first = false;
	}
	buffer_append_string(out, "],");
}

static void add_needs(struct buffer *out, uint32_t needs)
{
	bool first = true;

	buffer_append_string(out, "\"needs\":[");
	for (size_t i = 0; i < sizeof(need_names) / sizeof(*need_names); i++) {
		if (!(needs & need_names[i].bit))
			continue;
		if (!first)
			buffer_append_byte(out, ',');
		add_string(out, need_names[i].name);
		first = false;
	}
	buffer_append_string(out, "],");
}

static void end_row(struct buffer *out, const char *help)
{
	buffer_append_string(out, "\"help\":");
	add_string(out, help);
	buffer_append_byte(out, '}');
}

void row_to_json_event(unsigned row, struct buffer *out)
{
	buffer_append_byte(out, '{');
	add_member(out, "name", event_rows[row].name);
	add_flag(out, "milter", event_rows[row].milter);
	end_row(out, event_rows[row].help);
}

void row_to_json_variable(unsigned row, struct buffer *out)
{
	const struct variable_row *variable = variable_rows + row;

	buffer_append_byte(out, '{');
	add_member(out, "name", variable->name);
	add_member(out, "type", variable->type);
	add_events(out, "readable", variable->readable);
	add_events(out, "settable", variable->settable);
	add_flag(out, "honoured", variable->honoured);
	add_needs(out, variable->needs);
	end_row(out, variable->help);
}

void row_to_json_builtin(unsigned row, struct buffer *out)
{
	const struct builtin_row *builtin = builtin_rows + row;

	buffer_append_byte(out, '{');
	add_member(out, "module", builtin->module);
	add_member(out, "name", builtin->name);
	add_member(out, "signature", builtin->signature);
	add_events(out, "events", builtin->events & EVENTS_ALL);
	add_needs(out, builtin->needs);
	add_flag(out, "neverReturns", builtin->never_returns);
	add_member(out, "example", example_of(builtin));
	end_row(out, builtin->help);
}

void row_to_json_limit(unsigned row, struct buffer *out)
{
	const struct limit_row *limit = limit_rows + row;

	buffer_append_byte(out, '{');
	add_member(out, "name", limit->name);
	add_member(out, "unit", limit->unit);
	buffer_printf(out, "\"value\":%lld,", (long long)limit->value);
	end_row(out, limit->help);
}
