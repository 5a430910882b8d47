/* Copies of values that live longer than their originals, and ownership. */
#include "vm/value.h"

/* How a copy is made: into which arena, and what is left where it is. */
struct keeping {
	struct arena *home;
	enum lifetime enough; /* what lives at least so long is not copied */
	unsigned depth;
};

static bool keep(const struct keeping *keeping, const struct type *type, value original,
		 value *out);

static bool keep_text(const struct keeping *keeping, struct text original, value *out)
{
	bool ok = true;

	out->text = original;
	if (original.lifetime < (uint32_t)keeping->enough)
		out->text = arena_copy(keeping->home, original, &ok);
	return ok;
}

/* A net says nothing about its lifetime, and is small. */
static bool keep_net(const struct keeping *keeping, const struct net *original, value *out)
{
	struct net *copy = arena_allocate(keeping->home, sizeof(*copy));

	if (!copy)
		return false;
	*copy = *original;
	out->net = copy;
	return true;
}

static bool keep_list(const struct keeping *keeping, const struct list *original, value *out)
{
	struct list *copy = list_new(original->object.type, original->length, keeping->home);

	if (!copy)
		return false;
	for (uint32_t i = 0; i < original->length; i++)
		if (!keep(keeping, original->object.type->element, original->items[i],
			  &copy->items[copy->length++]))
			return false;
	out->list = copy;
	return true;
}

static bool keep_map(const struct keeping *keeping, const struct map *original, value *out)
{
	const struct type *type = original->object.type;
	struct map *copy = map_new(type, keeping->home);
	const struct map_entry *entry;
	uint32_t position = 0;
	value key, item;

	if (!copy || !map_reserve(copy, original->length))
		return false;
	while ((entry = map_next(original, &position)))
		if (!keep(keeping, type->key, entry->key, &key) ||
		    !keep(keeping, type->element, entry->item, &item) || !map_put(copy, key, item))
			return false;
	out->map = copy;
	return true;
}

static bool keep_record(const struct keeping *keeping, const struct record *original, value *out)
{
	const struct record_type *type = original->object.type->record;
	struct record *copy = record_allocate(original->object.type, keeping->home);

	if (!copy)
		return false;
	for (unsigned i = 0; i < type->field_count; i++)
		if (!keep(keeping, type->fields[i].type, original->fields[i], &copy->fields[i]))
			return false;
	out->record = copy;
	return true;
}

static bool keep_object(const struct keeping *keeping, const struct type *type, value original,
			value *out)
{
	struct keeping deeper = *keeping;
	struct object *object = original.pointer;

	if (object->home->lifetime >= keeping->enough) {
		value_share(type, original);
		*out = original;
		return true;
	}
	if (++deeper.depth > VALUE_DEPTH_MAX)
		return false;
	if (type->kind == TYPE_LIST)
		return keep_list(&deeper, original.list, out);
	if (type->kind == TYPE_MAP)
		return keep_map(&deeper, original.map, out);
	return keep_record(&deeper, original.record, out);
}

static void keep_handle(const struct keeping *keeping, struct handle *handle)
{
	if (handle && handle->lifetime < keeping->home->lifetime)
		handle->lifetime = keeping->home->lifetime;
}

static bool keep(const struct keeping *keeping, const struct type *type, value original, value *out)
{
	if (type->kind == TYPE_TEXT || type->kind == TYPE_JSON)
		return keep_text(keeping, original.text, out);
	if (type_is_object(type))
		return keep_object(keeping, type, original, out);
	if (type->kind == TYPE_NET && keeping->home->lifetime > LIFETIME_EVENT)
		return keep_net(keeping, original.net, out);
	*out = original;
	if (type_is_handle(type))
		keep_handle(keeping, original.handle);
	return true;
}

bool value_keep_parts(const struct type *type, value original, struct arena *home, value *out)
{
	struct keeping keeping = { .home = home, .enough = home->lifetime };

	return keep(&keeping, type, original, out);
}

bool value_move(const struct type *type, value original, struct arena *home, value *out)
{
	struct keeping keeping = { .home = home, .enough = LIFETIME_PROGRAM };

	return keep(&keeping, type, original, out);
}

static struct list *list_copy(const struct list *list, struct arena *home)
{
	return list_slice(list, 0, list->length, home);
}

static struct map *map_copy(const struct map *map, struct arena *home)
{
	struct map *copy = map_new(map->object.type, home);
	const struct map_entry *entry;
	uint32_t position = 0;

	if (!copy || !map_reserve(copy, map->length))
		return NULL;
	while ((entry = map_next(map, &position)))
		if (!map_put(copy, entry->key, entry->item))
			return NULL;
	return copy;
}

static struct record *record_copy(const struct record *record, struct arena *home)
{
	const struct record_type *type = record->object.type->record;
	struct record *copy = record_allocate(record->object.type, home);

	for (unsigned i = 0; copy && i < type->field_count; i++)
		if (!value_keep(type->fields[i].type, record->fields[i], home, &copy->fields[i]))
			return NULL;
	return copy;
}

/* Whoever owns it is about to change it. */
static void forget_index(struct object *object)
{
	struct list *list = (struct list *)object;

	if (!object->watched)
		return;
	object->watched = false;
	list->ranges = NULL;
	list->searches = 0;
}

struct object *object_own(struct object *object, struct arena *home)
{
	void *copy;

	if (!object->shared && object->home == home) {
		forget_index(object);
		return object;
	}
	if (object->type->kind == TYPE_LIST)
		copy = list_copy((struct list *)object, home);
	else if (object->type->kind == TYPE_MAP)
		copy = map_copy((struct map *)object, home);
	else
		copy = record_copy((struct record *)object, home);
	return copy;
}
