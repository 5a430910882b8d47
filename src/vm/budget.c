/* Instructions and time: one counter at back edges and calls, the clock now and then. */
#include "vm/state.h"

/* Some 50 microseconds of work between two looks at the clock. */
enum { SLICE = 20000 };

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

enum call_result budget_slice(struct vm *vm)
{
	vm->reserve += vm->budget; /* what was taken too much */
	vm->budget = 0;
	if (vm->reserve <= 0)
		return failure_limit(vm, LIMIT_instructions);
	if (clock_monotonic() >= vm->deadline)
		return failure_limit(vm, LIMIT_eventTime);
	take_slice(vm);
	return CALL_DONE;
}
