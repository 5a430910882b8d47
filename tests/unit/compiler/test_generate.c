/* What code is made of a program: its shape, and what is left out. What it computes is tested with
 * the VM. */
#include "base/memory.h"
#include "bytecode/code.h"
#include "bytecode/disassemble.h"
#include "compiler/compile.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct diagnostics diagnostics;
static struct program *program;

static void forget(void)
{
	program_free(program);
	program = NULL;
	diagnostics_free(&diagnostics);
}

static void begin(void)
{
	diagnostics_init(&diagnostics);
}

TestSuite(generate, .init = begin, .fini = forget);

static bool make(const char *source)
{
	struct text text = text_of_string(source, LIFETIME_PROGRAM);
	struct compile_request request = { .path = "filters/a.afsl", .text = &text, .raised = EVENTS_ALL };

	program_free(program);
	program = compile(&request, &diagnostics);
	return program != NULL;
}

static const struct code *code_of(const char *name)
{
	int number = program_function(program, name);

	cr_assert_geq(number, 0);
	return &program->code->functions[number];
}

/* The opcodes of f in order, with blanks between. */
static const char *opcodes(const char *source)
{
	static char names[4096];
	const struct code *code;
	size_t used = 0;

	cr_assert(make(source), "%s", source);
	code = code_of("f");
	names[0] = '\0';
	for (uint32_t i = 0; i < code->length; i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? " " : "",
					 opcode_rows[instruction_op(code->instructions[i])].name);
	return names;
}

#define SHAPE(source, expected) cr_assert_str_eq(opcodes(source), expected)

Test(generate, immediates_are_part_of_the_instruction)
{
	SHAPE("function f(n: int) -> int { return n + 1; }", "ADD_INT_I RETURN");
	SHAPE("function f(n: int) -> int { return 1 + n; }", "ADD_INT_I RETURN");
	SHAPE("function f(n: int) -> int { return n - 1; }", "ADD_INT_I RETURN");
	SHAPE("function f(n: int) -> int { return 1 - n; }", "LOAD_INT SUBTRACT_INT RETURN");
	SHAPE("function f(n: int) -> int { return n * 3 / 7 % 5; }",
	      "MULTIPLY_INT_I DIVIDE_INT_I REMAINDER_INT_I RETURN");
	SHAPE("function f(n: int) -> int { return n / -1; }", "LOAD_INT DIVIDE_INT RETURN");
	SHAPE("function f(n: int) -> int { return n + 32767; }", "ADD_INT_I RETURN");
	SHAPE("function f(n: int) -> int { return n - 32767; }", "ADD_INT_I RETURN");
	SHAPE("function f(n: int) -> int { return n - -32768; }", "ADD_INT_K RETURN");
	SHAPE("function f(n: int) -> int { return n + 32768; }", "ADD_INT_K RETURN");
	SHAPE("function f(n: int) -> int { return 3000000000 + n; }", "ADD_INT_K RETURN");
	SHAPE("function f(n: int) -> int { return n - (-9223372036854775807 - 1); }",
	      "LOAD_CONSTANT SUBTRACT_INT RETURN");
	SHAPE("function f(t: text) -> text { return t + \"!\"; }",
	      "ENTER_REGION CONCAT_K LEAVE_REGION_TEXT RETURN");
}

/* A record that is never used as a whole is as many variables as it has fields. */
Test(generate, a_record_of_which_only_fields_are_used_is_no_object)
{
	const char *const point = "record P { x: int; l: list[int]; }\n";
	char source[512];

#define WITH_POINT(body) (snprintf(source, sizeof(source), "%s%s", point, body), source)
	SHAPE(WITH_POINT("function f(n: int) -> int { var p: P; p.x = n; p.x += 40000; return p.x; }"),
	      "LOAD_CONSTANT MOVE ADD_INT_K RETURN");
	SHAPE(WITH_POINT("function f(n: int) -> int { var p: P; p.l.push(n); p.l[0] = 2; return p.l[0]; }"),
	      "LOAD_INT LOAD_CONSTANT MOVE LIST_PUSH_PLAIN LOAD_INT LOAD_INT OWN SET_ELEMENT LOAD_INT GET_ELEMENT RETURN");
	SHAPE(WITH_POINT("function f(n: int) -> P { var p: P; p.x = n; return p; }"),
	      "LOAD_CONSTANT OWN SET_FIELD_PLAIN RETURN");
	SHAPE(WITH_POINT("function f(p: P) -> int { return p.x; }"), "GET_FIELD RETURN");
#undef WITH_POINT
}

