/* Module map. Maps that are changed have been made the caller's own before the call. */
#include "builtins/answer.h"
#include "builtins/builtins.h"

static struct map *argument_map(const struct call *call)
{
	return call->arguments[0].map;
}

/* What hashing and comparing a key takes. */
static enum call_result charge_key(struct call *call)
{
	const struct type *type = argument_map(call)->object.type->key;

	return call_charge(call, type->kind == TYPE_TEXT ? call->arguments[1].text.length : 0);
}

enum call_result builtin_map_length(struct call *call)
{
	return answer_int(call, argument_map(call)->length);
}

enum call_result builtin_map_isEmpty(struct call *call)
{
	return answer_bool(call, argument_map(call)->length == 0);
}

enum call_result builtin_map_get(struct call *call)
{
	const struct map *map = argument_map(call);
	enum call_result charged = charge_key(call);
	const value *found;

	if (charged != CALL_DONE)
		return charged;
	found = map_find(map, call->arguments[1]);
	*call->result = found ? *found : call->arguments[2];
	return CALL_DONE;
}

enum call_result builtin_map_has(struct call *call)
{
	enum call_result charged = charge_key(call);

	if (charged != CALL_DONE)
		return charged;
	return answer_bool(call, map_find(argument_map(call), call->arguments[1]) != NULL);
}

enum call_result builtin_map_contains(struct call *call)
{
	return builtin_map_has(call);
}

static enum call_result put(struct call *call, struct map *map, value key, value item)
{
	return map_put(map, key, item) ? CALL_DONE : refuse_growth(call, map->length);
}

enum call_result builtin_map_put(struct call *call)
{
	enum call_result charged = charge_key(call);

	if (charged != CALL_DONE)
		return charged;
	return put(call, argument_map(call), call->arguments[1], call->arguments[2]);
}

enum call_result builtin_map_remove(struct call *call)
{
	enum call_result charged = charge_key(call);

	if (charged != CALL_DONE)
		return charged;
	return answer_bool(call, map_remove(argument_map(call), call->arguments[1]));
}

enum call_result builtin_map_merge(struct call *call)
{
	struct map *map = argument_map(call);
	const struct map *more = call->arguments[1].map;
	enum call_result result = call_begin(call, (size_t)more->filled * sizeof(*more->entries));
	const struct map_entry *entry;
	uint32_t position = 0;

	while (result == CALL_DONE && (entry = map_next(more, &position)))
		result = put(call, map, entry->key, entry->item);
	return result;
}

enum call_result builtin_map_clear(struct call *call)
{
	struct map *map = argument_map(call);

	map->length = map->filled = 0;
	if (map->index)
		memset(map->index, 0, ((size_t)map->index_mask + 1) * sizeof(*map->index));
	return CALL_DONE;
}

static enum call_result answer_parts(struct call *call, bool keys)
{
	const struct map *map = argument_map(call);
	enum call_result result = call_begin(call, (size_t)map->filled * sizeof(*map->entries));
	const struct map_entry *entry;
	struct list *list = NULL;
	uint32_t position = 0;

	if (result == CALL_DONE)
		list = answer_list(call, map->length, &result);
	while (result == CALL_DONE && (entry = map_next(map, &position)))
		result = list_add(call, list, keys ? entry->key : entry->item);
	return result;
}

enum call_result builtin_map_keys(struct call *call)
{
	return answer_parts(call, true);
}

enum call_result builtin_map_values(struct call *call)
{
	return answer_parts(call, false);
}
