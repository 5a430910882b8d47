#include "vm/state.h"

#include "base/memory.h"

#include <assert.h>

struct vm *vm_new(const struct program *program, const struct vm_services *services,
		  const struct vm_natives *natives)
{
	const struct program_code *code = program->code;
	size_t slots = (size_t)code->global_count + 2 * (size_t)code->policy_count;
	struct vm *vm = memory_zeroed(1, sizeof(*vm) + slots * sizeof(value));

	if (!vm)
		return NULL;
	vm->program = program;
	vm->code = code;
	vm->services = services;
	vm->natives = natives;
	arena_init(&vm->session, (size_t)services->limits[LIMIT_sessionMemory], LIFETIME_SESSION);
	globals_reset(vm, LIFETIME_SESSION);
	globals_reset(vm, LIFETIME_MESSAGE);
	globals_reset(vm, LIFETIME_EVENT);
	for (uint32_t i = 0; i < code->global_count; i++)
		vm->event_globals |= code->globals[i].lifetime == LIFETIME_EVENT;
	return vm;
}

void vm_free(struct vm *vm)
{
	if (!vm)
		return;
	vm_end_event(vm);
	vm_rest(vm);
	handles_close(vm, LIFETIME_PROGRAM);
	globals_free(vm);
	failure_forget(vm);
	memory_free(vm);
}

/* Without memory for a stack, vm_run reports the limit. */
static void begin(struct vm *vm, uint32_t function, int64_t deadline)
{
	assert(!vm->stack); /* vm_end_event was called after the event before */
	failure_forget(vm);
	vm->pending = NULL;
	vm->waiting = false;
	vm->may_wait = true;
	vm->computes = vm->aside = false;
	budget_begin(vm, deadline);
	stack_begin(vm, &vm->code->functions[function]);
}

static enum vm_status start_variables(struct vm *vm, enum lifetime lifetime, uint16_t function,
				      int64_t deadline)
{
	globals_reset(vm, lifetime);
	if (function == NO_FUNCTION)
		return VM_DONE;
	begin(vm, function, deadline);
	vm->may_wait = false;
	return vm_run(vm);
}

enum vm_status vm_begin_session(struct vm *vm, int64_t deadline)
{
	return start_variables(vm, LIFETIME_SESSION, vm->code->session_start, deadline);
}

enum vm_status vm_begin_message(struct vm *vm, int64_t deadline)
{
	return start_variables(vm, LIFETIME_MESSAGE, vm->code->message_start, deadline);
}

bool vm_begin_event(struct vm *vm, enum event_id event, int64_t deadline)
{
	if (vm->code->events[event] == NO_FUNCTION)
		return false;
	vm->event = event;
	globals_begin_event(vm);
	begin(vm, vm->code->events[event], deadline);
	return true;
}

bool vm_begin_function(struct vm *vm, unsigned function, const value *arguments, int64_t deadline)
{
	if (function >= vm->code->function_count)
		return false;
	begin(vm, function, deadline);
	for (unsigned i = 0; vm->stack && i < vm->code->functions[function].parameters; i++)
		vm->stack->registers[i] = arguments[i];
	return true;
}

value vm_result(const struct vm *vm)
{
	return vm->result;
}

enum vm_status vm_run(struct vm *vm)
{
	enum vm_status status;

	if (!vm->stack) {
		failure_limit(vm, LIMIT_eventMemory);
		failure_settle(vm);
		return VM_FAILED;
	}
	if (vm->waiting && clock_monotonic() >= vm->deadline) {
		budget_time_ended(vm);
		failure_settle(vm);
		return VM_FAILED;
	}
	vm->waiting = false;
	vm->turn_ends = 0;
	vm->aside = vm->computes;
	vm->computes = false;
	value_set_length_limit(vm->services->limits[LIMIT_listLength]);
	if (vm->parallel)
		parallel_wake(vm);
	status = vm_loop(vm);
	while (vm->parallel && parallel_next(vm, &status))
		status = vm_loop(vm);
	if (!vm->may_wait && status != VM_WAITING)
		stack_end(vm); /* the variables have their values; an event is still to come */
	return status;
}

int64_t vm_deadline(const struct vm *vm)
{
	return vm->deadline;
}

const struct wait_request *vm_wait(const struct vm *vm)
{
	return vm->wait;
}

const struct vm_failure *vm_failure(const struct vm *vm)
{
	return &vm->failure;
}

static void forget_matcher(struct vm *vm)
{
	regex_matcher_free(vm->matcher);
	vm->matcher = NULL;
}

/* Policy slots may hold texts of the event, which is about to be forgotten. */
void vm_end_event(struct vm *vm)
{
	stack_end(vm);
	if (vm->handles)
		handles_close(vm, LIFETIME_EVENT);
	if (vm->event_globals)
		globals_reset(vm, LIFETIME_EVENT);
	if (vm->matcher && !regex_matcher_is_small(vm->matcher))
		forget_matcher(vm);
	vm->pending = NULL;
}

void vm_rest(struct vm *vm)
{
	forget_matcher(vm);
	stack_free(vm->spare);
	vm->spare = NULL;
}

void vm_end_message(struct vm *vm)
{
	globals_reset(vm, LIFETIME_MESSAGE);
	handles_close(vm, LIFETIME_MESSAGE);
	handles_sweep(vm);
	globals_compact(vm);
}
