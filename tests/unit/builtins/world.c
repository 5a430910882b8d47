#include "world.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/wait.h"
#include "builtins/libraries.h"
#include "bytecode/code.h"
#include "compiler/compile.h"

/* Long enough for valgrind on a busy machine: what must end in time sets its own limit. */
static const int64_t event_time_us = (int64_t)600 * 1000 * 1000;

struct zone world_zone;

static void keep_line(void *argument, int level, struct text line)
{
	struct world *world = argument;

	buffer_printf(&world->log, "%d %.*s\n", level, TEXT_PRINTF(line));
}

static void load_libraries(const struct program *program)
{
	const char *why = NULL;

	for (uint32_t i = 0; i < program->code->import_count; i++) {
		const struct import *import = &program->code->imports[i];

		cr_assert(import->kind != IMPORT_BUILTIN ||
				  builtin_load_libraries((enum builtin_id)import->id, &why),
			  "%s", why);
	}
}

static void compile_source(struct world *world, const char *source)
{
	struct text text = text_of_string(source, LIFETIME_PROGRAM);
	struct compile_request request = { .path = "test.afsl",
					   .text = &text,
					   .raised = EVENTS_ALL };
	struct buffer shown;

	diagnostics_init(&world->diagnostics);
	world->program = compile(&request, &world->diagnostics);
	buffer_init(&shown, 1 << 20);
	diagnostics_print(&world->diagnostics, false, &shown);
	cr_assert(world->program, "%.*s", TEXT_PRINTF(buffer_text(&shown)));
	buffer_free(&shown);
	load_libraries(world->program);
}

static void open_shared(struct world *world)
{
	static const enum shared_kind kinds[] = { [TYPE_COUNTER] = SHARED_COUNTER,
						  [TYPE_RATE] = SHARED_RATE,
						  [TYPE_CACHE] = SHARED_CACHE };
	const char *fault;

	world->space = shared_new();
	cr_assert(world->space);
	for (unsigned i = 0; i < world->program->shared_count; i++) {
		const struct program_shared *one = &world->program->shared[i];
		struct shared_settings settings = { kinds[one->type->kind], one->name, "", NULL, one->time,
						    one->max, one->memory };

		world->shared[i] = shared_open(world->space, &settings, &fault);
		cr_assert(world->shared[i]);
	}
	world->means.shared = world->shared;
}

void world_open(struct world *world, const char *source)
{
	*world = (struct world){ 0 };
	world->context.means = &world->means;
	compile_source(world, source);
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		world->limits[i] = limit_rows[i].value;
	world->limits[LIMIT_regexTime] = event_time_us / 1000;
	arena_init(&world->event, (size_t)world->limits[LIMIT_eventMemory], LIFETIME_EVENT);
	world->mail = mail_session_new((size_t)world->limits[LIMIT_sessionMemory],
				       (size_t)world->limits[LIMIT_messageMemory]);
	cr_assert(world->mail);
	buffer_init(&world->log, 1 << 20);
	world->context.mail = world->mail;
	world->context.outside = &outside_live;
	world->means.tables = world->tables;
	world->context.resolver = resolver_new_scripted(zone_answer, &world_zone);
	open_shared(world);
	world->context.log = keep_line;
	world->context.log_argument = world;
	world->services = (struct vm_services){ .context = &world->context,
						.event = &world->event,
						.message = &world->mail->message_arena,
						.session = &world->mail->session_arena,
						.limits = world->limits };
	world->vm = vm_new(world->program, &world->services, &natives);
	cr_assert(world->vm);
	cr_assert_eq(vm_begin_session(world->vm, INT64_MAX), VM_DONE);
}

void world_settle(struct world *world)
{
	vm_end_event(world->vm);
	arena_reset(&world->event);
}

void world_close(struct world *world)
{
	world_settle(world);
	vm_free(world->vm);
	mail_session_free(world->mail);
	for (unsigned i = 0; i < world->program->shared_count; i++)
		shared_close(world->space, world->shared[i]);
	shared_free(world->space);
	arena_reset(&world->event);
	resolver_free(world->context.resolver);
	buffer_free(&world->log);
	program_free(world->program);
	diagnostics_free(&world->diagnostics);
}

enum vm_status world_call(struct world *world, const char *function)
{
	const struct program_code *code = world->program->code;
	int64_t deadline = clock_monotonic() + event_time_us;

	world_settle(world);
	for (unsigned i = 0; i < code->function_count; i++)
		if (strcmp(code->functions[i].name, function) == 0) {
			cr_assert(vm_begin_function(world->vm, i, NULL, deadline));
			break;
		}
	return vm_run(world->vm);
}

enum vm_status world_raise(struct world *world, enum event_id event)
{
	world_settle(world);
	context_begin_event(&world->context, event);
	cr_assert(vm_begin_event(world->vm, event, clock_monotonic() + event_time_us));
	return vm_run(world->vm);
}

void world_begin_message(struct world *world)
{
	cr_assert(mail_begin(world->mail, TEXT("<a@example.net>"), NULL, 0));
	cr_assert(mail_add_recipient(world->mail, TEXT("<b@example.org>"), NULL, 0));
	cr_assert_eq(vm_begin_message(world->vm, INT64_MAX), VM_DONE);
}

