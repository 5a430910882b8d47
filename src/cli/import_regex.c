/* milter-regex.conf: an action, and below it the expressions that lead to it. */
#include "cli/import.h"

#include <stdio.h>

/* When a rule can be decided: with the last fact that it asks for. */
enum stage { AT_CONNECT, AT_HELO, AT_MAIL, AT_RCPT, AT_HEADER, AT_END, STAGE_COUNT };

static const char *const stage_events[STAGE_COUNT] = { "onConnect",	    "onEhlo",
						       "onMailFrom",	    "onRcptTo",
						       "onHeadersReceived", "onDataReceived" };

enum { ACTION_ROOM = 512, DEEPEST = 100 };

/* What the script consists of. */
struct rules {
	struct importer *importer;
	struct buffer stages[STAGE_COUNT];
	struct buffer flags; /* message variables: what was seen of fields and lines */
	struct buffer recipients, fields, lines; /* statements that set them */
	unsigned flag_count;
	char action[ACTION_ROOM];
	bool has_action;
};

/* One expression, read twice: to learn its stage, and to write it. */
struct expression {
	struct rules *rules;
	struct text rest;
	struct buffer *out; /* NULL: only look */
	enum stage stage;   /* of the rule; while looking, the latest so far */
	unsigned depth;
	const char *fault;
};

/* ---- patterns ---- */

/* A basic regular expression is one where the bare and the escaped signs have changed places. */
static void write_extended(struct buffer *out, struct text basic)
{
	for (size_t i = 0; i < basic.length; i++) {
		char byte = basic.data[i];
		bool escaped = byte == '\\' && i + 1 < basic.length;
		char sign = escaped ? basic.data[i + 1] : byte;

		if (!strchr("(){}|+?", sign) || sign == '\0') {
			buffer_append(out, basic.data + i, escaped ? 2 : 1);
		} else if (escaped) {
			buffer_append_byte(out, sign);
		} else {
			buffer_append_byte(out, '\\');
			buffer_append_byte(out, sign);
		}
		i += escaped;
	}
}

/* In the script's words, or false when it is not understood there. */
static bool translate(struct buffer *out, struct text pattern, struct text flags)
{
	const char *written = text_contains_byte(flags, 'i') ? "i" : "";
	struct buffer extended;
	bool good;

	if (text_contains_byte(flags, 'e'))
		return import_regex(out, pattern, written);
	buffer_init(&extended, BUFFER_CAP_DEFAULT);
	write_extended(&extended, pattern);
	good = import_regex(out, buffer_text(&extended), written);
	out->failed |= extended.failed;
	buffer_free(&extended);
	return good;
}

static void write_match(struct expression *expression, const char *subject)
{
	struct text pattern, flags;
	struct buffer regex, *out = expression->out;

	expression->rest = text_trim(expression->rest);
	if (!import_pattern(&expression->rest, &pattern, &flags)) {
		expression->fault = "a pattern is missing, or has no end";
		return;
	}
	buffer_init(&regex, BUFFER_CAP_DEFAULT);
	if (!translate(&regex, pattern, flags))
		expression->fault = "its pattern is not understood here";
	else if (out)
		buffer_printf(out,
			      text_contains_byte(flags, 'n') ? "not (%s =~ %.*s)" : "%s =~ %.*s",
			      subject, (int)regex.length, regex.data);
	import_free(expression->rules->importer, &regex);
}

/* ---- conditions ---- */

static void reach(struct expression *expression, enum stage stage)
{
	if (!expression->out && stage > expression->stage)
		expression->stage = stage;
}

/* Statements "if (SUBJECT =~ ...) { seenN = true; }" in `setters`, and seenN in the expression. */
static void write_flag(struct expression *expression, struct buffer *setters, const char *name,
		       const char *subject)
{
	struct buffer *out = expression->out;
	unsigned number = out ? ++expression->rules->flag_count : 0;

	expression->out = out ? setters : NULL;
	if (out)
		buffer_append_string(setters, "if (");
	if (name)
		write_match(expression, name);
	if (out && name)
		buffer_append_string(setters, " and ");
	write_match(expression, subject);
	expression->out = out;
	if (!out)
		return;
	buffer_printf(setters, ") {\nseen%u = true;\n}\n", number);
	buffer_printf(&expression->rules->flags, "message var seen%u: bool;\n", number);
	buffer_printf(out, "seen%u", number);
}

static void write_recipient(struct expression *expression)
{
	if (expression->stage == AT_RCPT || !expression->out)
		write_match(expression, "rcptToRaw");
	else
		write_flag(expression, &expression->rules->recipients, NULL, "rcptToRaw");
}

