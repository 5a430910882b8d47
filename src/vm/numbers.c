#include "vm/state.h"

static enum call_result by_zero(struct vm *vm)
{
	return failure_raise(vm, "argument", "division by zero");
}

enum call_result operate_divide(struct vm *vm, value *r, instruction i)
{
	int64_t left = register_b(r, i)->i, right = register_c(r, i)->i;

	if (right == 0)
		return by_zero(vm);
	if (left == INT64_MIN && right == -1)
		return failure_raise(vm, "overflow", "the result does not fit in 64 bits");
	register_a(r, i)->i = left / right;
	return CALL_DONE;
}

enum call_result operate_remainder(struct vm *vm, value *r, instruction i)
{
	int64_t left = register_b(r, i)->i, right = register_c(r, i)->i;

	if (right == 0)
		return by_zero(vm);
	register_a(r, i)->i = right == -1 ? 0 : left % right; /* INT64_MIN % -1 traps */
	return CALL_DONE;
}
