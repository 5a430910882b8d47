#include "script.h"

#include "base/wait.h"
#include "compiler/compile.h"

#include <stdio.h>
#include <stdlib.h>

enum { EVENT_TIME = 20 * 1000000 };

void script_compile(struct script *script, const char *source)
{
	struct text text = text_of_string(source, LIFETIME_PROGRAM);
	struct compile_request request = { .path = "fuzz.afsl",
					   .text = &text,
					   .raised = EVENTS_ALL };
	struct buffer shown;

	diagnostics_init(&script->diagnostics);
	script->program = compile(&request, &script->diagnostics);
	if (script->program)
		return;
	buffer_init(&shown, BUFFER_CAP_DEFAULT);
	diagnostics_print(&script->diagnostics, false, &shown);
	fprintf(stderr, "%.*s\n", TEXT_PRINTF(buffer_text(&shown)));
	abort();
}

static struct dns_answer *no_answer(void *argument, struct text name, int type)
{
	(void)argument, (void)name, (void)type;
	return dns_answer_failed("no answer");
}

static void make_world(struct script *script)
{
	for (int i = 0; i < LIMIT_COUNT; i++)
		script->limits[i] = limit_rows[i].value;
	arena_init(&script->event, (size_t)script->limits[LIMIT_eventMemory], LIFETIME_EVENT);
	script->mail = mail_session_new((size_t)script->limits[LIMIT_sessionMemory],
					(size_t)script->limits[LIMIT_messageMemory]);
	script->resolver = resolver_new_scripted(no_answer, NULL);
	if (!script->mail || !script->resolver)
		abort();
	script->services = (struct vm_services){ .context = &script->context,
						 .event = &script->event,
						 .message = &script->mail->message_arena,
						 .session = &script->mail->session_arena,
						 .limits = script->limits };
}

bool script_begin(struct script *script)
{
	static const struct means means;

	if (!script->mail)
		make_world(script);
	if (script->vm) {
		script_settle(script);
		vm_free(script->vm);
	}
	mail_end(script->mail);
	arena_reset(&script->mail->session_arena);
	script->context = (struct context){ .means = &means,
					    .mail = script->mail,
					    .outside = &outside_closed,
					    .resolver = script->resolver };
	script->vm = vm_new(script->program, &script->services, &natives);
	if (!script->vm || !mail_begin(script->mail, TEXT("<a@example.net>"), NULL, 0))
		abort();
	return vm_begin_session(script->vm, INT64_MAX) == VM_DONE && vm_begin_message(script->vm, INT64_MAX) == VM_DONE;
}

void script_open(struct script *script, const char *source)
{
	script_compile(script, source);
	if (!script_begin(script))
		abort();
}

unsigned script_function(const struct script *script, const char *name)
{
	int number = program_function(script->program, name);

	if (number < 0)
		abort();
	return (unsigned)number;
}

void script_settle(struct script *script)
{
	vm_end_event(script->vm);
	arena_reset(&script->event);
}

enum vm_status script_call(struct script *script, unsigned function, const value *arguments)
{
	script_settle(script);
	if (!vm_begin_function(script->vm, function, arguments, clock_monotonic() + EVENT_TIME))
		abort();
	return vm_run(script->vm);
}
