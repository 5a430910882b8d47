/* Session and message variables, and the slots of the policy layer. */
#include "vm/state.h"

#include "base/memory.h"

enum { COMPACT_WORTH = 16 * 1024 }; /* an arena smaller than this is left alone */

static value first_value(const struct vm *vm, uint32_t slot)
{
	value first;

	memcpy(&first, &vm->code->constants[vm->code->globals[slot].first], sizeof(first));
	return first;
}

static void forget_exports(const struct vm *vm, value *exported)
{
	if (vm->code->policy_count)
		memset(exported, 0, vm->code->policy_count * sizeof(*exported));
}

void globals_reset(struct vm *vm, enum lifetime lifetime)
{
	for (uint32_t i = 0; i < vm->code->global_count; i++)
		if (vm->code->globals[i].lifetime == lifetime)
			vm->globals[i] = first_value(vm, i);
	if (lifetime == LIFETIME_MESSAGE)
		forget_exports(vm, exported_message(vm));
	if (lifetime == LIFETIME_SESSION)
		forget_exports(vm, exported_session(vm));
}

void globals_begin_event(struct vm *vm)
{
	const struct program_code *code = vm->code;

	for (uint32_t i = 0; i < code->policy_count; i++) {
		value *slot = &vm->globals[code->policy_slots[i]];

		if (exported_message(vm)[i].text.data)
			*slot = exported_message(vm)[i];
		else if (exported_session(vm)[i].text.data)
			*slot = exported_session(vm)[i];
		else
			slot->text = TEXT_EMPTY;
	}
}

static struct arena *home_of(struct vm *vm, enum lifetime lifetime)
{
	if (lifetime == LIFETIME_SESSION)
		return &vm->session;
	return lifetime == LIFETIME_MESSAGE ? vm->services->message : vm->services->event;
}

static bool move_globals(struct vm *vm, struct arena *fresh)
{
	for (uint32_t i = 0; i < vm->code->global_count; i++)
		if (vm->code->globals[i].lifetime == LIFETIME_SESSION &&
		    !value_move(vm->code->globals[i].type, vm->globals[i], fresh, &vm->globals[i]))
			return false;
	for (uint32_t i = 0; i < vm->code->policy_count; i++)
		if (exported_session(vm)[i].text.data &&
		    !value_move(&type_text, exported_session(vm)[i], fresh,
				&exported_session(vm)[i]))
			return false;
	return true;
}

/* Objects name their arena by address, so it is the old one that moves aside. Copies are made from
 * values that stay whole, so that giving up half-way harms nobody. */
static bool retire(struct vm *vm)
{
	struct retired *old = memory_allocate(sizeof(*old));

	if (!old)
		return false;
	*old = (struct retired){ vm->session, vm->retired };
	vm->retired = old;
	arena_init(&vm->session, old->arena.cap, LIFETIME_SESSION);
	if (!move_globals(vm, &vm->session))
		return false;
	vm->session_live = vm->session.used;
	return true;
}

static void free_retired(struct vm *vm)
{
	while (vm->retired) {
		struct retired *old = vm->retired;

		vm->retired = old->older;
		arena_reset(&old->arena);
		memory_free(old);
	}
}

static size_t retired_bytes(const struct vm *vm)
{
	size_t bytes = 0;

	for (const struct retired *old = vm->retired; old; old = old->older)
		bytes += old->arena.used;
	return bytes;
}

/* What a handler reassigns again and again fills the session's arena with waste. What still looks
 * into the old arena keeps it until the message ends; that much counts as the message's. */
static bool make_session_room(struct vm *vm)
{
	if (vm->session.used < COMPACT_WORTH || vm->session.used < 2 * vm->session_live ||
	    (int64_t)retired_bytes(vm) > vm->services->limits[LIMIT_messageMemory])
		return false;
	return retire(vm);
}

void globals_compact(struct vm *vm)
{
	bool worth = vm->session.used >= COMPACT_WORTH && vm->session.used >= 2 * vm->session_live;

	/* Values that were kept from a retired arena without a copy may stand in globals again. */
	if (!vm->retired && !worth)
		return;
	if (retire(vm))
		free_retired(vm);
}

