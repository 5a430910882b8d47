/* Calls of functions and builtins. */
#include "compiler/generator.h"

static unsigned finish_call(struct generator *g, unsigned window, unsigned result, int target)
{
	code_registers_free(g, window);
	if (target != REGISTER_NONE)
		return (unsigned)target;
	return result == window ? code_register_new(g) : result;
}

/* The callee's registers begin at the window: its arguments are there already. */
unsigned generate_function_call(struct generator *g, const struct expression *e, int target)
{
	unsigned window = g->f.top;
	unsigned result = target == REGISTER_NONE ? window : (unsigned)target;

	for (unsigned i = 0; i < e->arguments.count; i++)
		generate_copy(g, e->arguments.items[i].value, code_register_new(g));
	if (e->arguments.count == 0)
		code_register_new(g);
	code_place(g, e->span);
	code_emit(g, OP_CALL, result, e->function->number, window);
	g->f.makes |= !type_is_plain(e->type);
	return finish_call(g, window, result, target);
}

/* ---- builtins ---- */

/* The most frequent ones have an opcode. */
static bool length_opcode(enum builtin_id id, enum opcode *op)
{
	switch (id) {
	case BUILTIN_text_length:
		*op = OP_TEXT_LENGTH;
		return true;
	case BUILTIN_list_length:
		*op = OP_LIST_LENGTH;
		return true;
	case BUILTIN_map_length:
		*op = OP_MAP_LENGTH;
		return true;
	default:
		return false;
	}
}

static unsigned generate_length(struct generator *g, const struct expression *e, enum opcode op,
				int target)
{
	unsigned top = g->f.top, result;
	unsigned from = generate_expression(g, e->arguments.items[0].value, REGISTER_NONE);

	code_registers_free(g, top);
	result = target == REGISTER_NONE ? code_register_new(g) : (unsigned)target;
	code_emit(g, op, result, from, 0);
	return result;
}

static uint32_t builtin_import(struct generator *g, const struct expression *e)
{
	const struct type *types[SIGNATURE_PARAMETERS_MAX];
	const struct signature *signature = &g->checked->vocabulary->builtins[e->builtin];
	struct import import = { .kind = IMPORT_BUILTIN,
				 .id = e->builtin,
				 .argument_count = e->arguments.count,
				 .argument_types = types,
				 .result = signature->result->kind == TYPE_VOID ? &type_void
										: e->type,
				 .changes = signature->count && signature->parameters[0].inout };

	for (unsigned i = 0; i < e->arguments.count && i < SIGNATURE_PARAMETERS_MAX; i++)
		types[i] = e->arguments.items[i].value->type;
	memcpy(import.type_arguments, e->type_arguments, sizeof(import.type_arguments));
	return import_number(g, &import);
}

static void emit_builtin(struct generator *g, const struct expression *e, unsigned result,
			 unsigned window)
{
	code_place(g, e->span);
	code_emit(g, OP_CALL_BUILTIN, result, builtin_import(g, e), window);
	g->f.makes |= !type_is_plain(e->type);
	if (builtin_rows[e->builtin].never_returns)
		code_emit(g, OP_END_EVENT, 0, 0, 0);
	else if (type_is_object(e->type)) /* it may be part of an argument */
		code_emit(g, OP_SHARE, result, 0, 0);
}

static unsigned plain_builtin(struct generator *g, const struct expression *e, int target)
{
	unsigned window = g->f.top;
	unsigned result = target == REGISTER_NONE ? window : (unsigned)target;

	for (unsigned i = 0; i < e->arguments.count; i++)
		generate_expression(g, e->arguments.items[i].value, (int)code_register_new(g));
	if (e->arguments.count == 0)
		code_register_new(g);
	emit_builtin(g, e, result, window);
	return finish_call(g, window, result, target);
}

/* The first argument is a place that the builtin changes. The others are evaluated before the place
 * is owned, and marked shared: one of them may be the very object that is changed. */
static unsigned changing_builtin(struct generator *g, const struct expression *e, int target)
{
	unsigned top = g->f.top;
	unsigned result = code_register_new(g), window;
	struct site site = site_begin(g, e->arguments.items[0].value);

	window = code_register_new(g);
	for (unsigned i = 1; i < e->arguments.count; i++)
		generate_copy(g, e->arguments.items[i].value, code_register_new(g));
	site_own(g, &site, window);
	emit_builtin(g, e, result, window);
	site_store(g, &site, window);
	code_registers_free(g, top + 1);
	if (target == REGISTER_NONE)
		return result;
	if (e->type->kind != TYPE_VOID)
		code_emit(g, OP_MOVE, (unsigned)target, result, 0);
	code_registers_free(g, top);
	return (unsigned)target;
}

/* list.push to a variable of the function. */
static bool is_push(const struct generator *g, const struct expression *e)
{
	return e->builtin == BUILTIN_list_push &&
	       generate_has_register(g, e->arguments.items[0].value);
}

static unsigned push(struct generator *g, const struct expression *e)
{
	unsigned list = generate_register_of(g, e->arguments.items[0].value);
	unsigned item = code_register_new(g);

	generate_copy(g, e->arguments.items[1].value, item);
	code_place(g, e->span);
	code_emit(g,
		  type_is_plain(e->arguments.items[1].value->type) ? OP_LIST_PUSH_PLAIN
								   : OP_LIST_PUSH,
		  list, item, 0);
	return item;
}

unsigned generate_builtin_call(struct generator *g, const struct expression *e, int target)
{
	const struct signature *signature = &g->checked->vocabulary->builtins[e->builtin];
	enum opcode op;

	if (length_opcode(e->builtin, &op))
		return generate_length(g, e, op, target);
	if (is_push(g, e))
		return push(g, e);
	if (signature->count && signature->parameters[0].inout)
		return changing_builtin(g, e, target);
	return plain_builtin(g, e, target);
}
