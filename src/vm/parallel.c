/* parallel { }: each statement runs on a stack of its own, until it waits; then the next one does.
 * Only one runs at a time, so nothing here is a matter of threads. When all wait, they wait
 * together. */
#include "vm/state.h"

#include "base/memory.h"

enum { CROWDED = 5000 }; /* microseconds: when not all descriptors fit into one request */

enum task_state {
	TASK_READY,
	TASK_WAITING, /* for descriptors or time */
	TASK_JOINING, /* for those that it began */
	TASK_ENDED,
};

/* The event's own code, and each statement of a parallel block. */
struct task {
	struct task *parent;	   /* NULL: the event's own */
	struct task *next;	   /* of all that have not ended */
	struct task *sibling;	   /* of the same block, in the order written */
	struct task *first, *last; /* of the block that it is at, or was at last */
	bool joined;		   /* that block is over: the next FORK begins another */
	enum task_state state;
	struct stack *stack; /* NULL once it has ended */
	void *pending;
	struct wait_request wait;
	value result;
	const struct type *type; /* of the result; NULL: there is none */
	bool failed;
	struct vm_failure failure; /* its texts live in the event arena */
};

struct parallel {
	struct task own;
	struct task *running;
	struct task *last; /* of the list that begins with `own` */
	unsigned count;	   /* in that list */
};

static bool parallel_begin(struct vm *vm)
{
	struct parallel *parallel = vm->parallel;

	if (parallel)
		return true;
	parallel = memory_zeroed(1, sizeof(*parallel));
	if (!parallel)
		return false;
	parallel->own.stack = vm->stack;
	parallel->running = parallel->last = &parallel->own;
	parallel->count = 1;
	vm->parallel = parallel;
	return true;
}

/* ---- ends ---- */

/* Its own block has ended before it, or the event is over. */
static void task_free_children(struct task *task)
{
	struct task *next;

	for (struct task *child = task->first; child; child = next) {
		next = child->sibling;
		memory_free(child);
	}
	task->first = task->last = NULL;
}

static void unlink_task(struct parallel *parallel, struct task *task)
{
	struct task *before = &parallel->own;

	while (before->next != task)
		before = before->next;
	before->next = task->next;
	if (parallel->last == task)
		parallel->last = before;
	parallel->count--;
}

static bool all_ended(const struct task *task)
{
	for (const struct task *child = task->first; child; child = child->sibling)
		if (child->state != TASK_ENDED)
			return false;
	return true;
}

static void end_task(struct vm *vm, struct task *task)
{
	stack_free(task->stack);
	task->stack = NULL;
	task->state = TASK_ENDED;
	unlink_task(vm->parallel, task);
	task_free_children(task);
	if (task->parent->state == TASK_JOINING && all_ended(task->parent))
		task->parent->state = TASK_READY;
}

static void free_ended_children(const struct task *task)
{
	struct task *next;

	for (struct task *child = task->first; child; child = next) {
		next = child->sibling;
		if (child->state == TASK_ENDED)
			memory_free(child);
	}
}

/* Those that have not ended are in the list, and hold all the others. */
void parallel_end(struct vm *vm)
{
	struct parallel *parallel = vm->parallel;
	struct task *next;

	for (const struct task *task = &parallel->own; task; task = task->next)
		free_ended_children(task);
	for (struct task *task = parallel->own.next; task; task = next) {
		next = task->next;
		stack_free(task->stack);
		memory_free(task);
	}
	for (struct handle *handle = vm->handles; handle; handle = handle->next)
		handle->user = NULL;
	vm->stack = parallel->own.stack;
	memory_free(parallel);
	vm->parallel = NULL;
}

/* ---- what the instructions do ---- */

static bool task_add(struct vm *vm, struct stack *stack)
{
	struct parallel *parallel = vm->parallel;
	struct task *parent = parallel->running, *task = memory_zeroed(1, sizeof(*task));

	if (!task)
		return false;
	if (parent->joined)
		task_free_children(parent);
	parent->joined = false;
	task->stack = stack;
	task->parent = parent;
	parallel->last->next = task;
	parallel->last = task;
	parallel->count++;
	if (parent->last)
		parent->last->sibling = task;
	else
		parent->first = task;
	parent->last = task;
	return true;
}

enum call_result parallel_fork(struct vm *vm, const instruction *pc)
{
	struct stack *stack;

	if (!parallel_begin(vm))
		return failure_limit(vm, LIMIT_eventMemory);
	/* The event's own code is none of them. */
	if (vm->parallel->count > vm->services->limits[LIMIT_parallel])
		return failure_limit(vm, LIMIT_parallel);
	stack = stack_fork(vm, pc, vm->parallel->count);
	if (stack && task_add(vm, stack))
		return CALL_DONE;
	stack_free(stack);
	return failure_limit(vm, LIMIT_eventMemory);
}

