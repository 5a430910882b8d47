#include "service/config.h"

#include "base/memory.h"

#include "config.tab.h"

#include "config.lex.h"

static void out_of_memory(struct config_reader *reader)
{
	reader->out_of_memory = true;
}

void *config_scanner_memory(struct config_reader *reader, size_t size)
{
	size_t unit = sizeof(max_align_t);
	size_t units = (size + unit - 1) / unit;
	size_t room = sizeof(reader->scanner_memory) / unit;
	if (units > room - reader->scanner_memory_used)
		return NULL;
	void *block = &reader->scanner_memory[reader->scanner_memory_used];
	reader->scanner_memory_used += units;
	return block;
}

struct text config_unquote(struct config_reader *reader, const char *token, size_t length)
{
	const char *from = token + 1, *end = token + length - 1;
	char *copy = arena_bytes(reader->arena, length);
	if (!copy) {
		out_of_memory(reader);
		return TEXT_EMPTY;
	}
	char *to = copy;
	while (from < end) {
		if (*from == '\\' && from + 1 < end && (from[1] == '"' || from[1] == '\\'))
			from++;
		*to++ = *from++;
	}
	return text_of(copy, (size_t)(to - copy), LIFETIME_PROGRAM);
}

static struct config_value *value_new(struct config_reader *reader, enum config_kind kind,
				      struct span span)
{
	struct config_value *value = arena_zeroed(reader->arena, sizeof(*value));
	if (!value) {
		out_of_memory(reader);
		return NULL;
	}
	value->kind = kind;
	value->span = span;
	return value;
}

struct config_value *config_text_new(struct config_reader *reader, struct text text,
				     struct span span)
{
	struct config_value *value = value_new(reader, CONFIG_TEXT, span);
	if (value)
		value->text = text;
	return value;
}

struct config_value *config_set_new(struct config_reader *reader, struct config_members members,
				    struct span span)
{
	struct config_value *value = value_new(reader, CONFIG_SET, span);
	if (value)
		value->members = members.first;
	return value;
}

struct config_value *config_object_new(struct config_reader *reader, struct config_entries entries,
				       struct span span)
{
	struct config_value *value = value_new(reader, CONFIG_OBJECT, span);
	if (value)
		value->entries = entries.first;
	return value;
}

/* Options of files that a script uses have points: "reputation.limit". */
static bool name_is_sound(struct text name)
{
	bool begins = true; /* a part of the name */

	for (size_t i = 0; i < name.length; i++) {
		bool point = name.data[i] == '.';

		if (begins && (!byte_is_name(name.data[i]) || byte_is_digit(name.data[i])))
			return false;
		if (!point && !byte_is_name(name.data[i]))
			return false;
		begins = point;
	}
	return !begins;
}

void config_entries_add(struct config_reader *reader, struct config_entries *entries,
			struct text name, struct span span, struct config_value *value)
{
	if (!value)
		return;
	if (!name_is_sound(name)) {
		diagnostics_report(reader->diagnostics, "C0101", span,
				   "\"%.*s\" cannot be the name of a setting", TEXT_PRINTF(name));
		return;
	}
	struct config_entry *entry = arena_zeroed(reader->arena, sizeof(*entry));
	if (!entry) {
		out_of_memory(reader);
		return;
	}
	*entry = (struct config_entry){ name, span, value, NULL };
	if (entries->last)
		entries->last->next = entry;
	else
		entries->first = entry;
	entries->last = entry;
}

void config_members_add(struct config_members *members, struct config_value *value)
{
	if (!value)
		return;
	if (members->last)
		members->last->next = value;
	else
		members->first = value;
	members->last = value;
}

bool config_enter(struct config_reader *reader, struct span span)
{
	if (++reader->depth <= CONFIG_DEPTH_MAX)
		return true;
	diagnostics_report(reader->diagnostics, "C0101", span,
			   "sets and objects stand more than %d deep in each other",
			   CONFIG_DEPTH_MAX);
	return false;
}

static void read_all(struct config_reader *reader, struct text text)
{
	yyscan_t scanner;
	struct config_entries none = { NULL, NULL };
	/* flex wants two NULs at the end, and writes into its buffer while it works. */
	char *copy = memory_allocate((size_t)text.length + 2);
	if (!copy) {
		out_of_memory(reader);
		return;
	}
	if (text.length)
		memcpy(copy, text.data, text.length);
	copy[text.length] = copy[text.length + 1] = '\0';
	if (config_lex_init_extra(reader, &scanner) == 0) {
		config__scan_buffer(copy, (size_t)text.length + 2, scanner);
		if (config_parse(reader, scanner) == 2)
			out_of_memory(reader);
		config_lex_destroy(scanner);
	}
	memory_free(copy);
	if (!reader->root)
		reader->root =
			config_object_new(reader, none, (struct span){ reader->source, 0, 0 });
}

struct config_value *config_read(uint32_t source, struct arena *arena,
				 struct diagnostics *diagnostics)
{
	struct config_reader reader = { .source = source,
					.arena = arena,
					.diagnostics = diagnostics };
	struct text text = diagnostics->sources[source].text;
	if (text.length > CONFIG_SIZE_MAX)
		diagnostics_report(diagnostics, "C0102", (struct span){ source, 0, 0 },
				   "the file is larger than %d bytes", CONFIG_SIZE_MAX);
	else
		read_all(&reader, text);
	if (!reader.root)
		reader.root = config_object_new(&reader, (struct config_entries){ NULL, NULL },
						(struct span){ source, 0, 0 });
	if (!reader.out_of_memory && reader.root)
		return reader.root;
	diagnostics_report(diagnostics, "C0102", (struct span){ source, 0, 0 },
			   "memory has ended while the file was read");
	return NULL;
}
