/* What a function, or a turn of a loop, makes and nobody else can hold is given back at its end.
 *
 * The compiler marks such places, by the rules of bytecode/region.h: objects of outside are only
 * looked at, nothing but a text or a value without parts comes out, and no variable of the event
 * can take something away. */
#include "vm/regions.h"

static bool is_between(const char *at, const char *from, const char *to)
{
	return (uintptr_t)at > (uintptr_t)from && (uintptr_t)at <= (uintptr_t)to;
}

/* Room behind texts that are gone is nobody's. */
static void forget_growths(struct stack *stack, const char *from, const char *to)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < GROWTHS; i++)
		if (!is_between(stack->growths[i].limit, from, to))
			stack->growths[kept++] = stack->growths[i];
	memset(&stack->growths[kept], 0, (GROWTHS - kept) * sizeof(struct growth));
}

/* Of one block what lies there; of several, when `from` is NULL, all. */
static void forget(struct vm *vm, const char *from, const char *to)
{
	if (from)
		forget_growths(vm->stack, from, to);
	else
		memset(vm->stack->growths, 0, sizeof(vm->stack->growths));
	if (vm->stack->scans)
		literals_forget_events(vm->stack, vm->code->literal_set_count);
}

static void give_back(struct vm *vm, const struct arena_mark *mark)
{
	struct arena *arena = vm->services->event;

	forget(vm, arena->blocks == mark->block ? mark->next : NULL, arena->next);
	arena_return(arena, mark);
}

/* What waits for a cleanup stays: a temporary file, say, is there until the event ends. */
void turn_leave_slowly(struct vm *vm, const struct frame *frame)
{
	const struct arena_mark *mark = &frame->turn_mark;
	const struct arena *arena = vm->services->event;

	if (frame->turn && arena->cleanups == mark->cleanups &&
	    (arena->next != mark->next || arena->blocks != mark->block))
		give_back(vm, mark);
}

void region_leave_slowly(struct vm *vm, const struct frame *frame)
{
	if (frame->region)
		give_back(vm, &frame->mark);
}

/* The text moves to where the region began. What waits for a cleanup stays: the text may be a part
 * of it, a DNS answer's, say. */
static void leave_with_bytes(struct vm *vm, const struct arena_mark *mark, struct text *text)
{
	struct arena *arena = vm->services->event;
	const char *next = arena->blocks == mark->block ? arena->next : NULL;

	if (!arena->blocks || arena->cleanups != mark->cleanups)
		return;
	text->data = arena_return_with(arena, mark, text->data, text->length);
	forget(vm, next ? arena->next : NULL, next);
}

/* The first that was made there, as most are, need not move. */
static bool begins_region(const struct vm *vm, const struct arena_mark *mark, struct text text)
{
	return text.data == mark->next && region_is_simple(vm, mark);
}

void region_leave_text(struct vm *vm, const struct frame *frame, struct text *text)
{
	const struct arena_mark *mark = &frame->mark;

	if (!frame->region)
		return;
	if (text->lifetime != LIFETIME_EVENT || !text->length)
		give_back(vm, mark);
	else if (begins_region(vm, mark, *text))
		vm->services->event->next = mark->next + text->length;
	else
		leave_with_bytes(vm, mark, text);
}
