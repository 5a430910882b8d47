/* The short way into and out of a region, for the dispatch loop; regions.c tells what that is. */
#ifndef VM_REGIONS_H
#define VM_REGIONS_H

#include "vm/state.h"

/* Without a block each region would take and give back one. */
static inline struct arena_mark region_mark(struct vm *vm)
{
	struct arena *arena = vm->services->event;

	if (__builtin_expect(!arena->next, 0))
		arena_bytes_slowly(arena, 0);
	return arena_mark(arena);
}

/* Statements side by side make their values in between each other: nothing is given back. */
static inline void region_enter(struct vm *vm, struct frame *frame)
{
	frame->region = vm->parallel == NULL;
	frame->mark = region_mark(vm);
}

static inline void turn_enter(struct vm *vm, struct frame *frame)
{
	frame->turn = vm->parallel == NULL;
	frame->turn_mark = region_mark(vm);
}

/* Does nobody know of what was made since then but the newest block? */
static inline bool region_is_simple(const struct vm *vm, const struct arena_mark *mark)
{
#ifdef __SANITIZE_ADDRESS__ /* what is over is overwritten, elsewhere */
	(void)vm;
	(void)mark;
	return false;
#else
	const struct stack *stack = vm->stack;

	return arena_is_in_block(vm->services->event, mark) && !stack->growths[0].end &&
	       !stack->scans;
#endif
}

static inline void region_leave(struct vm *vm, const struct frame *frame)
{
	if (__builtin_expect(frame->region && region_is_simple(vm, &frame->mark), 1))
		vm->services->event->next = frame->mark.next;
	else
		region_leave_slowly(vm, frame);
}

static inline void turn_leave(struct vm *vm, const struct frame *frame)
{
	if (__builtin_expect(frame->turn && region_is_simple(vm, &frame->turn_mark), 1))
		vm->services->event->next = frame->turn_mark.next;
	else
		turn_leave_slowly(vm, frame);
}

#endif
