/* Handlers that wait, and the handles that they hold. */
#include "bed.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

/* ---- a builtin that waits: text.lower("name") reads a line from that session's pipe ---- */

enum { SESSIONS = 100 };

struct waiting {
	int calls;
	char sum[64];
};

static int pipes[SESSIONS][2];
static int calls;

static enum call_result wait_for_pipe(struct call *call)
{
	struct waiting *state = *call->pending;
	struct text name = call->arguments[0].text;
	int64_t number = 0;
	char line[32];
	ssize_t got;

	calls++;
	cr_assert(text_to_int(name, &number));
	if (!state) {
		state = arena_zeroed(call_arena(call), sizeof(*state));
		if (!state)
			return call_memory(call);
		*call->pending = state;
	}
	state->calls++;
	got = read(pipes[number][0], line, sizeof(line));
	if (got <= 0) {
		struct wait_request *wait = call_wait(call);

		wait_add(wait, pipes[number][0], POLLIN);
		wait->deadline = INT64_MAX;
		return CALL_WAIT;
	}
	snprintf(state->sum, sizeof(state->sum), "%d:%.*s", state->calls, (int)got, line);
	return call_return_text(call, state->sum, strlen(state->sum));
}

static void open_pipes(void)
{
	for (int i = 0; i < SESSIONS; i++)
		cr_assert_eq(pipe2(pipes[i], 04000), 0);
}

