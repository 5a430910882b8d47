/* The actions of Postfix's access(5) and header_checks(5). */
#include "cli/import.h"

#include <stdio.h>

/* ---- what they become ---- */

/* What a writer is given: the rule, what stands behind the action's name, and the statement of its
 * row. */
struct action {
	const struct import_line *line;
	struct text rest;
	enum import_place place;
	const char *head, *tail;
};

struct action_row {
	const char *name;
	bool (*write)(struct importer *importer, const struct action *action);
	const char *head, *tail; /* around the text, for write_statement */
};

static void write_call(struct importer *importer, const char *head, struct text text, bool groups,
		       const char *tail)
{
	struct buffer quoted;

	buffer_init(&quoted, BUFFER_CAP_DEFAULT);
	import_quote(&quoted, text, groups);
	import_write(importer, "%s%.*s%s", head, (int)quoted.length, quoted.data, tail);
	import_free(importer, &quoted);
}

/* "5.7.1 text" after "4NN" or "5NN", or the text alone. */
static void write_reply(struct importer *importer, int code, struct text rest, bool groups)
{
	const char *verb = code < 500 ? "tempfail" : "reject";
	struct text after = rest, enhanced = import_word(&after);
	char head[64];
	bool given = import_is_status(enhanced, code);

	if (!given)
		enhanced = code < 500 ? TEXT("4.7.1") : TEXT("5.7.1");
	snprintf(head, sizeof(head), "%s(%d, \"%.*s\", ", verb, code, TEXT_PRINTF(enhanced));
	rest = text_trim(given ? after : rest);
	write_call(importer, head, rest.length ? rest : TEXT("Access denied"), groups, ");");
}

static bool in_header(enum import_place place)
{
	return place == PLACE_HEADER;
}

static bool write_reject(struct importer *importer, const struct action *action)
{
	write_reply(importer, in_header(action->place) ? 550 : 554, action->rest,
		    in_header(action->place));
	return true;
}

static bool write_defer(struct importer *importer, const struct action *action)
{
	write_reply(importer, 450, action->rest, in_header(action->place));
	return true;
}

static bool write_return(struct importer *importer, const struct action *action)
{
	(void)action;
	import_write(importer, "return;");
	return true;
}

/* PASS: no further field of this message is looked at. */
static bool write_pass(struct importer *importer, const struct action *action)
{
	import_write(importer, "passed = true;");
	return write_return(importer, action);
}

static void write_note(struct importer *importer, const struct action *action)
{
	if (action->rest.length)
		write_call(importer, "log.info(", action->rest, in_header(action->place), ");");
}

static bool write_discard(struct importer *importer, const struct action *action)
{
	write_note(importer, action);
	import_write(importer, "discard();");
	return true;
}

/* One statement with the text in it; the rule is done then. */
static bool write_statement(struct importer *importer, const struct action *action)
{
	write_call(importer, action->head, action->rest, in_header(action->place), action->tail);
	return write_return(importer, action);
}

/* "Name: value" is a field of its own. */
static bool write_prepend(struct importer *importer, const struct action *action)
{
	struct text rest = action->rest;
	int64_t colon = text_find(rest, TEXT(":"), 0);
	bool groups = in_header(action->place);
	struct buffer call;

	if (colon <= 0) {
		import_leave_out(importer, action->line, "PREPEND wants \"Name: value\"");
		return false;
	}
	buffer_init(&call, BUFFER_CAP_DEFAULT);
	buffer_append_string(&call, "insertHeader(0, ");
	import_quote(&call, text_part(rest, 0, (size_t)colon), groups);
	buffer_append_string(&call, ", ");
	import_quote(&call, text_trim(text_part(rest, (size_t)colon + 1, rest.length)), groups);
	import_write(importer, "%.*s);", (int)call.length, call.data);
	import_free(importer, &call);
	return write_return(importer, action);
}

static bool write_ignore(struct importer *importer, const struct action *action)
{
	write_note(importer, action);
	import_write(importer, "changeHeader(headerName, headers.headerCount(headerName), \"\");");
	return write_return(importer, action);
}

/* ---- which they are ---- */

#define ROW(name, writer)                                                                          \
	{                                                                                          \
		name, writer, "", ""                                                               \
	}
#define STATEMENT(name, head, tail)                                                                \
	{                                                                                          \
		name, write_statement, head, tail                                                  \
	}
/* In both tables; the recipients are all known at the end. */
#define STATEMENTS                                                                                 \
	STATEMENT("HOLD", "quarantine(", ");"), STATEMENT("WARN", "log.warn(", ");"),              \
		STATEMENT("INFO", "log.info(", ");"), STATEMENT("BCC", "addRcpt(", ");"),          \
		STATEMENT("REDIRECT", "redirectTo = ", ";")

