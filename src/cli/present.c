#include "cli/present.h"

#include "cli/difference.h"

enum { BODY_LINES_SHOWN = 20, VALUE_SHOWN = 400 };

static const char *const change_words[] = {
	[AFSL_ADD_HEADER] = "addHeader",       [AFSL_INSERT_HEADER] = "insertHeader",
	[AFSL_CHANGE_HEADER] = "changeHeader", [AFSL_ADD_RCPT] = "addRcpt",
	[AFSL_DELETE_RCPT] = "discardRcpt",    [AFSL_CHANGE_SENDER] = "changeSender",
	[AFSL_REPLACE_BODY] = "replaceBody",   [AFSL_QUARANTINE] = "quarantine",
};

/* SGR codes by verdict: green goes through, red is refused, yellow for now. */
static const char *const colours[] = {
	[AFSL_CONTINUE] = "32", [AFSL_ACCEPT] = "32",  [AFSL_REJECT] = "31",
	[AFSL_TEMPFAIL] = "33", [AFSL_DISCARD] = "31", [AFSL_DISCONNECTED] = "31",
};

const char *final_word(const struct outcome *outcome)
{
	return verdict_word(outcome->verdict.kind);
}

static void paint(const struct presentation *presentation, struct buffer *out, const char *code,
		  const char *word)
{
	if (presentation->colour)
		buffer_printf(out, "\033[%sm%s\033[0m", code, word);
	else
		buffer_append_string(out, word);
}

static struct text text_from(struct afsl_text text)
{
	return text_of(text.data, text.length, LIFETIME_PROGRAM);
}

/* ---- for people ---- */

/* What others wrote must not reach a terminal as it is. */
static void print_name(struct buffer *out, const char *label, const char *name)
{
	buffer_append_string(out, label);
	buffer_append_visible(out, text_of_string(name, LIFETIME_PROGRAM), VALUE_SHOWN);
}

void present_envelope(const struct presentation *presentation, struct buffer *out)
{
	const struct envelope *envelope = presentation->envelope;

	print_name(out, "client   ", envelope->client_name);
	buffer_printf(out, " [%s] port %u  (%s)\n", envelope->client_ip, envelope->client_port,
		      presentation->sources.client);
	print_name(out, "helo     ", envelope->helo);
	buffer_printf(out, "  (%s)\n", presentation->sources.helo);
	buffer_append_string(out, "from     <");
	buffer_append_visible(out, envelope->from, VALUE_SHOWN);
	buffer_printf(out, ">  (%s)\n", presentation->sources.from);
	for (size_t i = 0; i < envelope->rcpt_count; i++) {
		buffer_append_string(out, "to       <");
		buffer_append_visible(out, envelope->rcpts[i], VALUE_SHOWN);
		buffer_printf(out, ">  (%s)\n", presentation->sources.rcpt);
	}
	buffer_append_byte(out, '\n');
}

void present_lines(struct buffer *out, const char *lines, const char *indent)
{
	for (;;) {
		size_t length = strcspn(lines, "\n");

		buffer_append_visible(out, text_of(lines, length, LIFETIME_EVENT), VALUE_SHOWN);
		lines += length;
		if (!*lines++)
			return;
		buffer_printf(out, "\n%s", indent);
	}
}

static void print_verdict(const struct presentation *presentation, struct buffer *out,
			  const struct afsl_verdict *verdict)
{
	const char *reply = verdict_reply(&presentation->outcome->arena, verdict);

	paint(presentation, out, colours[verdict->kind], verdict_word(verdict->kind));
	if (*reply) {
		buffer_append_byte(out, ' ');
		present_lines(out, reply, "           ");
	}
	if (*verdict->place)
		buffer_printf(out, "  [%s]", verdict->place);
	if (verdict->error) {
		buffer_append_string(out, "\n  because the script failed: ");
		present_lines(out, verdict->error, "  ");
	}
	buffer_append_byte(out, '\n');
}

