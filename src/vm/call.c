/* What builtins see of the VM. */
#include "vm/state.h"

static enum call_result suspend(struct vm *vm)
{
	if (!vm->may_wait)
		return failure_raise(vm, "argument", "the initial value of a variable cannot wait");
	if (vm->wait->deadline > vm->deadline)
		vm->wait->deadline = vm->deadline;
	return CALL_WAIT;
}

/* The compiler owns what a builtin changes. A program from elsewhere may not have. */
static bool is_owned(const struct import *import, const value *arguments)
{
	return !type_is_object(import->argument_types[0]) ||
	       !((const struct object *)arguments[0].pointer)->shared;
}

/* A handle serves one statement of a parallel block at a time: what waits in it must find it as it
 * left it. */
static struct handle *handle_argument(const struct vm *vm, const struct import *import,
				      const value *arguments)
{
	if (!vm->parallel || import->argument_count == 0 ||
	    !type_is_handle(import->argument_types[0]))
		return NULL;
	return arguments[0].handle;
}

static enum call_result call_in_turn(struct vm *vm, builtin_function *function, struct call *call)
{
	struct handle *handle = handle_argument(vm, call->import, call->arguments);
	enum call_result outcome;

	if (handle && handle->user && handle->user != vm->stack)
		return failure_raise(vm, "argument",
				     "another statement of `parallel` waits for this");
	outcome = function(call);
	if (handle)
		handle->user = outcome == CALL_WAIT ? vm->stack : NULL;
	return outcome;
}

enum call_result call_native(struct vm *vm, builtin_function *function, const struct import *import,
			     value *arguments, value *result)
{
	struct call call = { .vm = vm,
			     .import = import,
			     .arguments = arguments,
			     .result = result,
			     .pending = &vm->pending };
	enum call_result outcome;

	if (import->changes && !is_owned(import, arguments))
		return failure_limit(vm, LIMIT_eventMemory);
	outcome = call_in_turn(vm, function, &call);
	if (outcome == CALL_WAIT)
		return suspend(vm);
	vm->pending = NULL;
	if (outcome == CALL_LIMIT && !vm->failure.limit)
		return failure_limit(vm, LIMIT_eventMemory);
	return outcome;
}

void *call_context(const struct call *call)
{
	return call->vm->services->context;
}

struct arena *call_arena(const struct call *call)
{
	return call->vm->services->event;
}

int64_t call_limit_value(const struct call *call, enum limit_id limit)
{
	return call->vm->services->limits[limit];
}

enum call_result call_limit(struct call *call, enum limit_id limit)
{
	return failure_limit(call->vm, limit);
}

/* A builtin that changes its first argument has filled what that lives in. */
enum call_result call_memory(struct call *call)
{
	const struct import *import = call->import;
	enum lifetime lifetime = LIFETIME_EVENT;

	if (import->changes && type_is_object(import->argument_types[0]))
		lifetime = ((struct object *)call->arguments[0].pointer)->home->lifetime;
	return failure_limit(call->vm, failure_memory_limit(lifetime));
}

struct wait_request *call_wait(struct call *call)
{
	wait_begin(call->vm->wait, call->vm->deadline);
	return call->vm->wait;
}

enum call_result call_charge(struct call *call, size_t bytes)
{
	return budget_charge(call->vm, (int64_t)(bytes / 16) + 1);
}

enum call_result call_begin(struct call *call, size_t bytes)
{
	if (turn_defers(call->vm, bytes))
		return turn_yield(call->vm);
	return call_charge(call, bytes);
}

enum call_result call_pause(struct call *call)
{
	struct vm *vm = call->vm;

	if (!turn_ends(vm) || clock_monotonic() < turn_end(vm))
		return CALL_DONE;
	return turn_yield(vm);
}

int64_t call_deadline(const struct call *call)
{
	return call->vm->deadline;
}

enum call_result call_return_text(struct call *call, const void *bytes, size_t length)
{
	bool ok = true;

	if (length > TEXT_LENGTH_MAX || (int64_t)length > call_limit_value(call, LIMIT_textLength))
		return call_limit(call, LIMIT_textLength);
	call->result->text = arena_copy(
		call_arena(call), (struct text){ bytes, (uint32_t)length, LIFETIME_EVENT }, &ok);
	return ok ? CALL_DONE : call_memory(call);
}
