#include "bytecode/vocabulary.h"

#include <assert.h>
#include <string.h>

const struct event_row event_rows[EVENT_COUNT] = {
#define EVENT(name, milter, help) [EVENT_##name] = {#name, milter, help},
#include "grammar/events.def"
#undef EVENT
};

const struct variable_row variable_rows[VARIABLE_COUNT] = {
#define VARIABLE(name, type, readable, settable, honoured, needs, help)                            \
	[VARIABLE_##name] = {#name, type, readable, settable, honoured, needs, help},
#include "grammar/variables.def"
#undef VARIABLE
};

const struct variable_macro variable_macros[] = {
#define VARIABLE(...)
#define VARIABLE_MACRO(name, macro) {VARIABLE_##name, macro},
#include "grammar/variables.def"
#undef VARIABLE
};
const unsigned variable_macro_count = sizeof(variable_macros) / sizeof(variable_macros[0]);

const struct builtin_row builtin_rows[BUILTIN_COUNT] = {
#define BUILTIN(id, module, name, signature, events, needs, never_returns, help, example)          \
	[BUILTIN_##                                                                                \
		id] = {#id, module, name, signature, events, needs, never_returns, help, example},
#include "grammar/builtins.def"
#undef BUILTIN
};

const struct limit_row limit_rows[LIMIT_COUNT] = {
#define LIMIT(name, unit, value, help) [LIMIT_##name] = {#name, unit, value, help},
#include "grammar/limits.def"
#undef LIMIT
};

static const struct {
	const char *name, *fields;
} record_rows[] = {
#define RECORD(name, fields, help) {#name, fields},
#include "grammar/records.def"
#undef RECORD
};

enum { RECORD_COUNT = sizeof(record_rows) / sizeof(record_rows[0]), RECORD_FIELDS_MAX = 16 };

_Static_assert(EVENT_COUNT < 32, "event_set has 32 bits");

int event_find(struct text name)
{
	for (int i = 0; i < EVENT_COUNT; i++)
		if (text_equals_string(name, event_rows[i].name))
			return i;
	return -1;
}

int limit_find(struct text name)
{
	for (int i = 0; i < LIMIT_COUNT; i++)
		if (text_equals_ignoring_case(name,
					      text_of_string(limit_rows[i].name, LIFETIME_PROGRAM)))
			return i;
	return -1;
}

bool builtin_needs_module(enum builtin_id id)
{
	static const char *const modules[] = { "address", "auth", "dkim", "dmarc", "dns",
					       "geoip",	  "mime", "spf",  "smtp",  "mock" };

	if (id == BUILTIN_json_parse || id == BUILTIN_json_of)
		return true;
	for (size_t i = 0; i < sizeof(modules) / sizeof(*modules); i++)
		if (strcmp(builtin_rows[id].module, modules[i]) == 0)
			return true;
	return false;
}

/* ---- reading a row's types ---------------------------------------------- */

/* Reads one row. Memory may end, which is remembered; a wrong row is our own fault. */
struct reader {
	const char *at;
	struct type_table *table;
	const struct type **records; /* those made so far */
	unsigned record_count;
	bool failed; /* memory has ended */
};

static void skip_blanks(struct reader *reader)
{
	while (*reader->at == ' ')
		reader->at++;
}

static bool accept(struct reader *reader, const char *mark)
{
	size_t length = strlen(mark);

	skip_blanks(reader);
	if (strncmp(reader->at, mark, length) != 0)
		return false;
	reader->at += length;
	return true;
}

static void expect(struct reader *reader, const char *mark)
{
	bool there = accept(reader, mark);

	assert(there);
}

/* A name with the dots of a module's record. */
static struct text read_name(struct reader *reader)
{
	const char *start;

	skip_blanks(reader);
	start = reader->at;
	while (byte_is_name(*reader->at) || *reader->at == '.')
		reader->at++;
	assert(reader->at > start);
	return text_of(start, (size_t)(reader->at - start), LIFETIME_PROGRAM);
}

static const struct type *made(struct reader *reader, const struct type *type)
{
	if (type)
		return type;
	reader->failed = true;
	return &type_wrong;
}

static const struct type *find_record(const struct reader *reader, struct text name)
{
	for (unsigned i = 0; i < reader->record_count; i++)
		if (text_equals_string(name, reader->records[i]->record->name))
			return reader->records[i];
	return NULL;
}

static const struct type *read_type(struct reader *reader);

/* Rows nest types by hand: two or three levels. */
static const struct type *read_keyed(struct reader *reader, enum type_kind kind)
{
	const struct type *key, *element = NULL;

	expect(reader, "[");
	key = read_type(reader);
	if (accept(reader, ","))
		element = read_type(reader);
	expect(reader, "]");
	return made(reader, type_keyed(reader->table, kind, key, element));
}

static const struct type *read_list(struct reader *reader)
{
	const struct type *element;

	expect(reader, "[");
	element = read_type(reader);
	expect(reader, "]");
	return made(reader, type_list(reader->table, element));
}

static const struct type *read_type(struct reader *reader)
{
	struct text name = read_name(reader);
	const struct type *type;

	if (text_equals(name, TEXT("T")) || text_equals(name, TEXT("K")) ||
	    text_equals(name, TEXT("V")))
		return type_variable(reader->table, name.data[0]);
	if (text_equals(name, TEXT("list")))
		return read_list(reader);
	if (text_equals(name, TEXT("map")))
		return read_keyed(reader, TYPE_MAP);
	if (text_equals(name, TEXT("table")))
		return read_keyed(reader, TYPE_TABLE);
	if (text_equals(name, TEXT("cache")))
		return read_keyed(reader, TYPE_CACHE);
	type = find_record(reader, name);
	if (!type)
		type = type_by_name(name);
	assert(type);
	return type;
}

static const char *copy_name(struct reader *reader, struct text name)
{
	const char *copy = arena_string(reader->table->arena, name);

	if (!copy)
		reader->failed = true;
	return copy;
}

/* A literal: up to the comma or parenthesis behind it, texts as a whole. */
static const char *read_fallback(struct reader *reader)
{
	const char *start;
	bool quoted = false;

	skip_blanks(reader);
	for (start = reader->at; quoted || (*reader->at != ',' && *reader->at != ')');
	     reader->at++) {
		assert(*reader->at);
		if (quoted && *reader->at == '\\')
			reader->at++;
		else if (*reader->at == '"')
			quoted = !quoted;
	}
	assert(reader->at > start);
	return copy_name(reader, text_of(start, (size_t)(reader->at - start), LIFETIME_PROGRAM));
}

static struct signature_parameter read_parameter(struct reader *reader)
{
	struct signature_parameter parameter = {.inout = accept(reader, "inout ")};

	parameter.name = copy_name(reader, read_name(reader));
	expect(reader, ":");
	parameter.type = read_type(reader);
	if (accept(reader, "="))
		parameter.fallback = read_fallback(reader);
	return parameter;
}

static struct signature read_signature(struct reader *reader)
{
	struct signature signature = {.result = &type_void};

	expect(reader, "(");
	while (!accept(reader, ")")) {
		if (signature.count > 0)
			expect(reader, ",");
		assert(signature.count < SIGNATURE_PARAMETERS_MAX);
		signature.parameters[signature.count++] = read_parameter(reader);
	}
	if (accept(reader, "->"))
		signature.result = read_type(reader);
	skip_blanks(reader);
	assert(*reader->at == '\0');
	return signature;
}

static const struct type *read_record(struct reader *reader, const char *name)
{
	struct arena *arena = reader->table->arena;
	struct record_field *fields = arena_zeroed(arena, RECORD_FIELDS_MAX * sizeof(*fields));
	struct record_type *record = arena_zeroed(arena, sizeof(*record));

	if (!fields || !record)
		return made(reader, NULL);
	*record = (struct record_type){.name = name, .fields = fields};
	do {
		struct record_field *field = &fields[record->field_count++];

		assert(record->field_count <= RECORD_FIELDS_MAX);
		field->name = copy_name(reader, read_name(reader));
		expect(reader, ":");
		field->type = read_type(reader);
	} while (accept(reader, ","));
	skip_blanks(reader);
	assert(*reader->at == '\0');
	return made(reader, type_record(reader->table, record));
}

/* In the order of the rows: a record may hold those above it. */
static void read_records(struct reader *reader)
{
	for (unsigned i = 0; i < RECORD_COUNT && !reader->failed; i++) {
		reader->at = record_rows[i].fields;
		reader->records[i] = read_record(reader, record_rows[i].name);
		reader->record_count += !reader->failed;
	}
}

static void read_variables(struct reader *reader, const struct type **variables)
{
	for (unsigned i = 0; i < VARIABLE_COUNT && !reader->failed; i++) {
		reader->at = variable_rows[i].type;
		variables[i] = read_type(reader);
		assert(*reader->at == '\0');
	}
}

static void read_builtins(struct reader *reader, struct signature *builtins)
{
	for (unsigned i = 0; i < BUILTIN_COUNT && !reader->failed; i++) {
		reader->at = builtin_rows[i].signature;
		builtins[i] = read_signature(reader);
		builtins[i].needs_module = builtin_needs_module((enum builtin_id)i);
	}
}

const struct vocabulary *vocabulary_build(struct type_table *table)
{
	struct arena *arena = table->arena;
	struct vocabulary *vocabulary = arena_zeroed(arena, sizeof(*vocabulary));
	const struct type **records = arena_zeroed(arena, RECORD_COUNT * sizeof(*records));
	const struct type **variables = arena_zeroed(arena, VARIABLE_COUNT * sizeof(*variables));
	struct signature *builtins = arena_zeroed(arena, BUILTIN_COUNT * sizeof(*builtins));
	struct reader reader = {.table = table, .records = records};

	if (!vocabulary || !records || !variables || !builtins)
		return NULL;
	read_records(&reader);
	read_variables(&reader, variables);
	read_builtins(&reader, builtins);
	if (reader.failed)
		return NULL;
	*vocabulary = (struct vocabulary){builtins, variables, records, reader.record_count,
					  find_record(&reader, TEXT("Error"))};
	assert(vocabulary->error);
	return vocabulary;
}
