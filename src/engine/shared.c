/* Shared variables of programs: where they live, and under which name. */
#include "base/memory.h"
#include "engine/program.h"
#include "vm/encode.h"

#include <stdio.h>

enum { STORE_NAME_MAX = 512 };

struct afsl_shared {
	atomic_uint references;
	struct shared *variables;
	bool kept; /* in stores of all kinds; else in memory, whatever a script says */
	char store[STORE_NAME_MAX]; /* of what does not say where it is kept */
};

bool afsl_shared_keep(struct afsl_shared *space, const char *folder, const char *store)
{
	space->kept = true;
	return shared_set_folder(folder) && snprintf(space->store, sizeof(space->store), "%s",
						     store ? store : "") < STORE_NAME_MAX;
}

struct afsl_shared *afsl_shared_new(void)
{
	struct afsl_shared *space = memory_zeroed(1, sizeof(*space));

	if (!space)
		return NULL;
	atomic_init(&space->references, 1);
	space->variables = shared_new();
	if (space->variables)
		return space;
	memory_free(space);
	return NULL;
}

static struct afsl_shared *keep(struct afsl_shared *space)
{
	atomic_fetch_add_explicit(&space->references, 1, memory_order_relaxed);
	return space;
}

void afsl_shared_release(struct afsl_shared *space)
{
	if (!space || atomic_fetch_sub_explicit(&space->references, 1, memory_order_acq_rel) != 1)
		return;
	shared_free(space->variables);
	memory_free(space);
}

static enum shared_kind kind_of(const struct type *type)
{
	switch (type->kind) {
	case TYPE_COUNTER:
		return SHARED_COUNTER;
	case TYPE_RATE:
		return SHARED_RATE;
	default:
		return SHARED_CACHE;
	}
}

/* What is wrong with where it would be kept is said also where it is not. */
static bool find_store(const struct afsl_shared *space, const struct program_shared *one,
		       const char **store, const char **fault)
{
	struct text written;

	*store = *one->store ? one->store : space->store;
	*fault = NULL;
	written = text_of_string(*store, LIFETIME_PROGRAM);
	if (**store && (*fault = shared_store_fault(written)) != NULL)
		return false;
	if (!space->kept)
		*store = "";
	return **store == '\0' || shared_store_load(written, fault);
}

static struct shared_variable *open_variable(const struct afsl_shared *space,
					     const struct program_shared *one, const char **fault)
{
	struct buffer name, shape;
	struct shared_settings settings = { .kind = kind_of(one->type),
					    .time = one->time,
					    .max = one->max,
					    .memory = one->memory };
	struct shared_variable *variable = NULL;

	if (!find_store(space, one, &settings.store, fault))
		return NULL;
	*fault = "there is no memory for it";
	buffer_init(&name, BUFFER_CAP_DEFAULT);
	buffer_init(&shape, BUFFER_CAP_DEFAULT);
	buffer_printf(&name, "%s: %s%c", one->source, one->name, '\0');
	type_print_shape(one->type, &shape);
	buffer_append_byte(&shape, '\0');
	if (!name.failed && !shape.failed) {
		settings.name = name.data;
		settings.shape = shape.data;
		variable = shared_open(space->variables, &settings, fault);
	}
	buffer_free(&name);
	buffer_free(&shape);
	return variable;
}

bool program_open_shared(struct afsl_program *program, struct afsl_shared *space,
			 struct diagnostics *diagnostics)
{
	const struct program *code = program->program;
	const char *fault = NULL;

	if (code->shared_count == 0)
		return true;
	program->space = space ? keep(space) : afsl_shared_new();
	program->shared = memory_zeroed(code->shared_count, sizeof(struct shared_variable *));
	if (!program->space || !program->shared) {
		diagnostics_report(diagnostics, "E0531", code->shared[0].span,
				   "there is no memory for shared variables");
		return false;
	}
	for (unsigned i = 0; i < code->shared_count; i++) {
		program->shared[i] = open_variable(program->space, &code->shared[i], &fault);
		if (program->shared[i])
			continue;
		diagnostics_report(diagnostics, "E0531", code->shared[i].span,
				   "the shared variable %s cannot be made: %s",
				   code->shared[i].name, fault);
		return false;
	}
	return true;
}

void program_close_shared(struct afsl_program *program)
{
	for (unsigned i = 0;
	     program->space && program->shared && i < program->program->shared_count; i++)
		shared_close(program->space->variables, program->shared[i]);
	memory_free(program->shared);
	afsl_shared_release(program->space);
}
