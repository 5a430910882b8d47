#include "vm/value.h"

enum {
	LENGTH_USUAL = 1000000,
	LENGTH_MOST = 1 << 26, /* whatever is configured: sizes stay within 32 bits */
};

/* Set anew whenever a VM runs on this thread, for as long as it runs. */
static _Thread_local uint32_t length_limit = LENGTH_USUAL;

uint32_t value_length_limit(void)
{
	return length_limit;
}

void value_set_length_limit(int64_t limit)
{
	if (limit <= 0)
		limit = LENGTH_USUAL;
	length_limit = limit > LENGTH_MOST ? LENGTH_MOST : (uint32_t)limit;
}

static bool first_object(const struct type *type, struct arena *home, value *out)
{
	if (type->kind == TYPE_LIST)
		out->list = list_new(type, 0, home);
	else if (type->kind == TYPE_MAP)
		out->map = map_new(type, home);
	else
		out->record = record_new(type, home);
	return out->pointer != NULL;
}

bool value_first(const struct type *type, struct arena *home, value *out)
{
	static const struct net no_net;

	memset(out, 0, sizeof(*out));
	if (type_is_object(type))
		return first_object(type, home, out);
	if (type->kind == TYPE_TEXT)
		out->text = TEXT_EMPTY;
	else if (type->kind == TYPE_JSON)
		out->text = TEXT("null");
	else if (type->kind == TYPE_NET)
		out->net = &no_net;
	return true;
}

void value_share(const struct type *type, value v)
{
	struct object *object = v.pointer;

	/* Constants are shared from the start, and threads see them: never write to one. */
	if (type_is_object(type) && !object->shared)
		object->shared = true;
}

static bool lists_equal(const struct list *a, const struct list *b, int64_t *budget)
{
	const struct type *element = a->object.type->element;

	if (a->length != b->length)
		return false;
	for (uint32_t i = 0; i < a->length; i++)
		if (!value_equals_within(element, a->items[i], b->items[i], budget))
			return false;
	return true;
}

static bool maps_equal(const struct map *a, const struct map *b, int64_t *budget)
{
	const struct map_entry *entry;
	uint32_t position = 0;

	if (a->length != b->length)
		return false;
	while ((entry = map_next(a, &position))) {
		const value *other = map_find(b, entry->key);

		if (!other ||
		    !value_equals_within(a->object.type->element, entry->item, *other, budget))
			return false;
	}
	return true;
}

static bool records_equal(const struct record *a, const struct record *b, int64_t *budget)
{
	const struct record_type *type = a->object.type->record;

	for (unsigned i = 0; i < type->field_count; i++)
		if (!value_equals_within(type->fields[i].type, a->fields[i], b->fields[i], budget))
			return false;
	return true;
}

static bool texts_equal(struct text a, struct text b, int64_t *budget)
{
	if (a.length != b.length)
		return false;
	*budget -= a.length / 16;
	return text_equals(a, b);
}

/* Depth is bounded by the type: types hold no cycles, and the checker bounds their nesting. */
bool value_equals_within(const struct type *type, value a, value b, int64_t *budget)
{
	if (--*budget < 0)
		return false;
	switch (type->kind) {
	case TYPE_FLOAT:
		return a.f == b.f;
	case TYPE_TEXT:
	case TYPE_JSON:
		return texts_equal(a.text, b.text, budget);
	case TYPE_IP:
		return ip_compare(a.ip, b.ip) == 0;
	case TYPE_NET:
		return ip_compare(a.net->first, b.net->first) == 0 &&
		       ip_compare(a.net->last, b.net->last) == 0;
	case TYPE_LIST:
		return a.list == b.list || lists_equal(a.list, b.list, budget);
	case TYPE_MAP:
		return a.map == b.map || maps_equal(a.map, b.map, budget);
	case TYPE_RECORD:
		return a.record == b.record || records_equal(a.record, b.record, budget);
	default: /* numbers, and what is told apart by its pointer */
		return a.i == b.i;
	}
}

bool value_equals(const struct type *type, value a, value b)
{
	int64_t budget = INT64_MAX;

	return value_equals_within(type, a, b, &budget);
}

int value_compare(const struct type *type, value a, value b)
{
	switch (type->kind) {
	case TYPE_FLOAT:
		return (a.f > b.f) - (a.f < b.f);
	case TYPE_TEXT:
		return text_compare(a.text, b.text);
	case TYPE_IP:
		return ip_compare(a.ip, b.ip);
	default:
		return (a.i > b.i) - (a.i < b.i);
	}
}
