/* Errors that scripts may catch, and limits that they may not. */
#include "vm/state.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>

enum { MESSAGE_MAX = 1024, KIND_MAX = 64, TRACE_MAX = 1024, TRACE_FRAMES = 12 };

enum call_result failure_limit(struct vm *vm, enum limit_id limit)
{
	vm->failure = (struct vm_failure){ .limit = true, .which = limit };
	return CALL_LIMIT;
}

enum limit_id failure_memory_limit(enum lifetime lifetime)
{
	if (lifetime == LIFETIME_SESSION)
		return LIMIT_sessionMemory;
	return lifetime == LIFETIME_MESSAGE ? LIMIT_messageMemory : LIMIT_eventMemory;
}

/* The error record's fields are texts of the event, like all that handlers make. */
static enum call_result raise_with(struct vm *vm, const struct vm_failure *failure)
{
	bool ok = true;

	vm->failure = *failure;
	vm->failure.kind = arena_copy(vm->services->event, failure->kind, &ok);
	vm->failure.message = arena_copy(vm->services->event, failure->message, &ok);
	return ok ? CALL_RAISED : failure_limit(vm, LIMIT_eventMemory);
}

static enum call_result raise_formatted(struct vm *vm, struct vm_failure *failure,
					const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));
static enum call_result raise_formatted(struct vm *vm, struct vm_failure *failure,
					const char *format, va_list arguments)
{
	char message[MESSAGE_MAX];

	vsnprintf(message, sizeof(message), format, arguments);
	failure->message = text_of_string(message, LIFETIME_EVENT);
	return raise_with(vm, failure);
}

enum call_result failure_raise(struct vm *vm, const char *kind, const char *format, ...)
{
	struct vm_failure failure = { .kind = text_of_string(kind, LIFETIME_EVENT) };
	enum call_result result;
	va_list arguments;

	va_start(arguments, format);
	result = raise_formatted(vm, &failure, format, arguments);
	va_end(arguments);
	return result;
}

enum call_result call_raise(struct call *call, const char *kind, int64_t code, bool temporary,
			    const char *format, ...)
{
	struct vm_failure failure = { .kind = text_of_string(kind, LIFETIME_EVENT),
				      .code = code,
				      .temporary = temporary };
	enum call_result result;
	va_list arguments;

	va_start(arguments, format);
	result = raise_formatted(call->vm, &failure, format, arguments);
	va_end(arguments);
	return result;
}

enum call_result failure_throw_text(struct vm *vm, struct text message)
{
	vm->failure = (struct vm_failure){ .kind = TEXT("throw"), .message = message };
	return CALL_RAISED;
}

/* Fields in the order of the row Error of grammar/records.def; the verifier has checked them. */
enum { ERROR_KIND, ERROR_MESSAGE, ERROR_CODE, ERROR_TEMPORARY };

enum call_result failure_throw_record(struct vm *vm, const struct record *error)
{
	vm->failure = (struct vm_failure){ .kind = error->fields[ERROR_KIND].text,
					   .message = error->fields[ERROR_MESSAGE].text,
					   .code = error->fields[ERROR_CODE].i,
					   .temporary = error->fields[ERROR_TEMPORARY].i != 0 };
	return CALL_RAISED;
}

static struct record *make_record(struct vm *vm)
{
	struct record *error = record_allocate(vm->code->error, vm->services->event);

	if (!error)
		return NULL;
	error->fields[ERROR_KIND].text = vm->failure.kind;
	error->fields[ERROR_MESSAGE].text = vm->failure.message;
	error->fields[ERROR_CODE].i = vm->failure.code;
	error->fields[ERROR_TEMPORARY].i = vm->failure.temporary;
	return error;
}

/* A frame's place is that of the instruction before the one at which it goes on. */
static uint32_t frame_place(const struct frame *frame)
{
	return (uint32_t)(frame->pc - frame->code->ready) - 1;
}

static const struct code_try *frame_handler(const struct frame *frame)
{
	uint32_t place = frame_place(frame);

	for (uint32_t i = 0; i < frame->code->try_count; i++) {
		const struct code_try *row = &frame->code->tries[i];

		if (row->from <= place && place < row->to)
			return row;
	}
	return NULL;
}

static void print_frame(const struct vm *vm, const struct frame *frame, struct buffer *out)
{
	struct span span = code_span(frame->code, frame_place(frame));
	const struct diagnostics *sources = vm->program->sources;
	struct place place;

	if (frame->code->hidden)
		return;
	if (out->length)
		buffer_append_string(out, " < ");
	buffer_append_string(out, frame->code->name);
	if (!sources || span.source >= sources->source_count || span.to == 0)
		return;
	place = source_place(&sources->sources[span.source], span.from);
	buffer_printf(out, " (%s:%u:%u)", sources->sources[span.source].name, place.line,
		      place.column);
}

