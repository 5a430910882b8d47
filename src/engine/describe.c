/* The language's tables for people and for machines: what the manual and editors are made from. */
#include "afsl.h"

#include "base/diagnostics.h"
#include "bytecode/vocabulary.h"

struct described {
	const char *name, *text, *help;
};

static const struct described records[] = {
#define RECORD(name, fields) {#name, fields, ""},
#include "grammar/records.def"
#undef RECORD
	{NULL, NULL, NULL},
};

static const struct described_diagnostic {
	const char *code;
	enum severity severity;
	const char *title, *explanation;
} diagnostics[] = {
#define DIAGNOSTIC(code, severity, title, explanation) {#code, severity, title, explanation},
#include "grammar/diagnostics.def"
#undef DIAGNOSTIC
	{NULL, SEVERITY_ERROR, NULL, NULL},
};

static const struct {
	uint32_t bit;
	const char *name;
} need_names[] = {
	{NEED_CONNECT, "connect"},
	{NEED_HELO, "helo"},
	{NEED_MAIL, "mail"},
	{NEED_RCPT, "rcpt"},
	{NEED_DATA, "data"},
	{NEED_HEADERS, "headers"},
	{NEED_BODY, "body"},
	{NEED_HEADER_BLANKS, "headerBlanks"},
	{NEED_MACROS, "macros"},
	{NEED_REFUSED_RCPT, "refusedRcpt"},
	{NEED_ADD_HEADER, "addHeader"},
	{NEED_CHANGE_HEADER, "changeHeader"},
	{NEED_ADD_RCPT, "addRcpt"},
	{NEED_DELETE_RCPT, "deleteRcpt"},
	{NEED_CHANGE_SENDER, "changeSender"},
	{NEED_REPLACE_BODY, "replaceBody"},
	{NEED_QUARANTINE, "quarantine"},
	{NEED_ADD_RCPT_PARAMETERS, "addRcptParameters"},
	{NEED_VERDICT, "verdict"},
};

/* ---- JSON ---- */

static void add_string(struct buffer *out, const char *string)
{
	buffer_append_json(out, text_of_string(string, LIFETIME_PROGRAM));
}

static void add_member(struct buffer *out, const char *name, const char *string)
{
	add_string(out, name);
	buffer_append_byte(out, ':');
	add_string(out, string);
	buffer_append_byte(out, ',');
}

