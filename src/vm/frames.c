#include "vm/state.h"

#include "base/memory.h"

enum {
	REGISTERS_FIRST = 64, /* with them, malloc's quick lists hold it */
	FRAMES_FIRST = 8,
	SPARE_REGISTERS = 512, /* a stack that has grown beyond is not kept */
	DEPTH_MAX = 100000, /* whatever the limit says: offsets of registers stay within 32 bits */
};

static bool registers_reserve(struct stack *stack, size_t needed)
{
	size_t size = stack->size ? stack->size : REGISTERS_FIRST * sizeof(value);
	value *registers;

	if (needed <= stack->size)
		return true;
	while (size < needed)
		size *= 2;
	registers = memory_resize(stack->registers, size);
	if (!registers)
		return false;
	stack->registers = registers;
	stack->size = size;
	return true;
}

static bool frames_reserve(struct stack *stack)
{
	uint32_t room = stack->frame_room ? stack->frame_room * 2 : FRAMES_FIRST;
	uint32_t depth = stack_depth(stack);
	struct frame *frames;

	if (depth < stack->frame_room)
		return true;
	frames = memory_resize(stack->frames, ((size_t)room + 1) * sizeof(*frames));
	if (!frames)
		return false;
	for (uint32_t n = depth; n <= room; n++)
		frames[n].number = NO_FUNCTION;
	stack->frames = frames;
	stack->top = depth ? &frames[depth - 1] : NULL;
	stack->frame_room = room;
	stack->usual = &frames[(stack->most_depth < room ? stack->most_depth : room) - 1];
	return true;
}

static size_t size_of_registers(const struct code *code)
{
	return code->registers * sizeof(value);
}

static inline bool push(struct stack *stack, const struct code *code, size_t base)
{
	struct frame *frame;

	if (!frames_reserve(stack) || !registers_reserve(stack, base + size_of_registers(code)))
		return false;
	frame = stack->top ? stack->top + 1 : stack->frames;
	stack->top = frame;
	frame->code = code;
	frame->pc = code->ready;
	frame->base = base;
	frame->region = false;
	return true;
}

/* Empty, in the memory that it has. */
static void stack_empty(struct stack *stack)
{
	if (stack->scans)
		literals_forget(stack);
	memset(stack->growths, 0, sizeof(stack->growths));
	stack->caught_from = 0;
	stack->top = NULL;
}

/* With its first frame; `stack` is empty, or NULL. */
static struct stack *stack_ready(struct stack *stack, const struct code *code)
{
	if (!stack || push(stack, code, 0))
		return stack;
	stack_free(stack);
	return NULL;
}

static struct stack *stack_new(const struct vm *vm, const struct code *code)
{
	struct stack *stack = memory_zeroed(1, sizeof(*stack));
	int64_t most = vm->services->limits[LIMIT_callDepth];

	if (stack) /* the limit counts calls, and the first frame is none */
		stack->most_depth = most < DEPTH_MAX ? (uint32_t)most + 1 : DEPTH_MAX;
	return stack_ready(stack, code);
}

bool stack_begin(struct vm *vm, const struct code *code)
{
	struct stack *spare = vm->spare;

	vm->spare = NULL;
	if (spare)
		stack_empty(spare);
	vm->stack = spare ? stack_ready(spare, code) : stack_new(vm, code);
	vm->wait = vm->stack ? &vm->stack->wait : NULL;
	return vm->stack != NULL;
}

void stack_free(struct stack *stack)
{
	if (!stack)
		return;
	literals_forget(stack);
	memory_free(stack->registers);
	memory_free(stack->frames);
	memory_free(stack);
}

void stack_end(struct vm *vm)
{
	if (vm->parallel)
		parallel_end(vm);
	if (vm->stack && !vm->spare && vm->stack->size <= SPARE_REGISTERS * sizeof(value))
		vm->spare = vm->stack;
	else
		stack_free(vm->stack);
	vm->stack = NULL;
}

static bool fits(const struct vm *vm, size_t size)
{
	return (int64_t)size <= vm->services->limits[LIMIT_eventMemory];
}

struct stack *stack_fork(const struct vm *vm, const instruction *pc, unsigned count)
{
	const struct frame *from = vm_top(vm);
	const struct code *code = from->code;
	struct stack *stack =
		fits(vm, (count + 1) * size_of_registers(code)) ? stack_new(vm, code) : NULL;

	if (!stack)
		return NULL;
	memcpy(stack->registers, stack_registers(vm->stack, from), size_of_registers(code));
	stack->frames[0].pc = pc;
	stack->caught_from = 1;
	return stack;
}

/* base cannot wrap: depth and registers of a function are both bounded. */
enum call_result stack_push(struct vm *vm, const struct code *code, size_t base)
{
	if (stack_depth(vm->stack) >= vm->stack->most_depth)
		return failure_limit(vm, LIMIT_callDepth);
	if (!fits(vm, base + size_of_registers(code)) || !push(vm->stack, code, base))
		return failure_limit(vm, LIMIT_eventMemory);
	return CALL_DONE;
}
