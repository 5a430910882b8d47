/* Operations on lists, maps and records, and ownership on the way to a place. */
#include "vm/state.h"

static enum call_result no_memory(struct vm *vm, const struct object *object)
{
	return failure_limit(vm, failure_memory_limit(object->home->lifetime));
}

/* Why a list or map could not take one more. */
static enum call_result no_room(struct vm *vm, const struct object *object, uint32_t length)
{
	if (length >= value_length_limit())
		return failure_limit(vm, LIMIT_listLength);
	return no_memory(vm, object);
}

/* ---- making ---- */

static enum call_result extend_list(struct vm *vm, struct list *list, const value *items,
				    unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!list_push(list, items[i]))
			return no_room(vm, &list->object, list->length);
	return CALL_DONE;
}

enum call_result operate_new_list(struct vm *vm, value *r, instruction i)
{
	const struct type *type = vm->code->types[instruction_b(i)];
	unsigned count = instruction_c(i);
	struct list *list = list_new(type, count, vm->services->event);

	if (!list)
		return failure_limit(vm, LIMIT_eventMemory);
	register_a(r, i)->list = list;
	return extend_list(vm, list, register_a(r, i) + 1, count);
}

enum call_result operate_extend_list(struct vm *vm, value *r, instruction i)
{
	return extend_list(vm, register_a(r, i)->list, register_a(r, i) + 1, instruction_b(i));
}

static enum call_result extend_map(struct vm *vm, struct map *map, const value *pairs,
				   unsigned count)
{
	for (unsigned i = 0; i < count; i++, pairs += 2)
		if (!map_put(map, pairs[0], pairs[1]))
			return no_room(vm, &map->object, map->length);
	return CALL_DONE;
}

enum call_result operate_new_map(struct vm *vm, value *r, instruction i)
{
	struct map *map = map_new(vm->code->types[instruction_b(i)], vm->services->event);

	if (!map)
		return failure_limit(vm, LIMIT_eventMemory);
	register_a(r, i)->map = map;
	return extend_map(vm, map, register_a(r, i) + 1, instruction_c(i));
}

enum call_result operate_extend_map(struct vm *vm, value *r, instruction i)
{
	return extend_map(vm, register_a(r, i)->map, register_a(r, i) + 1, instruction_b(i));
}

enum call_result operate_new_record(struct vm *vm, value *r, instruction i)
{
	const struct type *type = vm->code->types[instruction_b(i)];
	struct record *record = record_allocate(type, vm->services->event);
	const value *fields = register_a(r, i) + 1;

	if (!record)
		return failure_limit(vm, LIMIT_eventMemory);
	for (unsigned n = 0; n < type->record->field_count; n++) {
		value_share(type->record->fields[n].type, fields[n]);
		record->fields[n] = fields[n];
	}
	register_a(r, i)->record = record;
	return CALL_DONE;
}

/* ---- reading and changing ---- */

static enum call_result wrong_index(struct vm *vm, const struct list *list, int64_t index)
{
	return failure_raise(vm, "index", "element %lld of a list of %u", (long long)index,
			     list->length);
}

enum call_result operate_index_wrong(struct vm *vm, value *r, instruction i)
{
	return wrong_index(vm, register_b(r, i)->list, register_c(r, i)->i);
}

/* Values are kept where the object lives. */
enum call_result operate_set_element(struct vm *vm, value *r, instruction i)
{
	struct list *list = register_a(r, i)->list;
	int64_t index = register_b(r, i)->i;

	if (index < 0 || index >= list->length)
		return wrong_index(vm, list, index);
	if (!list_set(list, (uint32_t)index, *register_c(r, i)))
		return no_memory(vm, &list->object);
	return CALL_DONE;
}

enum call_result operate_list_push(struct vm *vm, value *r, instruction i)
{
	struct list *list;
	enum call_result owned = operate_own(vm, r, i);

	if (owned != CALL_DONE || budget_charge(vm, 1) != CALL_DONE)
		return owned != CALL_DONE ? owned : CALL_LIMIT;
	list = register_a(r, i)->list;
	if (!list_push(list, *register_b(r, i)))
		return no_room(vm, &list->object, list->length);
	return CALL_DONE;
}

static enum call_result wrong_key(struct vm *vm, const struct map *map, value key)
{
	char printed[80];
	struct buffer out = { .data = printed, .room = sizeof(printed), .cap = sizeof(printed) };

	if (map->object.type->key->kind == TYPE_TEXT)
		buffer_append_visible(&out, key.text, 15); /* \xHH each */
	else
		value_print(map->object.type->key, key, &out);
	return failure_raise(vm, "key", "no entry for \"%.*s\"", TEXT_PRINTF(buffer_text(&out)));
}

