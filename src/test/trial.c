#include "test/trial.h"

#include "base/memory.h"
#include "engine/listener.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

enum { ARENA_MAX = 256 << 20, REASON_TEXT_MAX = 64 << 10, TEST_SHARE = 20 };

struct trial *trial_of(const struct call *call)
{
	struct context *context = call_context(call);

	return (struct trial *)((char *)context - offsetof(struct trial, lane.context));
}

char *trial_print(struct trial *trial, const char *format, ...)
{
	struct buffer out;
	va_list arguments;
	char *kept;

	buffer_init(&out, 1 << 20);
	va_start(arguments, format);
	buffer_vprintf(&out, format, arguments);
	va_end(arguments);
	kept = arena_string(&trial->arena, buffer_text(&out));
	buffer_free(&out);
	return kept ? kept : (char *)"";
}

struct text trial_keep(struct trial *trial, struct text text)
{
	bool ok = true;

	return arena_copy(&trial->arena, text, &ok);
}

struct note *trial_note(struct trial *trial, const char *text)
{
	struct note *note = arena_zeroed(&trial->arena, sizeof(*note));
	static struct note spare;

	if (!note)
		return &spare;
	note->text = text;
	note->result = note->place = "";
	*trial->last_note = note;
	trial->last_note = &note->next;
	return note;
}

/* ---- how it ends ---- */

enum call_result trial_end(struct trial *trial, enum trial_outcome outcome)
{
	if (!trial->ended)
		trial->outcome = outcome;
	trial->ended = true;
	return CALL_END;
}

enum call_result trial_fail(struct trial *trial, const char *format, ...)
{
	va_list arguments;

	if (!trial->ended) {
		va_start(arguments, format);
		buffer_vprintf(&trial->reason, format, arguments);
		va_end(arguments);
	}
	return trial_end(trial, TRIAL_FAILED);
}

/* ---- the test's code ---- */

/* A test may take longer than an event, and hold more. */
static void raise_limits(int64_t limits[LIMIT_COUNT])
{
	limits_default(limits);
	limits[LIMIT_instructions] *= TEST_SHARE;
	limits[LIMIT_eventMemory] *= TEST_SHARE;
	limits[LIMIT_sessionMemory] *= TEST_SHARE;
	limits[LIMIT_logLines] *= TEST_SHARE;
}

static void keep_log(void *argument, int level, const char *line)
{
	struct trial *trial = argument;
	const char *said = strstr(line, "test: ");

	(void)level;
	trial_note(trial, trial_print(trial, "the test says: %s", said ? said + 6 : line))->detail =
		false;
}

/* A program is shared by all tests of its file, unless it has variables that would be shared, too.
 */
static bool load_base(struct trial *trial)
{
	struct afsl_program *program = trial->request->program;

	trial->space = afsl_shared_new();
	if (program->program->shared_count)
		trial->base = trial->space ? trial_load(trial, NULL) : NULL;
	else
		trial->base = afsl_program_keep(program);
	return trial->base != NULL;
}

/* Visiting is a part of tracing. */
static void pass_statement(void *argument, const struct vm *vm, struct span span)
{
	(void)argument;
	(void)vm;
	(void)span;
}

