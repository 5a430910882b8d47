/* Damaged and random code is refused, or runs without harm: the sanitizers look on. */
#include "bed.h"

#include "bytecode/verify.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const sources[] = {
	"record P { n: int; t: text; l: list[int]; } session var s: text; session var g: list[int]; message var p: map[text, list[int]]; "
	"function h(a: int, t: text, l: list[int]) -> text { l.push(a); g = l; return t + text(length(l)); } "
	"function f() -> text { var q = P(n: 1, t: \"t\", l: [1, 2]); var all = [q, q]; all[1].l[0] += 5; all[0].t += \"x\"; "
	"var n = 3; n = n * 7 - 2; if (n > 5 and q.t == \"t\" or n % 3 == 1) { s += h(n, \"a\", q.l); } "
	"for (x in q.l) { n += x; p[\"k%x%\"] = [x, n]; p[\"k%x%\"].push(3); } g[0] = n; s = s + h(n, s, g); return s; }",

	"function r(n: int) -> int { if (n < 2) { return n; } return r(n - 1) + r(n - 2); } "
	"function f() -> text { var t = \"\"; for (i in 0..9) { try { t += text(r(i)); if (i == 4) { throw \"e%i%\"; } } "
	"catch (e) { t += e.message + e.kind; } } while (length(t) < 60) { t += t[1..4]; if (t[0] == 48) { break; } } return t; }",

	"session var m: map[int, text]; function f() -> text { var a = 1.5; var b = a * 2 - 0.5; var d = 90s + 5m; var i = ip(\"10.0.0.1\"); "
	"var c = [\"a\": 1, \"b\": 2]; for (k, v in c) { m[v] = k + \"%d%\"; } if (i in \"10.0.0.0/8\" and \"b\" in c and not (b < a)) { m[7] = \"%i% %b%\"; } "
	"var t = \"alice@example.net\"; if (t =~ re\"^(\\w+)@(.*)$\") { m[8] = \"%{$1}%{$2}\"; } "
	"var o = [1, 2] == [1, 2] ? \"same\" : \"other\"; var l = [[1], [2, 3]]; l[0] = l[1]; l[0].push(9); l.extend(l); l.pop(); "
	"return o + text(length(l)) + \"%{length(m)}\" + lower(t[..3]) + text(l[0][2]); }",

	"record P { n: int; t: list[text]; } session var s: text; function r(n: int) -> int { var a = 0; var b = 0; if (n < 2) { return n; } "
	"parallel { a = r(n - 1); b = r(n - 2); s += \"x\"; } return a + b; } "
	"function p(t: text) -> P { return P(n: length(t), t: [t, t]); } function fail(n: int) { throw \"e%n%\"; } "
	"function f() -> text { var q = p(\"\"); var w = \"\"; parallel { w = text(r(4)); q.n = r(3); q = p(w); w += \"y\"; } "
	"for (i in 0..3) { try { parallel { w += w; fail(i); q.t[1] = lower(w); } } catch (e) { q.t.push(e.message); } } return w + q.t.join(s); }",

	/* regions and turns: what is made inside must not be held outside */
	"record P { t: text; l: list[text]; } session var s: text; "
	"function look(l: list[text], m: map[text, int]) -> text { var t = l[0] + \"%{m[\"a\"]}\"; return t + l[1] + repeat(\"z\", 900); } "
	"function f() -> text { var l = [\"a\", \"b\"]; var m = [\"a\": 1]; var p = P(t: \"t\", l: l); var whole = p; var t = \"\"; var n = 0; "
	"for (i in 0..9) { var u = \"%i%\" + l[0] + p.t; var v = [u, u]; v.push(t); if (u in l) { continue; } "
	"for (w in [u, t]) { n += length(w + u); } try { if (i == 3) { throw u; } v[0] = u + look(v, [\"a\": i]); s = v[0]; } "
	"catch (e) { n += length(e.message + u); } if (n > 9000) { break; } } "
	"while (n > 0) { n -= 700; var u = t + \"%n%\"; var q = P(t: u, l: [u]); q.l.push(u); l[0] = \"x\"; } "
	"t = look(l, m) + s; l.push(t); return t + text(n) + l[2] + whole.t; }",
};

static uint32_t state;

