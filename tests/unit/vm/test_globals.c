/* Session and message variables, policy slots: how long they live and what they cost. */
#include "bed.h"

#include "base/memory.h"
#include "vm/state.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(globals, initial_values)
{
	struct bed bed;

	bed_open(&bed, "const BASE = 40; function two() -> int { return 2; } "
		       "session var a: int = BASE + 1; session var b: int = BASE + two(); session var c: text = \"x%{two()}\"; "
		       "message var d: list[int] = [two(), 5]; message var e: map[text, int]; "
		       "function f() -> text { return \"%a% %b% %c% %{d[0]} %{length(d)} %{length(e)}\"; }");
	cr_assert_str_eq(bed_text(&bed, "f"), "41 42 x2 2 2 0");
	bed_close(&bed);
}

Test(globals, message_variables_are_forgotten_session_variables_are_not)
{
	struct bed bed;

	bed_open(&bed, "session var s: list[int]; message var m: list[int]; message var t: text = \"new\"; "
		       "event onMailFrom { s.push(1); m.push(1); t += \"!\"; } "
		       "function f() -> text { return \"%{length(s)} %{length(m)} %t%\"; }");
	for (int i = 0; i < 3; i++)
		cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
	cr_assert_str_eq(bed_text(&bed, "f"), "3 3 new!!!");
	bed_end_message(&bed);
	cr_assert_eq(vm_begin_message(bed.vm, INT64_MAX), VM_DONE);
	cr_assert_str_eq(bed_text(&bed, "f"), "3 0 new");
	cr_assert_eq(vm_begin_session(bed.vm, INT64_MAX), VM_DONE);
	cr_assert_str_eq(bed_text(&bed, "f"), "0 0 new");
	bed_close(&bed);
}

Test(globals, sessions_do_not_see_each_other)
{
	struct bed bed;
	struct vm *first;

	bed_open(&bed, "session var n: int; session var l: list[int] = [1]; event onMailFrom { n += 1; l.push(2); } "
		       "function f() -> text { return \"%n% %{length(l)}\"; }");
	cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
	first = bed.vm;
	bed.vm = bed_vm(&bed);
	cr_assert_eq(vm_begin_session(bed.vm, INT64_MAX), VM_DONE);
	cr_assert_str_eq(bed_text(&bed, "f"), "0 1");
	vm_free(bed.vm);
	bed.vm = first;
	cr_assert_str_eq(bed_text(&bed, "f"), "1 2");
	bed_close(&bed);
}

Test(globals, values_outlive_the_event_that_made_them)
{
	struct bed bed;

	bed_open(&bed, "session var s: map[text, list[text]]; session var t: text; session var n: net = \"10.0.0.0/8\"; "
		       "event onMailFrom { var k = \"key%{1 + 1}\"; s[k] = [k + \"a\"]; s[k].push(k + \"b\"); t = k + \"c\"; } "
		       "function f() -> text { return \"%{length(s)} %{s[\"key2\"][0]} %{s[\"key2\"][1]} %t% %n%\"; }");
	cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
	memset(arena_bytes(&bed.event, 4096), 'Z', 4096);
	cr_assert_str_eq(bed_text(&bed, "f"), "1 key2a key2b key2c 10.0.0.0/8");
	bed_end_message(&bed);
	cr_assert_str_eq(bed_text(&bed, "f"), "1 key2a key2b key2c 10.0.0.0/8");
	bed_close(&bed);
}

Test(globals, a_local_that_is_stored_is_another_value)
{
	struct bed bed;

	bed_open(&bed, "session var s: list[int]; session var u: list[int]; "
		       "function f() -> text { var l = [1]; s = l; l.push(2); u = s; u.push(3); u.push(4); s[0] = 9; "
		       "var m = s; m.push(1); return \"%{length(s)} %{length(l)} %{length(u)} %{u[0]} %{length(m)}\"; }");
	cr_assert_str_eq(bed_text(&bed, "f"), "1 2 3 1 2");
	bed_close(&bed);
}

/* Two session variables that hold one list: a change of one is no change of the other. */
Test(globals, assigned_to_each_other)
{
	struct bed bed;

	bed_open(&bed, "session var a: list[int]; session var b: list[int]; "
		       "event onMailFrom { a.push(1); b = a; } event onRcptTo { a.push(2); b.push(5); b.push(6); } "
		       "function f() -> text { return \"%{length(a)} %{length(b)}\"; }");
	cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
	cr_assert_eq(bed_event(&bed, EVENT_onRcptTo), VM_DONE);
	cr_assert_str_eq(bed_text(&bed, "f"), "2 3");
	bed_end_message(&bed);
	cr_assert_str_eq(bed_text(&bed, "f"), "2 3");
	bed_close(&bed);
}

