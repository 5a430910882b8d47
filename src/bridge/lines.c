#include "bridge/lines.h"

struct reading {
	struct config_reader tree;
	struct text text;
	uint32_t at, line_end;
	struct config_entries outside, inside; /* of the block that is open */
	struct config_entry block;	       /* name: empty when none is open */
};

static struct span span_of(const struct reading *reading, uint32_t from, uint32_t to)
{
	return (struct span){ reading->tree.source, from, to };
}

static struct diagnostic *fault(struct reading *reading, struct span span, const char *message)
{
	return diagnostics_report(reading->tree.diagnostics, "C0101", span, "%s", message);
}

static void fault_with_help(struct reading *reading, struct span span, const char *message,
			    const char *advice)
{
	struct diagnostic *diagnostic = fault(reading, span, message);
	if (diagnostic)
		diagnostic_help(reading->tree.diagnostics, diagnostic, "%s", advice);
}

/* ---- words ---- */

static bool skip_blanks(struct reading *reading)
{
	while (reading->at < reading->line_end && byte_is_space(reading->text.data[reading->at]))
		reading->at++;
	return reading->at < reading->line_end && reading->text.data[reading->at] != '#';
}

/* The end of a quoted text that begins at `from`; the end of the line when it never ends. */
static uint32_t quoted_end(const struct reading *reading, uint32_t from)
{
	for (uint32_t at = from + 1; at < reading->line_end; at++) {
		if (reading->text.data[at] == '\\')
			at++;
		else if (reading->text.data[at] == '"')
			return at + 1;
	}
	return reading->line_end;
}

static uint32_t bare_end(const struct reading *reading, uint32_t from)
{
	uint32_t at = from;
	while (at < reading->line_end && !byte_is_space(reading->text.data[at]) &&
	       reading->text.data[at] != '"')
		at++;
	return at;
}

static struct config_value *quoted_word(struct reading *reading, struct span span)
{
	const char *token = reading->text.data + span.from;
	uint32_t length = span.to - span.from;
	if (length < 2 || token[length - 1] != '"')
		fault_with_help(reading, span, "a quoted text is not ended on its line",
				"write \" behind it; a \" inside is written \\\"");
	return config_text_new(&reading->tree, config_unquote(&reading->tree, token, length), span);
}

/* The next word of the line as a text, or NULL at its end. */
static struct config_value *next_word(struct reading *reading)
{
	if (!skip_blanks(reading))
		return NULL;
	uint32_t from = reading->at;
	bool quoted = reading->text.data[from] == '"';
	reading->at = quoted ? quoted_end(reading, from) : bare_end(reading, from);
	struct span span = span_of(reading, from, reading->at);
	if (quoted)
		return quoted_word(reading, span);
	return config_text_new(&reading->tree, text_part(reading->text, from, span.to), span);
}

static bool is_bare(const struct reading *reading, const struct config_value *word, char mark)
{
	return word->span.to == word->span.from + 1 && reading->text.data[word->span.from] == mark;
}

/* ---- settings ---- */

struct line {
	struct config_value *name;
	struct config_members values;
	size_t count;
	bool opens; /* ends in "{" */
};

static struct line line_words(struct reading *reading)
{
	struct line line = { .name = next_word(reading) };
	struct config_value *word;
	while (line.name && (word = next_word(reading))) {
		if (line.opens)
			fault(reading, word->span, "something follows \"{\" on its line");
		else if (is_bare(reading, word, '='))
			fault_with_help(reading, word->span, "there is no \"=\" in this file",
					"a setting is written: name value");
		else if (is_bare(reading, word, '{'))
			line.opens = true;
		else
			config_members_add(&line.values, word), line.count++;
	}
	return line;
}

static struct config_value *values_of(struct reading *reading, const struct line *line)
{
	if (line->count == 1)
		return line->values.first;
	return config_set_new(
		&reading->tree, line->values,
		span_of(reading, line->values.first->span.from, line->values.last->span.to));
}

static bool block_is_open(const struct reading *reading)
{
	return reading->block.name.length != 0;
}

static void block_open(struct reading *reading, const struct line *line)
{
	if (block_is_open(reading)) {
		fault_with_help(reading, line->name->span, "a block in a block",
				"end the one before with a line \"}\"");
		return;
	}
	reading->block =
		(struct config_entry){ .name = line->name->text, .span = line->name->span };
	reading->inside = (struct config_entries){ NULL, NULL };
	if (line->count)
		config_entries_add(&reading->tree, &reading->inside, TEXT("address"),
				   line->values.first->span, values_of(reading, line));
}

static void block_close(struct reading *reading)
{
	struct config_value *object =
		config_object_new(&reading->tree, reading->inside, reading->block.span);
	config_entries_add(&reading->tree, &reading->outside, reading->block.name,
			   reading->block.span, object);
	reading->block.name = TEXT_EMPTY;
}

static void line_take(struct reading *reading, const struct line *line)
{
	struct config_entries *entries =
		block_is_open(reading) ? &reading->inside : &reading->outside;
	if (is_bare(reading, line->name, '}')) {
		if (!block_is_open(reading) || line->count || line->opens)
			fault(reading, line->name->span, "a \"}\" that ends nothing");
		else
			block_close(reading);
	} else if (line->opens) {
		block_open(reading, line);
	} else if (line->count == 0) {
		fault_with_help(reading, line->name->span, "a setting without a value",
				"a setting is written: name value");
	} else {
		config_entries_add(&reading->tree, entries, line->name->text, line->name->span,
				   values_of(reading, line));
	}
}

static void lines_take(struct reading *reading)
{
	while (reading->at < reading->text.length && !reading->tree.out_of_memory) {
		int64_t end = text_find(reading->text, TEXT("\n"), reading->at);
		reading->line_end = end < 0 ? reading->text.length : (uint32_t)end;
		struct line line = line_words(reading);
		if (line.name)
			line_take(reading, &line);
		reading->at = reading->line_end + 1;
	}
	if (block_is_open(reading)) {
		fault_with_help(reading, reading->block.span, "a block that never ends",
				"end it with a line \"}\"");
		block_close(reading);
	}
}

struct config_value *lines_read(uint32_t source, struct arena *arena,
				struct diagnostics *diagnostics)
{
	struct span start = { source, 0, 0 };
	struct reading reading = {
		.tree = { .source = source, .arena = arena, .diagnostics = diagnostics },
		.text = diagnostics->sources[source].text,
		.block = { .name = TEXT_EMPTY }
	};
	if (text_contains_byte(reading.text, '\0'))
		diagnostics_report(diagnostics, "C0102", start,
				   "a NUL byte: this is not a text file");
	else
		lines_take(&reading);
	struct config_value *root = config_object_new(&reading.tree, reading.outside, start);
	if (!reading.tree.out_of_memory && root)
		return root;
	diagnostics_report(diagnostics, "C0102", start, "memory has ended while the file was read");
	return NULL;
}
