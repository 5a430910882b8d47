#include "vm/encode.h"

#include "base/cursor.h"
#include "base/json.h"

/* Types nest at most 32 levels and hold no cycles: recursion over a type is bounded. */

static void print_fields(const struct record_type *record, struct buffer *out)
{
	buffer_printf(out, "%s{", record->name);
	for (unsigned i = 0; i < record->field_count; i++) {
		buffer_printf(out, "%s%s: ", i ? ", " : "", record->fields[i].name);
		type_print_shape(record->fields[i].type, out);
	}
	buffer_append_string(out, "}");
}

static void print_parts(const char *name, const struct type *type, struct buffer *out)
{
	buffer_printf(out, "%s[", name);
	if (type->key) {
		type_print_shape(type->key, out);
		buffer_append_string(out, ", ");
	}
	type_print_shape(type->element, out);
	buffer_append_string(out, "]");
}

void type_print_shape(const struct type *type, struct buffer *out)
{
	switch (type->kind) {
	case TYPE_RECORD:
		print_fields(type->record, out);
		break;
	case TYPE_LIST:
		print_parts("list", type, out);
		break;
	case TYPE_MAP:
		print_parts("map", type, out);
		break;
	case TYPE_CACHE:
		print_parts("cache", type, out);
		break;
	default:
		type_print(type, out);
	}
}

/* ---- to bytes ---- */

static void encode_map(const struct type *type, const struct map *map, struct buffer *out)
{
	const struct map_entry *entry;
	uint32_t position = 0;

	buffer_append_u32(out, map->length);
	while ((entry = map_next(map, &position)) && !out->failed) {
		value_encode(type->key, entry->key, out);
		value_encode(type->element, entry->item, out);
	}
}

static void encode_list(const struct type *type, const struct list *list, struct buffer *out)
{
	buffer_append_u32(out, list->length);
	for (uint32_t i = 0; i < list->length && !out->failed; i++)
		value_encode(type->element, list->items[i], out);
}

void value_encode(const struct type *type, value v, struct buffer *out)
{
	switch (type->kind) {
	case TYPE_TEXT:
	case TYPE_JSON:
		buffer_append_u32(out, v.text.length);
		buffer_append_text(out, v.text);
		break;
	case TYPE_IP:
		buffer_append(out, &v.ip, sizeof(v.ip));
		break;
	case TYPE_NET:
		buffer_append(out, v.net, sizeof(*v.net));
		break;
	case TYPE_LIST:
		encode_list(type, v.list, out);
		break;
	case TYPE_MAP:
		encode_map(type, v.map, out);
		break;
	case TYPE_RECORD:
		for (unsigned i = 0; i < type->record->field_count; i++)
			value_encode(type->record->fields[i].type, v.record->fields[i], out);
		break;
	default: /* int, bool, float, duration, time: eight bytes */
		buffer_append(out, &v.i, sizeof(v.i));
	}
}

/* ---- from bytes ---- */

struct decoding {
	struct cursor bytes;
	struct arena *home;
};

static enum decoded decode(struct decoding *decoding, const struct type *type, value *out);

static bool take(struct decoding *decoding, void *into, size_t size)
{
	struct text bytes = cursor_take(&decoding->bytes, size);

	if (decoding->bytes.failed)
		return false;
	memcpy(into, bytes.data, size);
	return true;
}

static bool take_count(struct decoding *decoding, uint32_t *count)
{
	*count = cursor_u32(&decoding->bytes);
	return !decoding->bytes.failed;
}

static enum decoded decode_text(struct decoding *decoding, value *out)
{
	struct text bytes = cursor_take(&decoding->bytes, cursor_u32(&decoding->bytes));
	bool ok = true;

	if (decoding->bytes.failed || bytes.length > TEXT_LENGTH_MAX)
		return DECODED_NOT;
	out->text = arena_copy(decoding->home, bytes, &ok);
	return ok ? DECODED : DECODED_NO_ROOM;
}

