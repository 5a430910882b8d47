/* Module json: documents that are looked at in place. A value is a part of the text that was parsed. */
#include "base/json.h"
#include "builtins/answer.h"
#include "builtins/builtins.h"

#include <math.h>
#include <stdlib.h>

static struct text argument_json(const struct call *call)
{
	return call->arguments[0].text;
}

static const char *kind_name(struct text part)
{
	static const char *const names[] = { "null", "bool", "number", "text", "list", "map" };

	return names[json_kind(part)];
}

static enum call_result raise_kind(struct call *call, struct text part, const char *wanted)
{
	return call_raise(call, "convert", 0, false, "this is a %s, not a %s", kind_name(part),
			  wanted);
}

/* The kind that is asked for, and what looking at the value takes. */
static enum call_result expect_kind(struct call *call, struct text part, enum json_kind kind,
				    const char *wanted)
{
	if (json_kind(part) != kind)
		return raise_kind(call, part, wanted);
	return call_charge(call, part.length);
}

/* ---- parsing ---- */

static void count_lines(struct text source, size_t offset, unsigned *line, size_t *column)
{
	*line = 1;
	*column = 1;
	for (size_t i = 0; i < offset && i < source.length; i++) {
		(*column)++;
		if (source.data[i] == '\n') {
			(*line)++;
			*column = 1;
		}
	}
}

enum call_result builtin_json_parse(struct call *call)
{
	struct text source = argument_json(call);
	enum call_result charged = call_begin(call, (size_t)source.length * 4);
	struct json_fault fault;
	size_t column;
	unsigned line;

	if (charged != CALL_DONE)
		return charged;
	switch (json_check(source, &call->result->text, &fault)) {
	case JSON_GOOD:
		return CALL_DONE;
	case JSON_NO_MEMORY:
		return call_memory(call);
	default:
		count_lines(source, fault.offset, &line, &column);
		return call_raise(call, "convert", 0, false, "line %u, byte %zu: %s", line, column,
				  fault.message);
	}
}

/* ---- scalars ---- */

static enum call_result read_text(struct call *call, struct text part, struct text *out)
{
	enum call_result result = expect_kind(call, part, JSON_TEXT, "text");
	char *room;

	if (result != CALL_DONE)
		return result;
	if (json_is_plain(part)) {
		*out = text_part(part, 1, part.length > 1 ? part.length - 1u : 1);
		return CALL_DONE;
	}
	room = arena_allocate(call_arena(call), part.length);
	if (!room)
		return call_memory(call);
	*out = text_of(room, json_decode(part, room), LIFETIME_EVENT);
	return CALL_DONE;
}

static enum call_result read_int(struct call *call, struct text part, int64_t *out)
{
	enum call_result result = expect_kind(call, part, JSON_NUMBER, "number");

	if (result == CALL_DONE && !text_to_int(part, out))
		return call_raise(call, "convert", 0, false,
				  "this number is no whole one, or too large for an int");
	return result;
}

static enum call_result read_float(struct call *call, struct text part, double *out)
{
	enum call_result result = expect_kind(call, part, JSON_NUMBER, "number");

	if (result == CALL_DONE && (!text_to_float(part, out) || !isfinite(*out)))
		return call_raise(call, "convert", 0, false, "this number is too large for a float");
	return result;
}

static enum call_result read_bool(struct call *call, struct text part, int64_t *out)
{
	*out = part.length && part.data[0] == 't';
	return expect_kind(call, part, JSON_BOOL, "bool");
}

enum call_result builtin_json_text(struct call *call)
{
	return read_text(call, argument_json(call), &call->result->text);
}

enum call_result builtin_json_int(struct call *call)
{
	return read_int(call, argument_json(call), &call->result->i);
}

enum call_result builtin_json_float(struct call *call)
{
	return read_float(call, argument_json(call), &call->result->f);
}

enum call_result builtin_json_bool(struct call *call)
{
	return read_bool(call, argument_json(call), &call->result->i);
}

enum call_result builtin_json_kind(struct call *call)
{
	return answer_text(call, text_of_string(kind_name(argument_json(call)), LIFETIME_PROGRAM));
}