static bool begin(struct trial *trial, const struct trial_request *request)
{
	*trial = (struct trial){ .request = request };
	arena_init(&trial->arena, ARENA_MAX, LIFETIME_SESSION);
	buffer_init(&trial->reason, REASON_TEXT_MAX);
	buffer_init(&trial->sent_body, ARENA_MAX);
	mocks_init(&trial->mocks, &trial->arena);
	trial->last_note = &trial->notes;
	if (!load_base(trial))
		return false;
	trial->filter =
		(struct filter){ .program = trial->base, .name = (char *)(uintptr_t) "test" };
	raise_limits(trial->filter.limits);
	filter_equip(&trial->filter);
	trial->listener = (struct listener){ .log = keep_log, .log_argument = trial };
	if (request->coverage)
		trial->own = recorder_new(trial->base->program, request->coverage);
	if (!lane_init(&trial->lane, &trial->filter, &trial->listener))
		return false;
	trial->lane.context.outside = &outside_mocked;
	trial->lane.context.outside_argument = &trial->mocks;
	trial->lane.context.resolver = mock_resolver(&trial->mocks);
	trial->lane.vm = vm_new(trial->base->program, &trial->lane.services, tested_natives());
	if (!trial->lane.vm)
		return false;
	context_begin_event(&trial->lane.context, EVENT_onStart);
	listener_attach(&trial->lane);
	if (trial->own) {
		vm_trace(trial->lane.vm, pass_statement, NULL);
		vm_visit(trial->lane.vm, recorder_visit, trial->own);
	}
	return true;
}

static enum vm_status run_code(struct trial *trial)
{
	const struct program_test *test = &trial->base->program->tests[trial->request->number];
	struct vm *vm = trial->lane.vm;
	int64_t deadline = clock_monotonic() + 1000 * trial->lane.filter->limits[LIMIT_eventTime];
	enum vm_status status = vm_begin_session(vm, deadline);

	if (status == VM_DONE)
		status = vm_begin_message(vm, deadline);
	if (status != VM_DONE)
		return status;
	/* Time is what the test makes of it; its instructions are counted. */
	vm_begin_function(vm, test->function, NULL, INT64_MAX);
	status = vm_run(vm);
	while (status == VM_WAITING) {
		trial_wait(trial, vm_wait(vm));
		status = vm_run(vm);
	}
	return status;
}

static void take_failure(struct trial *trial)
{
	const struct vm_failure *failure = vm_failure(trial->lane.vm);

	trial_fail(trial, "%.*s: %.*s; at %.*s", TEXT_PRINTF(failure->kind),
		   TEXT_PRINTF(failure->message), TEXT_PRINTF(failure->trace));
}

/* What was asked of nobody, or wrongly, fails a test that has come through. */
static void check_mocks(struct trial *trial)
{
	if (trial->ended)
		return;
	mocks_finish(&trial->mocks);
	if (trial->mocks.fault.length)
		trial_fail(trial, "%.*s", TEXT_PRINTF(buffer_text(&trial->mocks.fault)));
}

static void run(struct trial *trial)
{
	enum vm_status status = run_code(trial);

	if (status == VM_FAILED)
		take_failure(trial);
	if (status == VM_ENDED && !vm_place(trial->lane.vm, &trial->span))
		trial->span = (struct span){ 0, 0, 0 };
	check_mocks(trial);
}

static void end(struct trial *trial)
{
	trial_close_session(trial);
	if (trial->own)
		recorder_end(trial->own, trial->request->coverage);
	if (trial->lane.mail)
		lane_free(&trial->lane);
	afsl_program_release(trial->program);
	afsl_program_release(trial->base);
	afsl_shared_release(trial->space);
	mocks_free(&trial->mocks);
	buffer_free(&trial->sent_body);
	buffer_free(&trial->reason);
	arena_reset(&trial->arena);
	memory_free(trial);
}

void trial_run(const struct trial_request *request, struct trial_result *result)
{
	struct trial *trial = memory_allocate(sizeof(*trial));
	int64_t began = clock_monotonic();

	*result = (struct trial_result){ .outcome = TRIAL_FAILED };
	buffer_init(&result->text, 1 << 20);
	if (!trial) {
		buffer_append_string(&result->text, "memory has ended\n");
		return;
	}
	clock_stop();
	if (begin(trial, request))
		run(trial);
	else
		trial_fail(trial, "memory has ended");
	result->outcome = trial->outcome;
	if (trial->outcome != TRIAL_PASSED)
		failure_print(trial, &result->text);
	end(trial);
	clock_go();
	result->microseconds = clock_monotonic() - began;
}
