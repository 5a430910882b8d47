/* A program takes the place of another one while a session goes on: for interactive use. */
#include "vm/state.h"

#include <string.h>

/* Types of two programs: of the same shape, names of records included. Bounded as values are. */
static bool same_type(const struct type *a, const struct type *b)
{
	if (a == b || !a || !b)
		return a == b;
	if (a->kind != b->kind || !same_type(a->element, b->element) || !same_type(a->key, b->key))
		return false;
	if (!a->record || !b->record)
		return a->record == b->record;
	if (strcmp(a->record->name, b->record->name) != 0 ||
	    a->record->field_count != b->record->field_count)
		return false;
	for (unsigned i = 0; i < a->record->field_count; i++)
		if (strcmp(a->record->fields[i].name, b->record->fields[i].name) != 0 ||
		    !same_type(a->record->fields[i].type, b->record->fields[i].type))
			return false;
	return true;
}

static const struct code_global *find_same(const struct program_code *code,
					   const struct code_global *wanted)
{
	for (uint32_t i = 0; i < code->global_count; i++) {
		const struct code_global *global = &code->globals[i];

		if (strcmp(global->name, wanted->name) == 0 &&
		    global->lifetime == wanted->lifetime && same_type(global->type, wanted->type))
			return global;
	}
	return NULL;
}

static struct arena *home_of(struct vm *vm, enum lifetime lifetime)
{
	return lifetime == LIFETIME_SESSION ? &vm->session : vm->services->message;
}

/* Copies: what the old session's arena holds is about to go. */
static bool inherit_globals(struct vm *heir, const struct vm *old)
{
	for (uint32_t i = 0; i < heir->code->global_count; i++) {
		const struct code_global *global = &heir->code->globals[i];
		const struct code_global *source = find_same(old->code, global);
		struct arena *home = home_of(heir, global->lifetime);

		if (source && global->lifetime != LIFETIME_EVENT &&
		    !value_move(global->type, old->globals[source - old->code->globals], home,
				&heir->globals[i]))
			return false;
	}
	return true;
}

static bool inherit_exports(struct vm *heir, struct vm *old)
{
	for (uint32_t i = 0; i < heir->code->policy_count; i++) {
		const char *name = heir->code->globals[heir->code->policy_slots[i]].name;

		for (uint32_t k = 0; k < old->code->policy_count; k++) {
			if (strcmp(old->code->globals[old->code->policy_slots[k]].name, name) != 0)
				continue;
			if (exported_session(old)[k].text.data &&
			    !value_move(&type_text, exported_session(old)[k], &heir->session,
					&exported_session(heir)[i]))
				return false;
			exported_message(heir)[i] = exported_message(old)[k];
		}
	}
	return true;
}

struct vm *vm_succeed(struct vm *old, const struct program *program,
		      const struct vm_services *services, const struct vm_natives *natives)
{
	struct vm *heir = vm_new(program, services, natives);

	if (!heir || !inherit_globals(heir, old) || !inherit_exports(heir, old)) {
		vm_free(heir);
		return NULL;
	}
	heir->handles = old->handles;
	old->handles = NULL;
	vm_free(old);
	return heir;
}
