#include "vm/state.h"

#include "base/memory.h"

static void handle_free(struct handle *handle)
{
	if (handle->state)
		handle->close(handle);
	memory_free(handle);
}

static bool outlives(const struct handle *handle, enum lifetime lifetime)
{
	return handle->lifetime > lifetime;
}

void handles_close(struct vm *vm, enum lifetime lifetime)
{
	struct handle **link = &vm->handles;

	while (*link) {
		struct handle *handle = *link;

		if (outlives(handle, lifetime)) {
			link = &handle->next;
			continue;
		}
		*link = handle->next;
		handle_free(handle);
	}
}

static void mark(const struct type *type, value v);

static void mark_map(const struct map *map)
{
	const struct map_entry *entry;
	uint32_t position = 0;

	while ((entry = map_next(map, &position)))
		mark(map->object.type->element, entry->item);
}

static bool may_hold_handle(const struct type *type)
{
	return type_is_handle(type) || type_is_object(type);
}

/* Depth is bounded by the type, which value_keep has let in. */
static void mark(const struct type *type, value v)
{
	if (type_is_handle(type) && v.handle)
		v.handle->marked = true;
	else if (type->kind == TYPE_LIST && may_hold_handle(type->element))
		for (uint32_t i = 0; i < v.list->length; i++)
			mark(type->element, v.list->items[i]);
	else if (type->kind == TYPE_MAP && may_hold_handle(type->element))
		mark_map(v.map);
	else if (type->kind == TYPE_RECORD)
		for (unsigned i = 0; i < type->record->field_count; i++)
			mark(type->record->fields[i].type, v.record->fields[i]);
}

static void mark_globals(const struct vm *vm)
{
	for (uint32_t i = 0; i < vm->code->global_count; i++)
		if (vm->code->globals[i].lifetime == LIFETIME_SESSION)
			mark(vm->code->globals[i].type, vm->globals[i]);
}

void handles_sweep(struct vm *vm)
{
	if (!vm->handles)
		return;
	for (struct handle *handle = vm->handles; handle; handle = handle->next)
		handle->marked = false;
	mark_globals(vm);
	for (struct handle *handle = vm->handles; handle; handle = handle->next)
		if (!handle->marked)
			handle->lifetime = LIFETIME_EVENT;
	handles_close(vm, LIFETIME_EVENT);
}

unsigned handles_open(const struct vm *vm)
{
	unsigned open = 0;

	for (const struct handle *handle = vm->handles; handle; handle = handle->next)
		open += handle->state != NULL;
	return open;
}

/* Handles that a script closed by itself are still linked until their lifetime ends; so that a loop
 * of connect and close cannot pile them up, their number is bounded too. */
enum { CLOSED_MAX = 1000 };

static bool too_many(const struct vm *vm)
{
	int64_t limit = vm->services->limits[LIMIT_sockets];
	int64_t linked = 0;

	for (const struct handle *handle = vm->handles; handle; handle = handle->next)
		linked++;
	return handles_open(vm) >= limit || linked >= limit + CLOSED_MAX;
}

struct handle *call_new_handle(struct call *call, enum type_kind kind, void *state,
			       void (*close)(struct handle *))
{
	struct vm *vm = call->vm;
	struct handle *handle;

	if (too_many(vm))
		return NULL;
	handle = memory_allocate(sizeof(*handle));
	if (!handle)
		return NULL;
	*handle = (struct handle){ .kind = kind,
				   .lifetime = LIFETIME_EVENT,
				   .close = close,
				   .state = state,
				   .next = vm->handles };
	vm->handles = handle;
	return handle;
}
