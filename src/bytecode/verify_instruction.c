/* One instruction: each operand by its kind, as the opcode's row says. */
#include "bytecode/verify_state.h"

const struct type *verify_constant_type(const struct verifier *v, uint32_t number)
{
	return v->code->constant_rows[number].type;
}

bool verify_number(struct verifier *v, uint32_t number, uint32_t count, const char *what)
{
	return number < count || verify_refuse(v, "%s %u of %u", what, number, count);
}

/* Reads and ranges; writes come after all reads. */
static bool check_operand(struct verifier *v, enum operand kind, uint32_t number)
{
	switch (kind) {
	case OPERAND_ANY:
		return register_read(v, number);
	case OPERAND_INT:
	case OPERAND_INT_TOO:
		return register_read_type(v, number, &type_int);
	case OPERAND_FLOAT:
		return register_read_type(v, number, &type_float);
	case OPERAND_TEXT:
		return register_read_type(v, number, &type_text);
	case OPERAND_IP:
		return register_read_type(v, number, &type_ip);
	case OPERAND_NET:
		return register_read_type(v, number, &type_net);
	case OPERAND_REGEX:
		return register_read_type(v, number, &type_regex);
	case OPERAND_LIST:
		return register_read_kind(v, number, TYPE_LIST);
	case OPERAND_MAP:
		return register_read_kind(v, number, TYPE_MAP);
	case OPERAND_RECORD:
		return register_read_kind(v, number, TYPE_RECORD);
	case OPERAND_OBJECT:
		return register_read_object(v, number);
	case OPERAND_DIVISOR:
		return (number != 0 && number != UINT16_MAX) || verify_refuse(v, "divisor");
	case OPERAND_TYPE:
		return verify_number(v, number, v->code->type_count, "type");
	case OPERAND_CONSTANT16:
	case OPERAND_CONSTANT32:
		return verify_number(v, number, v->code->constant_count, "constant");
	case OPERAND_GLOBAL32:
		return verify_number(v, number, v->code->global_count, "variable");
	case OPERAND_FUNCTION:
		return verify_number(v, number, v->code->function_count, "function");
	case OPERAND_LITERAL:
		return verify_number(v, number, v->code->literal_count, "literal");
	case OPERAND_IMPORT:
		return verify_number(v, number, v->code->import_count, "import");
	default:
		return true;
	}
}

static const struct type *written_type(enum operand kind)
{
	switch (kind) {
	case OPERAND_INT_TO:
		return &type_int;
	case OPERAND_FLOAT_TO:
		return &type_float;
	case OPERAND_TEXT_TO:
		return &type_text;
	default:
		return NULL;
	}
}

static uint32_t operand_number(instruction i, enum operand kind, unsigned place)
{
	switch (kind) {
	case OPERAND_WIDE:
	case OPERAND_CONSTANT32:
	case OPERAND_GLOBAL32:
	case OPERAND_JUMP32:
	case OPERAND_BACK32:
		return (uint32_t)instruction_wide(i);
	default:
		return (uint16_t)(i >> (16 + 16 * place));
	}
}

static bool check_jump(struct verifier *v, enum operand kind, uint32_t number)
{
	switch (kind) {
	case OPERAND_JUMP16:
		return verify_jump(v, (int16_t)number);
	case OPERAND_JUMP32:
		return verify_jump(v, (int32_t)number);
	case OPERAND_BACK16:
		return verify_jump_back(v, (int16_t)number);
	case OPERAND_BACK32:
		return verify_jump_back(v, (int32_t)number);
	default:
		return true;
	}
}

static bool has_own_jump(uint16_t op)
{
	return op == OP_NEXT_ELEMENT || op == OP_NEXT_ENTRY;
}

bool verify_instruction(struct verifier *v, instruction i)
{
	const struct opcode_row *row;
	unsigned place;

	if (instruction_op(i) >= OPCODE_COUNT)
		return verify_refuse(v, "opcode %u", instruction_op(i));
	row = &opcode_rows[instruction_op(i)];
	for (place = 0; place < 3; place++)
		if (!check_operand(v, row->operands[place],
				   operand_number(i, row->operands[place], place)))
			return false;
	if (!verify_relations(v, i))
		return false;
	for (place = 0; place < 3; place++)
		if (written_type(row->operands[place]) &&
		    !register_write(v, operand_number(i, row->operands[place], place),
				    written_type(row->operands[place])))
			return false;
	for (place = 0; place < 3 && !has_own_jump(instruction_op(i)); place++)
		if (!check_jump(v, row->operands[place],
				operand_number(i, row->operands[place], place)))
			return false;
	return true;
}