/* What a dialogue with a milter tells of a step beside the verdict. */
static void print_dialogue(struct buffer *out, const struct step *step)
{
	struct text macros = step->macros;

	for (size_t from = 0; from < macros.length;) {
		int64_t end = text_find(macros, TEXT("\0"), from);
		size_t to = end < 0 ? macros.length : (size_t)end;

		buffer_append_string(out, from ? "  " : "    ");
		buffer_append_visible(out, text_part(macros, from, to), VALUE_SHOWN);
		from = to + 1;
	}
	if (macros.length)
		buffer_append_byte(out, '\n');
}

static void print_timing(struct buffer *out, const struct step *step)
{
	if (out->length && out->data[out->length - 1] == '\n')
		out->length--;
	if (step->skip)
		buffer_append_string(out, " (skip: no more of these)");
	if (step->unanswered)
		buffer_append_string(out, " (waives the answer)\n");
	else
		buffer_printf(out, "  (%.1f ms)\n", (double)step->microseconds / 1000);
}

void present_step(const struct presentation *presentation, struct buffer *out,
		  const struct step *step)
{
	size_t start = out->length;

	buffer_append_string(out, step->event);
	if (step->count > 1) {
		buffer_printf(out, " x%u", step->count);
	} else if (step->detail.length) {
		buffer_append_byte(out, ' ');
		buffer_append_visible(out, step->detail, 60);
	}
	do
		buffer_append_byte(out, ' ');
	while (out->length - start < 34 && !out->failed);
	print_verdict(presentation, out, &step->verdict);
	if (!presentation->dialogue)
		return;
	print_timing(out, step);
	print_dialogue(out, step);
}

static void print_change(struct buffer *out, const struct afsl_change *change)
{
	struct text value = text_from(change->value);

	buffer_printf(out, "  %-14s", change_words[change->kind]);
	if (change->kind == AFSL_CHANGE_HEADER || change->kind == AFSL_INSERT_HEADER)
		buffer_printf(out, "%u ", change->index);
	buffer_append_visible(out, text_from(change->name), VALUE_SHOWN);
	if (change->kind == AFSL_REPLACE_BODY) {
		buffer_printf(out, "%u bytes", value.length);
	} else if (change->kind == AFSL_CHANGE_HEADER && value.length == 0) {
		buffer_append_string(out, " (removed)");
	} else if (value.length) {
		if (change->name.length)
			buffer_append_string(out, change->kind <= AFSL_CHANGE_HEADER ? ": " : " ");
		buffer_append_visible(out, text_trim(value), VALUE_SHOWN);
	}
	buffer_append_byte(out, '\n');
}

static void print_delivered_envelope(const struct delivery *delivery, struct buffer *out)
{
	buffer_append_string(out, "  from <");
	buffer_append_visible(out, delivery->sender, VALUE_SHOWN);
	buffer_append_string(out, "> to");
	for (size_t i = 0; i < delivery->rcpt_count; i++) {
		buffer_append_string(out, i ? ", <" : " <");
		buffer_append_visible(out, delivery->rcpts[i], VALUE_SHOWN);
		buffer_append_byte(out, '>');
	}
	buffer_append_string(out, delivery->rcpt_count ? "\n" : " nobody\n");
}

/* The whole header and the beginning of the body; bytes that a terminal would obey are made
 * visible. */
static void print_content(struct text content, struct buffer *out)
{
	int64_t header_end = text_find(content, TEXT("\r\n\r\n"), 0);
	unsigned body_lines = 0;

	for (size_t at = 0; at < content.length;) {
		int64_t end = text_find(content, TEXT("\r\n"), at);
		size_t to = end < 0 ? content.length : (size_t)end;

		if ((int64_t)at > header_end + 2 && ++body_lines > BODY_LINES_SHOWN) {
			buffer_printf(out, "  ... (%zu bytes more; --output FILE writes all)\n",
				      content.length - at);
			return;
		}
		buffer_append_string(out, "  ");
		buffer_append_visible(out, text_part(content, at, to), 1000);
		buffer_append_byte(out, '\n');
		at = to + 2;
	}
}

