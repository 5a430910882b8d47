/* Statements and blocks. */
#include "compiler/generator.h"

enum { OPEN_END = UINT32_MAX };

/* ---- variables ---- */

void generate_note_local(struct generator *g, struct text name, const struct type *type,
			 unsigned reg)
{
	struct code_local *row = generate_grow(g, &g->f.locals, sizeof(*row));

	if (row)
		*row = (struct code_local){ .name = name,
					    .type = type,
					    .from = code_here(g),
					    .to = OPEN_END,
					    .reg = (uint16_t)reg };
	g->held[reg] = type;
}

static void note_local(struct generator *g, const struct local *local, unsigned reg)
{
	g->f.registers[local->number] = (int)reg;
	generate_note_local(g, local->name, local->type, reg);
}

static void close_locals(struct generator *g, size_t first)
{
	struct code_local *rows = g->f.locals.items;

	for (size_t i = first; i < g->f.locals.count; i++)
		if (rows[i].to == OPEN_END)
			rows[i].to = code_here(g);
}

static void statement_var(struct generator *g, const struct statement *s)
{
	unsigned reg;

	if (generate_split_variable(g, s))
		return;
	reg = code_register_new(g);
	generate_copy(g, s->value, reg);
	code_registers_free(g, reg + 1);
	note_local(g, s->local, reg);
}

/* ---- conditions and loops ---- */

static void statement_if(struct generator *g, const struct statement *s)
{
	struct label otherwise = code_label_new(), end = code_label_new();

	generate_jump(g, s->value, false, &otherwise);
	generate_block(g, s->body);
	if (s->otherwise)
		code_emit_jump(g, OP_JUMP, 0, 0, &end);
	code_label_bind(g, &otherwise);
	if (s->otherwise)
		generate_block(g, s->otherwise);
	code_label_bind(g, &end);
}

static struct loop loop_begin(struct generator *g)
{
	return (struct loop){ .leave = code_label_new(),
			      .next = code_label_new(),
			      .done = code_label_new(),
			      .outer = g->f.loop };
}

/* Where the loop goes back to. */
static uint32_t loop_start(struct generator *g, struct loop *loop)
{
	code_emit(g, OP_ENTER_LOOP, g->f.top, 0, 0);
	g->f.loop = loop;
	g->f.bound = code_here(g);
	return code_here(g);
}

static void loop_end(struct generator *g, struct loop *loop)
{
	bool breaks = loop->leave.fixups != NULL;

	if (loop->turns && breaks)
		code_emit_jump(g, OP_JUMP, 0, 0, &loop->done);
	code_label_bind(g, &loop->leave);
	if (loop->turns && breaks)
		code_emit(g, OP_LEAVE_TURN, 0, 0, 0);
	code_label_bind(g, &loop->done);
	g->f.loop = loop->outer;
}

static void statement_while(struct generator *g, const struct statement *s)
{
	struct loop loop = loop_begin(g);
	uint32_t start = loop_start(g, &loop);

	code_begin_statement(g, s->value->span);
	generate_jump(g, s->value, false, &loop.done);
	generate_turn(g, &loop, s->body);
	code_place(g, s->value->span);
	code_emit_loop(g, start);
	loop_end(g, &loop);
}

/* The counter's register is followed by that of the bound. */
static void statement_for_range(struct generator *g, const struct statement *s)
{
	struct loop loop = loop_begin(g);
	unsigned counter = code_register_new(g), until = code_register_new(g);
	size_t locals = g->f.locals.count;
	uint32_t start;

	generate_expression(g, s->value, (int)counter);
	generate_expression(g, s->until, (int)until);
	code_emit_jump(g, OP_JUMP_LE_INT, until, counter, &loop.done);
	note_local(g, s->local, counter);
	start = loop_start(g, &loop);
	generate_turn(g, &loop, s->body);
	code_place(g, s->span);
	/* As far back as the first jump goes ahead, which has been found to fit. */
	code_emit(g, OP_NEXT_RANGE, counter, until, start - code_here(g) - 1);
	close_locals(g, locals);
	loop_end(g, &loop);
}

static void share_local(struct generator *g, const struct type *type, unsigned reg)
{
	if (type_is_object(type))
		code_emit(g, OP_SHARE, reg, 0, 0);
}

/* What is walked over is a snapshot: it is marked shared, so that a change of the variable makes a
 * copy. A hidden register holds it and another one the place. */
static void statement_for(struct generator *g, const struct statement *s)
{
	bool map = s->value->type->kind == TYPE_MAP;
	struct loop loop = loop_begin(g);
	unsigned walked = code_register_new(g), first;
	size_t locals = g->f.locals.count;
	uint32_t start;

	generate_copy(g, s->value, walked);
	code_emit_wide(g, OP_LOAD_INT, code_register_new(g), 0);
	start = loop_start(g, &loop);
	first = code_register_new(g);
	if (map)
		code_register_new(g);
	code_emit_jump(g, map ? OP_NEXT_ENTRY : OP_NEXT_ELEMENT, walked, first, &loop.done);
	share_local(g, s->local->type, first);
	note_local(g, s->local, first);
	if (s->second) {
		share_local(g, s->second->local->type, first + 1);
		note_local(g, s->second->local, first + 1);
	}
	generate_turn(g, &loop, s->body);
	code_place(g, s->span);
	code_emit_loop(g, start);
	close_locals(g, locals);
	loop_end(g, &loop);
}