enum call_result builtin_json_isNull(struct call *call)
{
	return answer_bool(call, json_kind(argument_json(call)) == JSON_NULL);
}

enum call_result builtin_json_write(struct call *call)
{
	return answer_text(call, argument_json(call));
}

/* ---- parts ---- */

/* Keys that have escapes are compared as what they mean. */
static enum call_result same_key(struct call *call, struct text key, struct text wanted, bool *same)
{
	struct text decoded;
	enum call_result result;

	if (json_is_plain(key)) {
		*same = key.length == wanted.length + 2u &&
			text_equals(text_part(key, 1, key.length - 1u), wanted);
		return CALL_DONE;
	}
	result = read_text(call, key, &decoded);
	*same = result == CALL_DONE && text_equals(decoded, wanted);
	return result;
}

static enum call_result find_member(struct call *call, struct text map, struct text wanted,
				    struct text *found, bool *is_there)
{
	enum call_result result = call_begin(call, map.length);
	struct json_cursor cursor;
	struct text key;

	*is_there = false;
	json_begin(&cursor, map);
	while (result == CALL_DONE && !*is_there && json_kind(map) == JSON_MAP &&
	       json_next(&cursor, &key, found))
		result = same_key(call, key, wanted, is_there);
	return result;
}

static enum call_result find_element(struct call *call, struct text list, int64_t wanted,
				     struct text *found, bool *is_there)
{
	enum call_result result = call_begin(call, list.length);
	struct json_cursor cursor;
	struct text key;

	*is_there = false;
	if (wanted < 0 || json_kind(list) != JSON_LIST)
		return result;
	json_begin(&cursor, list);
	while (json_next(&cursor, &key, found))
		if (wanted-- == 0) {
			*is_there = true;
			break;
		}
	return result;
}

static enum call_result raise_missing(struct call *call, struct text key)
{
	return call_raise(call, "index", 0, false, "there is no \"%.*s\" in this %s",
			  key.length < 64 ? (int)key.length : 64, key.length ? key.data : "",
			  kind_name(argument_json(call)));
}

enum call_result builtin_json_get(struct call *call)
{
	struct text key = call->arguments[1].text;
	bool found;
	enum call_result result =
		find_member(call, argument_json(call), key, &call->result->text, &found);

	return result == CALL_DONE && !found ? raise_missing(call, key) : result;
}

enum call_result builtin_json_getNth(struct call *call)
{
	bool found;
	enum call_result result = find_element(call, argument_json(call), call->arguments[1].i,
					       &call->result->text, &found);

	if (result == CALL_DONE && !found)
		return call_raise(call, "index", 0, false, "there is no element %lld in this %s",
				  (long long)call->arguments[1].i, kind_name(argument_json(call)));
	return result;
}

/* As the fallback's type says. */
static enum call_result read_as(struct call *call, struct text part)
{
	switch (call->import->result->kind) {
	case TYPE_TEXT:
		return read_text(call, part, &call->result->text);
	case TYPE_INT:
		return read_int(call, part, &call->result->i);
	case TYPE_FLOAT:
		return read_float(call, part, &call->result->f);
	case TYPE_BOOL:
		return read_bool(call, part, &call->result->i);
	case TYPE_JSON:
		return answer_text(call, part);
	default:
		return call_raise(call, "argument", 0, false,
				  "the fallback must be a text, int, float, bool or json");
	}
}

enum call_result builtin_json_getOr(struct call *call)
{
	struct text part;
	bool found;
	enum call_result result = find_member(call, argument_json(call), call->arguments[1].text,
					      &part, &found);

	if (result != CALL_DONE)
		return result;
	if (found && (json_kind(part) != JSON_NULL || call->import->result == &type_json))
		return read_as(call, part);
	*call->result = call->arguments[2];
	return CALL_DONE;
}

enum call_result builtin_json_has(struct call *call)
{
	struct text part;
	bool found;
	enum call_result result = find_member(call, argument_json(call), call->arguments[1].text,
					      &part, &found);

	return result == CALL_DONE ? answer_bool(call, found) : result;
}