static void add_events(struct buffer *out, const char *name, event_set events)
{
	bool first = true;

	add_string(out, name);
	buffer_append_string(out, ":[");
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

static void begin_row(struct buffer *out, bool first)
{
	buffer_append_string(out, first ? "\n{" : ",\n{");
}

static void end_row(struct buffer *out, const char *help)
{
	add_string(out, "help");
	buffer_append_byte(out, ':');
	add_string(out, help);
	buffer_append_byte(out, '}');
}

static void events_to_json(struct buffer *out)
{
	for (unsigned i = 0; i < EVENT_COUNT; i++) {
		begin_row(out, i == 0);
		add_member(out, "name", event_rows[i].name);
		buffer_printf(out, "\"milter\":%s,", event_rows[i].milter ? "true" : "false");
		end_row(out, event_rows[i].help);
	}
}

static void variables_to_json(struct buffer *out)
{
	for (unsigned i = 0; i < VARIABLE_COUNT; i++) {
		const struct variable_row *row = variable_rows + i;

		begin_row(out, i == 0);
		add_member(out, "name", row->name);
		add_member(out, "type", row->type);
		add_events(out, "readable", row->readable);
		add_events(out, "settable", row->settable);
		buffer_printf(out, "\"honoured\":%s,", row->honoured ? "true" : "false");
		add_needs(out, row->needs);
		end_row(out, row->help);
	}
}

static void builtins_to_json(struct buffer *out)
{
	for (unsigned i = 0; i < BUILTIN_COUNT; i++) {
		const struct builtin_row *row = builtin_rows + i;

		begin_row(out, i == 0);
		add_member(out, "module", row->module);
		add_member(out, "name", row->name);
		add_member(out, "signature", row->signature);
		add_events(out, "events", row->events & EVENTS_ALL);
		add_needs(out, row->needs);
		buffer_printf(out, "\"neverReturns\":%s,", row->never_returns ? "true" : "false");
		add_member(out, "example", row->example);
		end_row(out, row->help);
	}
}

static void limits_to_json(struct buffer *out)
{
	for (unsigned i = 0; i < LIMIT_COUNT; i++) {
		begin_row(out, i == 0);
		add_member(out, "name", limit_rows[i].name);
		add_member(out, "unit", limit_rows[i].unit);
		buffer_printf(out, "\"value\":%lld,", (long long)limit_rows[i].value);
		end_row(out, limit_rows[i].help);
	}
}

static void records_to_json(struct buffer *out)
{
	for (size_t i = 0; records[i].name; i++) {
		begin_row(out, i == 0);
		add_member(out, "name", records[i].name);
		add_member(out, "fields", records[i].text);
		end_row(out, records[i].help);
	}
}

static void diagnostics_to_json(struct buffer *out)
{
	for (size_t i = 0; diagnostics[i].code; i++) {
		begin_row(out, i == 0);
		add_member(out, "code", diagnostics[i].code);
		add_member(out, "severity",
			   diagnostics[i].severity == SEVERITY_ERROR ? "error" : "warning");
		add_member(out, "title", diagnostics[i].title);
		end_row(out, diagnostics[i].explanation);
	}
}

/* ---- text ---- */

static void add_event_words(struct buffer *out, const char *what, event_set events)
{
	if ((events & EVENTS_ALL) == EVENTS_ALL || !(events & EVENTS_ALL))
		return;
	buffer_printf(out, "      %s:", what);
	for (unsigned i = 0; i < EVENT_COUNT; i++)
		if (events >> i & 1)
			buffer_printf(out, " %s", event_rows[i].name);
	buffer_append_byte(out, '\n');
}

static void events_to_text(struct buffer *out)
{
	for (unsigned i = 0; i < EVENT_COUNT; i++)
		buffer_printf(out, "  %s%s\n      %s\n", event_rows[i].name,
			      event_rows[i].milter ? "" : " (not raised by milter hosts)",
			      event_rows[i].help);
}

static void variables_to_text(struct buffer *out)
{
	for (unsigned i = 0; i < VARIABLE_COUNT; i++) {
		const struct variable_row *row = variable_rows + i;

		buffer_printf(out, "  %s: %s\n      %s\n", row->name, row->type, row->help);
		add_event_words(out, "read in", row->readable);
		add_event_words(out, row->honoured ? "set in" : "set (without effect here) in",
				row->settable);
	}
}

static void builtins_to_text(struct buffer *out)
{
	for (unsigned i = 0; i < BUILTIN_COUNT; i++) {
		const struct builtin_row *row = builtin_rows + i;

		buffer_printf(out, "  %s%s%s%s\n      %s\n", row->module, row->module[0] ? "." : "",
			      row->name, row->signature, row->help);
		add_event_words(out, "in", row->events);
		if (row->example[0])
			buffer_printf(out, "      %s\n", row->example);
	}
}

static void limits_to_text(struct buffer *out)
{
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		buffer_printf(out, "  %s = %lld%s%s\n      %s\n", limit_rows[i].name,
			      (long long)limit_rows[i].value, limit_rows[i].unit[0] ? " " : "",
			      limit_rows[i].unit, limit_rows[i].help);
}

static void records_to_text(struct buffer *out)
{
	for (size_t i = 0; records[i].name; i++)
		buffer_printf(out, "  %s { %s }\n", records[i].name, records[i].text);
}

static void diagnostics_to_text(struct buffer *out)
{
	for (size_t i = 0; diagnostics[i].code; i++)
		buffer_printf(out, "  %s: %s\n      %s\n", diagnostics[i].code,
			      diagnostics[i].title, diagnostics[i].explanation);
}

/* ---- the whole ---- */

static const struct section {
	const char *name;
	void (*to_json)(struct buffer *), (*to_text)(struct buffer *);
} sections[] = {
	{"events", events_to_json, events_to_text},
	{"variables", variables_to_json, variables_to_text},
	{"builtins", builtins_to_json, builtins_to_text},
	{"limits", limits_to_json, limits_to_text},
	{"records", records_to_json, records_to_text},
	{"diagnostics", diagnostics_to_json, diagnostics_to_text},
};

enum { SECTION_COUNT = sizeof(sections) / sizeof(*sections) };

static void describe_json(struct buffer *out)
{
	buffer_append_string(out, "{\"version\":\"" AFSL_VERSION "\"");
	for (unsigned i = 0; i < SECTION_COUNT; i++) {
		buffer_printf(out, ",\n\"%s\":[", sections[i].name);
		sections[i].to_json(out);
		buffer_append_byte(out, ']');
	}
	buffer_append_string(out, "}\n");
}

static void describe_text(struct buffer *out)
{
	for (unsigned i = 0; i < SECTION_COUNT; i++) {
		buffer_printf(out, "%s%s\n", i ? "\n" : "", sections[i].name);
		sections[i].to_text(out);
	}
}

char *afsl_describe(bool json)
{
	struct buffer out;

	buffer_init(&out, BUFFER_CAP_DEFAULT);
	if (json)
		describe_json(&out);
	else
		describe_text(&out);
	buffer_append_byte(&out, '\0');
	if (!out.failed)
		return out.data;
	buffer_free(&out);
	return NULL;
}