static struct text without_line_end(struct text line)
{
	while (line.length &&
	       (line.data[line.length - 1] == '\n' || line.data[line.length - 1] == '\r'))
		line.length--;
	return line;
}

/* Escapes of the message do not reach a terminal. */
static void print_difference(const struct presentation *presentation, struct buffer *out)
{
	struct buffer lines;

	buffer_init(&lines, BUFFER_CAP_DEFAULT);
	out->failed |= !difference_print("as sent", buffer_text(presentation->sent), "as delivered",
					 buffer_text(&presentation->delivery->content), &lines);
	for (size_t from = 0; from < lines.length;) {
		int64_t end = text_find(buffer_text(&lines), TEXT("\n"), from);
		size_t next = end < 0 ? lines.length : (size_t)end + 1;
		struct text line = text_part(buffer_text(&lines), from, next);

		buffer_append_string(out, from ? "" : "\n");
		buffer_append_visible(out, without_line_end(line), 1000);
		buffer_append_byte(out, '\n');
		from = next;
	}
	buffer_free(&lines);
}

void present_text(const struct presentation *presentation, struct buffer *out)
{
	const struct outcome *outcome = presentation->outcome;
	const struct delivery *delivery = presentation->delivery;

	for (size_t i = 0; i < outcome->step_count && !presentation->dialogue; i++)
		present_step(presentation, out, &outcome->steps[i]);
	buffer_append_string(out, "\nverdict  ");
	print_verdict(presentation, out, &outcome->verdict);
	if (!delivery)
		return;
	buffer_append_string(out, outcome->change_count ? "changes\n" : "changes  none\n");
	for (size_t i = 0; i < outcome->change_count; i++)
		print_change(out, &outcome->changes[i]);
	buffer_append_string(out, delivery->quarantine ? "held in quarantine\n" : "delivered\n");
	print_delivered_envelope(delivery, out);
	if (presentation->sent)
		print_difference(presentation, out);
	if (presentation->show_content) {
		buffer_append_byte(out, '\n');
		print_content(buffer_text(&delivery->content), out);
	}
}

/* ---- for programs ---- */

static void json_string(struct buffer *out, const char *string)
{
	buffer_append_json(out, text_of_string(string ? string : "", LIFETIME_EVENT));
}

static void json_macro(struct buffer *out, struct text line)
{
	int64_t equals = text_find(line, TEXT("="), 0);

	if (equals < 0)
		equals = line.length;
	buffer_append_json(out, text_part(line, 0, (size_t)equals));
	buffer_append_string(out, ": ");
	line = text_part(line, (size_t)equals, line.length);
	buffer_append_json(out, line.length ? text_part(line, 1, line.length) : TEXT_EMPTY);
}

static void json_dialogue(struct buffer *out, const struct step *step)
{
	struct text macros = step->macros;

	buffer_printf(out, ", \"answered\": %s, \"skip\": %s, \"ms\": %.3f, \"macros\": {",
		      step->unanswered ? "false" : "true", step->skip ? "true" : "false",
		      (double)step->microseconds / 1000);
	for (size_t from = 0; from < macros.length;) {
		int64_t end = text_find(macros, TEXT("\0"), from);
		size_t to = end < 0 ? macros.length : (size_t)end;

		buffer_append_string(out, from ? ", " : "");
		json_macro(out, text_part(macros, from, to));
		from = to + 1;
	}
	buffer_append_byte(out, '}');
}

