/* parallel { }: who waits for what, and what comes of errors, limits and the event's end. */
#include "bed.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum { PIPES = 40 };

static int pipes[PIPES][2];
static unsigned calls;
static struct bed bed;

/* text.lower("7") reads what comes from pipe 7; "fail" raises. */
static enum call_result wait_for_pipe(struct call *call)
{
	struct text name = call->arguments[0].text;
	int64_t number = 0;
	char bytes[32];
	ssize_t got;

	if (!text_to_int(name, &number))
		return call_raise(call, "io", 0, true, "%.*s", TEXT_PRINTF(name));
	calls++;
	got = read(pipes[number][0], bytes, sizeof(bytes));
	if (got > 0)
		return call_return_text(call, bytes, (size_t)got);
	wait_add(call_wait(call), pipes[number][0], POLLIN);
	return CALL_WAIT;
}

/* text.upper("20") waits so many milliseconds. */
static enum call_result wait_for_time(struct call *call)
{
	int64_t *until = *call->pending, number = 0;

	cr_assert(text_to_int(call->arguments[0].text, &number));
	if (!until) {
		until = *call->pending = arena_allocate(call_arena(call), sizeof(*until));
		*until = clock_monotonic() + number * 1000;
	}
	if (clock_monotonic() >= *until)
		return call_return_text(call, "ok", 2);
	call_wait(call)->deadline = *until;
	return CALL_WAIT;
}

static void begin(void)
{
	for (int i = 0; i < PIPES; i++)
		cr_assert_eq(pipe2(pipes[i], 04000), 0);
	calls = 0;
}

