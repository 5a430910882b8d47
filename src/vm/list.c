#include "vm/value.h"

struct list *list_new(const struct type *type, uint32_t room, struct arena *home)
{
	struct list *list;

	if (room > value_length_limit())
		return NULL;
	list = arena_allocate(home, sizeof(*list));
	if (!list)
		return NULL;
	*list = (struct list){ .object = { .type = type, .home = home } };
	return list_reserve(list, room) ? list : NULL;
}

bool list_reserve(struct list *list, uint32_t room)
{
	value *items;

	if (room <= list->room)
		return true;
	if (room > value_length_limit())
		return false;
	items = arena_allocate(list->object.home, (size_t)room * sizeof(*items));
	if (!items)
		return false;
	if (list->length)
		memcpy(items, list->items, (size_t)list->length * sizeof(*items));
	list->items = items;
	list->room = room;
	return true;
}

static bool list_grow(struct list *list)
{
	uint32_t limit = value_length_limit();
	uint32_t room = list->room < 4 ? 4 : list->room;

	if (list->length >= limit)
		return false;
	/* The tail of an arena grows where it stands. */
	if (list->room && list->room <= limit / 2 && arena_extend(list->object.home, (char *)(list->items + list->room),
				       (size_t)list->room * sizeof(*list->items))) {
		list->room *= 2;
		return true;
	}
	return list_reserve(list, room > limit / 2 ? limit : room * 2);
}

bool list_push(struct list *list, value item)
{
	value kept;

	if (list->object.shared || list->length >= value_length_limit())
		return false;
	if (!value_keep(list->object.type->element, item, list->object.home, &kept))
		return false;
	if (list->length == list->room && !list_grow(list))
		return false;
	list->items[list->length++] = kept;
	return true;
}

/* Storing back what was changed in place is no second use of it. */
static bool replace(const struct type *type, value *slot, value item, struct arena *home)
{
	if (type_is_object(type) && slot->pointer == item.pointer)
		return true;
	return value_keep(type, item, home, slot);
}

bool list_set(struct list *list, uint32_t index, value item)
{
	return !list->object.shared &&
	       replace(list->object.type->element, &list->items[index], item, list->object.home);
}

struct list *list_slice(const struct list *list, uint32_t from, uint32_t to, struct arena *home)
{
	struct list *copy = list_new(list->object.type, to - from, home);

	for (uint32_t i = from; copy && i < to; i++)
		if (!list_push(copy, list->items[i]))
			return NULL;
	return copy;
}

struct record *record_allocate(const struct type *type, struct arena *home)
{
	size_t size = type->record->field_count * sizeof(value);
	struct record *record = arena_allocate(home, sizeof(*record) + size);

	if (record)
		record->object = (struct object){ .type = type, .home = home };
	return record;
}

struct record *record_new(const struct type *type, struct arena *home)
{
	struct record *record = record_allocate(type, home);

	for (unsigned i = 0; record && i < type->record->field_count; i++)
		if (!value_first(type->record->fields[i].type, home, &record->fields[i]))
			return NULL;
	return record;
}

bool record_set(struct record *record, uint32_t field, value item)
{
	return !record->object.shared && replace(record->object.type->record->fields[field].type,
						 &record->fields[field], item, record->object.home);
}