enum call_result builtin_json_length(struct call *call)
{
	enum call_result charged = call_begin(call, argument_json(call).length);

	return charged == CALL_DONE ? answer_int(call, json_length(argument_json(call))) : charged;
}

enum call_result builtin_json_keys(struct call *call)
{
	struct text map = argument_json(call), key, item;
	enum call_result status = expect_kind(call, map, JSON_MAP, "map");
	struct json_cursor cursor;
	struct list *keys;

	if (status != CALL_DONE)
		return status;
	keys = answer_list(call, 0, &status);
	json_begin(&cursor, map);
	while (status == CALL_DONE && json_next(&cursor, &key, &item)) {
		status = read_text(call, key, &key);
		if (status == CALL_DONE)
			status = list_add_text(call, keys, key);
	}
	return status;
}

enum call_result builtin_json_list(struct call *call)
{
	struct text list = argument_json(call), key, item;
	enum call_result status = expect_kind(call, list, JSON_LIST, "list");
	struct json_cursor cursor;
	struct list *items;

	if (status != CALL_DONE)
		return status;
	items = answer_list(call, 0, &status);
	json_begin(&cursor, list);
	while (status == CALL_DONE && json_next(&cursor, &key, &item))
		status = list_add(call, items, (value){ .text = item });
	return status;
}

enum call_result builtin_json_map(struct call *call)
{
	struct text source = argument_json(call), key, item;
	enum call_result status = expect_kind(call, source, JSON_MAP, "map");
	struct json_cursor cursor;
	struct map *map;

	if (status != CALL_DONE)
		return status;
	map = call->result->map = map_new(call->import->result, call_arena(call));
	if (!map)
		return call_memory(call);
	json_begin(&cursor, source);
	while (status == CALL_DONE && json_next(&cursor, &key, &item)) {
		status = read_text(call, key, &key);
		if (status == CALL_DONE &&
		    !map_put(map, (value){ .text = key }, (value){ .text = item }))
			status = refuse_growth(call, map->length);
	}
	return status;
}

/* ---- JSON Pointer (RFC 6901) ---- */

/* One part between slashes; ~1 is a slash and ~0 a tilde. */
static enum call_result read_part(struct call *call, struct text part, struct text *out)
{
	char *room = arena_allocate(call_arena(call), part.length + 1u);
	size_t length = 0;

	if (!room)
		return call_memory(call);
	for (uint32_t i = 0; i < part.length; i++) {
		char byte = part.data[i];

		if (byte == '~' && i + 1 < part.length)
			byte = part.data[++i] == '1' ? '/' : '~';
		room[length++] = byte;
	}
	*out = text_of(room, length, LIFETIME_EVENT);
	return CALL_DONE;
}

static enum call_result step_into(struct call *call, struct text *at, struct text part)
{
	enum call_result result;
	struct text name = TEXT_EMPTY;
	int64_t number;
	bool found = false;

	if (json_kind(*at) == JSON_LIST) {
		if (!text_to_int(part, &number))
			number = -1;
		result = find_element(call, *at, number, at, &found);
	} else {
		result = read_part(call, part, &name);
		if (result == CALL_DONE)
			result = find_member(call, *at, name, at, &found);
	}
	return result == CALL_DONE && !found ? raise_missing(call, part) : result;
}

enum call_result builtin_json_pointer(struct call *call)
{
	struct text path = call->arguments[1].text, at = argument_json(call);
	enum call_result result = CALL_DONE;
	size_t from = 1;

	if (path.length && path.data[0] != '/')
		return call_raise(call, "argument", 0, false, "a pointer is written /key/0/key");
	while (from <= path.length && path.length && result == CALL_DONE) {
		int64_t slash = text_find(path, TEXT("/"), from);
		size_t to = slash < 0 ? path.length : (size_t)slash;

		result = step_into(call, &at, text_part(path, from, to));
		from = to + 1;
	}
	call->result->text = at;
	return result;
}

/* ---- writing ---- */

/* Types nest at most 32 levels: recursion is bounded. NULL, or why there is no JSON of it. */
static const char *put_value(struct buffer *out, const struct type *type, value v);