static void print_stack(const struct vm *vm, const struct stack *stack, struct buffer *out)
{
	uint32_t depth = stack ? stack_depth(stack) : 0;

	for (uint32_t shown = 0; depth > 0 && shown < TRACE_FRAMES; shown++)
		print_frame(vm, &stack->frames[--depth], out);
	if (depth > 0)
		buffer_append_string(out, " < ...");
}

void vm_print_stack(const struct vm *vm, struct buffer *out)
{
	print_stack(vm, vm->stack, out);
}

/* Of a statement of parallel { } first, then of the code around it. */
static void print_stacks(const struct vm *vm, struct buffer *out)
{
	buffer_append(out, vm->failure.trace.data, vm->failure.trace.length);
	for (const struct stack *stack = vm->stack; stack; stack = parallel_outer(vm, stack))
		print_stack(vm, stack, out);
}

/* The error is raised again by the code that waits for this stack, which adds its own. */
static void keep_trace(struct vm *vm)
{
	struct buffer trace;
	bool ok = true;

	buffer_init(&trace, TRACE_MAX);
	buffer_append(&trace, vm->failure.trace.data, vm->failure.trace.length);
	print_stack(vm, vm->stack, &trace);
	vm->failure.trace = arena_copy(vm->services->event, buffer_text(&trace), &ok);
	buffer_free(&trace);
}

static struct text text_first(struct text text, uint32_t most)
{
	return text_part(text, 0, text.length < most ? text.length : most);
}

static struct text move_text(char **at, struct text text)
{
	struct text moved = { *at, text.length, LIFETIME_SESSION };

	if (text.length)
		memcpy(*at, text.data, text.length);
	*at += text.length;
	return moved;
}

/* The texts leave the event arena, which is reset before anybody has logged them. */
static void move_texts(struct vm *vm, struct text trace)
{
	struct text kind = text_first(vm->failure.kind, KIND_MAX);
	struct text message = text_first(vm->failure.message, MESSAGE_MAX);
	char *at = memory_allocate((size_t)kind.length + message.length + trace.length);

	memory_free(vm->failure_block);
	vm->failure_block = at;
	vm->failure.kind = vm->failure.message = vm->failure.trace = TEXT_EMPTY;
	if (!at)
		return;
	vm->failure.kind = move_text(&at, kind);
	vm->failure.message = move_text(&at, message);
	vm->failure.trace = move_text(&at, trace);
}

static void describe_limit(struct vm *vm, struct buffer *out)
{
	const struct limit_row *row = &limit_rows[vm->failure.which];

	buffer_printf(out, "the limit %s (%lld%s%s) was reached", row->name,
		      (long long)vm->services->limits[vm->failure.which], *row->unit ? " " : "",
		      row->unit);
	vm->failure.kind = TEXT("limit");
	vm->failure.message = buffer_text(out);
}

void failure_settle(struct vm *vm)
{
	struct buffer trace, message;

	buffer_init(&trace, TRACE_MAX);
	buffer_init(&message, MESSAGE_MAX);
	print_stacks(vm, &trace);
	if (vm->failure.limit)
		describe_limit(vm, &message);
	move_texts(vm, buffer_text(&trace));
	buffer_free(&trace);
	buffer_free(&message);
}

static bool continue_at(struct vm *vm, uint32_t depth, const struct code_try *handler)
{
	struct frame *frame = &vm->stack->frames[depth - 1];
	struct record *error = make_record(vm);

	if (!error) {
		failure_limit(vm, LIMIT_eventMemory);
		failure_settle(vm);
		return false;
	}
	vm->stack->top = frame;
	stack_registers(vm->stack, frame)[handler->floor].record = error;
	frame->pc = frame->code->ready + handler->handler;
	return true;
}

bool failure_catch(struct vm *vm)
{
	for (uint32_t depth = stack_depth(vm->stack); depth > vm->stack->caught_from; depth--) {
		const struct code_try *handler = frame_handler(&vm->stack->frames[depth - 1]);

		if (handler)
			return continue_at(vm, depth, handler);
	}
	if (vm->stack->caught_from)
		keep_trace(vm);
	else
		failure_settle(vm);
	return false;
}

void failure_free(struct vm *vm)
{
	memory_free(vm->failure_block);
	vm->failure_block = NULL;
	vm->failure = (struct vm_failure){ 0 };
}