static enum decoded decode_json(struct decoding *decoding, value *out)
{
	enum decoded status = decode_text(decoding, out);
	struct json_fault fault;

	if (status != DECODED)
		return status;
	switch (json_check(out->text, &out->text, &fault)) {
	case JSON_GOOD:
		return DECODED;
	case JSON_WRONG:
		return DECODED_NOT;
	default:
		return DECODED_NO_ROOM;
	}
}

static enum decoded decode_net(struct decoding *decoding, value *out)
{
	struct net *net = arena_allocate(decoding->home, sizeof(*net));

	if (!net)
		return DECODED_NO_ROOM;
	out->net = net;
	return take(decoding, net, sizeof(*net)) ? DECODED : DECODED_NOT;
}

/* Memory is taken for what has come, not for what was promised. */
static enum decoded decode_list(struct decoding *decoding, const struct type *type, value *out)
{
	uint32_t count;
	enum decoded status = DECODED;
	value item;

	if (!take_count(decoding, &count))
		return DECODED_NOT;
	out->list = list_new(type, 0, decoding->home);
	if (!out->list)
		return DECODED_NO_ROOM;
	for (uint32_t i = 0; i < count && status == DECODED; i++) {
		status = decode(decoding, type->element, &item);
		if (status == DECODED && !list_push(out->list, item))
			status = DECODED_NO_ROOM;
	}
	return status;
}

static enum decoded decode_entry(struct decoding *decoding, const struct type *type,
				 struct map *map)
{
	enum decoded status;
	value key, item;

	status = decode(decoding, type->key, &key);
	if (status == DECODED)
		status = decode(decoding, type->element, &item);
	if (status == DECODED && !map_put(map, key, item))
		status = DECODED_NO_ROOM;
	return status;
}

static enum decoded decode_map(struct decoding *decoding, const struct type *type, value *out)
{
	uint32_t count;
	enum decoded status = DECODED;

	if (!take_count(decoding, &count))
		return DECODED_NOT;
	out->map = map_new(type, decoding->home);
	if (!out->map)
		return DECODED_NO_ROOM;
	for (uint32_t i = 0; i < count && status == DECODED; i++)
		status = decode_entry(decoding, type, out->map);
	return status;
}

static enum decoded decode_record(struct decoding *decoding, const struct type *type, value *out)
{
	const struct record_type *record = type->record;
	enum decoded status = DECODED;

	out->record = record_allocate(type, decoding->home);
	if (!out->record)
		return DECODED_NO_ROOM;
	for (unsigned i = 0; i < record->field_count && status == DECODED; i++)
		status = decode(decoding, record->fields[i].type, &out->record->fields[i]);
	return status;
}

static enum decoded decode(struct decoding *decoding, const struct type *type, value *out)
{
	memset(out, 0, sizeof(*out));
	switch (type->kind) {
	case TYPE_JSON:
		return decode_json(decoding, out);
	case TYPE_TEXT:
		return decode_text(decoding, out);
	case TYPE_NET:
		return decode_net(decoding, out);
	case TYPE_LIST:
		return decode_list(decoding, type, out);
	case TYPE_MAP:
		return decode_map(decoding, type, out);
	case TYPE_RECORD:
		return decode_record(decoding, type, out);
	case TYPE_IP:
		return take(decoding, &out->ip, sizeof(out->ip)) ? DECODED : DECODED_NOT;
	case TYPE_BOOL:
		return take(decoding, &out->i, sizeof(out->i)) && (out->i == 0 || out->i == 1)
			       ? DECODED
			       : DECODED_NOT;
	default:
		return take(decoding, &out->i, sizeof(out->i)) ? DECODED : DECODED_NOT;
	}
}

enum decoded value_decode(const struct type *type, struct text bytes, struct arena *home,
			  value *out)
{
	struct decoding decoding = { cursor_of(bytes), home };
	enum decoded status = decode(&decoding, type, out);

	return status == DECODED && !cursor_done(&decoding.bytes) ? DECODED_NOT : status;
}