static void close_pipes(void)
{
	for (int i = 0; i < SESSIONS; i++) {
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
}

/* One session: an arena for events of its own, and a VM. */
struct session {
	struct arena event, message;
	struct vm_services services;
	struct vm *vm;
	enum vm_status status;
};

static void session_open(struct session *session, struct bed *bed)
{
	session->services = bed->services;
	arena_init(&session->event, 1 << 20, LIFETIME_EVENT);
	arena_init(&session->message, 1 << 20, LIFETIME_MESSAGE);
	session->services.event = &session->event;
	session->services.message = &session->message;
	session->vm = vm_new(bed->program, &session->services, &bed->natives);
	cr_assert_not_null(session->vm);
	cr_assert_eq(vm_begin_session(session->vm, INT64_MAX), VM_DONE);
}

static void session_close(struct session *session)
{
	vm_end_event(session->vm);
	vm_free(session->vm);
	arena_reset(&session->event);
	arena_reset(&session->message);
}

Test(suspend, a_hundred_handlers_on_one_thread, .init = open_pipes, .fini = close_pipes)
{
	static struct session sessions[SESSIONS];
	struct bed bed;
	int done = 0, cancelled = 0;

	bed_open(&bed, "function ask(name: text, depth: int) -> text { if (depth > 0) { return ask(name, depth - 1) + \"\"; } return lower(name); } "
		       "function f(name: text) -> text { var local = \"kept \" + name; var sum = \"\"; "
		       "for (i in 0..3) { try { sum += \" \" + ask(name, i * 3); } catch (e) { sum += \"caught\"; } } return local + sum; }");
	bed.builtins[BUILTIN_text_lower] = wait_for_pipe;
	for (int i = 0; i < SESSIONS; i++) {
		char name[16];
		value argument;

		session_open(&sessions[i], &bed);
		snprintf(name, sizeof(name), "%d", i);
		argument.text = arena_copy(&sessions[i].event, text_of_string(name, LIFETIME_EVENT), &(bool){ true });
		cr_assert(vm_begin_function(sessions[i].vm, (unsigned)program_function(bed.program, "f"),
					    &argument, clock_monotonic() + 10000000));
		sessions[i].status = vm_run(sessions[i].vm);
		cr_assert_eq(sessions[i].status, VM_WAITING);
		cr_assert_eq(vm_wait(sessions[i].vm)->count, 1);
		cr_assert_eq(vm_wait(sessions[i].vm)->descriptors[0].fd, pipes[i][0]);
		cr_assert_lt(vm_wait(sessions[i].vm)->deadline, clock_monotonic() + 10000001);
	}
	/* every seventh is given up in the middle; the others are answered in a mixed order */
	for (int turn = 0; turn < 3; turn++) {
		for (int n = 0; n < SESSIONS; n++) {
			int i = (n * 37 + turn * 11) % SESSIONS;
			char line[16];

			if (sessions[i].status != VM_WAITING)
				continue;
			if (turn == 1 && i % 7 == 0) {
				vm_end_event(sessions[i].vm);
				arena_reset(&sessions[i].event);
				sessions[i].status = VM_ENDED;
				cancelled++;
				continue;
			}
			cr_assert_eq(vm_run(sessions[i].vm), VM_WAITING); /* not ready: nothing is lost */
			snprintf(line, sizeof(line), "%d-%d", i, turn);
			cr_assert_gt(write(pipes[i][1], line, strlen(line)), 0);
			sessions[i].status = vm_run(sessions[i].vm);
			cr_assert_eq(sessions[i].status, turn < 2 ? VM_WAITING : VM_DONE);
		}
	}
	for (int i = 0; i < SESSIONS; i++) {
		char expected[80];

		if (sessions[i].status == VM_DONE) {
			snprintf(expected, sizeof(expected), "kept %d 3:%d-0 3:%d-1 3:%d-2", i, i, i, i);
			cr_assert(text_equals_string(vm_result(sessions[i].vm).text, expected), "%.*s not %s",
				  TEXT_PRINTF(vm_result(sessions[i].vm).text), expected);
			done++;
		}
		session_close(&sessions[i]);
	}
	cr_assert_eq(done + cancelled, SESSIONS);
	cr_assert_eq(cancelled, 15);
	bed_close(&bed);
}

Test(suspend, waiting_ends_with_the_events_deadline, .init = open_pipes, .fini = close_pipes)
{
	struct bed bed;
	value name = { .text = TEXT("5") };
	int64_t begun = clock_monotonic();

	bed_open(&bed, "function f(name: text) -> text { try { return lower(name); } catch { return \"caught\"; } }");
	bed.builtins[BUILTIN_text_lower] = wait_for_pipe;
	cr_assert(vm_begin_function(bed.vm, 0, &name, begun + 30000));
	cr_assert_eq(vm_run(bed.vm), VM_WAITING);
	cr_assert_eq(vm_wait(bed.vm)->deadline, begun + 30000);
	wait_poll(vm_wait(bed.vm));
	cr_assert_eq(vm_run(bed.vm), VM_FAILED);
	cr_assert(vm_failure(bed.vm)->limit);
	cr_assert_eq(vm_failure(bed.vm)->which, LIMIT_eventTime);
	bed_end(&bed);
	bed_close(&bed);
}

Test(suspend, an_initial_value_cannot_wait, .init = open_pipes, .fini = close_pipes)
{
	struct bed bed;

	bed_open(&bed, "message var m: text = lower(text(5));");
	bed.builtins[BUILTIN_text_lower] = wait_for_pipe;
	cr_assert_eq(vm_begin_message(bed.vm, INT64_MAX), VM_FAILED);
	cr_assert(text_equals_string(vm_failure(bed.vm)->message,
				     "the initial value of a variable cannot wait"));
	bed_close(&bed);
}

Test(suspend, what_a_builtin_left_is_gone_when_it_has_answered, .init = open_pipes, .fini = close_pipes)
{
	struct bed bed;
	value name = { .text = TEXT("5") };

	bed_open(&bed, "function f(name: text) -> text { return lower(name) + lower(name); }");
	bed.builtins[BUILTIN_text_lower] = wait_for_pipe;
	cr_assert(vm_begin_function(bed.vm, 0, &name, clock_monotonic() + 1000000));
	cr_assert_eq(vm_run(bed.vm), VM_WAITING);
	cr_assert_eq(write(pipes[5][1], "a", 1), 1);
	cr_assert_eq(vm_run(bed.vm), VM_WAITING);
	cr_assert_eq(write(pipes[5][1], "b", 1), 1);
	cr_assert_eq(vm_run(bed.vm), VM_DONE);
	cr_assert(text_equals_string(vm_result(bed.vm).text, "2:a2:b"));
	bed_end(&bed);
	bed_close(&bed);
}

/* ---- handles: text.upper() stands in for a builtin that opens one ---- */

static int open_handles, closed_handles;

static void close_handle(struct handle *handle)
{
	cr_assert_eq(handle->state, &open_handles);
	open_handles--;
	closed_handles++;
}

static struct handle *last_handle;

static enum call_result opener(struct call *call)
{
	struct handle *handle = call_new_handle(call, TYPE_SOCKET, &open_handles, close_handle);

	if (!handle)
		return call_limit(call, LIMIT_sockets);
	open_handles++;
	last_handle = handle;
	call->result->handle = handle;
	return CALL_DONE;
}

static void open_bed_with_handles(struct bed *bed, const char *source)
{
	bed_open(bed, source);
	bed->builtins[BUILTIN_socket_connect] = opener;
	open_handles = closed_handles = 0;
}

#define OPEN "socket.connect(\"inet:1@127.0.0.1\")"

Test(handles, close_with_their_event)
{
	struct bed bed;

	open_bed_with_handles(&bed, "event onMailFrom { var a = " OPEN "; var b = " OPEN "; }");
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
		cr_assert_eq(open_handles, 0);
	}
	cr_assert_eq(closed_handles, 6);
	bed_close(&bed);
}