Test(globals, one_text_is_not_appended_to_another)
{
	struct bed bed;

	bed_open(&bed, "session var t: text = \"t\"; session var u: text = \"u\"; message var v: text = \"v\"; "
		       "function f() -> text { t = u + \"1\"; u = v + t + \"2\"; v = v + v; v += v + \"3\"; return \"%t% %u% %v%\"; }");
	cr_assert_str_eq(bed_text(&bed, "f"), "u1 vu12 vvvv3");
	bed_close(&bed);
}

/* ---- flat memory ---- */

#define REASSIGNING \
	"session var t: text; session var l: list[text]; session var n: int; session var m: map[text, int]; " \
	"event onMailFrom { n += 1; t = \"value number %n%\"; l = [t, \"x\" + t]; m[\"last\"] = n; m[\"k%n%\"] = n; m.remove(\"k%n%\"); } " \
	"function f() -> text { return \"%t% %{l[1]} %{m[\"last\"]}\"; }"

Test(compaction, reassigning_over_many_messages_is_flat)
{
	struct bed bed;
	size_t most = 0;

	bed_open(&bed, REASSIGNING);
	for (int i = 0; i < 100000; i++) {
		cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
		bed_end_message(&bed);
		if (bed.vm->session.used > most)
			most = bed.vm->session.used;
	}
	cr_assert_leq(most, 64 * 1024);
	cr_assert_str_eq(bed_text(&bed, "f"), "value number 100000 xvalue number 100000 100000");
	bed_close(&bed);
}

Test(compaction, reassigning_within_one_event_is_no_limit)
{
	struct bed bed;

	bed_open(&bed, "session var t: text; session var l: list[int] = [1]; session var other: list[int]; function f() -> text { "
		       "for (i in 0..20000) { t = \"a text of some length, number %i%, that is not short at all\"; other = l; l = [i]; } return \"%t% %{l[0]} %{other[0]}\"; } "
		       "function again() -> text { return \"%t% %{l[0]} %{other[0]}\"; }");
	cr_assert_str_eq(bed_text(&bed, "f"), "a text of some length, number 19999, that is not short at all 19999 19998");
	cr_assert_not_null(bed.vm->retired);
	bed_end_message(&bed);
	cr_assert_null(bed.vm->retired);
	cr_assert_str_eq(bed_text(&bed, "again"), "a text of some length, number 19999, that is not short at all 19999 19998");
	bed_close(&bed);
}

/* A local holds what the retired arena holds, and gives it back to the session. */
Test(compaction, what_comes_back_from_a_retired_arena_stays_whole)
{
	struct bed bed;

	bed_open(&bed, "session var l: list[text]; session var t: text; function f() -> text { "
		       "l = [\"first %{1}\"]; var mine = l; l = []; "
		       "for (i in 0..20000) { t = \"a text of some length, number %i%, that is not short at all\"; } "
		       "l = mine; return \"\"; } function g() -> text { return \"%{l[0]} %{length(t)}\"; }");
	cr_assert_str_eq(bed_text(&bed, "f"), "");
	bed_end_message(&bed);
	cr_assert_str_eq(bed_text(&bed, "g"), "first 1 61");
	bed_close(&bed);
}

/* What an event makes of a session's text is the event's, though there is room behind that text. */
Test(compaction, an_event_does_not_grow_in_the_sessions_arena)
{
	struct bed bed;

	bed_open(&bed, "session var t: text; function f() -> text { for (i in 0..1000) { t += \"0123456789\"; } return t + \"x\"; }");
	cr_assert_eq(bed_run(&bed, "f", NULL), VM_DONE);
	cr_assert_eq(vm_result(bed.vm).text.length, 10001);
	cr_assert_eq(vm_result(bed.vm).text.lifetime, LIFETIME_EVENT);
	bed_end(&bed);
	bed_close(&bed);
}

