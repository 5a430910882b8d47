/* Instructions and time: one counter at back edges and calls, the clock now and then. */
#include "vm/state.h"

/* Some 50 microseconds of work between two looks at the clock. */
enum { SLICE = 20000 };
/* Microseconds that a handler runs before others have their turn, where the thread is shared. */
enum { TURN = 300 };

static void take_slice(struct vm *vm)
{
	vm->budget = vm->reserve < SLICE ? vm->reserve : SLICE;
	vm->reserve -= vm->budget;
}

void budget_begin(struct vm *vm, int64_t deadline)
{
	vm->deadline = deadline;
	vm->reserve = vm->services->limits[LIMIT_instructions];
	take_slice(vm);
}

/* The wall time of content is one for all its events, and has a limit of its own. */
enum call_result budget_time_ended(struct vm *vm)
{
	bool content = vm->event >= EVENT_onHeader && vm->event <= EVENT_onDataReceived;

	return failure_limit(vm, content ? LIMIT_contentTime : LIMIT_eventTime);
}

enum call_result budget_slice(struct vm *vm)
{
	vm->reserve += vm->budget; /* what was taken too much */
	vm->budget = 0;
	if (vm->reserve <= 0)
		return failure_limit(vm, LIMIT_instructions);
	vm->now = clock_monotonic();
	if (vm->now >= vm->deadline)
		return budget_time_ended(vm);
	take_slice(vm);
	return CALL_DONE;
}

/* The first slice that is used up begins to count: most events end before. */
bool turn_is_over(struct vm *vm)
{
	if (!turn_ends(vm))
		return false;
	if (!vm->turn_ends)
		vm->turn_ends = vm->now + TURN;
	return vm->now >= vm->turn_ends;
}

int64_t turn_end(struct vm *vm)
{
	if (!vm->turn_ends)
		vm->turn_ends = clock_monotonic() + TURN;
	return vm->turn_ends;
}

/* Statements of a parallel block have each other to wait for. */
bool turn_ends(const struct vm *vm)
{
	return vm->services->shares_thread && vm->may_wait && !vm->parallel;
}

enum call_result turn_yield(struct vm *vm)
{
	wait_begin(vm->wait, clock_monotonic());
	return CALL_WAIT;
}