/* What is set before anybody reads it has no first value. */
Test(generate, fields_that_are_set_at_once_are_not_loaded)
{
	const char *const four = "record F { a: int; b: int; c: int; d: int; }\n";
	char source[512];

#define WITH_FOUR(body) (snprintf(source, sizeof(source), "%sfunction f(n: int) -> int { var r: F; %s }", four, body), source)
	SHAPE(WITH_FOUR("r.a = n; r.b = r.a; return r.a + r.b + r.c + r.d;"),
	      "LOAD_INT LOAD_INT MOVE MOVE ADD_INT ADD_INT ADD_INT RETURN");
	SHAPE(WITH_FOUR("r.a = n; r.b = n; r.c = n; r.d = n; return r.d;"), "MOVE MOVE MOVE MOVE RETURN");
	SHAPE(WITH_FOUR("r.b = r.c; return r.a;"), "LOAD_FIELDS MOVE RETURN");
	SHAPE(WITH_FOUR("r.b = n; r.c = r.d; return r.a;"), "LOAD_INT LOAD_INT LOAD_INT MOVE MOVE RETURN");
	SHAPE(WITH_FOUR("r.a = n; r.b += 1; return r.b;"), "LOAD_INT LOAD_INT LOAD_INT MOVE ADD_INT_I RETURN");
	SHAPE(WITH_FOUR("if (n > 1) { r.a = n; } return r.a;"), "LOAD_FIELDS JUMP_LE_INT_I MOVE RETURN");
#undef WITH_FOUR
}

Test(generate, comparisons_are_jumps)
{
	SHAPE("function f(n: int) -> int { if (n % 3 == 0) { return 1; } return 2; }",
	      "JUMP_INDIVISIBLE LOAD_INT RETURN LOAD_INT RETURN");
	SHAPE("function f(n: int) -> int { if (0 != n % 30000) { return 1; } return 2; }",
	      "JUMP_DIVISIBLE LOAD_INT RETURN LOAD_INT RETURN");
	SHAPE("function f(n: int) -> int { if (n % 3 == 1) { return 1; } return 2; }",
	      "REMAINDER_INT_I JUMP_NE_INT_I LOAD_INT RETURN LOAD_INT RETURN");
	SHAPE("function f(n: int) -> int { if (n % -1 == 0) { return 1; } return 2; }",
	      "LOAD_INT REMAINDER_INT JUMP_NE_INT_I LOAD_INT RETURN LOAD_INT RETURN");
	SHAPE("function f(n: int) -> int { if (n % 40000 == 0) { return 1; } return 2; }",
	      "LOAD_INT REMAINDER_INT JUMP_NE_INT_I LOAD_INT RETURN LOAD_INT RETURN");
	SHAPE("function f(n: int) -> int { if (n % n == 0 or n % 3 < 0) { return 1; } return 2; }",
	      "REMAINDER_INT JUMP_EQ_INT_I REMAINDER_INT_I JUMP_GE_INT_I LOAD_INT RETURN LOAD_INT RETURN");
	SHAPE("function f(n: int) -> int { if (n < 3) { return 1; } return 2; }",
	      "JUMP_GE_INT_I LOAD_INT RETURN LOAD_INT RETURN");
	SHAPE("function f(n: int) -> int { if (3 < n) { return 1; } return 2; }",
	      "JUMP_LE_INT_I LOAD_INT RETURN LOAD_INT RETURN");
	SHAPE("function f(t: text) -> int { if (t == \"a\") { return 1; } return 2; }",
	      "JUMP_NE_TEXT_K LOAD_INT RETURN LOAD_INT RETURN");
	SHAPE("function f(t: text) -> int { if (lower(t) == \"a-1\") { return 1; } return 2; }",
	      "JUMP_UNLIKE_TEXT_K LOAD_INT RETURN LOAD_INT RETURN");
	SHAPE("function f(t: text) -> int { if (\"A\" != upper(t)) { return 1; } return 2; }",
	      "JUMP_LIKE_TEXT_K LOAD_INT RETURN LOAD_INT RETURN");
	SHAPE("function f(t: text) -> int { if (lower(t) == \"aB\") { return 1; } return 2; }",
	      "ENTER_REGION MOVE CALL_BUILTIN JUMP_NE_TEXT_K LOAD_INT LEAVE_REGION RETURN LOAD_INT "
	      "LEAVE_REGION RETURN");
	SHAPE("function f(a: float, b: float) -> int { if (a < b) { return 1; } return 2; }",
	      "JUMP_NOT_LT_FLOAT LOAD_INT RETURN LOAD_INT RETURN");
	SHAPE("function f(n: int, m: int) -> int { if (n >= m) { return 1; } return 2; }",
	      "JUMP_LT_INT LOAD_INT RETURN LOAD_INT RETURN");
	SHAPE("function f(n: int) -> bool { return n == 1; }",
	      "JUMP_EQ_INT_I LOAD_INT JUMP LOAD_INT RETURN");
}