/* The retired arena goes even when the new one is nearly empty. */
Test(compaction, a_retired_arena_goes_with_the_message)
{
	struct bed bed;

	bed_open(&bed, "session var t: text; session var n: int; event onMailFrom { n += 1; var s = \"%n% 0123456789abcdef\"; for (i in 0..6) { s += s; } t = s; } "
		       "function f() -> text { return \"%n% %{t[..6]} %{length(t)}\"; }");
	for (int i = 0; i < 5000 && !bed.vm->retired; i++)
		cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
	cr_assert_not_null(bed.vm->retired);
	cr_assert_lt(bed.vm->session.used, 16 * 1024);
	bed_end_message(&bed);
	cr_assert_null(bed.vm->retired);
	cr_assert(strstr(bed_text(&bed, "f"), " 0123456789abcdef") == NULL && strstr(bed.out, " 1280") != NULL, "%s", bed.out);
	bed_close(&bed);
}

Test(compaction, what_is_mostly_alive_is_left_alone)
{
	struct bed bed;
	const void *blocks;

	bed_open(&bed, "session var l: list[int]; event onConnect { for (i in 0..5000) { l.push(i); } } event onMailFrom { l[0] = 1; }"
		       "function f() -> text { return \"%{length(l)} %{l[4999]}\"; }");
	cr_assert_eq(bed_event(&bed, EVENT_onConnect), VM_DONE);
	bed_end_message(&bed);
	blocks = bed.vm->session.blocks;
	for (int i = 0; i < 10; i++) {
		cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
		bed_end_message(&bed);
	}
	cr_assert_eq((const void *)bed.vm->session.blocks, blocks);
	cr_assert_str_eq(bed_text(&bed, "f"), "5000 4999");
	bed_close(&bed);
}

Test(compaction, a_session_list_that_grows_is_not_copied_each_time)
{
	struct bed bed;

	bed_open(&bed, "session var l: list[int]; session var m: map[int, list[int]]; function f() -> text { m[1] = []; for (i in 0..3000) { l.push(i); m[1].push(i); } return \"%{length(l)} %{length(m[1])}\"; }");
	bed.limits[LIMIT_instructions] = 2000000;
	cr_assert_str_eq(bed_text(&bed, "f"), "3000 3000");
	cr_assert_null(bed.vm->retired);
	bed_close(&bed);
}

Test(compaction, appending_to_a_session_text_is_linear)
{
	struct bed bed;

	bed_open(&bed, "session var t: text; function f() -> text { for (i in 0..30000) { t += \"0123456789\"; } return text(length(t)); }");
	cr_assert_str_eq(bed_text(&bed, "f"), "300000");
	bed_end_message(&bed);
	bed_close(&bed);
}

Test(compaction, without_memory_nothing_is_lost)
{
	struct bed bed;

	bed_open(&bed, REASSIGNING);
	for (int i = 0; i < 3000; i++) {
		cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
		memory_fail_at(1 + (unsigned long)(i % 5), true);
		bed_end_message(&bed);
		memory_fail_at(0, false);
	}
	cr_assert_str_eq(bed_text(&bed, "f"), "value number 3000 xvalue number 3000 3000");
	bed_close(&bed);
}

Test(memory, an_idle_session_is_small)
{
	struct bed bed;

	bed_open(&bed, REASSIGNING);
	vm_free(bed.vm);
	memory_fail_at(1000000, false);
	bed.vm = bed_vm(&bed);
	cr_assert_eq(memory_count(), 1);
	cr_assert_lt(sizeof(struct vm) + 10 * sizeof(value), 1024);
	memory_fail_at(0, false);
	bed_close(&bed);
}

/* ---- policy slots ---- */

Test(policy, a_slot_is_empty_when_an_event_begins)
{
	struct bed bed;

	bed_open(&bed, "session var seen: text; event onMailFrom { seen += \"[%mine%]\"; set(mine, \"a%{1}\"); seen += \"[%MINE%]\"; } "
		       "event onRcptTo { seen += \"[%mine%]\"; } function f() -> text { return seen; }");
	cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
	cr_assert_eq(bed_event(&bed, EVENT_onRcptTo), VM_DONE);
	cr_assert_str_eq(bed_text(&bed, "f"), "[][a1][]");
	cr_assert(bed.program->has_policy_slots);
	bed_close(&bed);
}

Test(policy, a_slot_is_empty_between_events)
{
	struct bed bed;

	bed_open(&bed, "event onMailFrom { set(mine, \"a%{1}\"); } function f() -> text { return mine; }");
	cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
	cr_assert_str_eq(bed_text(&bed, "f"), "");
	bed_close(&bed);
}

#define EXPORTING \
	"session var seen: text; event onConnect { set(who, \"c%{1}\"); export(who); set(who, \"later\"); } " \
	"event onMailFrom { seen += \"[%who%]\"; set(who, \"m%{2}\"); export(who); } " \
	"event onRcptTo { seen += \"[%who%]\"; set(who, \"r\"); } " \
	"function f() -> text { return seen; }"

