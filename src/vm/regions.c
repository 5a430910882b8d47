/* What a function makes and nobody else can hold is given back when it returns.
 *
 * The compiler marks such functions: nothing with parts goes in but texts and nets, nothing but a
 * text or a value without parts comes out, and no variable of the event can take something away. */
#include "vm/state.h"

void region_enter(struct vm *vm)
{
	struct frame *frame = vm_top(vm);

	/* Statements side by side make their values in between each other. */
	frame->region = vm->parallel == NULL;
	if (!vm->services->event->next) /* else each region would take and give back a block */
		arena_bytes(vm->services->event, 0);
	frame->mark = arena_mark(vm->services->event);
}

static bool is_between(const char *at, const char *from, const char *to)
{
	return (uintptr_t)at > (uintptr_t)from && (uintptr_t)at <= (uintptr_t)to;
}

/* Room behind texts that are gone is nobody's. */
static void forget_growths(struct stack *stack, const char *from, const char *to)
{
	for (unsigned i = 0; i < GROWTHS; i++)
		if (is_between(stack->growths[i].limit, from, to))
			stack->growths[i] = (struct growth){ NULL, NULL };
}

static void give_back(struct vm *vm, const struct arena_mark *mark)
{
	struct arena *arena = vm->services->event;

	if (arena->blocks == mark->block)
		forget_growths(vm->stack, mark->next, arena->next);
	else
		memset(vm->stack->growths, 0, sizeof(vm->stack->growths));
	literals_forget_events(vm->stack, vm->code->literal_set_count);
	arena_return(arena, mark);
}

void region_leave(struct vm *vm)
{
	const struct frame *frame = vm_top(vm);

	if (frame->region)
		give_back(vm, &frame->mark);
}

/* The text moves to where the region began. Across blocks nothing is given back, and where nothing was made there is
 * nothing to give. What waits for a cleanup stays too: the text may be a part of it, a DNS answer's, say. */
static void leave_with_bytes(struct vm *vm, const struct arena_mark *mark, struct text *text)
{
	struct arena *arena = vm->services->event;
	const char *next = arena->next, *end = text->data + text->length;
	char *kept;

	if (!arena->blocks || arena->blocks != mark->block || arena->cleanups != mark->cleanups)
		return;
	if (is_between(text->data, mark->next - 1, next)) {
		memmove(mark->next, text->data, text->length);
		text->data = mark->next;
		end = mark->next + text->length;
	}
	kept = (char *)(uintptr_t)(is_between(end, mark->next, next) ? end : mark->next);
	forget_growths(vm->stack, kept, next);
	literals_forget_events(vm->stack, vm->code->literal_set_count);
	arena_return(arena, &(struct arena_mark){ kept, mark->block, mark->cleanups });
}

void region_leave_text(struct vm *vm, struct text *text)
{
	const struct frame *frame = vm_top(vm);

	if (!frame->region)
		return;
	if (text->lifetime == LIFETIME_EVENT && text->length)
		leave_with_bytes(vm, &frame->mark, text);
	else
		give_back(vm, &frame->mark);
}