Test(generate, short_circuits_are_jumps_alone)
{
	SHAPE("function f(a: bool, b: bool, c: bool) -> int { if (a and b or c) { return 1; } return 2; }",
	      "JUMP_FALSE JUMP_TRUE JUMP_FALSE LOAD_INT RETURN LOAD_INT RETURN");
	SHAPE("function f(a: bool, b: bool) -> int { if (not (a or b)) { return 1; } return 2; }",
	      "JUMP_TRUE JUMP_TRUE LOAD_INT RETURN LOAD_INT RETURN");
}

Test(generate, dead_branches_are_left_out)
{
	SHAPE("const DEBUG = false; function f(n: int) -> int { if (DEBUG) { n += 1; } return n; }", "RETURN");
	SHAPE("const DEBUG = true; function f(n: int) -> int { if (DEBUG) { return 1; } else { return 2; } }",
	      "LOAD_INT RETURN");
	SHAPE("const DEBUG = false; function f(n: int) -> int { while (DEBUG) { n += 1; } return n; }",
	      "RETURN");
	SHAPE("function f(n: int) -> int { while (true) { n += 1; if (n > 5) { return n; } } }",
	      "ENTER_LOOP ADD_INT_I JUMP_LE_INT_I RETURN LOOP");
}

Test(generate, jumps_to_jumps_go_to_the_end)
{
	const struct code *code;

	cr_assert(make("function f(n: int) -> int { if (n > 1) { if (n > 2) { n = 5; } else { n = 6; } } else { n = 7; } return n; }"));
	code = code_of("f");
	for (uint32_t i = 0; i < code->length; i++) {
		instruction jump = code->instructions[i];

		if (instruction_op(jump) == OP_JUMP)
			cr_assert_neq(instruction_op(code->instructions[(int64_t)i + 1 + instruction_wide(jump)]), OP_JUMP);
	}
}

Test(generate, constants_stand_once)
{
	cr_assert(make("function f() -> text { var a = \"one\"; var b = \"one\"; var l = [1, 2, 3]; return a + b + \"one\" + text(length(l)); } "
		       "function g() -> text { return \"one\"; }"));
	unsigned ones = 0;

	for (uint32_t i = 0; i < program->code->constant_count; i++)
		ones += program->code->constant_rows[i].type == &type_text &&
			text_equals_string(program->code->constants[i].text, "one");
	cr_assert_eq(ones, 1);
	SHAPE("function f() -> list[int] { return [1, 2, 3]; }", "LOAD_CONSTANT RETURN");
	SHAPE("function f() -> map[text, list[int]] { return [\"a\": [1], \"b\": []]; }", "LOAD_CONSTANT RETURN");
	SHAPE("record P { n: int; } function f() -> P { return P(n: 1); }", "LOAD_CONSTANT RETURN");
	SHAPE("function f(n: int) -> list[int] { return [1, n]; }", "LOAD_INT MOVE NEW_LIST RETURN");
}