Test(policy, exports_live_with_the_message_or_the_session)
{
	struct bed bed;

	bed_open(&bed, EXPORTING);
	cr_assert_eq(bed_event(&bed, EVENT_onConnect), VM_DONE);
	for (int message = 0; message < 2; message++) {
		cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
		cr_assert_eq(bed_event(&bed, EVENT_onRcptTo), VM_DONE);
		cr_assert_eq(bed_event(&bed, EVENT_onRcptTo), VM_DONE);
		bed_end_message(&bed);
	}
	cr_assert_str_eq(bed_text(&bed, "f"), "[c1][m2][m2][c1][m2][m2]");
	cr_assert_eq(vm_begin_session(bed.vm, INT64_MAX), VM_DONE);
	cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
	cr_assert_str_eq(bed_text(&bed, "f"), "[]");
	bed_close(&bed);
}

Test(policy, an_exported_empty_text_is_exported)
{
	struct bed bed;

	bed_open(&bed, "session var seen: text; event onConnect { set(who, \"c\"); export(who); } "
		       "event onMailFrom { set(who, \"\"); export(who); } event onRcptTo { seen += \"[%who%]\"; } "
		       "function f() -> text { return seen; }");
	cr_assert_eq(bed_event(&bed, EVENT_onConnect), VM_DONE);
	cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
	cr_assert_eq(bed_event(&bed, EVENT_onRcptTo), VM_DONE);
	cr_assert_str_eq(bed_text(&bed, "f"), "[]");
	bed_close(&bed);
}

Test(policy, exports_survive_compaction)
{
	struct bed bed;

	bed_open(&bed, "session var t: text; session var seen: text; function one() -> int { return 1; } event onConnect { set(who, \"c%{one()}\"); export(who); } "
		       "event onMailFrom { for (i in 0..1000) { t = \"some long text that fills the arena %i%\"; } seen = who; } "
		       "function f() -> text { return seen; }");
	cr_assert_eq(bed_event(&bed, EVENT_onConnect), VM_DONE);
	for (int i = 0; i < 50; i++) {
		cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
		bed_end_message(&bed);
	}
	cr_assert_str_eq(bed_text(&bed, "f"), "c1");
	bed_close(&bed);
}

Test(policy, methods_see_their_callers_slots)
{
	struct bed bed;

	bed_open(&bed, "session var seen: text; method m { seen += \"[%a%]\"; set(a, \"from m\"); } "
		       "event onMailFrom { set(a, \"1\"); call(m); seen += \"[%a%]\"; } function f() -> text { return seen; }");
	cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
	cr_assert_str_eq(bed_text(&bed, "f"), "[1][from m]");
	bed_close(&bed);
}

/* ---- events ---- */

Test(events, bodies_run_in_order_and_return_ends_one)
{
	struct bed bed;

	bed_open(&bed, "session var t: text; event onMailFrom { t += \"1\"; if (length(t) < 5) { return; } t += \"no\"; } "
		       "event onMailFrom { t += \"2\"; } event onMailFrom { t += \"3\"; accept(); t += \"no\"; } event onMailFrom { t += \"no\"; } "
		       "function f() -> text { return t; }");
	cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_ENDED);
	cr_assert_str_eq(bed_text(&bed, "f"), "123");
	cr_assert_not(vm_begin_event(bed.vm, EVENT_onData, 0));
	cr_assert_eq(bed.program->handled, EVENT_BIT(onMailFrom));
	bed_close(&bed);
}

Test(events, the_stack_of_one_body_among_several_shows_it_once)
{
	struct bed bed;

	bed_open(&bed, "event onMailFrom { }\nevent onMailFrom { throw \"x\"; }");
	cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_FAILED);
	cr_assert(text_equals_string(vm_failure(bed.vm)->trace, "onMailFrom (a.afsl:2:20)"), "%.*s",
		  TEXT_PRINTF(vm_failure(bed.vm)->trace));
	bed_close(&bed);
}

Test(events, a_failing_initial_value_is_reported)
{
	struct bed bed;

	bed_open(&bed, "session var n: int = 1; message var m: int = 1 / n; event onMailFrom { n = 0; }");
	cr_assert_eq(bed_event(&bed, EVENT_onMailFrom), VM_DONE);
	cr_assert_eq(vm_begin_message(bed.vm, INT64_MAX), VM_FAILED);
	bed_close(&bed);
}
