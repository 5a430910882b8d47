/* Instructions and time: one counter at back edges and calls, the clock now and then. */
#include "vm/state.h"

/* Some 50 microseconds of work between two looks at the clock, and where others wait for the end of
 * a turn some 5: instructions that make much of memory take longer. */
enum { SLICE = 20000, SLICE_SHORT = 1500 };
/* Microseconds that a handler runs before others have their turn, where the thread is shared: few
 * where they wait for it, more once it has been put aside. */
enum { TURN = 200, TURN_ASIDE = 150 };

static void take_slice(struct vm *vm)
{
	int64_t slice = turn_is_short(vm) ? SLICE_SHORT : SLICE;

	vm->budget = vm->reserve < slice ? vm->reserve : slice;
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

static int64_t turn_length(const struct vm *vm)
{
	return vm->aside ? TURN_ASIDE : TURN;
}

/* The first slice that is used up begins to count: most events end before. */
bool turn_is_over(struct vm *vm)
{
	if (!turn_ends(vm))
		return false;
	if (!vm->turn_ends)
		vm->turn_ends = vm->now + turn_length(vm);
	return vm->now >= vm->turn_ends;
}

int64_t turn_end(struct vm *vm)
{
	if (!vm->turn_ends)
		vm->turn_ends = clock_monotonic() + turn_length(vm);
	return vm->turn_ends;
}

bool turn_ends(const struct vm *vm)
{
	return vm->services->shares_thread;
}

bool turn_is_short(const struct vm *vm)
{
	return turn_ends(vm) && !vm->aside;
}

enum call_result turn_yield(struct vm *vm)
{
	vm->computes = true;
	wait_begin(vm->wait, clock_monotonic());
	return CALL_WAIT;
}