static void json_step(const struct presentation *presentation, struct buffer *out,
		      const struct step *step)
{
	buffer_append_string(out, "{\"event\": ");
	json_string(out, step->event);
	buffer_printf(out, ", \"count\": %u, \"detail\": ", step->count);
	buffer_append_json(out, step->detail);
	buffer_append_string(out, ", \"verdict\": ");
	json_string(out, verdict_word(step->verdict.kind));
	buffer_append_string(out, ", \"reply\": ");
	json_string(out, verdict_reply(&presentation->outcome->arena, &step->verdict));
	buffer_append_string(out, ", \"filter\": ");
	json_string(out, step->verdict.filter);
	buffer_append_string(out, ", \"place\": ");
	json_string(out, step->verdict.place);
	if (presentation->dialogue)
		json_dialogue(out, step);
	if (step->verdict.error) {
		buffer_append_string(out, ", \"error\": ");
		json_string(out, step->verdict.error);
	}
	buffer_append_byte(out, '}');
}

static void json_change(struct buffer *out, const struct afsl_change *change)
{
	buffer_append_string(out, "{\"kind\": ");
	json_string(out, change_words[change->kind]);
	buffer_printf(out, ", \"index\": %u, \"name\": ", change->index);
	buffer_append_json(out, text_from(change->name));
	buffer_append_string(out, ", \"value\": ");
	buffer_append_json(out, text_from(change->value));
	buffer_append_byte(out, '}');
}

static void json_recipient(struct buffer *out, const struct recipient_result *recipient)
{
	buffer_append_string(out, "{\"address\": ");
	buffer_append_json(out, recipient->address);
	buffer_append_string(out, ", \"verdict\": ");
	json_string(out, verdict_word(recipient->verdict));
	buffer_append_string(out, ", \"reply\": ");
	json_string(out, recipient->reply);
	buffer_append_byte(out, '}');
}

static void json_delivery(const struct delivery *delivery, struct buffer *out)
{
	buffer_append_string(out, ",\n \"delivered\": {\"from\": ");
	buffer_append_json(out, delivery->sender);
	buffer_append_string(out, ", \"to\": [");
	for (size_t i = 0; i < delivery->rcpt_count; i++) {
		buffer_append_string(out, i ? ", " : "");
		buffer_append_json(out, delivery->rcpts[i]);
	}
	buffer_append_string(out, "], \"content\": ");
	buffer_append_json(out, buffer_text(&delivery->content));
	buffer_append_byte(out, '}');
}

#define JSON_ARRAY(out, name, count, call)                                                         \
	do {                                                                                       \
		buffer_printf(out, ",\n \"%s\": [", name);                                         \
		for (size_t i = 0; i < (count); i++) {                                             \
			buffer_append_string(out, i ? ",\n  " : "\n  ");                           \
			call;                                                                      \
		}                                                                                  \
		buffer_append_byte(out, ']');                                                      \
	} while (0)

void present_json(const struct presentation *presentation, struct buffer *out)
{
	struct outcome *outcome = presentation->outcome;

	buffer_append_byte(out, '{');
	if (presentation->members)
		buffer_append_text(out, buffer_text(presentation->members));
	buffer_append_string(out, presentation->members ? "\n \"verdict\": " : "\"verdict\": ");
	json_string(out, presentation->failed ? "failed" : final_word(outcome));
	buffer_append_string(out, ",\n \"reply\": ");
	json_string(out, verdict_reply(&outcome->arena, &outcome->verdict));
	JSON_ARRAY(out, "changes", outcome->change_count, json_change(out, &outcome->changes[i]));
	JSON_ARRAY(out, "events", outcome->step_count,
		   json_step(presentation, out, &outcome->steps[i]));
	JSON_ARRAY(out, "recipients", outcome->recipient_count,
		   json_recipient(out, &outcome->recipients[i]));
	buffer_append_string(out, ",\n \"log\": [");
	if (presentation->log)
		buffer_append_text(out, buffer_text(presentation->log));
	buffer_append_byte(out, ']');
	if (presentation->delivery)
		json_delivery(presentation->delivery, out);
	buffer_append_string(out, "}\n");
}
