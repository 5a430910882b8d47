/* A function of a script, called without a session: for `afsl run --bench`. */
#include "bytecode/code.h"
#include "base/memory.h"
#include "engine/lane.h"

#include <stdio.h>
#include <stdlib.h>

static bool is_main(const struct code *code)
{
	return code->parameters == 2 && code->parameter_types[0] == &type_text &&
	       code->parameter_types[1] == &type_int && code->result == &type_text;
}

static char *copy_of(struct text text)
{
	char *copy = memory_allocate((size_t)text.length + 1);

	if (!copy)
		return NULL;
	if (text.length)
		memcpy(copy, text.data, text.length);
	copy[text.length] = '\0';
	return copy;
}

static char *describe_failure(const struct lane *lane)
{
	const struct vm_failure *failure = vm_failure(lane->vm);
	char line[REASON_MAX];

	if (failure->limit)
		snprintf(line, sizeof(line), "limit %s: %.*s", limit_rows[failure->which].name,
			 TEXT_PRINTF(failure->trace));
	else
		snprintf(line, sizeof(line), "%.*s: %.*s: %.*s", TEXT_PRINTF(failure->kind),
			 TEXT_PRINTF(failure->message), TEXT_PRINTF(failure->trace));
	return copy_of(text_of_string(line, LIFETIME_EVENT));
}

static enum vm_status run_function(struct lane *lane, unsigned function, const value *arguments)
{
	int64_t deadline = clock_monotonic() + lane->filter->limits[LIMIT_eventTime] * 1000;
	enum vm_status status = vm_begin_session(lane->vm, deadline);

	if (status == VM_DONE)
		status = vm_begin_message(lane->vm, deadline);
	if (status != VM_DONE || !vm_begin_function(lane->vm, function, arguments, deadline))
		return status == VM_DONE ? VM_FAILED : status;
	while ((status = vm_run(lane->vm)) == VM_WAITING)
		wait_poll(vm_wait(lane->vm));
	return status;
}

static bool call_main(struct lane *lane, const char *folder, int64_t n, char **answer)
{
	const struct program *program = lane->filter->program->program;
	int function = program_function(program, "main");
	value arguments[2] = { { .text = text_of_string(folder, LIFETIME_PROGRAM) }, { .i = n } };
	enum vm_status status;

	if (function < 0 || !is_main(&program->code->functions[function])) {
		*answer = copy_of(TEXT("there is no function main(folder: text, n: int) -> text"));
		return false;
	}
	lane->vm = vm_new(program, &lane->services, &natives);
	if (!lane->vm)
		return false;
	status = run_function(lane, (unsigned)function, arguments);
	if (status == VM_DONE)
		*answer = copy_of(vm_result(lane->vm).text);
	else if (status == VM_ENDED)
		*answer = copy_of(TEXT("a verdict ended the function"));
	else
		*answer = describe_failure(lane);
	vm_end_event(lane->vm);
	return status == VM_DONE && *answer;
}

bool afsl_chain_bench(const struct afsl_chain *chain, const char *folder, int64_t n, char **answer)
{
	struct listener listener = { .log = NULL };
	struct lane lane;
	bool ok;

	*answer = NULL;
	if (chain->count == 0)
		return false;
	ok = lane_init(&lane, chain->filters, &listener) && call_main(&lane, folder, n, answer);
	lane_free(&lane);
	return ok;
}
