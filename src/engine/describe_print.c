/* A reference as text, man page, Markdown and HTML. */
#include "engine/describe.h"

#include "afsl.h"

#include <string.h>

/* What stands for a byte in some form; NULL for the byte itself. */
typedef const char *escape_byte(char byte);

static void add_escaped(struct buffer *out, struct text text, escape_byte *escape)
{
	for (size_t i = 0; i < text.length; i++) {
		const char *instead = escape(text.data[i]);

		if (instead)
			buffer_append_string(out, instead);
		else
			buffer_append_byte(out, text.data[i]);
	}
}

static void add_string(struct buffer *out, const char *string, escape_byte *escape)
{
	add_escaped(out, text_of_string(string, LIFETIME_PROGRAM), escape);
}

/* One form of a note: what stands before its label, before its events and behind them. */
static void add_notes(struct buffer *out, const struct entry *entry, const char *before,
		      const char *between, const char *behind)
{
	for (int i = 0; i < NOTES_MAX && entry->notes[i].label; i++) {
		size_t start = out->length;

		buffer_append_string(out, before);
		buffer_append_string(out, entry->notes[i].label);
		buffer_append_string(out, between);
		if (describe_events(entry->notes[i].events, out))
			buffer_append_string(out, behind);
		else
			out->length = start;
	}
}

static void nothing(struct buffer *out)
{
	(void)out;
}

static void no_group(const char *module, struct buffer *out)
{
	(void)module;
	(void)out;
}

/* ---- text ---- */

/* The next line, without its end. */
static struct text take_line(const char **code)
{
	size_t length = strcspn(*code, "\n");
	struct text line = text_of(*code, length, LIFETIME_PROGRAM);

	*code += length + ((*code)[length] == '\n');
	return line;
}

static void add_code(struct buffer *out, const char *code, const char *indent)
{
	while (*code) {
		struct text line = take_line(&code);

		buffer_printf(out, "%s%.*s\n", line.length ? indent : "", TEXT_PRINTF(line));
	}
}

static void begin_text(const struct topic *topic, struct buffer *out)
{
	buffer_printf(out, "%s%s\n", out->length ? "\n" : "", topic->name);
}

static void entry_text(const struct entry *entry, struct buffer *out)
{
	buffer_append_string(out, "  ");
	buffer_append_text(out, buffer_text(&entry->title));
	buffer_append_string(out, "\n");
	if (*entry->help)
		buffer_printf(out, "      %s\n", entry->help);
	add_notes(out, entry, "      ", ": ", "\n");
	add_code(out, entry->example, "      ");
}

const struct printer print_text = { begin_text, no_group, entry_text, nothing };

/* ---- man page ---- */

static const char *escape_man(char byte)
{
	switch (byte) {
	case '\\':
		return "\\e";
	case '-':
		return "\\-";
	case '"':
		return "\\(dq";
	case '\'':
		return "\\(aq";
	case '`':
		return "\\(ga";
	case '^':
		return "\\(ha";
	case '~':
		return "\\(ti";
	default:
		return NULL;
	}
}

/* Lines of text, broken where they grow long; a point at the start of one would be a request. */
static void add_man_lines(struct buffer *out, const char *line)
{
	enum { WIDTH = 76 };

	while (*line) {
		size_t length = strlen(line);

		if (length > WIDTH) {
			for (length = WIDTH; length && line[length] != ' '; length--)
				;
			length = length ? length : strcspn(line, " ");
		}
		buffer_append_string(out, *line == '.' ? "\\&" : "");
		add_escaped(out, text_of(line, length, LIFETIME_PROGRAM), escape_man);
		buffer_append_byte(out, '\n');
		line += length + strspn(line + length, " ");
	}
}

/* As it stands, line by line. */
static void add_man_code(struct buffer *out, const char *code)
{
	buffer_append_string(out, ".EX\n");
	while (*code) {
		buffer_append_string(out, *code == '.' ? "\\&" : "");
		add_escaped(out, take_line(&code), escape_man);
		buffer_append_byte(out, '\n');
	}
	buffer_append_string(out, ".EE\n");
}

