#include "vm/state.h"

#include "base/memory.h"

enum {
	REGISTERS_FIRST = 64, /* with them, malloc's quick lists hold it */
	FRAMES_FIRST = 8,
	SPARE_REGISTERS = 512, /* a stack that has grown beyond is not kept */
	DEPTH_MAX = 100000, /* whatever the limit says: offsets of registers stay within 32 bits */
};

static bool registers_reserve(struct stack *stack, uint32_t needed)
{
	uint32_t room = stack->room ? stack->room : REGISTERS_FIRST;
	value *registers;

	if (needed <= stack->room)
		return true;
	while (room < needed)
		room *= 2;
	registers = memory_resize(stack->registers, (size_t)room * sizeof(*registers));
	if (!registers)
		return false;
	stack->registers = registers;
	stack->room = room;
	return true;
}

static bool frames_reserve(struct stack *stack)
{
	uint32_t room = stack->frame_room ? stack->frame_room * 2 : FRAMES_FIRST;
	struct frame *frames;

	if (stack->depth < stack->frame_room)
		return true;
	frames = memory_resize(stack->frames, (size_t)room * sizeof(*frames));
	if (!frames)
		return false;
	stack->frames = frames;
	stack->frame_room = room;
	stack->usual_depth = stack->most_depth < room ? stack->most_depth : room;
	return true;
}

static inline bool push(struct stack *stack, const struct code *code, uint32_t base)
{
	struct frame *frame;

	if (!frames_reserve(stack) || !registers_reserve(stack, base + code->registers))
		return false;
	frame = &stack->frames[stack->depth++];
	frame->code = code;
	frame->pc = code->instructions;
	frame->base = base;
	frame->region = false;
	return true;
}

/* Empty, in the memory that it has. */
static void stack_empty(struct stack *stack)
{
	if (stack->scans)
		literals_forget(stack);
	if (stack->next_growth)
		memset(stack->growths, 0, sizeof(stack->growths));
	stack->next_growth = stack->depth = stack->caught_from = 0;
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
	if (vm->stack && !vm->spare && vm->stack->room <= SPARE_REGISTERS)
		vm->spare = vm->stack;
	else
		stack_free(vm->stack);
	vm->stack = NULL;
}

static bool fits(const struct vm *vm, uint32_t registers)
{
	return (int64_t)registers * (int64_t)sizeof(value) <=
	       vm->services->limits[LIMIT_eventMemory];
}

struct stack *stack_fork(const struct vm *vm, const instruction *pc, unsigned count)
{
	const struct frame *from = vm_top(vm);
	const struct code *code = from->code;
	struct stack *stack = fits(vm, (count + 1) * code->registers) ? stack_new(vm, code) : NULL;

	if (!stack)
		return NULL;
	memcpy(stack->registers, vm->stack->registers + from->base,
	       code->registers * sizeof(value));
	stack->frames[0].pc = pc;
	stack->caught_from = 1;
	return stack;
}

/* base cannot wrap: depth and registers of a function are both bounded. */
enum call_result stack_push(struct vm *vm, const struct code *code, uint32_t base)
{
	if (vm->stack->depth >= vm->stack->most_depth)
		return failure_limit(vm, LIMIT_callDepth);
	if (!fits(vm, base + code->registers) || !push(vm->stack, code, base))
		return failure_limit(vm, LIMIT_eventMemory);
	return CALL_DONE;
}