static void end(void)
{
	for (int i = 0; i < PIPES; i++) {
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
	bed_end(&bed);
	bed_close(&bed);
}

TestSuite(parallel, .init = begin, .fini = end);

static enum vm_status start(const char *source, int64_t microseconds)
{
	bed_open(&bed, source);
	bed.builtins[BUILTIN_text_lower] = wait_for_pipe;
	bed.builtins[BUILTIN_text_upper] = wait_for_time;
	cr_assert(vm_begin_function(bed.vm, (unsigned)program_function(bed.program, "f"), NULL,
				    clock_monotonic() + microseconds));
	return vm_run(bed.vm);
}

static enum vm_status send_bytes(int number, const char *bytes)
{
	cr_assert_gt(write(pipes[number][1], bytes, strlen(bytes)), 0);
	return vm_run(bed.vm);
}

static void expect_text(const char *expected)
{
	struct text got = vm_result(bed.vm).text;

	cr_assert(text_equals_string(got, expected), "%.*s", TEXT_PRINTF(got));
}

Test(parallel, all_wait_together_and_answers_come_in_any_order)
{
	cr_assert_eq(start("function ask(n: text) -> text { var kept = \"<\" + n; return kept + lower(n) + \">\"; }"
			   "function f() -> text { var a = \"\"; var b = \"\"; var all: list[text] = [\"x\"]; var m = [1: \"\"];"
			   "parallel { a = ask(\"1\"); m[1] = lower(\"2\"); b += ask(\"3\"); all[0] = a + \"old\"; }"
			   "return a + b + m[1] + all[0]; }",
			   10000000),
		     VM_WAITING);
	cr_assert_eq(vm_wait(bed.vm)->count, 3);
	cr_assert_eq(vm_run(bed.vm), VM_WAITING); /* nothing came: nothing is lost */
	cr_assert_eq(send_bytes(3, "c"), VM_WAITING);
	cr_assert_eq(vm_wait(bed.vm)->count, 2);
	cr_assert_eq(send_bytes(1, "a"), VM_WAITING);
	cr_assert_eq(send_bytes(2, "b"), VM_DONE);
	expect_text("<1a><3c>bold");
}

Test(parallel, the_time_is_that_of_the_longest)
{
	clock_stop();
	enum vm_status status =
		start("function f() -> text { var a = \"\"; var b = \"\"; var c = \"\"; var d = \"\";"
		      "parallel { a = upper(\"50\"); b = upper(\"20\"); c = upper(\"50\"); d = upper(\"50\"); }"
		      "return a + b + c + d; }",
		      10000000);

	for (; status == VM_WAITING; status = vm_run(bed.vm))
		clock_skip(vm_wait(bed.vm)->deadline - clock_monotonic());
	cr_assert_eq(status, VM_DONE);
	expect_text("okokokok");
	cr_assert_eq(clock_skipped(), 50000);
	clock_go();
}

Test(parallel, blocks_within_blocks)
{
	cr_assert_eq(start("function pair(a: text, b: text) -> text { var x = \"\"; var y = \"\";"
			   "parallel { x = lower(a); y = lower(b); } parallel { x += lower(a); lower(b); } return x + y; }"
			   "function f() -> text { var p = \"\"; var q = \"\";"
			   "parallel { p = pair(\"1\", \"2\"); q = pair(\"3\", \"4\"); } return p + \"/\" + q; }",
			   10000000),
		     VM_WAITING);
	cr_assert_eq(vm_wait(bed.vm)->count, 4);
	cr_assert_eq(send_bytes(1, "a"), VM_WAITING);
	cr_assert_eq(send_bytes(2, "b"), VM_WAITING); /* the first one's second block begins */
	cr_assert_eq(vm_wait(bed.vm)->count, 4);
	cr_assert_eq(send_bytes(4, "d"), VM_WAITING);
	cr_assert_eq(send_bytes(3, "c"), VM_WAITING);
	for (int i = 1; i < 4; i++)
		cr_assert_eq(send_bytes(i, "z"), VM_WAITING);
	cr_assert_eq(send_bytes(4, "z"), VM_DONE);
	expect_text("azb/czd");
}

Test(parallel, the_first_error_as_written_is_raised_when_all_have_ended)
{
	cr_assert_eq(start("session var seen: text = \"\";"
			   "function note(n: text) -> text { var got = lower(n); seen += got; return got; }"
			   "function fails(n: text) -> text { lower(n); return lower(\"late\"); }"
			   "function f() -> text { var a = \"kept\"; var b = \"\"; try {"
			   "parallel { a = note(\"1\"); b = fails(\"2\"); b = lower(\"now\"); } return \"no\";"
			   "} catch (e) { return e.kind + e.message + a + seen; } }",
			   10000000),
		     VM_WAITING);
	cr_assert_eq(send_bytes(2, "x"), VM_WAITING);
	cr_assert_eq(send_bytes(1, "seen"), VM_DONE);
	expect_text("iolatekeptseen");
}

Test(parallel, an_error_that_nobody_catches_tells_where)
{
	bed_open(&bed, "function g(n: int) -> int {\n return 1 / n; }\n"
		       "event onConnect {\n var a = 0;\n parallel {\n  a = g(1);\n  a = g(0);\n }\n}");
	cr_assert_eq(bed_event(&bed, EVENT_onConnect), VM_FAILED);
	cr_assert(text_equals_string(vm_failure(bed.vm)->trace,
				     "g (a.afsl:2:9) < onConnect (a.afsl:7:7) < onConnect (a.afsl:5:2)"),
		  "%.*s", TEXT_PRINTF(vm_failure(bed.vm)->trace));
}

Test(parallel, catch_of_the_code_around_does_not_run_within)
{
	cr_assert_eq(start("function f() -> text { var a = 0; var n = 0; try { parallel { a = 1 / n; a = 2; } }"
			   "catch (e) { a += 10; } return text(a); }",
			   1000000),
		     VM_DONE);
	expect_text("10");
}

Test(parallel, more_descriptors_than_one_request_holds)
{
	char source[4096] = "function f() -> text { var a: list[text] = []; for (i in 0..40) { a.push(\"\"); } parallel {";
	enum vm_status status;

	for (int i = 0; i < PIPES; i++)
		snprintf(source + strlen(source), 64, " a[%d] = lower(\"%d\");", i, i);
	strcat(source, "} return a.join(\"\"); }");
	status = start(source, 20000000);
	cr_assert_eq(status, VM_WAITING);
	cr_assert_eq(vm_wait(bed.vm)->count, WAIT_DESCRIPTORS_MAX);
	cr_assert_leq(vm_wait(bed.vm)->deadline, clock_monotonic() + 10000);
	for (int i = PIPES; i-- > 0;) /* those that are not in the request are heard too */
		cr_assert_gt(write(pipes[i][1], "x", 1), 0);
	for (; status == VM_WAITING; status = vm_run(bed.vm))
		wait_poll(vm_wait(bed.vm));
	cr_assert_eq(status, VM_DONE);
	expect_text("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}

Test(parallel, the_events_deadline_ends_all)
{
	cr_assert_eq(start("function f() { try { parallel { lower(\"1\"); lower(\"2\"); } } catch { } }", 20000),
		     VM_WAITING);
	wait_poll(vm_wait(bed.vm));
	cr_assert_eq(vm_run(bed.vm), VM_FAILED);
	cr_assert_eq(vm_failure(bed.vm)->which, LIMIT_eventTime);
}

Test(parallel, an_event_is_given_up_while_all_wait)
{
	for (int round = 0; round < 3; round++) {
		cr_assert_eq(start("function g(n: text) { parallel { lower(n); lower(\"9\"); } }"
				   "function f() { parallel { g(\"1\"); g(\"2\"); lower(\"3\"); } parallel { lower(\"4\"); } }",
				   1000000),
			     VM_WAITING);
		if (round == 1)
			cr_assert_eq(send_bytes(3, "x"), VM_WAITING);
		if (round < 2) {
			bed_end(&bed);
			bed_close(&bed);
		}
	}
}

Test(parallel, one_that_forks_for_ever_meets_a_limit)
{
	cr_assert_eq(start("function g() { parallel { g(); g(); } } function f() { try { g(); } catch { } }", 1000000),
		     VM_FAILED);
	cr_assert(vm_failure(bed.vm)->limit);
	cr_assert_eq(vm_failure(bed.vm)->which, LIMIT_parallel);
}

Test(parallel, the_budget_is_one_for_all)
{
	bed_open(&bed, "function g() { while (true) { } } event onConnect { try { parallel { g(); g(); } } catch { } }");
	bed.limits[LIMIT_instructions] = 100000;
	cr_assert_eq(bed_event(&bed, EVENT_onConnect), VM_FAILED);
	cr_assert_eq(vm_failure(bed.vm)->which, LIMIT_instructions);
}

Test(parallel, in_a_loop_it_leaves_nothing_behind)
{
	cr_assert_eq(start("function g(n: int) -> int { return n + 1; }"
			   "function f() -> text { var a = 0; var b = 0; for (i in 0..100000) { parallel { a = g(a); b = g(b); } }"
			   "return \"%a% %b%\"; }",
			   20000000),
		     VM_DONE);
	expect_text("100000 100000");
}
