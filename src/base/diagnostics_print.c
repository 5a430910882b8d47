#include "base/diagnostics.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/character.h"

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
	size_t from, to; /* of the line */
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

		if (c.valid && (!character_is_control(c.code) || c.code == '\t'))
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

static void print_name(struct buffer *out, const char *name)
{
	struct text text = text_of_string(name, LIFETIME_EVENT);

	for (size_t at = 0; at < text.length;) {
		struct character c = character_at(text, at);

		if (c.valid && !character_is_control(c.code))
			buffer_append(out, name + at, c.length);
		else
			buffer_append_byte(out, '?');
		at += c.length;
	}
}

static void print_heading(struct printer *printer, struct span span)
{
	const struct source *source = diagnostics_source(printer->diagnostics, span);
	struct place place;

	if (printer->colour)
		buffer_append_string(printer->out, "\033[1m");
	print_name(printer->out, source->name);
	if (source_has_places(source)) {
		place = source_place(source, span.from);
		buffer_printf(printer->out, ":%u:%u", place.line, place.column);
	}
	buffer_append_string(printer->out, ": ");
	if (printer->colour)
		buffer_append_string(printer->out, "\033[0m");
}

static void print_excerpt(struct printer *printer, struct span span, enum colour colour)
{
	const struct source *source = diagnostics_source(printer->diagnostics, span);
	struct place place;
	struct window window;

	if (!source_has_places(source))
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

	snprintf(kind, sizeof(kind),
		 "%s[%.8s]: ", d->severity == SEVERITY_ERROR ? "error" : "warning", d->code);
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

size_t diagnostics_sorted(const struct diagnostics *diagnostics,
			  const struct diagnostic *sorted[DIAGNOSTICS_KEPT_MAX])
{
	size_t count = 0;

	for (const struct diagnostic *d = diagnostics->first; d && count < DIAGNOSTICS_KEPT_MAX;
	     d = d->next)
		sorted[count++] = d;
	qsort(sorted, count, sizeof(sorted[0]), compare_places);
	return count;
}

static void print_rest(struct buffer *out, unsigned hidden, const char *kind)
{
	if (hidden)
		buffer_printf(out, "%u more %s%s not shown\n", hidden, kind,
			      hidden == 1 ? "" : "s");
}

void diagnostics_print(const struct diagnostics *diagnostics, bool colour, struct buffer *out)
{
	const struct diagnostic *sorted[DIAGNOSTICS_KEPT_MAX];
	struct printer printer = { diagnostics, out, colour };
	size_t count = diagnostics_sorted(diagnostics, sorted);
	unsigned shown[] = { 0, 0 };

	for (size_t i = 0; i < count; i++) {
		print_one(&printer, sorted[i]);
		shown[sorted[i]->severity]++;
	}
	print_rest(out, diagnostics->errors - shown[SEVERITY_ERROR], "error");
	print_rest(out, diagnostics->warnings - shown[SEVERITY_WARNING], "warning");
}