void parallel_yield(struct vm *vm, value result, const struct type *type)
{
	if (!vm->parallel)
		return;
	vm->parallel->running->result = result;
	vm->parallel->running->type = type;
}

enum call_result operate_join(struct vm *vm, value *r, instruction i)
{
	struct task *task = vm->parallel ? vm->parallel->running : NULL;

	(void)r;
	(void)i;
	if (!task || task->joined) /* nothing was forked since */
		return CALL_DONE;
	if (!all_ended(task)) {
		task->state = TASK_JOINING;
		return CALL_WAIT;
	}
	task->joined = true;
	for (const struct task *child = task->first; child; child = child->sibling)
		if (child->failed) {
			vm->failure = child->failure;
			return CALL_RAISED;
		}
	return CALL_DONE;
}

/* The verifier takes the type from the instruction: it must be the one that was yielded. */
enum call_result operate_take(struct vm *vm, value *r, instruction i)
{
	const struct task *task = vm->parallel ? vm->parallel->running->first : NULL;

	for (unsigned n = instruction_b(i); task && n > 0; n--)
		task = task->sibling;
	if (!task || task->state != TASK_ENDED || task->type != vm->code->types[instruction_c(i)])
		return failure_limit(vm, LIMIT_parallel);
	*register_a(r, i) = task->result;
	return CALL_DONE;
}

const struct stack *parallel_outer(const struct vm *vm, const struct stack *stack)
{
	const struct task *task = vm->parallel ? vm->parallel->running : NULL;

	while (task && task->stack != stack)
		task = task->parent;
	return task && task->parent ? task->parent->stack : NULL;
}

/* ---- whose turn it is ---- */

static void switch_to(struct vm *vm, struct task *task)
{
	vm->parallel->running = task;
	vm->stack = task->stack;
	vm->pending = task->pending;
	vm->waiting = false;
}

static struct task *next_ready(const struct parallel *parallel)
{
	struct task *task = (struct task *)&parallel->own;

	while (task && task->state != TASK_READY)
		task = task->next;
	return task;
}

static void wait_together(struct vm *vm)
{
	int64_t deadline = vm->deadline;
	bool crowded = false;

	wait_begin(vm->wait, deadline);
	for (const struct task *task = &vm->parallel->own; task; task = task->next) {
		if (task->state != TASK_WAITING)
			continue;
		if (task->wait.deadline < deadline)
			deadline = task->wait.deadline;
		for (unsigned i = 0; i < task->wait.count; i++)
			crowded |= !wait_add(vm->wait, task->wait.descriptors[i].fd,
					     task->wait.descriptors[i].events);
	}
	if (crowded && deadline > clock_monotonic() + CROWDED)
		deadline = clock_monotonic() + CROWDED;
	vm->wait->deadline = deadline;
	vm->waiting = true;
}

/* The running one has left the loop. True when that decides for all. */
static bool note_outcome(struct vm *vm, enum vm_status status)
{
	struct task *task = vm->parallel->running;

	if (status == VM_WAITING) {
		if (task->state == TASK_JOINING)
			return false;
		task->state = TASK_WAITING;
		task->wait = *vm->wait;
		task->pending = vm->pending;
		return false;
	}
	if (status == VM_ENDED || !task->parent || (status == VM_FAILED && vm->failure.limit))
		return true;
	if (status == VM_FAILED) {
		task->failed = true;
		task->failure = vm->failure;
	}
	end_task(vm, task);
	return false;
}

void parallel_wake(struct vm *vm)
{
	for (struct task *task = &vm->parallel->own; task; task = task->next)
		if (task->state == TASK_WAITING)
			task->state = TASK_READY;
	switch_to(vm, next_ready(vm->parallel));
}

/* The compiler joins what it forks. A program from elsewhere may not have. */
static bool leaves_children(const struct vm *vm, enum vm_status status)
{
	return (status == VM_DONE || status == VM_FAILED) && vm->parallel->running->parent &&
	       !all_ended(vm->parallel->running);
}

bool parallel_next(struct vm *vm, enum vm_status *status)
{
	struct task *task;

	if (leaves_children(vm, *status)) {
		failure_limit(vm, LIMIT_parallel);
		failure_settle(vm);
		*status = VM_FAILED;
		return false;
	}
	if (note_outcome(vm, *status))
		return false;
	task = next_ready(vm->parallel);
	if (task) {
		switch_to(vm, task);
		return true;
	}
	wait_together(vm);
	*status = VM_WAITING;
	return false;
}