Test(generate, many_constants_are_told_apart)
{
	char *source = malloc(1 << 20);
	size_t used = 0;

	cr_assert_not_null(source);
	used += (size_t)sprintf(source, "function f(n: int) -> text { ");
	for (int i = 0; i < 3000; i++)
		used += (size_t)sprintf(source + used, "if (n == %d) { return \"text %d\"; } ", i, i);
	sprintf(source + used, "return \"\"; }");
	cr_assert(make(source));
	cr_assert_geq(program->code->constant_count, 3001);
	free(source);
}

Test(generate, constants_of_objects_are_shared_from_the_start)
{
	cr_assert(make("record P { l: list[int]; } const ALL = [P(l: [1])]; function f() -> list[P] { return ALL; }"));
	for (uint32_t i = 0; i < program->code->constant_count; i++) {
		const struct type *type = program->code->constant_rows[i].type;
		union value v;

		memcpy(&v, &program->code->constants[i], sizeof(v));
		if (type->kind != TYPE_LIST)
			continue;
		cr_assert(v.list->object.shared);
		cr_assert(v.list->items[0].record->object.shared);
		cr_assert(v.list->items[0].record->fields[0].list->object.shared);
	}
}

Test(generate, first_values_of_objects_are_shared_too)
{
	unsigned records = 0;

	cr_assert(make("record P { l: list[int]; m: map[text, int]; } session var p: P; session var q: list[P]; event onConnect { p.l.push(1); q.push(p); }"));
	for (uint32_t i = 0; i < program->code->constant_count; i++) {
		union value v;

		memcpy(&v, &program->code->constants[i], sizeof(v));
		if (program->code->constant_rows[i].type->kind != TYPE_RECORD)
			continue;
		records++;
		cr_assert(v.record->object.shared);
		cr_assert(v.record->fields[0].list->object.shared);
		cr_assert(v.record->fields[1].map->object.shared);
	}
	cr_assert_eq(records, 1);
}

Test(generate, objects_are_shared_where_a_second_holder_appears)
{
	SHAPE("function f(a: list[int]) -> int { var b = a; return b[0]; }",
	      "MOVE_SHARED LOAD_INT GET_ELEMENT RETURN");
	SHAPE("function f(a: list[list[int]]) -> int { var b = a[0]; return b[0]; }",
	      "LOAD_INT GET_ELEMENT SHARE LOAD_INT GET_ELEMENT RETURN");
	SHAPE("function f(a: list[int]) -> list[int] { return a; }", "RETURN");
	SHAPE("function f(a: list[list[int]]) -> list[int] { return a[0]; }",
	      "LOAD_INT GET_ELEMENT SHARE RETURN");
	SHAPE("function f(a: list[list[int]]) -> int { return a[0][1]; }",
	      "LOAD_INT GET_ELEMENT LOAD_INT GET_ELEMENT RETURN");
	SHAPE("function f(a: list[int]) -> int { return length(a); }", "LIST_LENGTH RETURN");
}

Test(generate, a_change_owns_each_level)
{
	SHAPE("record P { rows: list[list[int]]; } function f(p: P) -> P { p.rows[0][1] = 5; return p; }",
	      "LOAD_INT LOAD_INT LOAD_INT OWN OWN_FIELD OWN_ELEMENT SET_ELEMENT RETURN");
	SHAPE("session var m: map[text, list[int]]; function f() -> int { m[\"a\"].push(1); return 0; }",
	      "LOAD_CONSTANT LOAD_INT OWN_GLOBAL OWN_ENTRY CALL_BUILTIN OWN_GLOBAL SET_ENTRY LOAD_INT RETURN");
}

Test(generate, appending_to_a_variable_is_one_instruction)
{
	SHAPE("session var t: text; function f(a: text) -> int { t += a; return 0; }", "APPEND_GLOBAL LOAD_INT RETURN");
	SHAPE("session var t: text; function f(a: text) -> int { t = t + a; return 0; }",
	      "APPEND_GLOBAL LOAD_INT RETURN");
	SHAPE("session var t: text; function f(a: text) -> int { t = t + a + \"b\"; return 0; }",
	      "ENTER_REGION MOVE LOAD_CONSTANT CONCAT_MANY APPEND_GLOBAL LOAD_INT LEAVE_REGION RETURN");
	SHAPE("session var t: text; function f(a: text) -> int { t = a + t; return 0; }",
	      "ENTER_REGION GET_GLOBAL CONCAT KEEP_GLOBAL LOAD_INT LEAVE_REGION RETURN");
	SHAPE("function f(t: text, a: text) -> text { t += a; return t; }", "ENTER_REGION CONCAT LEAVE_REGION_TEXT RETURN");
	SHAPE("function f(t: text, a: text) -> text { t += \"x%a%y\"; return t; }",
	      "ENTER_REGION MOVE LOAD_CONSTANT MOVE LOAD_CONSTANT CONCAT_MANY LEAVE_REGION_TEXT RETURN");
}

