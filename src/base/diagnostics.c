#include "base/diagnostics.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

/* Messages quote what a stranger may have written: they are cut, so that a name of
 * a megabyte stays one line. */
enum { MESSAGE_MAX = 600, ARENA_CAP = INT32_MAX };
enum { KEPT_MAX = DIAGNOSTICS_ERRORS_MAX + DIAGNOSTICS_WARNINGS_MAX };

void diagnostics_init(struct diagnostics *diagnostics)
{
	memset(diagnostics, 0, sizeof(*diagnostics));
	arena_init(&diagnostics->arena, ARENA_CAP, LIFETIME_PROGRAM);
}

void diagnostics_free(struct diagnostics *diagnostics)
{
	arena_reset(&diagnostics->arena);
	diagnostics_init(diagnostics);
}

uint32_t diagnostics_add_source(struct diagnostics *diagnostics, const char *name, struct text text)
{
	const char *copy;

	if (diagnostics->source_count == DIAGNOSTICS_SOURCES_MAX)
		return DIAGNOSTICS_SOURCES_MAX - 1;
	copy = arena_string(&diagnostics->arena, text_of_string(name, LIFETIME_EVENT));
	diagnostics->sources[diagnostics->source_count].name = copy ? copy : "?";
	diagnostics->sources[diagnostics->source_count].text = text;
	return diagnostics->source_count++;
}

/* ---- UTF-8, as far as showing it needs ---- */

struct character {
	uint32_t code;
	unsigned length; /* bytes; 1 for a byte that is no UTF-8 */
	bool valid;
};

