#include "vm/state.h"

bool vm_place(const struct vm *vm, struct span *span)
{
	if (!vm->stack)
		return false;
	for (uint32_t depth = stack_depth(vm->stack); depth > 0; depth--) {
		const struct frame *frame = &vm->stack->frames[depth - 1];
		ptrdiff_t next = frame->pc - frame->code->ready;

		if (frame->code->hidden || next <= 0)
			continue;
		*span = code_span(frame->code, (uint32_t)next - 1);
		return true;
	}
	return false;
}