void world_add_header(struct world *world, const char *name, const char *raw)
{
	cr_assert(mail_add_header(world->mail, text_of_string(name, LIFETIME_EVENT),
				  text_of_string(raw, LIFETIME_EVENT)));
}

const char *world_headers(struct world *world, char out[4096])
{
	const struct headers *headers = &world->mail->message->headers;
	size_t length = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < headers->count && length < 4096; i++)
		length += (size_t)snprintf(out + length, 4096 - length, "%.*s:%.*s\n",
					   TEXT_PRINTF(headers->items[i].name),
					   TEXT_PRINTF(headers->items[i].raw));
	return out;
}

/* ---- expressions ---- */

static const char *failure_text(const struct world *world, char out[512])
{
	const struct vm_failure *failure = vm_failure(world->vm);

	if (failure->limit)
		snprintf(out, 512, "the limit %s struck", limit_rows[failure->which].name);
	else
		snprintf(out, 512, "%.*s: %.*s", TEXT_PRINTF(failure->kind),
			 TEXT_PRINTF(failure->message));
	return out;
}

static void check_raised(const struct world *world, enum vm_status status, const char *kind,
			 const char *what)
{
	char shown[512];

	cr_assert_eq(status, VM_FAILED, "nothing was raised by: %s", what);
	cr_expect(!vm_failure(world->vm)->limit &&
			  text_equals_string(vm_failure(world->vm)->kind, kind),
		  "%s, and not %s, was raised by: %s", failure_text(world, shown), kind, what);
}

static void check_true(const struct world *world, enum vm_status status, const char *what)
{
	char shown[512];

	cr_expect_eq(status, VM_DONE, "%s\n%s",
		     status == VM_FAILED ? failure_text(world, shown) : "did not end", what);
	if (status == VM_DONE)
		cr_expect(vm_result(world->vm).i == 1, "not true: %s", what);
}

/* What examples of the table of builtins know. */
static const char example_declarations[] =
	"shared var hits: counter; shared var logins: rate; shared var seen: cache[text, int];\n";

void all_hold(const char *const *expressions, size_t count)
{
	struct buffer source;
	struct world world;
	char name[32];

	buffer_init(&source, 4 << 20);
	buffer_append_string(&source, example_declarations);
	for (size_t i = 0; i < count; i++)
		buffer_printf(&source, "function probe%zu() -> bool { return (%s); }\n", i,
			      expressions[i]);
	buffer_append_byte(&source, '\0');
	world_open(&world, source.data);
	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "probe%zu", i);
		check_true(&world, world_call(&world, name), expressions[i]);
	}
	world_close(&world);
	buffer_free(&source);
}

void all_raise(const char *kind, const char *const *expressions, size_t count)
{
	struct buffer source;
	struct world world;
	char name[32];

	buffer_init(&source, 4 << 20);
	buffer_append_string(&source, example_declarations);
	for (size_t i = 0; i < count; i++)
		buffer_printf(&source, "function probe%zu() { var x = (%s); }\n", i,
			      expressions[i]);
	buffer_append_byte(&source, '\0');
	world_open(&world, source.data);
	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "probe%zu", i);
		check_raised(&world, world_call(&world, name), kind, expressions[i]);
	}
	world_close(&world);
	buffer_free(&source);
}

/* ---- bodies ---- */

static void open_body(struct world *world, const char *body)
{
	struct buffer source;

	buffer_init(&source, 4 << 20);
	buffer_printf(&source, "function probe() -> bool { %s }\n", body);
	buffer_append_byte(&source, '\0');
	world_open(world, source.data);
	buffer_free(&source);
}

void body_holds(const char *body)
{
	struct world world;

	open_body(&world, body);
	check_true(&world, world_call(&world, "probe"), body);
	world_close(&world);
}

void body_raises(const char *kind, const char *body)
{
	struct world world;

	open_body(&world, body);
	check_raised(&world, world_call(&world, "probe"), kind, body);
	world_close(&world);
}

void body_strikes(enum limit_id limit, int64_t most, const char *body)
{
	struct world world;
	char shown[512];

	open_body(&world, body);
	world.limits[limit] = most;
	if (limit == LIMIT_eventMemory)
		world.event.cap = (size_t)most;
	cr_assert_eq(world_call(&world, "probe"), VM_FAILED, "nothing struck: %s", body);
	cr_expect(vm_failure(world.vm)->limit && vm_failure(world.vm)->which == limit,
		  "%s, and not %s: %s", failure_text(&world, shown), limit_rows[limit].name, body);
	world_close(&world);
}

void body_survives_want(const char *body)
{
	enum vm_status status = VM_FAILED;
	struct world world;

	open_body(&world, body);
	/* once before: what is made once and kept must not count */
	check_true(&world, world_call(&world, "probe"), body);
	for (unsigned long n = 1; status == VM_FAILED && n < 1000; n++) {
		world_settle(&world);
		memory_fail_at(n, false);
		status = world_call(&world, "probe");
		memory_fail_at(0, false);
		if (status == VM_FAILED)
			cr_expect(vm_failure(world.vm)->limit, "at allocation %lu: %s", n, body);
	}
	check_true(&world, status, body);
	world_close(&world);
}