/* Where nothing that is made can go anywhere but into the result. */
Test(generate, functions_give_back_what_they_make)
{
	SHAPE("function f(a: int) -> int { var l = [a]; return l[0]; }",
	      "ENTER_REGION MOVE NEW_LIST MOVE LOAD_INT GET_ELEMENT LEAVE_REGION RETURN");
	SHAPE("function f(a: int) -> int { return a + a; }", "ADD_INT RETURN");
	SHAPE("function f(a: int) -> list[int] { return [a]; }", "MOVE NEW_LIST RETURN");
	SHAPE("function f(l: list[int]) -> text { return \"%{l[0]}\"; }", "ENTER_REGION LOAD_INT GET_ELEMENT CONCAT_PIECES LEAVE_REGION_TEXT RETURN");
	SHAPE("event onConnect { set(mine, \"a\"); } function f(a: int) -> text { return \"<%a%>\"; }",
	      "LOAD_CONSTANT MOVE LOAD_CONSTANT CONCAT_PIECES RETURN");
}

Test(generate, frequent_changes_have_their_own_instructions)
{
	SHAPE("function f(l: list[int]) -> list[int] { l.push(7); return l; }", "LOAD_INT LIST_PUSH_PLAIN RETURN");
	SHAPE("record P { n: int; t: text; } function f(p: P) -> P { p.n = 1; p.t = \"\"; return p; }",
	      "LOAD_INT OWN SET_FIELD_PLAIN LOAD_CONSTANT OWN SET_FIELD RETURN");
	SHAPE("function f(t: text) -> bool { return contains(t, \"a\") and not contains(t, \"b\"); }",
	      "JUMP_LACKS JUMP_LACKS LOAD_INT JUMP LOAD_INT RETURN");
	SHAPE("function f(t: text) -> bool { return t in [\"a\", \"b\"]; }", "LOAD_CONSTANT IN_LIST RETURN");
	SHAPE("function f(t: text) -> bool { return t in [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\"]; }",
	      "LOAD_CONSTANT IN_MAP RETURN");
	SHAPE("function f(t: text, p: text) -> bool { return contains(t, p); }", "MOVE MOVE CALL_BUILTIN RETURN");
}

Test(generate, verdicts_end_the_code)
{
	cr_assert(make("event onMailFrom { accept(); }"));
	const struct code *code = code_of("onMailFrom");

	cr_assert_eq(code->length, 2);
	cr_assert_eq(instruction_op(code->instructions[1]), OP_END_EVENT);
}

Test(generate, registers_are_used_again)
{
	cr_assert(make("function f(n: int) -> int { if (n > 0) { var a = n + 1; var b = a; n = b; } if (n > 1) { var c = n; var d = c; n = d; } "
		       "n = (n + 1) * (n + 2) + (n + 3) * (n + 4); return n; }"));
	cr_assert_leq(code_of("f")->registers, 4);
}

Test(generate, groups_have_registers_only_when_used)
{
	SHAPE("function f(t: text) -> bool { return t =~ re\"a\"; }",
	      "LOAD_CONSTANT JUMP_MATCH LOAD_INT JUMP LOAD_INT RETURN");
	cr_assert_eq(code_of("f")->groups, CODE_NO_GROUPS);
	cr_assert(make("function f(t: text) -> text { if (t =~ re\"(a)\") { return $1; } return \"\"; }") ||
		  make("function f(t: text) -> text { if (t =~ re\"(a)\") { return \"%{$1}\"; } return \"\"; }"));
	cr_assert_eq(code_of("f")->groups, 1);
}

/* ---- the program around ---- */

