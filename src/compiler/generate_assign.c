/* Assignments. */
#include "compiler/generator.h"

static void store_global(struct generator *g, const struct global *global, unsigned from)
{
	code_emit_wide(g, type_needs_keeping(global->type) ? OP_KEEP_GLOBAL : OP_SET_GLOBAL, from,
		       global->slot);
}

/* `target operator value` as an expression, for `target operator= value`. */
static struct expression as_arithmetic(const struct statement *s)
{
	return (struct expression){ .kind = EXPRESSION_ARITHMETIC,
				    .operator= s->operator,
				    .span = s->span,
				    .type = s->target->type,
				    .left = s->target,
				    .right = s->value };
}

/* ---- texts that grow: g = g + more ---- */

static bool is_join(const struct expression *e)
{
	return e->kind == EXPRESSION_ARITHMETIC && e->type == &type_text;
}

static const struct expression *first_leaf(const struct expression *e)
{
	while (is_join(e))
		e = e->left;
	return e;
}

static bool appends(const struct expression *e, const struct global *global)
{
	const struct expression *first = first_leaf(e);

	return is_join(e) && first->kind == EXPRESSION_GLOBAL && first->global == global;
}

/* All leaves but the first, left to right, into registers in a row. */
static unsigned other_leaves(struct generator *g, const struct expression *e)
{
	unsigned count;

	if (!is_join(e))
		return 0;
	count = other_leaves(g, e->left);
	return count + generate_leaves(g, e->right);
}

static unsigned joined_leaves(struct generator *g, const struct expression *e)
{
	unsigned top = g->f.top, count;

	if (!is_join(e->left) && !is_join(e->right))
		return generate_expression(g, e->right, REGISTER_NONE);
	count = other_leaves(g, e);
	code_place(g, e->span);
	code_emit(g, OP_CONCAT_MANY, top, top, count);
	return top;
}

static void append_global(struct generator *g, const struct expression *e,
			  const struct global *global)
{
	unsigned from = joined_leaves(g, e);

	code_place(g, e->span);
	code_emit_wide(g, OP_APPEND_GLOBAL, from, global->slot);
}

/* ---- by kind of target ---- */

static void assign_global(struct generator *g, const struct expression *given,
			  const struct global *global)
{
	if (appends(given, global))
		append_global(g, given, global);
	else
		store_global(g, global, generate_expression(g, given, REGISTER_NONE));
}

static void assign_part(struct generator *g, const struct statement *s)
{
	struct site site = site_begin(g, s->target);

	site_store(g, &site, generate_expression(g, s->value, REGISTER_NONE));
}

void generate_stand_in(struct generator *g, const struct expression *original, struct local *local,
		       struct expression *stand_in, enum stand_in which, unsigned reg)
{
	unsigned number = (g->f.function ? g->f.function->local_count : 0) + which;

	*local = (struct local){ .type = original->type, .number = number };
	*stand_in = (struct expression){ .kind = EXPRESSION_LOCAL,
					 .span = original->span,
					 .type = original->type,
					 .local = local };
	g->f.registers[number] = (int)reg;
}

/* a[i] += value: indices and value first, then the old value, then the change. */
static void change_part(struct generator *g, const struct statement *s)
{
	struct site site = site_begin(g, s->target);
	unsigned given = generate_expression(g, s->value, REGISTER_NONE);
	unsigned old = site_read(g, &site);
	struct expression arithmetic = as_arithmetic(s), left, right;
	struct local left_local, right_local;

	generate_stand_in(g, s->target, &left_local, &left, STAND_IN_LEFT, old);
	generate_stand_in(g, s->value, &right_local, &right, STAND_IN_RIGHT, given);
	arithmetic.left = &left;
	arithmetic.right = &right;
	site_store(g, &site, generate_expression(g, &arithmetic, REGISTER_NONE));
}

void generate_assign(struct generator *g, const struct statement *s)
{
	struct expression arithmetic = as_arithmetic(s);
	bool plain = OPERATOR_NONE == s->operator;
	const struct expression *given = plain ? s->value : &arithmetic;

	if (generate_has_register(g, s->target)) {
		generate_copy(g, given, generate_register_of(g, s->target));
		generate_split_assigned(g, s->target);
	} else if (s->target->kind == EXPRESSION_GLOBAL) {
		assign_global(g, given, s->target->global);
	} else if (plain) {
		assign_part(g, s);
	} else {
		change_part(g, s);
	}
}

void generate_set_variable(struct generator *g, const struct statement *s)
{
	const struct type *type = s->value->type;
	const struct import import = { .kind = IMPORT_WRITE,
				       .id = s->variable,
				       .argument_count = 1,
				       .argument_types = &type,
				       .result = &type_void };
	unsigned from = generate_expression(g, s->value, REGISTER_NONE);

	code_place(g, s->span);
	code_emit(g, OP_WRITE, from, import_number(g, &import), 0);
}
