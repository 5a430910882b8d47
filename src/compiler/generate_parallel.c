/* parallel { }: the right sides are forked, and assigned when all have ended. */
#include "compiler/generator.h"

static void fork_value(struct generator *g, const struct expression *e)
{
	unsigned reg;

	if (e->type->kind == TYPE_VOID) {
		generate_call(g, e);
		code_emit(g, OP_YIELD_VOID, 0, 0, 0);
		return;
	}
	reg = code_register_new(g);
	generate_copy(g, e, reg);
	code_emit(g, OP_YIELD, reg, type_number(g, e->type), 0);
}

static void fork_statement(struct generator *g, const struct statement *s)
{
	struct label next = code_label_new();
	unsigned top = g->f.top;

	code_begin_statement(g, s->span);
	code_emit_jump(g, OP_FORK, 0, 0, &next);
	fork_value(g, s->value);
	code_registers_free(g, top);
	code_label_bind(g, &next);
}

/* The statement with what it has yielded, in a register, as its value. */
static void assign_taken(struct generator *g, const struct statement *s, unsigned number)
{
	struct statement assignment = *s;
	struct expression taken;
	struct local local;
	unsigned top = g->f.top, reg = code_register_new(g);

	code_place(g, s->span);
	code_emit(g, OP_TAKE, reg, number, type_number(g, s->value->type));
	generate_stand_in(g, s->value, &local, &taken, STAND_IN_TAKEN, reg);
	assignment.value = &taken;
	generate_assign(g, &assignment);
	code_registers_free(g, top);
}

void generate_parallel(struct generator *g, const struct statement *s)
{
	unsigned number = 0;

	for (const struct statement *one = s->body->first; one; one = one->next)
		fork_statement(g, one);
	code_place(g, s->span);
	code_emit(g, OP_JOIN, 0, 0, 0);
	for (const struct statement *one = s->body->first; one; one = one->next, number++)
		if (one->kind == STATEMENT_ASSIGN)
			assign_taken(g, one, number);
}