Test(handles, live_with_the_variable_that_holds_them)
{
	struct bed bed;

	open_bed_with_handles(&bed, "session var s: list[socket]; message var m: socket; "
				    "event onMailFrom { s.push(" OPEN "); m = " OPEN "; var e = " OPEN "; }");
	cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
	cr_assert_eq(open_handles, 2);
	bed_end_message(&bed);
	cr_assert_eq(open_handles, 1);
	vm_end_message(bed.vm);
	cr_assert_eq(open_handles, 1);
	vm_free(bed.vm);
	bed.vm = NULL;
	cr_assert_eq(open_handles, 0);
	bed_close(&bed);
}

Test(handles, of_the_session_that_nobody_holds_close_when_a_message_ends)
{
	struct bed bed;

	open_bed_with_handles(&bed, "record Link { to: socket; } session var s: socket; session var m: map[text, Link]; "
				    "event onMailFrom { s = " OPEN "; m[\"a\"] = Link(to: " OPEN "); } ");
	cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
	cr_assert_eq(open_handles, 2);
	bed_end_message(&bed);
	cr_assert_eq(open_handles, 2);
	cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
	cr_assert_eq(open_handles, 4);
	bed_end_message(&bed);
	cr_assert_eq(open_handles, 2);
	bed_close(&bed);
	cr_assert_eq(open_handles, 0);
}

Test(handles, have_a_limit)
{
	struct bed bed;

	open_bed_with_handles(&bed, "event onMailFrom { while (true) { var a = " OPEN "; } }");
	cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_FAILED);
	cr_assert_eq(vm_failure(bed.vm)->which, LIMIT_sockets);
	cr_assert_eq(closed_handles, bed.limits[LIMIT_sockets]);
	cr_assert_eq(open_handles, 0);
	bed_close(&bed);
}

/* A script that closes each one itself may open many, but not without end. */
static enum call_result open_and_close(struct call *call)
{
	enum call_result result = opener(call);

	if (result == CALL_DONE) {
		close_handle(last_handle);
		last_handle->state = NULL;
	}
	return result;
}

Test(handles, that_are_closed_do_not_pile_up)
{
	struct bed bed;

	open_bed_with_handles(&bed, "event onMailFrom { while (true) { var a = " OPEN "; } }");
	bed.builtins[BUILTIN_socket_connect] = open_and_close;
	cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_FAILED);
	cr_assert_eq(vm_failure(bed.vm)->which, LIMIT_sockets);
	cr_assert_eq(closed_handles, bed.limits[LIMIT_sockets] + 1000);
	bed_close(&bed);
}