void globals_free(struct vm *vm)
{
	arena_reset(&vm->session);
	free_retired(vm);
}

static bool holds_handle(const struct type *type)
{
	if (type->kind == TYPE_LIST || type->kind == TYPE_MAP)
		return holds_handle(type->element);
	for (unsigned i = 0; type->kind == TYPE_RECORD && i < type->record->field_count; i++)
		if (holds_handle(type->record->fields[i].type))
			return true;
	return type_is_handle(type);
}

void vm_copy_variables(struct vm *to, const struct vm *from)
{
	if (to->code->global_count != from->code->global_count)
		return;
	for (uint32_t i = 0; i < to->code->global_count; i++) {
		const struct code_global *global = &to->code->globals[i];

		if (strcmp(global->name, from->code->globals[i].name) == 0 &&
		    global->lifetime != LIFETIME_EVENT && !holds_handle(global->type))
			value_move(global->type, from->globals[i], &to->session, &to->globals[i]);
	}
}

enum call_result globals_keep(struct vm *vm, uint32_t slot, value v)
{
	const struct code_global *global = &vm->code->globals[slot];
	struct arena *home = home_of(vm, global->lifetime);
	value kept;

	/* Storing back what was changed in place is no second use of it. */
	if (type_is_object(global->type) && vm->globals[slot].pointer == v.pointer)
		return CALL_DONE;
	if (!value_keep(global->type, v, home, &kept) &&
	    !(home == &vm->session && make_session_room(vm) &&
	      value_keep(global->type, v, home, &kept)))
		return failure_limit(vm, failure_memory_limit(global->lifetime));
	vm->globals[slot] = kept;
	return CALL_DONE;
}

enum call_result globals_append(struct vm *vm, uint32_t slot, struct text more)
{
	const struct code_global *global = &vm->code->globals[slot];
	struct arena *home = home_of(vm, global->lifetime);
	value texts[2] = { vm->globals[slot], { .text = more } };
	value joined;
	enum call_result result = texts_join(vm, home, texts, 2, &joined.text);

	if (result == CALL_LIMIT && vm->failure.which == LIMIT_sessionMemory &&
	    make_session_room(vm)) {
		vm->failure.limit = false;
		texts[0] = vm->globals[slot];
		result = texts_join(vm, home, texts, 2, &joined.text);
	}
	return result == CALL_DONE ? globals_keep(vm, slot, joined) : result;
}

enum call_result globals_own(struct vm *vm, uint32_t slot, value *owned)
{
	enum lifetime lifetime = vm->code->globals[slot].lifetime;
	struct arena *home = home_of(vm, lifetime);
	struct object *own = object_own(vm->globals[slot].pointer, home);

	if (!own && home == &vm->session && make_session_room(vm))
		own = object_own(vm->globals[slot].pointer, home);
	if (!own)
		return failure_limit(vm, failure_memory_limit(lifetime));
	vm->globals[slot].pointer = owned->pointer = own;
	return CALL_DONE;
}

static uint32_t policy_number(const struct vm *vm, uint32_t slot)
{
	uint32_t number = 0;

	while (vm->code->policy_slots[number] != slot)
		number++;
	return number;
}

enum call_result globals_export(struct vm *vm, uint32_t slot)
{
	bool session = vm->event <= EVENT_onEhlo;
	struct arena *home = session ? &vm->session : vm->services->message;
	value *exported = session ? exported_session(vm) : exported_message(vm);
	value kept;

	if (!value_keep(&type_text, vm->globals[slot], home, &kept) &&
	    !(session && make_session_room(vm) &&
	      value_keep(&type_text, vm->globals[slot], home, &kept)))
		return failure_limit(vm, session ? LIMIT_sessionMemory : LIMIT_messageMemory);
	if (!kept.text.data)
		kept.text = TEXT_EMPTY;
	exported[policy_number(vm, slot)] = kept;
	return CALL_DONE;
}