static bool read_condition(struct expression *expression)
{
	struct buffer *out = expression->out;

	if (import_take(&expression->rest, "connect")) {
		write_match(expression, "remoteSmtpHost");
		if (out)
			buffer_append_string(out, " and ");
		write_match(expression, "clientAddress()");
		reach(expression, AT_CONNECT);
	} else if (import_take(&expression->rest, "helo")) {
		write_match(expression, "ehloHost");
		reach(expression, AT_HELO);
	} else if (import_take(&expression->rest, "envfrom")) {
		write_match(expression, "mailFromRaw");
		reach(expression, AT_MAIL);
	} else if (import_take(&expression->rest, "envrcpt")) {
		write_recipient(expression);
		reach(expression, AT_RCPT);
	} else if (import_take(&expression->rest, "header")) {
		write_flag(expression, &expression->rules->fields, "headerName", "trim(headerRaw)");
		reach(expression, AT_HEADER);
	} else if (import_take(&expression->rest, "body")) {
		write_flag(expression, &expression->rules->lines, NULL, "line");
		reach(expression, AT_END);
	} else {
		return false;
	}
	return true;
}

/* ---- expressions ---- */

static void read_any(struct expression *expression);

static void read_one(struct expression *expression)
{
	expression->rest = text_trim(expression->rest);
	if (expression->depth == DEEPEST) {
		expression->fault = "it is nested too deeply";
	} else if (expression->rest.length && expression->rest.data[0] == '(') {
		expression->rest = text_part(expression->rest, 1, expression->rest.length);
		expression->depth++;
		if (expression->out)
			buffer_append_byte(expression->out, '(');
		read_any(expression);
		expression->depth--;
		if (expression->out)
			buffer_append_byte(expression->out, ')');
		expression->rest = text_trim(expression->rest);
		if (expression->rest.length && expression->rest.data[0] == ')')
			expression->rest = text_part(expression->rest, 1, expression->rest.length);
		else if (!expression->fault)
			expression->fault = "a ) is missing";
	} else if (import_take(&expression->rest, "not")) {
		if (expression->out)
			buffer_append_string(expression->out, "not ");
		expression->depth++;
		if (expression->out)
			buffer_append_byte(expression->out, '(');
		read_one(expression);
		if (expression->out)
			buffer_append_byte(expression->out, ')');
		expression->depth--;
	} else if (!expression->fault && !read_condition(expression)) {
		expression->fault = "it has a condition that has no counterpart";
	}
}

/* Operands are read from left to right, as milter-regex does: brackets say it. */
static void read_any(struct expression *expression)
{
	struct buffer *out = expression->out, operand;
	bool several = false, more, both;

	buffer_init(&operand, BUFFER_CAP_DEFAULT);
	do {
		buffer_clear(&operand);
		expression->out = out ? &operand : NULL;
		read_one(expression);
		both = !expression->fault && import_take(&expression->rest, "and");
		more = both || (!expression->fault && import_take(&expression->rest, "or"));
		several |= more;
		if (out)
			buffer_printf(out, several ? "(%.*s)%s" : "%.*s%s", (int)operand.length,
				      operand.length ? operand.data : "",
				      both   ? " and "
				      : more ? " or "
					     : "");
	} while (more);
	expression->out = out;
	import_free(expression->rules->importer, &operand);
}

static const char *expression_stage(struct rules *rules, struct text text, enum stage *stage)
{
	struct expression look = { .rules = rules, .rest = text, .stage = AT_CONNECT };

	read_any(&look);
	*stage = look.stage;
	if (!look.fault && text_trim(look.rest).length)
		return "something stands behind the expression";
	return look.fault;
}

/* ---- rules ---- */

static void take_action(struct rules *rules, const char *call, struct text rest, const char *unset)
{
	struct text words = import_word(&rest);
	struct buffer quoted, plain;

	buffer_init(&quoted, ACTION_ROOM / 2);
	buffer_init(&plain, ACTION_ROOM / 2);
	for (size_t i = 0; i < words.length; i++)
		if (words.data[i] != '\\')
			buffer_append_byte(&plain, words.data[i]);
	if (unset)
		import_quote(&quoted,
			     plain.length ? buffer_text(&plain)
					  : text_of_string(unset, LIFETIME_EVENT),
			     false);
	snprintf(rules->action, sizeof(rules->action), "%s(%.*s);", call, (int)quoted.length,
		 quoted.length ? quoted.data : "");
	rules->has_action = !quoted.failed && !plain.failed;
	buffer_free(&plain);
	buffer_free(&quoted);
}

static bool read_action(struct rules *rules, struct text line)
{
	static const struct {
		const char *word, *call, *unset;
	} actions[] = { { "reject", "reject", "Command rejected" },
			{ "tempfail", "tempfail", "Please try again later" },
			{ "quarantine", "quarantine", "Quarantined" },
			{ "discard", "discard", NULL },
			{ "accept", "accept", NULL } };

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		if (import_take(&line, actions[i].word)) {
			take_action(rules, actions[i].call, line, actions[i].unset);
			return true;
		}
	}
	return false;
}