Test(generate, what_the_host_reads)
{
	cr_assert(make("option level: int = 5; table owners: text -> text = \"file:owners.txt\"; "
		       "event onMailFrom { if (macro(\"i\") == \"x\" or macro(\"{auth}\") == \"\" or macro(\"i\") == \"\") { reject(owners.get(\"a\", \"b\")); } }"));
	cr_assert_str_eq(program->name, "filters/a.afsl");
	cr_assert_eq(program->option_count, 1);
	cr_assert_str_eq(program->options[0].name, "level");
	cr_assert_str_eq(program->options[0].value, "5");
	cr_assert_eq(program->table_count, 1);
	cr_assert_str_eq(program->tables[0].name, "owners");
	cr_assert_str_eq(program->tables[0].source, "file:owners.txt");
	cr_assert_str_eq(program->tables[0].folder, "filters/");
	cr_assert_eq(program->macro_count, 2);
	cr_assert_eq(program->handled, EVENT_BIT(onMailFrom));
	cr_assert(program->needs & NEED_VERDICT);
	cr_assert(program->event_needs[EVENT_onMailFrom] & NEED_VERDICT);
	cr_assert_not(program->has_policy_slots);
	cr_assert_eq(program_function(program, "nobody"), -1);
}

Test(generate, an_event_with_one_body_is_that_body)
{
	cr_assert(make("event onMailFrom { accept(); } event onData { } event onData { }"));
	cr_assert_eq(program->code->events[EVENT_onMailFrom], program_function(program, "onMailFrom"));
	cr_assert_not(program->code->functions[program->code->events[EVENT_onMailFrom]].hidden);
	cr_assert(program->code->functions[program->code->events[EVENT_onData]].hidden);
	cr_assert_eq(program->code->events[EVENT_onEhlo], NO_FUNCTION);
}

Test(generate, sources_are_kept)
{
	char source[] = "event onMailFrom { accept(); }";

	cr_assert(make(source));
	memset(source, 'x', sizeof(source) - 1);
	cr_assert(text_equals_string(program->sources->sources[0].text, "event onMailFrom { accept(); }"));
}

Test(generate, variables_start_with_their_constants)
{
	cr_assert(make("session var a: int = 5; message var b: list[int] = [1]; message var c: text = text(1 + length(\"x\")); event onMailFrom { set(d, \"x\"); }"));
	cr_assert_eq(program->code->global_count, 4);
	cr_assert_eq(program->code->session_start, NO_FUNCTION);
	cr_assert_neq(program->code->message_start, NO_FUNCTION);
	cr_assert_eq(program->code->policy_count, 1);
}

/* ---- bounds ---- */

static bool fails_with(const char *code)
{
	for (const struct diagnostic *d = diagnostics.first; d; d = d->next)
		if (strcmp(d->code, code) == 0)
			return true;
	return false;
}

static char *repeated(const char *first, const char *part, int times, const char *last)
{
	size_t room = strlen(first) + (strlen(part) + 16) * (size_t)times + strlen(last) + 1, used;
	char *source = malloc(room);

	cr_assert_not_null(source);
	used = (size_t)snprintf(source, room, "%s", first);
	for (int i = 0; i < times; i++) {
		const char *hash = strchr(part, '#');

		if (hash)
			used += (size_t)snprintf(source + used, room - used, "%.*s%d%s", (int)(hash - part), part, i, hash + 1);
		else
			used += (size_t)snprintf(source + used, room - used, "%s", part);
	}
	snprintf(source + used, room - used, "%s", last);
	return source;
}

Test(generate, a_block_that_is_too_long_is_reported)
{
	char *source = repeated("function f(n: int) -> int { if (n > 1) { ", "n *= 40000; ", 20000, "} return n; }");

	cr_assert_not(make(source));
	cr_assert(fails_with("E0602"));
	free(source);
}

Test(generate, too_many_variables_are_reported)
{
	char *source = repeated("function f() -> int { ", "var v# = f(); ", 4200, "return v1 + v4199; }");

	cr_assert_not(make(source));
	cr_assert(fails_with("E0603"));
	free(source);
}

Test(generate, a_loop_may_be_as_long_as_a_jump_is_wide)
{
	char *source = repeated("function f(n: int) -> int { for (i in 0..3) { ", "n *= 40000; ", 16382, "} return n; }");

	cr_assert(make(source));
	free(source);
	source = repeated("function f(n: int) -> int { for (i in 0..3) { ", "n *= 40000; ", 16383, "} return n; }");
	cr_assert_not(make(source));
	cr_assert(fails_with("E0602"));
	free(source);
}