static const struct action_row envelope_actions[] = {
	ROW("OK", write_return),
	ROW("DUNNO", write_return),
	ROW("PERMIT", write_return),
	ROW("REJECT", write_reject),
	ROW("DEFER", write_defer),
	ROW("DEFER_IF_PERMIT", write_defer),
	ROW("DISCARD", write_discard),
	ROW("PREPEND", write_prepend),
	STATEMENTS,
	ROW(NULL, NULL),
};
static const struct action_row header_actions[] = {
	ROW("DUNNO", write_return),
	ROW("OK", write_return),
	ROW("REJECT", write_reject),
	ROW("DISCARD", write_discard),
	ROW("IGNORE", write_ignore),
	ROW("STRIP", write_ignore),
	ROW("PREPEND", write_prepend),
	ROW("PASS", write_pass),
	STATEMENTS,
	STATEMENT("REPLACE", "replaceField(", ");"),
	ROW(NULL, NULL),
};

static bool is_number(struct text word, int64_t *number)
{
	return text_to_int(word, number) && *number >= 0;
}

bool import_action(struct importer *importer, const struct import_line *line, struct text text,
		   enum import_place place)
{
	struct text rest = text, word = import_word(&rest);
	struct action action = { .line = line, .rest = text_trim(rest), .place = place };
	int64_t number;

	if (!in_header(place) && is_number(word, &number)) {
		if (number < 400 || number > 599)
			return write_return(importer, &action);
		write_reply(importer, (int)number, action.rest, false);
		return true;
	}
	for (const struct action_row *row = in_header(place) ? header_actions : envelope_actions;
	     row->name; row++) {
		if (!text_equals_ignoring_case(word, text_of_string(row->name, LIFETIME_EVENT)))
			continue;
		action.head = row->head;
		action.tail = row->tail;
		return row->write(importer, &action);
	}
	import_leave_out(importer, line, "\"%.*s\" has no counterpart here", TEXT_PRINTF(word));
	return false;
}

/* ---- tables of patterns ---- */

/* Postfix ignores case and lets the dot be a line end; each flag turns its default around. */
static void flags_of(struct text given, char flags[8])
{
	bool ignores_case = true, dot_is_all = true, lines = false, extended = false;
	size_t at = 0;

	for (size_t i = 0; i < given.length; i++) {
		ignores_case ^= given.data[i] == 'i';
		dot_is_all ^= given.data[i] == 's';
		lines ^= given.data[i] == 'm';
		extended |= given.data[i] == 'x';
	}
	if (ignores_case)
		flags[at++] = 'i';
	if (lines)
		flags[at++] = 'm';
	if (dot_is_all)
		flags[at++] = 's';
	if (extended)
		flags[at++] = 'x';
	flags[at] = '\0';
}

/* The condition of "/pattern/flags", "!/pattern/flags"; or why there is none. */
static const char *write_condition(struct text *rest, const char *subject, struct buffer *condition)
{
	struct text pattern, flags;
	char written[8];
	bool denied = rest->length && rest->data[0] == '!';

	if (denied)
		*rest = text_part(*rest, 1, rest->length);
	if (!import_pattern(rest, &pattern, &flags))
		return "no /pattern/ is to be seen";
	flags_of(flags, written);
	buffer_printf(condition, denied ? "not (%s =~ " : "%s =~ ", subject);
	if (!import_regex(condition, pattern, written))
		return "its pattern is not understood here";
	buffer_append_string(condition, denied ? ")" : "");
	return NULL;
}

void import_pattern_rule(struct importer *importer, const struct import_line *line,
			 const char *subject, enum import_place place)
{
	struct text rest = line->text;
	struct buffer condition;
	const char *fault;
	bool nests;

	if (import_take(&rest, "endif")) {
		if (importer->depth > 1)
			import_close(importer);
		return;
	}
	import_name_line(importer, line);
	nests = import_take(&rest, "if");
	buffer_init(&condition, BUFFER_CAP_DEFAULT);
	fault = write_condition(&rest, subject, &condition);
	if (fault) {
		import_leave_out(importer, line, "%s", fault);
		if (nests) /* what stands in it is left out, too */
			import_open(importer, "if (false)");
	} else {
		import_open(importer, "if (%.*s)", (int)condition.length, condition.data);
		if (!nests) {
			import_action(importer, line, text_trim(rest), place);
			import_close(importer);
		}
	}
	import_free(importer, &condition);
}
