#include "vm/state.h"

void vm_trace(struct vm *vm, vm_tracer *tracer, void *argument)
{
	vm->tracer = tracer;
	vm->tracer_argument = argument;
}

void vm_visit(struct vm *vm, vm_visitor *visitor, void *argument)
{
	vm->visitor = visitor;
	vm->visitor_argument = argument;
}

void tracer_visit(struct vm *vm, const instruction *pc)
{
	struct frame *frame = vm_top(vm);
	uint32_t place = (uint32_t)(pc - frame->code->ready);
	struct span span;

	frame->pc = pc;
	if (vm->visitor)
		vm->visitor(vm->visitor_argument, frame->code, place);
	if (code_statement(frame->code, place, &span))
		vm->tracer(vm->tracer_argument, vm, span);
}

bool vm_is_inside(const struct vm *vm)
{
	return vm->stack && vm->stack->top;
}

bool vm_local(const struct vm *vm, unsigned n, struct text *name, const struct type **type,
	      value *v)
{
	const struct frame *frame = vm_top(vm);
	uint32_t pc = (uint32_t)(frame->pc - frame->code->ready);

	for (uint32_t i = 0; i < frame->code->local_count; i++) {
		const struct code_local *local = &frame->code->locals[i];

		if (pc < local->from || pc >= local->to || n-- > 0)
			continue;
		*name = local->name;
		*type = local->type;
		*v = stack_registers(vm->stack, frame)[local->reg];
		return true;
	}
	return false;
}
