/* What a diagnostic means, at length. */
#include "afsl.h"

#include "base/character.h"
#include "base/diagnostics.h"

static const struct {
	const char *code;
	enum severity severity;
	const char *title, *explanation;
} rows[] = {
#define DIAGNOSTIC(code, severity, title, explanation) { #code, severity, title, explanation },
#include "grammar/diagnostics.def"
#undef DIAGNOSTIC
};
enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

static const struct {
	const char *code, *wrong, *right;
} examples[] = {
#define EXAMPLE(code, wrong, right) { #code, wrong, right },
#include "grammar/examples.def"
#undef EXAMPLE
};
enum { EXAMPLE_COUNT = sizeof(examples) / sizeof(examples[0]) };

enum { LINE_WIDTH = 78 };

static const char *severity_word(enum severity severity)
{
	return severity == SEVERITY_ERROR ? "error" : "warning";
}

/* In lines of at most LINE_WIDTH characters where blanks allow it. */
static void add_wrapped(struct buffer *out, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t length = strcspn(text, " ");

		if (column > 0 && column + 1 + length > LINE_WIDTH) {
			buffer_append_byte(out, '\n');
			column = 0;
		}
		if (column > 0)
			buffer_append_byte(out, ' ');
		buffer_append(out, text, length);
		column += length + (column > 0);
		text += length;
		text += strspn(text, " ");
	}
	buffer_append_byte(out, '\n');
}

/* What a terminal cannot show stands as \xHH. */
static void add_code(struct buffer *out, const char *heading, const char *code)
{
	struct text text = text_of_string(code, LIFETIME_PROGRAM);
	bool begins = true;

	buffer_printf(out, "\n%s:\n\n", heading);
	for (size_t at = 0; at < text.length;) {
		struct character c = character_at(text, at);

		if (begins)
			buffer_append_string(out, "    ");
		begins = c.code == '\n';
		if (begins || (c.valid && (!character_is_control(c.code) || c.code == '\t')))
			buffer_append(out, text.data + at, c.length);
		else
			buffer_printf(out, "\\x%02X", (unsigned char)text.data[at]);
		at += c.length;
	}
}

static void explain_row(struct buffer *out, unsigned row)
{
	buffer_printf(out, "%s %s: %s\n\n", severity_word(rows[row].severity), rows[row].code,
		      rows[row].title);
	add_wrapped(out, rows[row].explanation);
	for (unsigned i = 0; i < EXAMPLE_COUNT; i++) {
		if (strcmp(examples[i].code, rows[row].code) != 0)
			continue;
		add_code(out, "Wrong", examples[i].wrong);
		add_code(out, "Right", examples[i].right);
	}
	if (rows[row].severity == SEVERITY_WARNING)
		buffer_printf(
			out,
			"\nWhere it is meant so, a comment at the end of the line, or alone on the "
			"line above,\nsilences it:  # afsl: allow %s\n",
			rows[row].code);
}

static bool explain(struct buffer *out, const char *code)
{
	for (unsigned i = 0; i < ROW_COUNT; i++) {
		if (!code)
			buffer_printf(out, "%s  %s\n", rows[i].code, rows[i].title);
		if (!code || strcmp(rows[i].code, code) != 0)
			continue;
		explain_row(out, i);
		return true;
	}
	return !code;
}

char *afsl_explain(const char *code)
{
	struct buffer out;
	bool found;

	buffer_init(&out, BUFFER_CAP_DEFAULT);
	found = explain(&out, code);
	buffer_append_byte(&out, '\0');
	if (found && !out.failed)
		return out.data;
	buffer_free(&out);
	return NULL;
}
