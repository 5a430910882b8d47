/* Functions, variables and events of a program. */
#include "compiler/generate.h"

#include "compiler/generator.h"
#include "compiler/generator_program.h"

enum {
	GROUPS = 10,
	SCRATCH_CAP = 1 << 30,
	CALL_COST = 4,	     /* of a call itself, in instructions */
	CODE_COST_SHARE = 4, /* a call runs about a quarter of its function */
	EXTRA_FUNCTIONS = 2, /* initial values of session and message */
};

/* ---- one function ---- */

static void function_begin(struct generator *g, const struct function *function, bool groups,
			   bool region)
{
	unsigned locals = function ? function->local_count : 0;

	memset(g->held, 0, g->f.most * sizeof(*g->held));
	g->f = (struct function_state){ .function = function,
					.reachable = true,
					.region = region,
					.groups = REGISTER_NONE,
					.result = function ? function->result : &type_void };
	g->f.registers = arena_zeroed(&g->scratch, (locals + STAND_INS) * sizeof(*g->f.registers));
	if (!g->f.registers) {
		g->failed = true;
		return;
	}
	if (function)
		generate_find_whole(g, function);
	for (unsigned i = 0; function && i < function->parameter_count; i++)
		g->f.registers[i] = (int)code_register_new(g);
	if (region)
		code_emit(g, OP_ENTER_REGION, 0, 0, 0);
	if (!groups)
		return;
	g->f.groups = (int)g->f.top;
	for (unsigned i = 0; i < GROUPS; i++)
		code_register_new(g);
	code_emit(g, OP_CLEAR_TEXTS, (unsigned)g->f.groups, GROUPS, 0);
}

/* The checker has seen that every way through a function with a result returns one, as far as it
 * can tell; what it cannot tell must not run on. */
static void function_end(struct generator *g)
{
	unsigned top = g->f.top;

	if (g->f.result->kind == TYPE_VOID) {
		generate_leave_region(g, &type_void, 0);
		code_emit(g, OP_RETURN_VOID, 0, 0, 0);
		return;
	}
	if (!g->f.reachable)
		return;
	constant_load(g, &type_text,
		      (union value){ .text = TEXT("the function ended without a result") },
		      code_register_new(g));
	code_emit(g, OP_THROW_TEXT, top, 0, 0);
}

static const struct type **parameter_types(struct generator *g, const struct function *function)
{
	const struct type **types =
		generate_memory(g, function->parameter_count * sizeof(const struct type *));

	for (unsigned i = 0; types && i < function->parameter_count; i++)
		types[i] = function->locals[i]->type;
	return types;
}

static struct code settle_code(struct generator *g, const char *name, bool hidden)
{
	const struct function *function = g->f.function;
	uint32_t length;

	code_thread_jumps(g);
	length = code_here(g);
	return (struct code){
		.name = name,
		.instructions = generate_settle(g, &g->f.instructions, sizeof(instruction)),
		.ready = generate_memory(g, length * sizeof(instruction)),
		.length = length,
		.cost = CALL_COST + length / CODE_COST_SHARE,
		.registers = (uint16_t)g->f.most,
		.parameters = function ? (uint16_t)function->parameter_count : 0,
		.groups = g->f.groups == REGISTER_NONE ? CODE_NO_GROUPS : (uint16_t)g->f.groups,
		.hidden = hidden,
		.parameter_types = function ? parameter_types(g, function) : NULL,
		.result = g->f.result,
		.lines = generate_settle(g, &g->f.lines, sizeof(struct code_line)),
		.line_count = (uint32_t)g->f.lines.count,
		.statements = generate_settle(g, &g->f.statements, sizeof(struct code_line)),
		.statement_count = (uint32_t)g->f.statements.count,
		.tries = generate_settle(g, &g->f.tries, sizeof(struct code_try)),
		.try_count = (uint32_t)g->f.tries.count,
		.locals = generate_settle(g, &g->f.locals, sizeof(struct code_local)),
		.local_count = (uint32_t)g->f.locals.count,
	};
}

static void note_parameters(struct generator *g, const struct function *function)
{
	for (unsigned i = 0; i < function->parameter_count; i++) {
		struct code_local *row = generate_grow(g, &g->f.locals, sizeof(*row));

		if (row)
			*row = (struct code_local){ .name = function->locals[i]->name,
						    .type = function->locals[i]->type,
						    .to = UINT32_MAX,
						    .reg = (uint16_t)i };
		g->held[i] = function->locals[i]->type;
	}
}

static void generate_body(struct generator *g, const struct function *function, bool region)
{
	function_begin(g, function, function->uses_groups, region);
	note_parameters(g, function);
	code_place(g, function->declaration->name_span);
	generate_block(g, function->declaration->body);
	code_place(g, function->declaration->span);
	function_end(g);
}

/* Once more without a region when it makes nothing, or somebody else may hold that. */
static void generate_function(struct generator *g, const struct function *function)
{
	const char *name = arena_string(g->arena, function->name);
	bool region = generate_fits_region(g, function);

	g->failed |= !name;
	if (!g->failed)
		generate_body(g, function, region);
	if (!g->failed && region && (!g->f.makes || g->f.region_leaks))
		generate_body(g, function, false);
	if (!g->failed)
		g->functions[function->number] = settle_code(g, name, false);
	if (!g->failed)
		generate_literal_chains(g, function->number);
}

static void generate_functions(struct generator *g)
{
	const struct function *function = g->checked->functions;

	for (; function && !g->failed; function = function->next)
		generate_function(g, function);
}