static uint32_t draw(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

static instruction random_instruction(const struct code *code)
{
	unsigned registers = code->registers + 1u;

	return instruction_make((enum opcode)draw(OPCODE_COUNT), draw(registers), draw(registers),
				draw(4) ? draw(registers) : draw(code->length));
}

static instruction change_field(instruction i, const struct code *code)
{
	unsigned shift = 16 * (1 + draw(3));
	instruction mask = (instruction)0xffff << shift;

	return (i & ~mask) | (instruction)draw(code->registers + 2u) << shift;
}

static void damage(struct code *code, instruction *instructions)
{
	uint32_t at = draw(code->length), other = draw(code->length);

	switch (draw(8)) {
	case 0:
		instructions[at] ^= (instruction)1 << draw(64);
		break;
	case 1:
		instructions[at] = (instructions[at] & ~(instruction)0xffff) | draw(OPCODE_COUNT);
		break;
	case 2:
	case 3:
		instructions[at] = change_field(instructions[at], code);
		break;
	case 4:
		instructions[at] = instructions[other];
		break;
	case 5: {
		instruction kept = instructions[at];

		instructions[at] = instructions[other];
		instructions[other] = kept;
		break;
	}
	case 6:
		instructions[at] = random_instruction(code);
		break;
	default:
		if (code->try_count)
			((struct code_try *)(uintptr_t)code->tries)->floor =
				(uint16_t)draw(code->registers);
		else
			code->registers = (uint16_t)(code->registers + draw(3) - 1);
	}
}

static unsigned taken;
static struct arena words_arena;
static const struct vocabulary *words;

static void find_words(void)
{
	static struct type_table types;

	arena_init(&words_arena, 1 << 24, LIFETIME_PROGRAM);
	type_table_init(&types, &words_arena);
	words = vocabulary_build(&types);
}

static void forget_words(void)
{
	arena_reset(&words_arena);
}

static void run_damaged(struct bed *bed, struct code *code)
{
	struct code whole = *code;
	size_t size = code->length * sizeof(instruction);
	instruction *copy = malloc(size);
	struct code_try row = code->try_count ? code->tries[0] : (struct code_try){ 0 };
	char message[VERIFY_MESSAGE_MAX];

	cr_assert_not_null(copy);
	memcpy(copy, code->instructions, size);
	code->instructions = copy;
	for (uint32_t n = draw(3) + 1; n > 0; n--)
		damage(code, copy);
	if (verify(bed->program, words, message)) {
		taken++;
		bed_run(bed, "f", NULL);
		bed_end(bed);
		if (draw(4) == 0)
			bed_end_message(bed);
	}
	*code = whole;
	if (code->try_count)
		*(struct code_try *)(uintptr_t)code->tries = row;
	free(copy);
}

static void try_source(const char *source, int turns)
{
	const struct program_code *program;
	struct bed bed;

	bed_open(&bed, source);
	program = bed.program->code;
	bed.limits[LIMIT_instructions] = 20000;
	bed.event.cap = 1 << 20;
	for (int turn = 0; turn < turns; turn++)
		run_damaged(&bed, (struct code *)(uintptr_t)&program->functions[draw(program->function_count)]);
	bed_close(&bed);
}

Test(random, damaged_code, .init = find_words, .fini = forget_words)
{
	const char *turns = getenv("RANDOM_TURNS");
	const char *seed = getenv("RANDOM_SEED");

	state = seed ? (uint32_t)atoi(seed) : 20240607;
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++)
		try_source(sources[i], turns ? atoi(turns) : 3000);
	cr_assert_gt(taken, 100);
}

/* A program that owns nothing before it changes it: constants stay what they are. */
static void never_own(const struct code *code)
{
	for (uint32_t i = 0; i < code->length; i++) {
		instruction *at = (instruction *)(uintptr_t)&code->instructions[i];

		if (instruction_op(*at) == OP_OWN)
			*at = instruction_make(OP_SHARE, instruction_a(*at), 0, 0);
	}
}

static void runs_and_constants_stay(const char *change, enum vm_status status)
{
	char source[512], message[VERIFY_MESSAGE_MAX];
	struct bed bed;

	snprintf(source, sizeof(source),
		 "record P { n: int; } function f() -> text { var l = [3, 1]; var m = [\"a\": 1]; var d = [[1]]; var e = [\"a\": [1]]; var p = P(n: 1); var whole = p; %s return \"\"; } "
		 "function g() -> text { var l = [3, 1]; var m = [\"a\": 1]; var d = [[1]]; var e = [\"a\": [1]]; var p = P(n: 1); "
		 "return \"%%{length(l)} %%{l[0]} %%{length(m)} %%{m[\"a\"]} %%{d[0][0]} %%{length(d[0])} %%{e[\"a\"][0]} %%{p.n}\"; }",
		 change);
	bed_open(&bed, source);
	never_own(&bed.program->code->functions[program_function(bed.program, "f")]);
	cr_assert(verify(bed.program, words, message), "%s", message);
	cr_assert_eq(bed_run(&bed, "f", NULL), status, "%s", change);
	bed_end(&bed);
	cr_assert_str_eq(bed_text(&bed, "g"), "2 3 1 1 1 1 1 1", "%s", change);
	bed_close(&bed);
}

static void cannot_change(const char *change)
{
	runs_and_constants_stay(change, VM_FAILED);
}

Test(random, a_constant_is_not_changed_by_code_that_owns_nothing, .init = find_words, .fini = forget_words)
{
	runs_and_constants_stay("l.push(5);", VM_DONE); /* which owns by itself */
	cannot_change("l.clear();");
	cannot_change("l.sort();");
	cannot_change("l[0] = 5;");
	cannot_change("m[\"a\"] = 5;");
	cannot_change("m.remove(\"a\");");
	cannot_change("d[0][0] = 5;");
	cannot_change("d[0].push(5);");
	cannot_change("e[\"a\"][0] = 5;");
	cannot_change("p.n = 5;");
}

/* Code that is random from the start is refused nearly always; what is taken must run. */
Test(random, random_code, .init = find_words, .fini = forget_words)
{
	const struct program_code *program;
	struct bed bed;
	struct code *code, whole;

	state = 4711;
	bed_open(&bed, sources[0]);
	bed.limits[LIMIT_instructions] = 20000;
	program = bed.program->code;
	code = (struct code *)(uintptr_t)&program->functions[program_function(bed.program, "f")];
	whole = *code;
	for (int turn = 0; turn < 20000; turn++) {
		instruction made[6], ready[6];
		char message[VERIFY_MESSAGE_MAX];

		code->instructions = made;
		code->ready = ready;
		code->length = 1 + draw(6);
		code->line_count = code->statement_count = code->local_count = 0;
		for (uint32_t i = 0; i < code->length; i++)
			made[i] = random_instruction(code);
		if (draw(2)) {
			made[code->length - 1] = instruction_make(OP_END_EVENT, 0, 0, 0);
			made[0] = instruction_make_wide(OP_LOAD_CONSTANT, draw(3), draw(program->constant_count));
		}
		if (verify(bed.program, words, message)) {
			bed_run(&bed, "f", NULL);
			bed_end(&bed);
		}
	}
	*code = whole;
	bed_close(&bed);
}
