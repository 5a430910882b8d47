#include "base/diagnostics.h"

#include "base/character.h"

/* Messages quote what a stranger may have written: they are cut, so that a name of
 * a megabyte stays one line. */
enum { MESSAGE_MAX = 600, ARENA_CAP = INT32_MAX };

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

/* ---- reporting ---- */

/* One line of printable UTF-8, cut at MESSAGE_MAX bytes. */
static const char *clean_copy(struct diagnostics *diagnostics, struct text raw)
{
	struct buffer clean;
	const char *copy;

	buffer_init(&clean, BUFFER_CAP_DEFAULT);
	for (size_t i = 0; i < raw.length && clean.length < MESSAGE_MAX;) {
		struct character c = character_at(raw, i);

		if (c.valid && !character_is_control(c.code))
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
	if (diagnostic.severity == SEVERITY_WARNING && diagnostics_allowed(diagnostics, code, span))
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

struct diagnostics_moment diagnostics_now(const struct diagnostics *diagnostics)
{
	return (struct diagnostics_moment){ diagnostics->last, diagnostics->errors,
					    diagnostics->warnings };
}

void diagnostics_rewind(struct diagnostics *diagnostics, struct diagnostics_moment moment)
{
	diagnostics->last = moment.last;
	if (moment.last)
		moment.last->next = NULL;
	else
		diagnostics->first = NULL;
	diagnostics->errors = moment.errors;
	diagnostics->warnings = moment.warnings;
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
	const char *end =
		from < text.length ? memchr(text.data + from, '\n', text.length - from) : NULL;

	return end ? (size_t)(end - text.data) : text.length;
}

const struct source *diagnostics_source(const struct diagnostics *diagnostics, struct span span)
{
	static const struct source none = { .name = "?" };

	return span.source < diagnostics->source_count ? &diagnostics->sources[span.source] : &none;
}

bool source_has_places(const struct source *source)
{
	return source->text.data != NULL;
}

void source_number_lines(struct source *source, struct arena *arena)
{
	struct text text = source->text;
	uint32_t count = 1, *lines;

	for (size_t end = line_end(text, 0); end < text.length; end = line_end(text, end + 1))
		count++;
	lines = arena_allocate(arena, count * sizeof(*lines));
	if (!lines)
		return;
	lines[0] = 0;
	for (uint32_t i = 1; i < count; i++)
		lines[i] = (uint32_t)line_end(text, lines[i - 1]) + 1;
	source->lines = lines;
	source->line_count = count;
}

/* The line that holds the offset, counted from 0, and where it begins. */
static uint32_t line_at(const struct source *source, uint32_t offset, size_t *start)
{
	uint32_t low = 0, high = source->line_count;

	if (!source->lines) {
		*start = 0;
		for (size_t end = 0; (end = line_end(source->text, *start)) < offset; low++)
			*start = end + 1;
		return low;
	}
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		*(source->lines[middle] <= offset ? &low : &high) = middle;
	}
	*start = source->lines[low];
	return low;
}

struct place source_place(const struct source *source, uint32_t offset)
{
	struct text text = source->text;
	struct place place = { .column = 1 };
	size_t start, end;

	if (offset > text.length)
		offset = text.length;
	place.line = line_at(source, offset, &start) + 1;
	end = line_end(text, start);
	for (size_t at = start; at < offset; place.column++)
		at += character_at(text, at).length;
	if (end > start && text.data[end - 1] == '\r')
		end--;
	place.line_text = text_part(text, start, end);
	return place;
}