/* ---- functions that no script has written ---- */

static uint16_t add_function(struct generator *g, const char *name)
{
	function_end(g);
	if (g->function_count >= NO_FUNCTION)
		generate_too_large(g, "E0604", "this program has too many functions");
	if (g->failed)
		return NO_FUNCTION;
	g->functions[g->function_count] = settle_code(g, name, true);
	return (uint16_t)g->function_count++;
}

/* A return in one body ends that body only. */
static uint16_t event_function(struct generator *g, unsigned event)
{
	const struct event_body *body = g->checked->events[event];

	if (!body)
		return NO_FUNCTION;
	if (!body->next)
		return (uint16_t)body->function->number;
	function_begin(g, NULL, false, false);
	code_register_new(g);
	for (; body; body = body->next)
		code_emit(g, OP_CALL, 0, body->function->number, 0);
	return add_function(g, event_rows[event].name);
}

static void generate_initial(struct generator *g, const struct global *global)
{
	unsigned from = generate_expression(g, global->initial, REGISTER_NONE);

	code_place(g, global->span);
	code_emit_wide(g, type_needs_keeping(global->type) ? OP_KEEP_GLOBAL : OP_SET_GLOBAL, from,
		       global->slot);
}

static bool is_computed(struct generator *g, const struct global *global)
{
	union value v;

	return global->initial && !constant_value(g, global->initial, &v);
}

static uint16_t start_function(struct generator *g, enum lifetime lifetime)
{
	bool any = false;

	function_begin(g, NULL, true, false);
	for (const struct global *global = g->checked->globals; global; global = global->next) {
		unsigned top = g->f.top;

		if (global->lifetime != lifetime || !is_computed(g, global))
			continue;
		code_place(g, global->span);
		generate_initial(g, global);
		code_registers_free(g, top);
		any = true;
	}
	return any ? add_function(g, "initial values") : NO_FUNCTION;
}

/* ---- variables ---- */

static union value first_value(struct generator *g, const struct global *global)
{
	union value first = { 0 };

	if (global->initial && constant_value(g, global->initial, &first))
		return first;
	if (!value_first(global->type, g->arena, &first))
		g->failed = true;
	else
		constant_share(global->type, first);
	return first;
}

static void generate_globals(struct generator *g, struct program_code *code)
{
	struct code_global *globals =
		generate_memory(g, g->checked->global_count * sizeof(*globals));
	uint32_t *slots = generate_memory(g, g->checked->global_count * sizeof(*slots));
	const struct global *global = g->checked->globals;

	for (; global && !g->failed; global = global->next) {
		bool policy = global->kind == GLOBAL_POLICY;

		code_place(g, global->span);
		globals[global->slot] = (struct code_global){
			.name = arena_string(g->arena, global->name),
			.type = global->type,
			.lifetime = policy ? LIFETIME_EVENT : global->lifetime,
			.first = constant_number(g, global->type, first_value(g, global)),
		};
		g->failed |= !globals[global->slot].name;
		if (policy)
			slots[code->policy_count++] = global->slot;
	}
	code->globals = globals;
	code->global_count = g->checked->global_count;
	code->policy_slots = slots;
}

/* ---- the whole ---- */

static void generate_code(struct generator *g, struct program_code *code)
{
	uint32_t most = g->checked->function_count + EVENT_COUNT + EXTRA_FUNCTIONS;

	if (most >= NO_FUNCTION)
		generate_too_large(g, "E0604", "this program has too many functions");
	g->functions = generate_memory(g, most * sizeof(*g->functions));
	g->function_count = g->checked->function_count;
	generate_globals(g, code);
	g->has_policy_slots = code->policy_count > 0;
	generate_functions(g);
	for (unsigned event = 0; event < EVENT_COUNT && !g->failed; event++)
		code->events[event] = event_function(g, event);
	if (g->failed)
		return;
	code->session_start = start_function(g, LIFETIME_SESSION);
	code->message_start = start_function(g, LIFETIME_MESSAGE);
}

static void settle_tables(struct generator *g, struct program_code *code)
{
	code->functions = g->functions;
	code->function_count = g->function_count;
	code->constants = generate_settle(g, &g->constants, sizeof(union constant_bits));
	code->constant_rows = generate_settle(g, &g->constant_rows, sizeof(struct constant));
	code->constant_count = (uint32_t)g->constants.count;
	code->types = generate_settle(g, &g->types, sizeof(const struct type *));
	code->type_count = (uint32_t)g->types.count;
	code->imports = generate_settle(g, &g->imports, sizeof(struct import));
	code->import_count = (uint32_t)g->imports.count;
	generate_literal_sets(g, code);
	code->error = g->checked->vocabulary->error;
}

struct program *generate(const struct checked_program *checked, struct arena *arena,
			 struct diagnostics *diagnostics)
{
	struct generator g = { .checked = checked, .arena = arena, .diagnostics = diagnostics };
	struct program *program;
	struct program_code *code;

	value_set_length_limit(0); /* of lists of constants, whatever ran before on this thread */
	arena_init(&g.scratch, SCRATCH_CAP, LIFETIME_EVENT);
	program = generate_memory(&g, sizeof(*program));
	code = generate_memory(&g, sizeof(*code));
	if (!g.failed)
		generate_code(&g, code);
	if (!g.failed)
		settle_tables(&g, code);
	if (!g.failed)
		generate_description(&g, program);
	arena_reset(&g.scratch);
	if (g.failed)
		return NULL;
	program->code = code;
	program->has_policy_slots = code->policy_count > 0;
	return program;
}
