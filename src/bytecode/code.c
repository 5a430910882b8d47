#include "bytecode/code.h"

const struct opcode_row opcode_rows[OPCODE_COUNT] = {
#define OP(name, a, b, c, meaning)                                                                 \
	[OP_##name] = { #name, { OPERAND_##a, OPERAND_##b, OPERAND_##c }, meaning },
#include "bytecode/opcodes.def"
#undef OP
};

bool opcode_ends_flow(enum opcode op)
{
	switch (op) {
	case OP_JUMP:
	case OP_LOOP:
	case OP_RETURN:
	case OP_RETURN_VOID:
	case OP_THROW_TEXT:
	case OP_THROW_ERROR:
	case OP_END_EVENT:
	case OP_YIELD:
	case OP_YIELD_VOID:
		return true;
	default:
		return false;
	}
}

bool type_needs_keeping(const struct type *type)
{
	return type->kind == TYPE_TEXT || type->kind == TYPE_JSON || type->kind == TYPE_NET || type_is_object(type) ||
	       type_is_handle(type);
}

enum { REGISTER_SIZE = sizeof(union constant_bits) };

static bool is_register(enum operand kind)
{
	return kind >= OPERAND_ANY_TO && kind <= OPERAND_WINDOW;
}

instruction instruction_ready(instruction i)
{
	const enum operand *kinds = opcode_rows[instruction_op(i)].operands;

	return instruction_make((enum opcode)instruction_op(i),
				instruction_a(i) * (is_register(kinds[0]) ? REGISTER_SIZE : 1u),
				instruction_b(i) * (is_register(kinds[1]) ? REGISTER_SIZE : 1u),
				instruction_c(i) * (is_register(kinds[2]) ? REGISTER_SIZE : 1u));
}

/* The last row at or before `pc`, or NULL. */
static const struct code_line *find_line(const struct code_line *lines, uint32_t count, uint32_t pc)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (lines[middle].pc <= pc)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &lines[low - 1] : NULL;
}

struct span code_span(const struct code *code, uint32_t pc)
{
	const struct code_line *line = find_line(code->lines, code->line_count, pc);

	return line ? line->span : (struct span){ 0 };
}

bool code_statement(const struct code *code, uint32_t pc, struct span *span)
{
	const struct code_line *line = find_line(code->statements, code->statement_count, pc);

	if (!line || line->pc != pc)
		return false;
	*span = line->span;
	return true;
}