static const char *put_list(struct buffer *out, const struct type *type, const struct list *list)
{
	const char *fault = NULL;

	buffer_append_byte(out, '[');
	for (uint32_t i = 0; i < list->length && !fault && !out->failed; i++) {
		buffer_append_string(out, i ? "," : "");
		fault = put_value(out, type->element, list->items[i]);
	}
	buffer_append_byte(out, ']');
	return fault;
}

/* Keys are texts, whatever they were. */
static void put_key(struct buffer *out, const struct type *type, value key)
{
	if (type == &type_text) {
		buffer_append_json(out, key.text);
	} else {
		buffer_append_byte(out, '"');
		value_print(type, key, out);
		buffer_append_byte(out, '"');
	}
	buffer_append_byte(out, ':');
}

static const char *put_map(struct buffer *out, const struct type *type, const struct map *map)
{
	const struct map_entry *entry;
	const char *fault = NULL;
	uint32_t position = 0;
	bool first = true;

	buffer_append_byte(out, '{');
	while (!fault && !out->failed && (entry = map_next(map, &position))) {
		buffer_append_string(out, first ? "" : ",");
		put_key(out, type->key, entry->key);
		fault = put_value(out, type->element, entry->item);
		first = false;
	}
	buffer_append_byte(out, '}');
	return fault;
}

static const char *put_record(struct buffer *out, const struct record_type *type,
			      const struct record *record)
{
	const char *fault = NULL;

	buffer_append_byte(out, '{');
	for (unsigned i = 0; i < type->field_count && !fault && !out->failed; i++) {
		buffer_printf(out, "%s\"%s\":", i ? "," : "", type->fields[i].name);
		fault = put_value(out, type->fields[i].type, record->fields[i]);
	}
	buffer_append_byte(out, '}');
	return fault;
}

static const char *put_value(struct buffer *out, const struct type *type, value v)
{
	switch (type->kind) {
	case TYPE_TEXT:
		buffer_append_json(out, v.text);
		return NULL;
	case TYPE_JSON:
		buffer_append_text(out, v.text);
		return NULL;
	case TYPE_BOOL:
		buffer_append_string(out, v.i ? "true" : "false");
		return NULL;
	case TYPE_FLOAT:
		if (!isfinite(v.f))
			return "JSON has no infinite numbers";
		value_print(type, v, out);
		return NULL;
	case TYPE_INT:
		value_print(type, v, out);
		return NULL;
	case TYPE_IP:
	case TYPE_NET:
	case TYPE_DURATION:
	case TYPE_TIME:
		buffer_append_byte(out, '"');
		value_print(type, v, out);
		buffer_append_byte(out, '"');
		return NULL;
	case TYPE_LIST:
		return put_list(out, type, v.list);
	case TYPE_MAP:
		return put_map(out, type, v.map);
	case TYPE_RECORD:
		return put_record(out, type->record, v.record);
	default:
		return "patterns, handles and tables have no JSON";
	}
}

/* Checked again: two keys may have become one, and a document may sit too deep. */
static enum call_result answer_document(struct call *call, struct text made)
{
	enum call_result charged = call_charge(call, (size_t)made.length * 4);
	struct json_fault fault;

	if (charged != CALL_DONE)
		return charged;
	switch (json_check(made, &made, &fault)) {
	case JSON_GOOD:
		return call_return_text(call, made.data, made.length);
	case JSON_NO_MEMORY:
		return call_memory(call);
	default:
		return call_raise(call, "argument", 0, false, "%s", fault.message);
	}
}

enum call_result builtin_json_of(struct call *call)
{
	struct buffer out;
	const char *fault;
	enum call_result result;

	buffer_init(&out, (size_t)call_limit_value(call, LIMIT_textLength));
	fault = put_value(&out, call->import->argument_types[0], call->arguments[0]);
	if (fault)
		result = call_raise(call, "argument", 0, false, "%s", fault);
	else if (out.failed)
		result = call_limit(call, LIMIT_textLength);
	else
		result = answer_document(call, buffer_text(&out));
	buffer_free(&out);
	return result;
}
