/* Instructions, registers and labels. */
#include "compiler/generator.h"

void *generate_memory(struct generator *g, size_t size)
{
	void *block = g->failed ? NULL : arena_zeroed(g->arena, size ? size : 1);

	if (!block)
		g->failed = true;
	return block;
}

void *generate_grow(struct generator *g, struct growing *array, size_t size)
{
	if (g->failed)
		return NULL;
	if (array->count == array->room) {
		size_t room = array->room ? array->room * 2 : 32;
		void *items = arena_allocate(&g->scratch, room * size);

		if (!items) {
			g->failed = true;
			return NULL;
		}
		if (array->count)
			memcpy(items, array->items, array->count * size);
		array->items = items;
		array->room = room;
	}
	return (char *)array->items + size * array->count++;
}

void *generate_settle(struct generator *g, const struct growing *array, size_t size)
{
	void *copy = generate_memory(g, array->count * size);

	if (copy && array->count)
		memcpy(copy, array->items, array->count * size);
	return copy;
}

void generate_too_large(struct generator *g, const char *code, const char *what)
{
	if (g->failed)
		return;
	diagnostics_report(g->diagnostics, code, g->f.span, "%s", what);
	g->failed = true;
}

/* ---- places in the source ---- */

void code_place(struct generator *g, struct span span)
{
	g->f.span = span;
}

static bool same_span(struct span a, struct span b)
{
	return a.source == b.source && a.from == b.from && a.to == b.to;
}

static void note_line(struct generator *g)
{
	struct growing *lines = &g->f.lines;
	struct code_line *last = lines->items;

	if (lines->count && same_span(last[lines->count - 1].span, g->f.span))
		return;
	last = generate_grow(g, lines, sizeof(*last));
	if (last)
		*last = (struct code_line){ code_here(g), g->f.span };
}

/* A statement without code of its own gives way to the next one. */
void code_begin_statement(struct generator *g, struct span span)
{
	struct growing *statements = &g->f.statements;
	struct code_line *last = statements->items;

	code_place(g, span);
	if (!g->f.reachable)
		return;
	if (statements->count && last[statements->count - 1].pc == code_here(g))
		last = &last[statements->count - 1];
	else
		last = generate_grow(g, statements, sizeof(*last));
	if (last)
		*last = (struct code_line){ code_here(g), span };
}

/* ---- instructions ---- */

uint32_t code_here(const struct generator *g)
{
	return (uint32_t)g->f.instructions.count;
}

static instruction *code_at(struct generator *g, uint32_t pc)
{
	return (instruction *)g->f.instructions.items + pc;
}

/* What cannot be reached is not written down at all. */
static void put(struct generator *g, instruction made)
{
	instruction *place;

	if (!g->f.reachable)
		return;
	if (g->f.instructions.count >= CODE_LENGTH_MAX) {
		generate_too_large(g, "E0602", "this function is too long");
		return;
	}
	note_line(g);
	place = generate_grow(g, &g->f.instructions, sizeof(*place));
	if (!place)
		return;
	*place = made;
	generate_note_makes(g, made);
	g->f.reachable = !opcode_ends_flow((enum opcode)instruction_op(made));
}

void code_emit(struct generator *g, enum opcode op, unsigned a, unsigned b, unsigned c)
{
	put(g, instruction_make(op, a, b, c));
}

void code_emit_wide(struct generator *g, enum opcode op, unsigned a, int64_t wide)
{
	put(g, instruction_make_wide(op, a, wide));
}

/* ---- labels ---- */

struct label code_label_new(void)
{
	return (struct label){ .pc = -1 };
}

static bool is_wide_jump(enum opcode op)
{
	return opcode_rows[op].operands[1] == OPERAND_JUMP32;
}

static void set_offset(struct generator *g, uint32_t pc, int64_t target)
{
	instruction *i = code_at(g, pc);
	enum opcode op = (enum opcode)instruction_op(*i);
	int64_t offset = target - pc - 1;

	if (is_wide_jump(op))
		*i = instruction_make_wide(op, instruction_a(*i), offset);
	else if (offset <= INT16_MAX)
		*i = instruction_make(op, instruction_a(*i), instruction_b(*i), (unsigned)offset);
	else
		generate_too_large(g, "E0602", "this function has a block that is too long");
}

void code_emit_jump(struct generator *g, enum opcode op, unsigned a, unsigned b,
		    struct label *label)
{
	struct fixup *fixup;
	uint32_t pc = code_here(g);

	if (!g->f.reachable)
		return;
	code_emit(g, op, a, b, 0);
	fixup = g->failed ? NULL : arena_allocate(&g->scratch, sizeof(*fixup));
	if (!fixup) {
		g->failed = true;
		return;
	}
	*fixup = (struct fixup){ pc, label->fixups };
	label->fixups = fixup;
}

/* A jump to the next instruction is none. */
static bool drop_last_jump(struct generator *g, struct label *label)
{
	struct fixup *last = label->fixups;

	if (!last || last->pc + 1 != code_here(g) || g->f.bound == code_here(g) ||
	    instruction_op(*code_at(g, last->pc)) != OP_JUMP)
		return false;
	g->f.instructions.count--;
	label->fixups = last->next;
	return true;
}

void code_label_bind(struct generator *g, struct label *label)
{
	if (g->failed)
		return;
	if (drop_last_jump(g, label))
		g->f.reachable = true;
	label->pc = code_here(g);
	for (struct fixup *fixup = label->fixups; fixup; fixup = fixup->next) {
		set_offset(g, fixup->pc, label->pc);
		g->f.reachable = true;
	}
	label->fixups = NULL;
	g->f.bound = code_here(g);
}

/* The whole body is taken from the budget at once. */
void code_emit_loop(struct generator *g, uint32_t start)
{
	int64_t length = (int64_t)code_here(g) + 1 - start;

	code_emit_wide(g, OP_LOOP, length < UINT16_MAX ? (unsigned)length : UINT16_MAX, -length);
}

/* ---- jumps to jumps ---- */

static bool jump_offset(instruction i, int64_t *offset)
{
	const struct opcode_row *row = &opcode_rows[instruction_op(i)];

	if (row->operands[2] == OPERAND_JUMP16)
		*offset = (int16_t)instruction_c(i);
	else if (row->operands[1] == OPERAND_JUMP32)
		*offset = instruction_wide(i);
	else
		return false;
	return true;
}

/* From the end, so that a target's own jump has been followed already. */
void code_thread_jumps(struct generator *g)
{
	for (uint32_t pc = code_here(g); !g->failed && pc-- > 0;) {
		int64_t offset, further;
		instruction i = *code_at(g, pc);
		uint32_t target;

		if (!jump_offset(i, &offset))
			continue;
		target = (uint32_t)(pc + 1 + offset);
		if (instruction_op(*code_at(g, target)) != OP_JUMP)
			continue;
		further = target + 1 + (int64_t)instruction_wide(*code_at(g, target));
		if (is_wide_jump((enum opcode)instruction_op(i)) || further - pc - 1 <= INT16_MAX)
			set_offset(g, pc, further);
	}
}

/* ---- registers ---- */

unsigned code_register_new(struct generator *g)
{
	unsigned number = g->f.top++;

	if (g->f.top > CODE_REGISTERS_MAX) {
		generate_too_large(g, "E0603", "this function needs too many values at once");
		g->f.top = number;
	}
	if (g->f.top > g->f.most)
		g->f.most = g->f.top;
	return number;
}

void code_registers_free(struct generator *g, unsigned top)
{
	g->f.top = top;
}