static enum call_result charge_key(struct vm *vm, const struct map *map, value key)
{
	if (map->object.type->key->kind != TYPE_TEXT)
		return CALL_DONE;
	return budget_charge(vm, key.text.length / 16);
}

enum call_result operate_get_entry(struct vm *vm, value *r, instruction i)
{
	const struct map *map = register_b(r, i)->map;
	value key = *register_c(r, i);
	const value *found;

	if (charge_key(vm, map, key) != CALL_DONE)
		return CALL_LIMIT;
	found = map_find(map, key);
	if (!found)
		return wrong_key(vm, map, key);
	*register_a(r, i) = *found;
	return CALL_DONE;
}

enum call_result operate_set_entry(struct vm *vm, value *r, instruction i)
{
	struct map *map = register_a(r, i)->map;

	if (charge_key(vm, map, *register_b(r, i)) != CALL_DONE)
		return CALL_LIMIT;
	if (!map_put(map, *register_b(r, i), *register_c(r, i)))
		return no_room(vm, &map->object, map->length);
	return CALL_DONE;
}

enum call_result operate_set_field(struct vm *vm, value *r, instruction i)
{
	struct record *record = register_a(r, i)->record;

	if (!record_set(record, instruction_b(i), *register_c(r, i)))
		return no_memory(vm, &record->object);
	return CALL_DONE;
}

/* ---- looking for ---- */

/* value_equals_within takes from the budget as it goes. */
enum call_result operate_in_list(struct vm *vm, value *r, instruction i)
{
	const struct list *list = register_c(r, i)->list;
	value wanted = *register_b(r, i);
	bool found = false;

	for (uint32_t n = 0; n < list->length && !found; n++) {
		found = value_equals_within(list->object.type->element, list->items[n], wanted,
					    &vm->budget);
		if (vm->budget < 0) {
			if (budget_slice(vm) != CALL_DONE)
				return CALL_LIMIT;
			found = value_equals(list->object.type->element, list->items[n], wanted);
		}
	}
	register_a(r, i)->i = found;
	return CALL_DONE;
}

enum call_result operate_equals(struct vm *vm, value *r, instruction i)
{
	const value *both = register_b(r, i);
	int64_t left = vm->budget + vm->reserve;
	int64_t before = left;

	register_a(r, i)->i =
		value_equals_within(vm->code->types[instruction_c(i)], both[0], both[1], &left);
	return budget_charge(vm, before - left);
}

/* ---- ownership ---- */

/* Copying an object takes its length from the budget. */
static enum call_result own(struct vm *vm, value *place, struct arena *home)
{
	/* Only a program that the compiler did not make gets here with a constant's part. */
	struct object *owned =
		home->lifetime == LIFETIME_PROGRAM ? NULL : object_own(place->pointer, home);

	if (!owned)
		return no_memory(vm, &(struct object){ .home = home });
	if (owned == place->pointer)
		return CALL_DONE;
	place->pointer = owned;
	if (owned->type->kind == TYPE_LIST)
		return budget_charge(vm, ((struct list *)owned)->length / 2);
	if (owned->type->kind == TYPE_MAP)
		return budget_charge(vm, ((struct map *)owned)->length);
	return CALL_DONE;
}

enum call_result operate_own(struct vm *vm, value *r, instruction i)
{
	return own(vm, register_a(r, i), vm->services->event);
}

enum call_result operate_own_element(struct vm *vm, value *r, instruction i)
{
	struct list *list = register_b(r, i)->list;
	int64_t index = register_c(r, i)->i;
	value *place;

	if (index < 0 || index >= list->length)
		return wrong_index(vm, list, index);
	place = &list->items[index];
	if (own(vm, place, list->object.home) != CALL_DONE)
		return CALL_LIMIT;
	*register_a(r, i) = *place;
	return CALL_DONE;
}

enum call_result operate_own_entry(struct vm *vm, value *r, instruction i)
{
	struct map *map = register_b(r, i)->map;
	value *place = map_find(map, *register_c(r, i));

	if (!place)
		return wrong_key(vm, map, *register_c(r, i));
	if (own(vm, place, map->object.home) != CALL_DONE)
		return CALL_LIMIT;
	*register_a(r, i) = *place;
	return CALL_DONE;
}

enum call_result operate_own_field(struct vm *vm, value *r, instruction i)
{
	struct record *record = register_b(r, i)->record;
	value *place = &record->fields[instruction_c(i)];

	if (own(vm, place, record->object.home) != CALL_DONE)
		return CALL_LIMIT;
	*register_a(r, i) = *place;
	return CALL_DONE;
}
