#include "compiler/parse.h"

#include "compiler/build.h"
#include "compiler/mistake.h"
#include "compiler/scanner.h"
#include "compiler/stream.h"

#include "afsl.tab.h"

/* ---- the whole source, before the first token ---- */

static struct span span_at(const struct parsing *parsing, size_t offset, size_t length)
{
	return (struct span){ parsing->source, (uint32_t)offset, (uint32_t)(offset + length) };
}

static bool has_null_byte(struct parsing *parsing)
{
	struct text text = parsing->text;
	const char *found = text.length ? memchr(text.data, '\0', text.length) : NULL;
	struct diagnostic *d;

	if (!found)
		return false;
	d = diagnostics_report(parsing->diagnostics, "E0101",
			       span_at(parsing, (size_t)(found - text.data), 1),
			       "this is not a text file: it holds a NUL byte");
	diagnostic_help(parsing->diagnostics, d, "a script is a text file in UTF-8");
	return true;
}

/* One report for the whole file: such a file usually has nothing but these. */
static void report_lone_return(struct parsing *parsing)
{
	struct text text = parsing->text;
	const char *end = text.data + text.length, *at = text.data;
	struct diagnostic *d;

	while (at < end && (at = memchr(at, '\r', (size_t)(end - at))) != NULL) {
		if (at + 1 < end && at[1] == '\n') {
			at += 2;
			continue;
		}
		d = diagnostics_report(parsing->diagnostics, "E0102",
				       span_at(parsing, (size_t)(at - text.data), 1),
				       "a carriage return (CR) without a line feed (LF)");
		diagnostic_help(parsing->diagnostics, d,
				"end lines with LF or CR LF; in a text write \\r");
		return;
	}
}

static uint32_t byte_order_mark_length(struct text text)
{
	return text_starts_with(text, TEXT("\xEF\xBB\xBF")) ? 3 : 0;
}

/* A quote too few turns texts and program around for the rest of the file. So look first whether
 * all texts end; when one does not, what stands behind the last text that spans lines is not
 * trusted, and nothing is said about it but this. */
struct survey {
	bool unterminated;
	struct span never_ends;
	bool spans_lines;
	struct span spanning;
};

static void survey_token(struct parsing *parsing, struct survey *survey, struct token token)
{
	struct span span = token.span;

	if (parsing->scan.depth > 0)
		return;
	if (token.kind == TOKEN_TEXT_CLOSE)
		span.from = parsing->scan.texts[0].start;
	else if (token.kind != TOKEN_PLAIN_TEXT && token.kind != TOKEN_RAW_TEXT &&
		 token.kind != TOKEN_REGEX)
		return;
	if (!text_contains_byte(parsing_text(parsing, span), '\n'))
		return;
	survey->spans_lines = true;
	survey->spanning = span_at(parsing, span.from, 1);
}

static void survey_source(struct parsing *parsing, struct survey *survey)
{
	struct token token;

	while (stream_scan(parsing, &token) && token.kind != 0) {
		if (mistake_is_binary(parsing, token)) {
			mistake_skip(parsing, &token); /* reports it, and nothing is read then */
			return;
		}
		if (token.kind == TOKEN_WRONG_END) {
			survey->unterminated = true;
			survey->never_ends = span_at(parsing, token.span.from, 1);
			return;
		}
		survey_token(parsing, survey, token);
	}
}

static void report_unterminated(struct parsing *parsing, const struct survey *survey)
{
	struct diagnostics *diagnostics = parsing->diagnostics;
	struct diagnostic *d;
	unsigned line;

	parsing->end = survey->never_ends.from;
	d = diagnostics_report(diagnostics, "E0103", survey->never_ends, "this text never ends");
	if (!survey->spans_lines) {
		diagnostic_help(diagnostics, d,
				"a text ends with a double quote; within it write \\\"");
		return;
	}
	parsing->end = survey->spanning.from;
	line = source_place(&diagnostics->sources[parsing->source], survey->spanning.from).line;
	diagnostic_relate(diagnostics, d, survey->spanning,
			  "the last text that spans lines begins on line %u: "
			  "perhaps its closing quote is missing",
			  line);
}