static void begin_man(const struct topic *topic, struct buffer *out)
{
	buffer_append_string(out, ".TH AFSL\\-");
	for (const char *c = topic->name; *c; c++)
		buffer_append_byte(out, (char)(*c & ~0x20));
	buffer_append_string(out, " 7 \"2026-11-26\" \"AFSL " AFSL_VERSION
				  "\" \"Miscellaneous\"\n.SH NAME\n");
	buffer_printf(out, "afsl\\-%s \\- %s\n.SH DESCRIPTION\n", topic->name, topic->about);
	add_man_lines(out, topic->introduction);
}

static void group_man(const char *module, struct buffer *out)
{
	if (!*module)
		return;
	buffer_append_string(out, ".SS ");
	add_man_lines(out, module);
}

static void entry_man(const struct entry *entry, struct buffer *out)
{
	buffer_append_string(out, ".TP\n.B ");
	add_escaped(out, buffer_text(&entry->title), escape_man);
	buffer_append_byte(out, '\n');
	add_man_lines(out, entry->help);
	add_notes(out, entry, ".br\n", ":\n", "\n");
	if (*entry->example) {
		buffer_append_string(out, ".IP\n");
		add_man_code(out, entry->example);
	}
}

static void end_man(struct buffer *out)
{
	buffer_append_string(out, ".SH SEE ALSO\n.BR afsl (7),\n.BR afsl (1)\n");
}

const struct printer print_man = { begin_man, group_man, entry_man, end_man };

/* ---- Markdown ---- */

static const char *escape_markdown(char byte)
{
	switch (byte) {
	case '\\':
		return "\\\\";
	case '*':
		return "\\*";
	case '_':
		return "\\_";
	case '<':
		return "\\<";
	case '[':
		return "\\[";
	case ']':
		return "\\]";
	default:
		return NULL;
	}
}

static void begin_markdown(const struct topic *topic, struct buffer *out)
{
	buffer_printf(out, "# AFSL: %s\n\n", topic->about);
	add_string(out, topic->introduction, escape_markdown);
	buffer_append_string(out, "\n\n");
}

static void group_markdown(const char *module, struct buffer *out)
{
	if (*module)
		buffer_printf(out, "## %s\n\n", module);
}

static void entry_markdown(const struct entry *entry, struct buffer *out)
{
	buffer_append_string(out, "### `");
	buffer_append_text(out, buffer_text(&entry->title));
	buffer_append_string(out, "`\n\n");
	add_string(out, entry->help, escape_markdown);
	buffer_append_string(out, "\n\n");
	add_notes(out, entry, "*", ":* ", "\n\n");
	if (*entry->example)
		buffer_printf(out, "```afsl\n%s\n```\n\n", entry->example);
}

const struct printer print_markdown = { begin_markdown, group_markdown, entry_markdown, nothing };

/* ---- HTML ---- */

static const char *escape_html(char byte)
{
	switch (byte) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	default:
		return NULL;
	}
}

static void begin_html(const struct topic *topic, struct buffer *out)
{
	buffer_printf(out,
		      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta "
		      "charset=\"utf-8\"><title>AFSL: %s</title>\n"
		      "<style>body { max-width: 50em; margin: 2em auto; padding: 0 1em; "
		      "font-family: sans-serif; }\n"
		      "dt { margin-top: 1em; font-weight: bold; }</style></head>\n<body><h1>AFSL: "
		      "%s</h1>\n<p>",
		      topic->about, topic->about);
	add_string(out, topic->introduction, escape_html);
	buffer_append_string(out, "</p>\n<dl>\n");
}

static void group_html(const char *module, struct buffer *out)
{
	if (*module)
		buffer_printf(out, "</dl>\n<h2 id=\"%s\">%s</h2>\n<dl>\n", module, module);
}

static void entry_html(const struct entry *entry, struct buffer *out)
{
	buffer_append_string(out, "<dt><code>");
	add_escaped(out, buffer_text(&entry->title), escape_html);
	buffer_append_string(out, "</code></dt>\n<dd>");
	add_string(out, entry->help, escape_html);
	add_notes(out, entry, "<br><i>", ":</i> ", "");
	if (*entry->example) {
		buffer_append_string(out, "\n<pre>");
		add_string(out, entry->example, escape_html);
		buffer_append_string(out, "</pre>");
	}
	buffer_append_string(out, "</dd>\n");
}

static void end_html(struct buffer *out)
{
	buffer_append_string(out, "</dl></body></html>\n");
}

const struct printer print_html = { begin_html, group_html, entry_html, end_html };
