/* Functions that give back what they have made. */
#include "compiler/generator.h"

static bool fits(const struct type *type)
{
	return type->kind == TYPE_TEXT || type->kind == TYPE_NET || type_is_plain(type);
}

bool generate_fits_region(const struct generator *g, const struct function *function)
{
	/* events and methods */
	if (function->parameter_count == 0 && function->result->kind == TYPE_VOID)
		return false;
	if (g->has_policy_slots || !fits(function->result) || function->result->kind == TYPE_NET)
		return false;
	for (unsigned i = 0; i < function->parameter_count; i++)
		if (!fits(function->locals[i]->type))
			return false;
	return true;
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

bool generate_makes(enum opcode op)
{
	switch (op) {
	case OP_TO_TEXT:
	case OP_CONCAT:
	case OP_CONCAT_K:
	case OP_CONCAT_MANY:
	case OP_NEW_LIST:
	case OP_NEW_MAP:
	case OP_NEW_RECORD:
		return true;
	default:
		return false;
	}
}