/* ---- leaving ---- */

static void return_value(struct generator *g, const struct expression *result)
{
	unsigned reg;

	reg = generate_expression(g, result, REGISTER_NONE);
	/* A local dies here, so that its object gets no second holder. */
	if (result->kind != EXPRESSION_LOCAL && type_is_object(result->type) &&
	    !generate_is_fresh(result))
		code_emit(g, OP_SHARE, reg, 0, 0);
	generate_leave_region(g, result->type, reg);
	code_emit(g, OP_RETURN, reg, 0, 0);
}

static void return_nothing(struct generator *g)
{
	generate_leave_region(g, &type_void, 0);
	code_emit(g, OP_RETURN_VOID, 0, 0, 0);
}

static void statement_return(struct generator *g, const struct statement *s)
{
	if (s->value && g->f.result->kind != TYPE_VOID)
		return_value(g, s->value);
	else
		return_nothing(g);
}

static void statement_throw(struct generator *g, const struct statement *s)
{
	unsigned from = generate_expression(g, s->value, REGISTER_NONE);

	code_place(g, s->span);
	code_emit(g, s->value->type == &type_text ? OP_THROW_TEXT : OP_THROW_ERROR, from, 0, 0);
}

/* ---- errors ---- */

static void note_try(struct generator *g, uint32_t from, uint32_t to, unsigned floor)
{
	struct code_try *row = generate_grow(g, &g->f.tries, sizeof(*row));

	if (row)
		*row = (struct code_try){ from, to, code_here(g), (uint16_t)floor };
}

static void handler(struct generator *g, const struct statement *s)
{
	unsigned error = code_register_new(g);
	size_t locals = g->f.locals.count;

	if (s->local)
		note_local(g, s->local, error);
	generate_block(g, s->otherwise);
	close_locals(g, locals);
}

/* Rows of inner regions come before those of outer ones: they are finished first. */
static void statement_try(struct generator *g, const struct statement *s)
{
	struct label end = code_label_new();
	uint32_t from = code_here(g), to;
	unsigned floor = g->f.top;

	g->f.bound = from;
	generate_block(g, s->body);
	to = code_here(g);
	if (to == from)
		return;
	g->f.bound = to;
	code_emit_jump(g, OP_JUMP, 0, 0, &end);
	note_try(g, from, to, floor);
	g->f.bound = code_here(g);
	g->f.reachable = true;
	handler(g, s);
	code_label_bind(g, &end);
}

/* ---- all ---- */

static void generate_statement(struct generator *g, const struct statement *s)
{
	switch (s->kind) {
	case STATEMENT_VAR:
		statement_var(g, s);
		break;
	case STATEMENT_ASSIGN:
		generate_assign(g, s);
		break;
	case STATEMENT_SET_VARIABLE:
		generate_set_variable(g, s);
		break;
	case STATEMENT_CALL:
		generate_call(g, s->value);
		break;
	case STATEMENT_IF:
		statement_if(g, s);
		break;
	case STATEMENT_WHILE:
		statement_while(g, s);
		break;
	case STATEMENT_FOR_RANGE:
		statement_for_range(g, s);
		break;
	case STATEMENT_FOR:
		statement_for(g, s);
		break;
	case STATEMENT_BREAK:
		code_emit_jump(g, OP_JUMP, 0, 0, &g->f.loop->leave);
		break;
	case STATEMENT_CONTINUE:
		code_emit_jump(g, OP_JUMP, 0, 0, &g->f.loop->next);
		break;
	case STATEMENT_RETURN:
		statement_return(g, s);
		break;
	case STATEMENT_TRY:
		statement_try(g, s);
		break;
	case STATEMENT_THROW:
		statement_throw(g, s);
		break;
	case STATEMENT_EXPORT:
		code_emit_wide(g, OP_EXPORT, 0, s->global->slot);
		break;
	case STATEMENT_PARALLEL:
		generate_parallel(g, s);
		break;
	case STATEMENT_BLOCK:
		generate_block(g, s->body);
		break;
	}
}

void generate_block(struct generator *g, const struct block *block)
{
	unsigned top = g->f.top;
	size_t locals = g->f.locals.count;

	for (const struct statement *s = block->first; s && !g->failed; s = s->next) {
		unsigned kept = g->f.top;

		if (!g->f.reachable)
			break;
		if (s->kind != STATEMENT_WHILE && s->kind != STATEMENT_BLOCK &&
		    s->kind != STATEMENT_PARALLEL)
			code_begin_statement(g, s->span);
		generate_statement(g, s);
		if (s->kind != STATEMENT_VAR)
			code_registers_free(g, kept);
	}
	close_locals(g, locals);
	code_registers_free(g, top);
}
