#include "cli/import_lists.h"

#include "base/hash.h"
#include "base/memory.h"

void import_lists_init(struct import_lists *lists)
{
	*lists = (struct import_lists){ .count = 0 };
	arena_init(&lists->arena, (size_t)64 << 20, LIFETIME_PROGRAM);
}

void import_lists_free(struct import_lists *lists)
{
	arena_reset(&lists->arena);
	memory_free(lists->items);
	memory_free(lists->slots);
}

/* The slot of the name, or the free one where it would stand; there always is one. */
static uint32_t *slot_of(const struct import_lists *lists, struct text name)
{
	uint32_t mask = lists->slot_count - 1;
	uint32_t at = (uint32_t)hash_bytes(name.data, name.length) & mask;

	while (lists->slots[at] && !text_equals(lists->items[lists->slots[at] - 1].name, name))
		at = (at + 1) & mask;
	return &lists->slots[at];
}

struct import_list *import_lists_find(const struct import_lists *lists, struct text name)
{
	uint32_t number = lists->slot_count ? *slot_of(lists, name) : 0;

	return number ? &lists->items[number - 1] : NULL;
}

/* Half of the slots stay free. */
static bool widen(struct import_lists *lists)
{
	uint32_t room = lists->room ? lists->room * 2 : 64;
	struct import_list *items = memory_resize(lists->items, room * sizeof(*items));
	uint32_t *slots = memory_zeroed((size_t)room * 2, sizeof(*slots));

	if (items)
		lists->items = items;
	if (!items || !slots) {
		memory_free(slots);
		return false;
	}
	memory_free(lists->slots);
	lists->slots = slots;
	lists->slot_count = room * 2;
	lists->room = room;
	for (uint32_t i = 0; i < lists->count; i++)
		*slot_of(lists, lists->items[i].name) = i + 1;
	return true;
}

void import_lists_add(struct import_lists *lists, struct text name, size_t at)
{
	bool ok = lists->count < lists->room || widen(lists);

	if (ok)
		name = arena_copy(&lists->arena, name, &ok);
	if (!ok) {
		lists->failed = true;
		return;
	}
	lists->items[lists->count++] = (struct import_list){ .name = name, .at = at };
	*slot_of(lists, name) = lists->count;
}

void import_lists_name(struct import_lists *lists, struct import_list *list)
{
	if (list->named)
		return;
	list->named = true;
	list->next = lists->named;
	lists->named = list;
}

void import_lists_settle(struct import_lists *lists, bool stands)
{
	for (struct import_list *list = lists->named; list; list = list->next) {
		list->named = false;
		list->used |= stands;
	}
	lists->named = NULL;
}
