/* Diagnostics for programs: our own JSON, and results of SARIF. */
#include "base/diagnostics.h"

/* ---- JSON ---- */

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
	const struct source *source = diagnostics_source(diagnostics, span);
	struct place from = source_place(source, span.from);
	struct place to = source_place(source, span.to);

	print_json_string(out, "file", source->name);
	if (source_has_places(source))
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
	const struct diagnostic *sorted[DIAGNOSTICS_KEPT_MAX];
	size_t count = diagnostics_sorted(diagnostics, sorted);

	buffer_append_byte(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i)
			buffer_append_byte(out, ',');
		print_json_one(diagnostics, sorted[i], out);
	}
	buffer_append_byte(out, ']');
}

/* ---- SARIF ---- */

/* A path as a URI reference: relative ones stay so. */
static void print_uri(struct buffer *out, const char *path)
{
	static const char unreserved[] = "-._~/";

	buffer_append_string(out, path[0] == '/' ? "\"file://" : "\"");
	for (; *path; path++) {
		unsigned char byte = (unsigned char)*path;

		if (byte_is_name(*path) || strchr(unreserved, byte))
			buffer_append_byte(out, *path);
		else
			buffer_printf(out, "%%%02X", byte);
	}
	buffer_append_byte(out, '"');
}

/* Columns count characters, and the end is the place behind: as SARIF has it. */
static void print_sarif_place(const struct diagnostics *diagnostics, struct span span,
			      struct buffer *out)
{
	const struct source *source = diagnostics_source(diagnostics, span);
	struct place from = source_place(source, span.from);
	struct place to = source_place(source, span.to);

	buffer_append_string(out, "\"physicalLocation\":{\"artifactLocation\":{\"uri\":");
	print_uri(out, source->name);
	buffer_append_byte(out, '}');
	if (source_has_places(source))
		buffer_printf(out,
			      ",\"region\":{\"startLine\":%u,\"startColumn\":%u,\"endLine\":%u,"
			      "\"endColumn\":%u}",
			      from.line, from.column, to.line, to.column);
	buffer_append_byte(out, '}');
}

static void print_sarif_text(struct buffer *out, const char *message, const char *help)
{
	struct buffer text;

	buffer_init(&text, BUFFER_CAP_DEFAULT);
	buffer_append_string(&text, message);
	if (help) {
		buffer_append_string(&text, "\nhelp: ");
		buffer_append_string(&text, help);
	}
	buffer_append_string(out, "\"message\":{\"text\":");
	buffer_append_json(out, buffer_text(&text));
	buffer_append_byte(out, '}');
	buffer_free(&text);
}

static void print_sarif_one(const struct diagnostics *diagnostics, const struct diagnostic *d,
			    struct buffer *out)
{
	buffer_printf(out, "{\"ruleId\":\"%s\",\"level\":\"%s\",", d->code,
		      d->severity == SEVERITY_ERROR ? "error" : "warning");
	print_sarif_text(out, d->message, d->help);
	buffer_append_string(out, ",\"locations\":[{");
	print_sarif_place(diagnostics, d->span, out);
	buffer_append_string(out, "}]");
	if (d->related_note) {
		buffer_append_string(out, ",\"relatedLocations\":[{");
		print_sarif_place(diagnostics, d->related, out);
		buffer_append_byte(out, ',');
		print_sarif_text(out, d->related_note, NULL);
		buffer_append_string(out, "}]");
	}
	buffer_append_byte(out, '}');
}

void diagnostics_print_sarif(const struct diagnostics *diagnostics, bool first, struct buffer *out)
{
	const struct diagnostic *sorted[DIAGNOSTICS_KEPT_MAX];
	size_t count = diagnostics_sorted(diagnostics, sorted);

	for (size_t i = 0; i < count; i++) {
		if (i || !first)
			buffer_append_string(out, ",\n");
		print_sarif_one(diagnostics, sorted[i], out);
	}
}
