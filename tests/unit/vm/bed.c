#include "bed.h"

#include "compiler/compile.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { DEADLINE = 20 * 1000000 };

static void show_diagnostics(struct diagnostics *diagnostics)
{
	struct buffer out;

	buffer_init(&out, 1 << 16);
	diagnostics_print(diagnostics, false, &out);
	fprintf(stderr, "%.*s\n", TEXT_PRINTF(buffer_text(&out)));
	buffer_free(&out);
}

void bed_open(struct bed *bed, const char *source)
{
	static const struct means means;
	struct text text = text_of_string(source, LIFETIME_PROGRAM);
	struct compile_request request = { .path = "a.afsl",
					   .text = &text,
					   .raised = EVENTS_ALL };

	memset(bed, 0, sizeof(*bed));
	bed->context.means = &means;
	diagnostics_init(&bed->diagnostics);
	bed->program = compile(&request, &bed->diagnostics);
	if (!bed->program)
		show_diagnostics(&bed->diagnostics);
	cr_assert_not_null(bed->program);
	for (int i = 0; i < LIMIT_COUNT; i++)
		bed->limits[i] = limit_rows[i].value;
	arena_init(&bed->event, (size_t)bed->limits[LIMIT_eventMemory], LIFETIME_EVENT);
	arena_init(&bed->message, (size_t)bed->limits[LIMIT_messageMemory], LIFETIME_MESSAGE);
	arena_init(&bed->session, (size_t)bed->limits[LIMIT_sessionMemory], LIFETIME_SESSION);
	bed->services = (struct vm_services){ .context = &bed->context,
					      .event = &bed->event,
					      .message = &bed->message,
					      .session = &bed->session,
					      .limits = bed->limits };
	memcpy(bed->builtins, natives.builtins, sizeof(bed->builtins));
	bed->natives = (struct vm_natives){ bed->builtins, natives.readers, natives.writers };
	bed->vm = bed_vm(bed);
	cr_assert_eq(vm_begin_session(bed->vm, INT64_MAX), VM_DONE);
	cr_assert_eq(vm_begin_message(bed->vm, INT64_MAX), VM_DONE);
}

struct vm *bed_vm(struct bed *bed)
{
	struct vm *vm = vm_new(bed->program, &bed->services, &bed->natives);

	cr_assert_not_null(vm);
	return vm;
}

void bed_close(struct bed *bed)
{
	vm_free(bed->vm);
	program_free(bed->program);
	diagnostics_free(&bed->diagnostics);
	arena_reset(&bed->event);
	arena_reset(&bed->message);
	arena_reset(&bed->session);
}

enum vm_status bed_run(struct bed *bed, const char *function, const value *arguments)
{
	int number = program_function(bed->program, function);

	cr_assert_geq(number, 0, "%s", function);
	cr_assert(vm_begin_function(bed->vm, (unsigned)number, arguments,
				    clock_monotonic() + DEADLINE));
	return vm_run(bed->vm);
}

void bed_end(struct bed *bed)
{
	vm_end_event(bed->vm);
	arena_reset(&bed->event);
}

enum vm_status bed_event(struct bed *bed, enum event_id event)
{
	enum vm_status status;

	cr_assert(vm_begin_event(bed->vm, event, clock_monotonic() + DEADLINE));
	status = vm_run(bed->vm);
	bed_end(bed);
	return status;
}

void bed_end_message(struct bed *bed)
{
	vm_end_message(bed->vm);
	arena_reset(&bed->message);
}

static void keep_result(struct bed *bed, enum vm_status status)
{
	const struct vm_failure *failure = vm_failure(bed->vm);
	struct text text = vm_result(bed->vm).text;

	if (status == VM_DONE)
		snprintf(bed->out, sizeof(bed->out), "%.*s", TEXT_PRINTF(text));
	else if (status == VM_FAILED)
		snprintf(bed->out, sizeof(bed->out), "%.*s: %.*s", TEXT_PRINTF(failure->kind),
			 TEXT_PRINTF(failure->message));
	else
		snprintf(bed->out, sizeof(bed->out), "status %d", status);
}

const char *bed_text(struct bed *bed, const char *function)
{
	keep_result(bed, bed_run(bed, function, NULL));
	bed_end(bed);
	return bed->out;
}

const char *text_of_source(const char *source)
{
	static char out[8192];
	struct bed bed;

	bed_open(&bed, source);
	snprintf(out, sizeof(out), "%s", bed_text(&bed, "f"));
	bed_close(&bed);
	return out;
}
