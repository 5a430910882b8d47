#include "bytecode/region.h"

bool region_looks(enum opcode op)
{
	switch (op) {
	case OP_GET_ELEMENT:
	case OP_GET_ENTRY:
	case OP_GET_FIELD:
	case OP_LIST_LENGTH:
	case OP_MAP_LENGTH:
	case OP_IN_LIST:
	case OP_IN_MAP:
		return true;
	default:
		return false;
	}
}

const struct type *region_looked_at(instruction i, const struct type *object)
{
	switch (instruction_op(i)) {
	case OP_GET_ELEMENT:
	case OP_GET_ENTRY:
		return object->element;
	case OP_GET_FIELD:
		return object->record && instruction_c(i) < object->record->field_count
			       ? object->record->fields[instruction_c(i)].type
			       : NULL;
	default:
		return &type_int;
	}
}