Test(handles, close_when_a_waiting_handler_is_given_up, .init = open_pipes, .fini = close_pipes)
{
	struct bed bed;

	open_bed_with_handles(&bed, "session var t: text; event onMailFrom { var a = " OPEN "; try { t = lower(\"5\"); } catch { t = \"caught\"; } t += \"!\"; }");
	bed.builtins[BUILTIN_text_lower] = wait_for_pipe;
	cr_assert(vm_begin_event(bed.vm, EVENT_onMailFrom, clock_monotonic() + 1000000));
	cr_assert_eq(vm_run(bed.vm), VM_WAITING);
	cr_assert_eq(open_handles, 1);
	bed_end(&bed);
	cr_assert_eq(open_handles, 0);
	cr_assert(vm_begin_event(bed.vm, EVENT_onMailFrom, clock_monotonic() + 1000000));
	cr_assert_eq(write(pipes[5][1], "a", 1), 1);
	cr_assert_eq(vm_run(bed.vm), VM_DONE);
	bed_close(&bed);
}

/* ---- what builtins may do ---- */

static enum call_result misbehave(struct call *call)
{
	switch (call->arguments[0].text.length) {
	case 1:
		return call_raise(call, "io", 42, true, "no %s", "luck");
	case 2:
		return call_limit(call, LIMIT_dnsQuestions);
	case 3:
		return CALL_LIMIT;
	case 4:
		return CALL_END;
	case 5:
		return call_charge(call, (size_t)1 << 60) == CALL_DONE ? CALL_DONE : CALL_LIMIT;
	case 6:
		return call_return_text(call, "x", (size_t)call_limit_value(call, LIMIT_textLength) + 1);
	default:
		return call_memory(call);
	}
}

Test(builtins, raise_strike_and_end)
{
	static const enum limit_id struck[] = { [2] = LIMIT_dnsQuestions, [3] = LIMIT_eventMemory,
						[5] = LIMIT_instructions, [6] = LIMIT_textLength,
						[7] = LIMIT_eventMemory };
	struct bed bed;

	bed_open(&bed, "function f(t: text) -> text { try { return lower(t); } catch (e) { return \"%{e.kind} %{e.message} %{e.code} %{e.temporary}\"; } }");
	bed.builtins[BUILTIN_text_lower] = misbehave;
	for (uint32_t length = 1; length <= 7; length++) {
		value argument = { .text = text_of("aaaaaaaaa", length, LIFETIME_PROGRAM) };
		enum vm_status status = bed_run(&bed, "f", &argument);

		if (length == 1) {
			cr_assert_eq(status, VM_DONE);
			cr_assert(text_equals_string(vm_result(bed.vm).text, "io no luck 42 yes"));
		} else if (length == 4) {
			cr_assert_eq(status, VM_ENDED);
		} else {
			cr_assert_eq(status, VM_FAILED);
			cr_assert(vm_failure(bed.vm)->limit);
			cr_assert_eq(vm_failure(bed.vm)->which, struck[length], "%u: %d", length, vm_failure(bed.vm)->which);
		}
		bed_end(&bed);
	}
	bed_close(&bed);
}

/* Answers before it has read what it was asked. */
static enum call_result hasty(struct call *call)
{
	call->result->text = TEXT("wrong");
	return call_return_text(call, call->arguments[0].text.data, call->arguments[0].text.length);
}

Test(builtins, the_result_is_no_argument)
{
	struct bed bed;

	bed_open(&bed, "function f() -> text { var a = \"right\"; var b = lower(a); a = lower(a); return lower(a) + lower(b + \"\"); }");
	bed.builtins[BUILTIN_text_lower] = hasty;
	cr_assert_str_eq(bed_text(&bed, "f"), "rightright");
	bed_close(&bed);
}