static unsigned sequence_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if ((first & 0xf0) == 0xe0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

static bool is_overlong_or_surrogate(uint32_t code, unsigned length)
{
	if (length == 3)
		return code < 0x800 || (code >= 0xd800 && code < 0xe000);
	return length == 4 && (code < 0x10000 || code > 0x10ffff);
}

static struct character character_at(struct text text, size_t at)
{
	const unsigned char *bytes = (const unsigned char *)text.data + at;
	unsigned length = sequence_length(bytes[0]);
	uint32_t code = length < 2 ? bytes[0] : bytes[0] & (0xffu >> (length + 1));

	if (length == 0 || length > text.length - at)
		return (struct character){ bytes[0], 1, false };
	for (unsigned i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return (struct character){ bytes[0], 1, false };
		code = code << 6 | (bytes[i] & 0x3f);
	}
	if (is_overlong_or_surrogate(code, length))
		return (struct character){ bytes[0], 1, false };
	return (struct character){ code, length, true };
}

/* Controls would let a script repaint the terminal of whoever checks it. */
static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
	       (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/* Columns of a terminal: East Asian wide characters take two, combining ones none. */
static unsigned character_width(uint32_t code)
{
	static const struct {
		uint32_t from, to;
		unsigned width;
	} ranges[] = {
		{ 0x300, 0x36f, 0 },	 { 0x1100, 0x115f, 2 },	  { 0x200b, 0x200f, 0 },
		{ 0x2e80, 0xa4cf, 2 },	 { 0xac00, 0xd7a3, 2 },	  { 0xf900, 0xfaff, 2 },
		{ 0xfe00, 0xfe0f, 0 },	 { 0xfe30, 0xfe6f, 2 },	  { 0xff00, 0xff60, 2 },
		{ 0xffe0, 0xffe6, 2 },	 { 0x1f300, 0x1faff, 2 }, { 0x20000, 0x3fffd, 2 },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code >= ranges[i].from && code <= ranges[i].to)
			return ranges[i].width;
	return 1;
}

/* ---- reporting ---- */

/* One line of printable UTF-8, cut at MESSAGE_MAX bytes. */
static const char *clean_copy(struct diagnostics *diagnostics, struct text raw)
{
	struct buffer clean;
	const char *copy;

	buffer_init(&clean, BUFFER_CAP_DEFAULT);
	for (size_t i = 0; i < raw.length && clean.length < MESSAGE_MAX;) {
		struct character c = character_at(raw, i);

		if (c.valid && !is_control(c.code))
			buffer_append(&clean, raw.data + i, c.length);
		else if (c.valid && c.code == '\n')
			buffer_append_string(&clean, "\\n");
		else
			for (unsigned k = 0; k < c.length; k++)
				buffer_printf(&clean, "\\x%02X", (unsigned char)raw.data[i + k]);
		i += c.length;
		if (clean.length >= MESSAGE_MAX && i < raw.length)
			buffer_append_string(&clean, "...");
	}
	copy = clean.failed ? NULL : arena_string(&diagnostics->arena, buffer_text(&clean));
	buffer_free(&clean);
	return copy;
}

static const char *format_copy(struct diagnostics *diagnostics, const char *format,
			       va_list arguments) __attribute__((format(printf, 2, 0)));

static const char *format_copy(struct diagnostics *diagnostics, const char *format,
			       va_list arguments)
{
	struct buffer raw;
	const char *copy;

	buffer_init(&raw, BUFFER_CAP_DEFAULT);
	buffer_vprintf(&raw, format, arguments);
	copy = raw.failed ? NULL : clean_copy(diagnostics, buffer_text(&raw));
	buffer_free(&raw);
	return copy;
}

static bool is_repetition(const struct diagnostics *diagnostics, enum severity severity,
			  const char *code, struct span span)
{
	const struct diagnostic *d;

	for (d = diagnostics->first; d; d = d->next) {
		if (d->severity != severity || d->span.source != span.source ||
		    d->span.from != span.from)
			continue;
		if (severity == SEVERITY_ERROR || strcmp(d->code, code) == 0)
			return true;
	}
	return false;
}

static struct diagnostic *append(struct diagnostics *diagnostics, struct diagnostic diagnostic)
{
	struct diagnostic *kept = arena_allocate(&diagnostics->arena, sizeof(*kept));

	if (!kept)
		return NULL;
	*kept = diagnostic;
	if (diagnostics->last)
		diagnostics->last->next = kept;
	else
		diagnostics->first = kept;
	diagnostics->last = kept;
	return kept;
}

struct diagnostic *diagnostics_report(struct diagnostics *diagnostics, const char *code,
				      struct span span, const char *format, ...)
{
	struct diagnostic diagnostic = { .code = code, .span = span };
	va_list arguments;
	bool keep;

	diagnostic.severity = code[0] == 'W' ? SEVERITY_WARNING : SEVERITY_ERROR;
	if (is_repetition(diagnostics, diagnostic.severity, code, span))
		return NULL;
	if (diagnostic.severity == SEVERITY_ERROR)
		keep = diagnostics->errors++ < DIAGNOSTICS_ERRORS_MAX;
	else
		keep = diagnostics->warnings++ < DIAGNOSTICS_WARNINGS_MAX;
	if (!keep)
		return NULL;
	va_start(arguments, format);
	diagnostic.message = format_copy(diagnostics, format, arguments);
	va_end(arguments);
	return diagnostic.message ? append(diagnostics, diagnostic) : NULL;
}

void diagnostic_help(struct diagnostics *diagnostics, struct diagnostic *diagnostic,
		     const char *format, ...)
{
	va_list arguments;

	if (!diagnostic)
		return;
	va_start(arguments, format);
	diagnostic->help = format_copy(diagnostics, format, arguments);
	va_end(arguments);
}

void diagnostic_relate(struct diagnostics *diagnostics, struct diagnostic *diagnostic,
		       struct span span, const char *format, ...)
{
	va_list arguments;

	if (!diagnostic)
		return;
	va_start(arguments, format);
	diagnostic->related_note = format_copy(diagnostics, format, arguments);
	va_end(arguments);
	diagnostic->related = span;
}

/* ---- places ---- */

static size_t line_end(struct text text, size_t from)
{
	const char *end = from < text.length ?
				  memchr(text.data + from, '\n', text.length - from) :
				  NULL;

	return end ? (size_t)(end - text.data) : text.length;
}

struct place source_place(const struct source *source, uint32_t offset)
{
	struct text text = source->text;
	struct place place = { .line = 1, .column = 1 };
	size_t start = 0, end;

	if (offset > text.length)
		offset = text.length;
	for (end = line_end(text, 0); end < offset; end = line_end(text, start)) {
		start = end + 1;
		place.line++;
	}
	for (size_t at = start; at < offset; place.column++)
		at += character_at(text, at).length;
	if (end > start && text.data[end - 1] == '\r')
		end--;
	place.line_text = text_part(text, start, end);
	return place;
}

/* A byte offset within the line of `place`. */
static size_t place_byte(const struct source *source, struct place place, uint32_t offset)
{
	size_t start = (size_t)(place.line_text.data - source->text.data);
	size_t byte = offset > start ? offset - start : 0;

	return byte < place.line_text.length ? byte : place.line_text.length;
}

/* ---- as text ---- */

enum colour { COLOUR_ERROR, COLOUR_WARNING, COLOUR_NOTE, COLOUR_STRONG };

struct printer {
	const struct diagnostics *diagnostics;
	struct buffer *out;
	bool colour;
};

static void print_coloured(struct printer *printer, enum colour colour, const char *string)
{
	static const char *const starts[] = { "\033[1;31m", "\033[1;35m", "\033[1;36m", "\033[1m" };

	if (printer->colour)
		buffer_append_string(printer->out, starts[colour]);
	buffer_append_string(printer->out, string);
	if (printer->colour)
		buffer_append_string(printer->out, "\033[0m");
}

/* The part of a line that is shown: a script may be one line of megabytes. */
enum { WINDOW_BEFORE = 80, WINDOW_AFTER = 100 };

struct window {
	struct text line;
	size_t from, to;         /* of the line */
	size_t mark_from, mark_to;
};

static bool is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static struct window window_make(struct text line, size_t mark_from, size_t mark_to)
{
	struct window window = { line, 0, line.length, mark_from, mark_to };

	if (mark_from > WINDOW_BEFORE)
		window.from = mark_from - WINDOW_BEFORE;
	while (window.from > 0 && is_continuation(line.data[window.from]))
		window.from--;
	if (line.length - mark_from > WINDOW_AFTER)
		window.to = mark_from + WINDOW_AFTER;
	while (window.to < line.length && is_continuation(line.data[window.to]))
		window.to++;
	return window;
}

static void print_source_line(struct buffer *out, const struct window *window)
{
	for (size_t at = window->from; at < window->to;) {
		struct character c = character_at(window->line, at);

		if (c.valid && (!is_control(c.code) || c.code == '\t'))
			buffer_append(out, window->line.data + at, c.length);
		else
			buffer_append_byte(out, '?');
		at += c.length;
	}
	buffer_append_byte(out, '\n');
}

/* Tabs are repeated, so that the marks stand below the same columns in any terminal. */
static void print_marks(struct printer *printer, const struct window *window, enum colour colour)
{
	struct buffer marks;
	size_t at = window->from;

	buffer_init(&marks, BUFFER_CAP_DEFAULT);
	while (at < window->mark_from) {
		struct character c = character_at(window->line, at);
		unsigned width = c.valid ? character_width(c.code) : 1;

		if (c.code == '\t')
			buffer_append_byte(printer->out, '\t');
		else
			for (unsigned i = 0; i < width; i++)
				buffer_append_byte(printer->out, ' ');
		at += c.length;
	}
	buffer_append_byte(&marks, '^');
	for (bool first = true; at < window->mark_to && at < window->to; first = false) {
		struct character c = character_at(window->line, at);
		unsigned width = c.valid && c.code != '\t' ? character_width(c.code) : 1;

		for (unsigned i = first ? 1 : 0; i < width; i++)
			buffer_append_byte(&marks, '~');
		at += c.length;
	}
	buffer_append_byte(&marks, '\0');
	if (!marks.failed)
		print_coloured(printer, colour, marks.data);
	buffer_append_byte(printer->out, '\n');
	buffer_free(&marks);
}

static const struct source *span_source(const struct diagnostics *diagnostics, struct span span)
{
	static const struct source none = { "?", { NULL, 0, LIFETIME_PROGRAM } };

	return span.source < diagnostics->source_count ? &diagnostics->sources[span.source] : &none;
}

/* A source without bytes (a file that could not be read) has a name and no places. */
static bool has_places(const struct source *source)
{
	return source->text.data != NULL;
}

static void print_name(struct buffer *out, const char *name)
{
	struct text text = text_of_string(name, LIFETIME_EVENT);

	for (size_t at = 0; at < text.length;) {
		struct character c = character_at(text, at);

		if (c.valid && !is_control(c.code))
			buffer_append(out, name + at, c.length);
		else
			buffer_append_byte(out, '?');
		at += c.length;
	}
}

static void print_heading(struct printer *printer, struct span span)
{
	const struct source *source = span_source(printer->diagnostics, span);
	struct place place;

	if (printer->colour)
		buffer_append_string(printer->out, "\033[1m");
	print_name(printer->out, source->name);
	if (has_places(source)) {
		place = source_place(source, span.from);
		buffer_printf(printer->out, ":%u:%u", place.line, place.column);
	}
	buffer_append_string(printer->out, ": ");
	if (printer->colour)
		buffer_append_string(printer->out, "\033[0m");
}

static void print_excerpt(struct printer *printer, struct span span, enum colour colour)
{
	const struct source *source = span_source(printer->diagnostics, span);
	struct place place;
	struct window window;

	if (!has_places(source))
		return;
	place = source_place(source, span.from);
	window = window_make(place.line_text, place_byte(source, place, span.from),
			     place_byte(source, place, span.to));
	buffer_printf(printer->out, "%5u | ", place.line);
	print_source_line(printer->out, &window);
	buffer_append_string(printer->out, "      | ");
	print_marks(printer, &window, colour);
}

static void print_one(struct printer *printer, const struct diagnostic *d)
{
	enum colour colour = d->severity == SEVERITY_ERROR ? COLOUR_ERROR : COLOUR_WARNING;
	char kind[32];

	snprintf(kind, sizeof(kind), "%s[%.8s]: ",
		 d->severity == SEVERITY_ERROR ? "error" : "warning", d->code);
	print_heading(printer, d->span);
	print_coloured(printer, colour, kind);
	print_coloured(printer, COLOUR_STRONG, d->message);
	buffer_append_byte(printer->out, '\n');
	print_excerpt(printer, d->span, colour);
	if (d->related_note) {
		print_heading(printer, d->related);
		print_coloured(printer, COLOUR_NOTE, "note: ");
		buffer_append_string(printer->out, d->related_note);
		buffer_append_byte(printer->out, '\n');
		print_excerpt(printer, d->related, COLOUR_NOTE);
	}
	if (d->help) {
		print_coloured(printer, COLOUR_NOTE, "      = help: ");
		buffer_append_string(printer->out, d->help);
		buffer_append_byte(printer->out, '\n');
	}
}

static int compare_places(const void *left, const void *right)
{
	const struct diagnostic *a = *(const struct diagnostic *const *)left;
	const struct diagnostic *b = *(const struct diagnostic *const *)right;

	if (a->span.source != b->span.source)
		return a->span.source < b->span.source ? -1 : 1;
	if (a->span.from != b->span.from)
		return a->span.from < b->span.from ? -1 : 1;
	return (int)b->severity - (int)a->severity;
}

static size_t sort_by_place(const struct diagnostics *diagnostics,
			    const struct diagnostic *sorted[KEPT_MAX])
{
	size_t count = 0;

	for (const struct diagnostic *d = diagnostics->first; d && count < KEPT_MAX; d = d->next)
		sorted[count++] = d;
	qsort(sorted, count, sizeof(sorted[0]), compare_places);
	return count;
}

static void print_rest(struct buffer *out, unsigned hidden, const char *kind)
{
	if (hidden)
		buffer_printf(out, "%u more %s%s not shown\n", hidden, kind, hidden == 1 ? "" : "s");
}

void diagnostics_print(const struct diagnostics *diagnostics, bool colour, struct buffer *out)
{
	const struct diagnostic *sorted[KEPT_MAX];
	struct printer printer = { diagnostics, out, colour };
	size_t count = sort_by_place(diagnostics, sorted);
	unsigned shown[] = { 0, 0 };

	for (size_t i = 0; i < count; i++) {
		print_one(&printer, sorted[i]);
		shown[sorted[i]->severity]++;
	}
	print_rest(out, diagnostics->errors - shown[SEVERITY_ERROR], "error");
	print_rest(out, diagnostics->warnings - shown[SEVERITY_WARNING], "warning");
}

/* ---- as JSON ---- */

static void print_json_string(struct buffer *out, const char *key, const char *string)
{
	buffer_printf(out, "\"%s\":", key);
	if (string)
		buffer_append_json(out, text_of_string(string, LIFETIME_EVENT));
	else
		buffer_append_string(out, "null");
}

static void print_json_place(const struct diagnostics *diagnostics, struct span span,
			     struct buffer *out)
{
	const struct source *source = span_source(diagnostics, span);
	struct place from = source_place(source, span.from);
	struct place to = source_place(source, span.to);

	print_json_string(out, "file", source->name);
	if (has_places(source))
		buffer_printf(out, ",\"line\":%u,\"column\":%u,\"endLine\":%u,\"endColumn\":%u,",
			      from.line, from.column, to.line, to.column);
	else
		buffer_append_string(out, ",\"line\":null,\"column\":null,"
					  "\"endLine\":null,\"endColumn\":null,");
}

static void print_json_one(const struct diagnostics *diagnostics, const struct diagnostic *d,
			   struct buffer *out)
{
	buffer_printf(out, "{\"severity\":\"%s\",\"code\":\"%s\",",
		      d->severity == SEVERITY_ERROR ? "error" : "warning", d->code);
	print_json_place(diagnostics, d->span, out);
	print_json_string(out, "message", d->message);
	buffer_append_byte(out, ',');
	print_json_string(out, "help", d->help);
	buffer_append_string(out, ",\"related\":");
	if (d->related_note) {
		buffer_append_byte(out, '{');
		print_json_place(diagnostics, d->related, out);
		print_json_string(out, "message", d->related_note);
		buffer_append_byte(out, '}');
	} else {
		buffer_append_string(out, "null");
	}
	buffer_append_byte(out, '}');
}

void diagnostics_print_json(const struct diagnostics *diagnostics, struct buffer *out)
{
	const struct diagnostic *sorted[KEPT_MAX];
	size_t count = sort_by_place(diagnostics, sorted);

	buffer_append_byte(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i)
			buffer_append_byte(out, ',');
		print_json_one(diagnostics, sorted[i], out);
	}
	buffer_append_byte(out, ']');
}