/* False when memory has ended. */
static bool open_scanner(struct parsing *parsing, uint32_t from)
{
	memset(&parsing->scan, 0, sizeof(parsing->scan));
	parsing->scan.last.kind = TOKEN_NONE;
	parsing->scan.declaration = TOKEN_NONE;
	parsing->scan.declaration_starts = true;
	return scanner_open(parsing, from);
}

static void parsing_begin(struct parsing *parsing)
{
	parsing->end = parsing->text.length;
	parsing->last_error = UINT32_MAX;
	parsing->current.kind = TOKEN_NONE;
}

static void parse_from(struct parsing *parsing, uint32_t from)
{
	if (!open_scanner(parsing, from) || (parser_parse(parsing) == 2 && !parsing->finished))
		parsing_memory_error(parsing);
	if (parsing->finished)
		build_lost_rest(parsing);
}

/* Forgets all that was parsed and said. */
static void begin_again(struct parsing *parsing, struct diagnostics_moment moment)
{
	struct parsing fresh = { .source = parsing->source,
				 .text = parsing->text,
				 .arena = parsing->arena,
				 .diagnostics = parsing->diagnostics,
				 .tree = parsing->tree };

	diagnostics_rewind(parsing->diagnostics, moment);
	*parsing = fresh;
	*parsing->tree = (struct tree){ .source = parsing->source };
	parsing_begin(parsing);
}

/* Nearly always all texts end. When one does not, what came of the first reading is thrown away. */
static void parse_source(struct parsing *parsing)
{
	uint32_t from = byte_order_mark_length(parsing->text);
	struct diagnostics_moment moment = diagnostics_now(parsing->diagnostics);
	struct survey survey = { .unterminated = false };

	parse_from(parsing, from);
	if (!parsing->distrusted || parsing->memory_ended)
		return;
	begin_again(parsing, moment);
	if (!open_scanner(parsing, from)) {
		parsing_memory_error(parsing);
		return;
	}
	survey_source(parsing, &survey);
	if (survey.unterminated)
		report_unterminated(parsing, &survey);
	parse_from(parsing, from);
}

static struct parsing *parsing_new(uint32_t source, struct arena *arena,
				   struct diagnostics *diagnostics)
{
	struct parsing *parsing = arena_zeroed(arena, sizeof(*parsing));

	if (!parsing)
		return NULL;
	parsing->source = source;
	parsing->text = diagnostics->sources[source].text;
	parsing->arena = arena;
	parsing->diagnostics = diagnostics;
	parsing_begin(parsing);
	return parsing;
}

struct parsing *parse_tokens(uint32_t source, struct arena *arena, struct diagnostics *diagnostics,
			     uint32_t *from)
{
	struct parsing *parsing = parsing_new(source, arena, diagnostics);

	if (!parsing)
		return NULL;
	*from = byte_order_mark_length(parsing->text);
	return open_scanner(parsing, *from) ? parsing : NULL;
}

struct tree *parse(uint32_t source, struct arena *arena, struct diagnostics *diagnostics)
{
	struct parsing *parsing = parsing_new(source, arena, diagnostics);
	struct tree *tree = arena_zeroed(arena, sizeof(*tree));

	if (!parsing || !tree) {
		diagnostics_report(diagnostics, "E0105", (struct span){ source, 0, 0 },
				   "there is not enough memory to read this program");
		return NULL;
	}
	tree->source = source;
	parsing->tree = tree;
	if (parsing->text.length > 0 && !has_null_byte(parsing)) {
		report_lone_return(parsing);
		parse_source(parsing);
	}
	return parsing->memory_ended ? NULL : tree;
}
