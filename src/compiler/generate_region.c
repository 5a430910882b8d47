/* Functions, and turns of loops, that give back what they have made. */
#include "bytecode/region.h"
#include "compiler/generator.h"

bool generate_fits_region(const struct generator *g, const struct function *function)
{
	/* events and methods */
	if (function->parameter_count == 0 && function->result->kind == TYPE_VOID)
		return false;
	return !g->has_policy_slots && region_takes(function->result) &&
	       function->result->kind != TYPE_NET;
}

void generate_leave_region(struct generator *g, const struct type *result, unsigned reg)
{
	if (!g->f.region)
		return;
	if (result->kind == TYPE_TEXT)
		code_emit(g, OP_LEAVE_REGION_TEXT, reg, 0, 0);
	else
		code_emit(g, OP_LEAVE_REGION, 0, 0, 0);
}

static bool makes(enum opcode op)
{
	switch (op) {
	case OP_TO_TEXT:
	case OP_CONCAT:
	case OP_CONCAT_K:
	case OP_CONCAT_MANY:
	case OP_CONCAT_PIECES:
	case OP_NEW_LIST:
	case OP_NEW_MAP:
	case OP_NEW_RECORD:
		return true;
	default:
		return false;
	}
}

/* ---- what lets something out: the rules of bytecode/region.h ---- */

static unsigned operand(instruction i, unsigned place)
{
	return (uint16_t)(i >> (16 + 16 * place));
}

static bool is_written(enum operand kind)
{
	return kind == OPERAND_ANY_TO || kind == OPERAND_TEXT_TO || kind == OPERAND_RESULT;
}

static bool is_object_read(enum operand kind)
{
	return kind == OPERAND_ANY || kind == OPERAND_LIST || kind == OPERAND_MAP ||
	       kind == OPERAND_RECORD || kind == OPERAND_OBJECT;
}

static const struct type *held_outside(const struct generator *g, unsigned reg, unsigned floor)
{
	return reg < floor ? g->held[reg] : NULL;
}

static bool takes_out(const struct generator *g, instruction i, unsigned floor)
{
	const struct opcode_row *row = &opcode_rows[instruction_op(i)];

	for (unsigned place = 0; place < 3; place++) {
		const struct type *held = held_outside(g, operand(i, place), floor);

		if (is_written(row->operands[place]) && held && !type_is_plain(held))
			return true;
	}
	return false;
}

static bool takes_in(const struct generator *g, instruction i, unsigned floor)
{
	enum opcode op = (enum opcode)instruction_op(i);

	for (unsigned place = 0; place < 3; place++) {
		const struct type *held = held_outside(g, operand(i, place), floor), *part;

		if (!is_object_read(opcode_rows[op].operands[place]) || !held || region_takes(held))
			continue;
		part = region_looks(op) ? region_looked_at(i, held) : NULL;
		if (!part || !region_takes(part))
			return true;
	}
	return false;
}

/* Groups belong to the whole function; what runs side by side makes things in between. */
static bool is_of_outside(const struct generator *g, enum opcode op)
{
	bool match = op == OP_JUMP_MATCH || op == OP_JUMP_NO_MATCH;

	return op == OP_FORK || op == OP_JOIN || op == OP_TAKE ||
	       (match && g->f.groups != REGISTER_NONE);
}

void generate_note_makes(struct generator *g, instruction i)
{
	enum opcode op = (enum opcode)instruction_op(i);

	g->f.makes |= makes(op);
	if (g->f.region)
		g->f.region_leaks |= takes_in(g, i, g->f.function->parameter_count);
	if (g->f.turn)
		g->f.turn_leaks |= is_of_outside(g, op) || takes_out(g, i, g->f.turn_floor) ||
				   takes_in(g, i, g->f.turn_floor);
}

/* ---- turns of loops ---- */

static void turn_body(struct generator *g, struct loop *loop, const struct block *body)
{
	generate_block(g, body);
	code_label_bind(g, &loop->next);
}

/* True when it makes something, and nobody else can hold that. */
static bool try_turn(struct generator *g, struct loop *loop, const struct block *body)
{
	bool made = g->f.makes, worth;

	loop->turns = g->f.turn = true;
	g->f.turn_floor = g->f.top;
	g->f.makes = g->f.turn_leaks = false;
	code_emit(g, OP_ENTER_TURN, g->f.top, 0, 0);
	turn_body(g, loop, body);
	code_emit(g, OP_LEAVE_TURN, 0, 0, 0);
	g->f.turn = false;
	worth = g->f.makes && !g->f.turn_leaks;
	g->f.makes |= made;
	return worth;
}

/* Without when it is not worth it; loops inside may have turns then. */
void generate_turn(struct generator *g, struct loop *loop, const struct block *body)
{
	struct function_state before = g->f;
	struct loop unused = *loop;
	size_t literals = g->literals.count;

	if (!g->f.turn && !g->has_policy_slots && g->f.function) {
		if (try_turn(g, loop, body) || g->failed)
			return;
		g->f = before;
		*loop = unused;
		g->literals.count = literals;
	}
	turn_body(g, loop, body);
}