/* What is quarantined or thrown away must be a message. */
static enum stage stage_of_action(const struct rules *rules, enum stage stage)
{
	bool message = rules->action[0] == 'q' || rules->action[0] == 'd';

	return message && stage < AT_MAIL ? AT_MAIL : stage;
}

static void write_rule(struct rules *rules, const struct import_line *line, enum stage stage)
{
	struct buffer condition;
	struct expression expression = {
		.rules = rules, .rest = line->text, .out = &condition, .stage = stage
	};
	struct importer piece = { .path = rules->importer->path };

	buffer_init(&condition, BUFFER_CAP_DEFAULT);
	read_any(&expression);
	piece.out = rules->stages[stage];
	import_name_line(&piece, line);
	import_open(&piece, "if (%.*s)", (int)condition.length, condition.data);
	import_write(&piece, "%s", rules->action);
	import_close(&piece);
	rules->stages[stage] = piece.out;
	import_free(rules->importer, &condition);
}

static void read_rule(struct rules *rules, const struct import_line *line)
{
	enum stage stage;
	const char *fault = expression_stage(rules, line->text, &stage);

	if (!fault && !rules->has_action)
		fault = "no action stands above it";
	if (fault)
		import_leave_out(rules->importer, line, "%s", fault);
	else
		write_rule(rules, line, stage_of_action(rules, stage));
}

/* ---- the script ---- */

static void write_part(struct importer *importer, const char *event, const struct buffer *head,
		       const struct buffer *part)
{
	if (part->length == 0 && (!head || head->length == 0))
		return;
	import_open(importer, "\nevent %s", event);
	if (head)
		buffer_append_text(&importer->out, buffer_text(head));
	buffer_append_text(&importer->out, buffer_text(part));
	import_close(importer);
}

static void write_lines(struct importer *importer, const struct buffer *lines)
{
	if (lines->length == 0)
		return;
	import_open(importer, "\nfunction lookAt(line: text)");
	buffer_append_text(&importer->out, buffer_text(lines));
	import_close(importer);
	import_write(importer, "\nmessage var begun: text;  # a line whose end has not come yet\n");
	import_open(importer, "event onBodyChunk");
	import_write(importer, "var pieces = split(begun + bodyChunk, \"\\n\");");
	import_write(importer, "begun = pieces.pop();");
	import_open(importer, "for (piece in pieces)");
	import_write(importer,
		     "lookAt(piece.endsWith(\"\\r\") ? piece[0 .. length(piece) - 1] : piece);");
	import_close(importer);
	import_close(importer);
}

/* A fact is looked at before the rules that ask for it. */
static void write_script(struct rules *rules)
{
	struct importer *importer = rules->importer;
	const struct buffer *heads[STAGE_COUNT] = { [AT_RCPT] = &rules->recipients };
	struct buffer last_line;

	import_open(importer, "\nfunction clientAddress() -> text");
	import_write(importer, "return connectionFamily.startsWith(\"inet\") ? text(remoteSmtpIp) "
			       ": connectionFamily;");
	import_close(importer);
	import_write(importer, "\n%.*s", (int)rules->flags.length,
		     rules->flags.length ? rules->flags.data : "");
	write_part(importer, "onHeader", NULL, &rules->fields);
	write_lines(importer, &rules->lines);
	buffer_init(&last_line, BUFFER_CAP_DEFAULT);
	buffer_append_string(&last_line, rules->lines.length ? "lookAt(begun);\n" : "");
	heads[AT_END] = &last_line;
	for (unsigned i = 0; i < STAGE_COUNT; i++)
		write_part(importer, stage_events[i], heads[i], &rules->stages[i]);
	import_free(importer, &last_line);
}

static void write_milter_regex(struct importer *importer)
{
	struct rules rules = { .importer = importer };
	struct buffer *all[] = { &rules.flags, &rules.recipients, &rules.fields, &rules.lines };
	struct import_line line;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		buffer_init(all[i], BUFFER_CAP_DEFAULT);
	for (unsigned i = 0; i < STAGE_COUNT; i++)
		buffer_init(&rules.stages[i], BUFFER_CAP_DEFAULT);
	while (import_next(importer, CONTINUED_BY_BACKSLASH, &line))
		if (!read_action(&rules, line.text))
			read_rule(&rules, &line);
	write_script(&rules);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		import_free(importer, all[i]);
	for (unsigned i = 0; i < STAGE_COUNT; i++)
		import_free(importer, &rules.stages[i]);
}

const struct import_format import_milter_regex = { "milter-regex", "milter-regex.conf",
						   write_milter_regex };