Test(generate, a_large_program_is_made)
{
	char *source = repeated("event onMailFrom { ", "if (mailFrom == \"user#@example.net\") { reject(\"no\"); }\n", 10000, "}");

	cr_assert(make(source));
	free(source);
}

Test(generate, memory_that_ends_is_no_program_and_no_leak)
{
	static const char source[] =
		"record P { n: int; l: list[text]; } session var s: map[text, P]; option o: text = \"x\"; "
		"function g(n: int) -> P { return P(n: n, l: [\"a%n%\", o]); } "
		"event onMailFrom { for (i in 0..3) { try { s[\"k%i%\"] = g(i); s[\"k\"].l.push(\"x\"); } catch (e) { reject(e.message); } } }";
	struct text text = text_of_string(source, LIFETIME_PROGRAM);
	struct compile_request request = { .path = "a.afsl", .text = &text, .raised = EVENTS_ALL };
	unsigned made = 0;

	for (unsigned long nth = 1; nth < 400 && made < 3; nth++) {
		struct diagnostics own;
		struct program *result;

		diagnostics_init(&own);
		memory_fail_at(nth, true);
		result = compile(&request, &own);
		memory_fail_at(0, false);
		made += result != NULL;
		program_free(result);
		diagnostics_free(&own);
	}
	cr_assert_eq(made, 3);
}

#define LOOP_WITH(body) \
	"function g(l: list[text]) -> int { return length(l); }\n" \
	"function f(n: int, t: text, l: list[text]) -> int { var s = \"\"; for (i in 0..n) { " body " } return n; }"
#define IN_TURN(body)  cr_assert(strstr(opcodes(LOOP_WITH(body)), "ENTER_TURN"), "%s", opcodes(LOOP_WITH(body)))
#define NO_TURN(body)  cr_assert_not(strstr(opcodes(LOOP_WITH(body)), "ENTER_TURN"), "%s", opcodes(LOOP_WITH(body)))

/* What is made in a turn goes with it when nothing outside can hold it. */
Test(generate, turns_of_loops_give_back_what_they_make)
{
	SHAPE("function f(n: int) -> int { for (i in 0..n) { var s = \"%i%!\"; } return 0; }",
	      "ENTER_REGION LOAD_INT MOVE JUMP_LE_INT ENTER_LOOP ENTER_TURN MOVE LOAD_CONSTANT CONCAT_PIECES LEAVE_TURN "
	      "NEXT_RANGE LOAD_INT LEAVE_REGION RETURN");
	/* a way out of it gives back too */
	SHAPE("function f(n: int) -> int { while (true) { var s = \"%n%!\"; if (length(s) > n) { break; } n += 1; } return 0; }",
	      "ENTER_REGION ENTER_LOOP ENTER_TURN MOVE LOAD_CONSTANT CONCAT_PIECES TEXT_LENGTH JUMP_LE_INT JUMP ADD_INT_I LEAVE_TURN "
	      "LOOP LEAVE_TURN LOAD_INT LEAVE_REGION RETURN");
	IN_TURN("var a = t + \"x\"; n += length(a);");
	IN_TURN("var a = l[0] + \"x\"; if (a in l) { continue; }");
	IN_TURN("var a = [t]; a.push(l[0]); n += g(a);");
	IN_TURN("try { var a = t + l[0]; if (a == t) { break; } } catch (e) { n += length(e.message); }");
	/* nothing is made */
	NO_TURN("n += length(t);");
	/* something outside may hold it */
	NO_TURN("s = s + t;");
	NO_TURN("var a = t + \"x\"; l.push(a);");
	NO_TURN("var a = t + \"x\"; l[0] = a;");
	NO_TURN("var a = t + \"x\"; var m = l; m.push(a);");
	NO_TURN("var a = t + \"x\"; n += g(l);");
	NO_TURN("if (t =~ re\"(.)\" and $1 == t) { var a = t + \"x\"; n += length(a); }");
	/* then the loop inside may have turns */
	IN_TURN("s = s + t; for (k in 0..2) { n += length(t + t); }");
}
