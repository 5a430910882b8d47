/* Programs that were damaged anywhere: the verifier refuses them, or they run without harm under
 * small limits. The first byte chooses a program, each further record of seven bytes damages one
 * place. */
#include "script.h"

#include "fuzz.h"

#include "bytecode/verify.h"

#include <stdlib.h>

static const char *const sources[] = {
	"record P { n: int; t: text; l: list[int]; } session var s: text; session var g: "
	"list[int]; message var p: map[text, list[int]];\n"
	"function h(a: int, t: text, l: list[int]) -> text { l.push(a); g = l; return t + "
	"text(length(l)); }\n"
	"function f() -> text { var q = P(n: 1, t: \"t\", l: [1, 2]); var all = [q, q]; "
	"all[1].l[0] += 5; all[0].t += \"x\";\n"
	"var n = 3; n = n * 7 - 2; if (n > 5 and q.t == \"t\" or n % 3 == 1) { s += h(n, \"a\", "
	"q.l); }\n"
	"for (x in q.l) { n += x; p[\"k%x%\"] = [x, n]; p[\"k%x%\"].push(3); } g[0] = n; s = s + "
	"h(n, s, g); return s; }",

	"function r(n: int) -> int { if (n < 2) { return n; } return r(n - 1) + r(n - 2); }\n"
	"function f() -> text { var t = \"\"; for (i in 0..9) { try { t += text(r(i)); if (i == 4) "
	"{ throw \"e%i%\"; } }\n"
	"catch (e) { t += e.message + e.kind; } } while (length(t) < 60) { t += t[1..4]; if (t[0] "
	"== 48) { break; } } return t; }",

	"session var m: map[int, text]; event onMailFrom { m[1] = \"a\"; set(x, m[1]); export(x); "
	"if (x == \"b\") { reject(x); } }\n"
	"function f() -> text { var a = 1.5; var b = a * 2 - 0.5; var d = 90s + 5m; var i = "
	"ip(\"10.0.0.1\");\n"
	"var c = [\"a\": 1, \"b\": 2]; for (k, v in c) { m[v] = k + \"%d%\"; } if (i in "
	"\"10.0.0.0/8\" and \"b\" in c and not (b < a)) { m[7] = \"%i% %b%\"; }\n"
	"var t = \"alice@example.net\"; if (t =~ re\"^(\\w+)@(.*)$\") { m[8] = \"%{$1}%{$2}\"; }\n"
	"var l = [[1], [2, 3]]; l[0] = l[1]; l[0].push(9); l.extend(l); l.pop(); return "
	"text(length(l)) + lower(t[..3]) + text(l[0][2]); }",

	"record P { n: int; t: list[text]; } session var s: text; function r(n: int) -> int { var "
	"a = 0; var b = 0; if (n < 2) { return n; }\n"
	"parallel { a = r(n - 1); b = r(n - 2); s += \"x\"; } return a + b; }\n"
	"function p(t: text) -> P { return P(n: length(t), t: [t, t]); } function fail(n: int) { "
	"throw \"e%n%\"; }\n"
	"function f() -> text { var q = p(\"\"); var w = \"\"; parallel { w = text(r(4)); q.n = "
	"r(3); q = p(w); w += \"y\"; }\n"
	"for (i in 0..3) { try { parallel { w += w; fail(i); q.t[1] = lower(w); } } catch (e) { "
	"q.t.push(e.message); } } return w + q.t.join(s); }",

	"function f() -> text { var t = \"dear friend, your lottery prize waits\"; var n = 0;\n"
	"if (contains(t, \"lottery\") or contains(t, \"casino\") or contains(t, \"viagra\") or "
	"contains(t, \"prize\")) { n += 1; }\n"
	"if (containsIgnoringCase(t, \"DEAR\")) { n += 2; } if (not (contains(t, \"bank\")) and "
	"contains(t, \"waits\")) { n += 4; } return text(n); }",
};
enum { SOURCES = sizeof(sources) / sizeof(*sources), RECORD = 7 };

/* One program: its code in blocks of exactly its length, so that a sanitizer sees a step too far,
 * and as it was. */
static struct base {
	struct script script;
	struct code *functions, *functions_whole;
	instruction **instructions_whole;
	struct code_try **tries, **tries_whole;
	struct code_global *globals, *globals_whole;
	struct code_literal *literals, *literals_whole;
	struct import *imports, *imports_whole;
	unsigned f;
} bases[SOURCES];

static const struct vocabulary *words;

static void *copy_of(const void *bytes, size_t size)
{
	void *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	return size ? memcpy(copy, bytes, size) : copy;
}

#define COPY(items, count)	     copy_of((items), (count) * sizeof(*(items)))
#define RESTORE(items, whole, count) memcpy((items), (whole), (count) * sizeof(*(items)))

static void open_functions(struct base *base, struct program_code *code)
{
	base->functions = COPY(code->functions, code->function_count);
	base->instructions_whole = calloc(code->function_count, sizeof(instruction *));
	base->tries = calloc(code->function_count, sizeof(struct code_try *));
	base->tries_whole = calloc(code->function_count, sizeof(struct code_try *));
	if (!base->instructions_whole || !base->tries || !base->tries_whole)
		abort();
	for (uint32_t i = 0; i < code->function_count; i++) {
		struct code *function = &base->functions[i];

		base->instructions_whole[i] = COPY(function->instructions, function->length);
		base->tries_whole[i] = COPY(function->tries, function->try_count);
		function->instructions = COPY(function->instructions, function->length);
		function->tries = base->tries[i] = COPY(function->tries, function->try_count);
	}
	base->functions_whole = COPY(base->functions, code->function_count);
	code->functions = base->functions;
}

static void base_open(struct base *base, const char *source)
{
	struct program_code *code;

	script_compile(&base->script, source);
	code = base->script.program->code;
	open_functions(base, code);
	base->globals_whole = COPY(code->globals, code->global_count);
	code->globals = base->globals = COPY(code->globals, code->global_count);
	base->literals_whole = COPY(code->literals, code->literal_count);
	code->literals = base->literals = COPY(code->literals, code->literal_count);
	base->imports_whole = COPY(code->imports, code->import_count);
	code->imports = base->imports = COPY(code->imports, code->import_count);
	base->f = script_function(&base->script, "f");
	if (!script_begin(&base->script))
		abort();
	base->script.limits[LIMIT_instructions] = 20000;
	base->script.limits[LIMIT_callDepth] = 50;
	base->script.event.cap = 1 << 20;
}

static void base_restore(struct base *base)
{
	const struct program_code *code = base->script.program->code;

	RESTORE(base->functions, base->functions_whole, code->function_count);
	RESTORE(base->globals, base->globals_whole, code->global_count);
	RESTORE(base->literals, base->literals_whole, code->literal_count);
	RESTORE(base->imports, base->imports_whole, code->import_count);
	for (uint32_t i = 0; i < code->function_count; i++) {
		RESTORE((instruction *)(uintptr_t)base->functions[i].instructions,
			base->instructions_whole[i], base->functions[i].length);
		RESTORE(base->tries[i], base->tries_whole[i], base->functions[i].try_count);
	}
}

/* ---- damage: what stands in a record is taken for its place and its worth ---- */

static uint16_t half(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static uint32_t below(uint32_t number, uint32_t bound)
{
	return bound ? number % bound : 0;
}

static void damage_instruction(const struct code *code, const uint8_t *record)
{
	instruction *instructions = (instruction *)(uintptr_t)code->instructions;
	instruction *at = &instructions[below(half(record + 2), code->length)];
	instruction *other = &instructions[below(half(record + 4), code->length)], kept = *at;
	unsigned shift = 16 * (record[6] & 3u);

	switch (record[6] >> 2 & 7) {
	case 0: /* a nearby number, a register say */
		*at = (*at & ~((instruction)0xffff << shift)) |
		      (instruction)below(half(record + 4), code->registers + 2u) << shift;
		break;
	case 1:
		*at = (*at & ~((instruction)0xffff << shift)) | (instruction)half(record + 4)
									<< shift;
		break;
	case 2:
		*at = (*at & ~(instruction)0xffff) | below(half(record + 4), OPCODE_COUNT);
		break;
	case 3:
		*at = *other;
		break;
	case 4:
		*at = *other;
		*other = kept;
		break;
	default:
		*at ^= (instruction)1 << (record[4] & 63);
	}
}

static void damage_function(struct code *code, const uint8_t *record)
{
	uint16_t number = half(record + 4);

	switch (record[6] % 6) {
	case 0:
		code->registers = (uint16_t)(code->registers + (int8_t)record[4]);
		break;
	case 1:
		code->parameters = (uint16_t)below(number, code->parameters + 1u);
		break;
	case 2:
		code->groups = number;
		break;
	case 3:
		code->length = below(number, code->length + 1);
		break;
	case 4:
		code->cost = number;
		break;
	default:
		code->try_count = below(number, code->try_count + 1);
	}
}

static void damage_try(struct base *base, uint32_t function, const uint8_t *record)
{
	const struct code *code = &base->functions[function];
	struct code_try *row = base->tries[function];
	uint32_t number = below(half(record + 4), code->length + 2);

	if (code->try_count == 0)
		return;
	row += below(record[2], code->try_count);
	*(record[6] & 1 ? &row->from : record[6] & 2 ? &row->to : &row->handler) = number;
	if (record[6] & 4)
		row->floor = (uint16_t)below(number, code->registers + 2u);
}

static void damage_tables(struct base *base, const uint8_t *record)
{
	const struct program_code *code = base->script.program->code;
	struct code_global *global = &base->globals[below(record[2], code->global_count)];
	struct code_literal *literal = &base->literals[below(record[2], code->literal_count)];
	struct import *import = &base->imports[below(record[2], code->import_count)];
	uint32_t number = half(record + 4);

	switch (record[6] % 8) {
	case 0:
		if (code->global_count)
			global->first = below(number, code->constant_count + 1);
		break;
	case 1:
		if (code->global_count)
			global->lifetime = (enum lifetime)below(number, 6);
		break;
	case 2:
		if (code->import_count)
			import->argument_count = below(number, 4);
		break;
	case 3:
		if (code->import_count)
			import->changes = !import->changes;
		break;
	case 4:
		if (code->literal_count)
			literal->set = number & 0x8000 ? LITERAL_ALONE : below(number, 3);
		break;
	case 5:
		if (code->literal_count)
			literal->bit = below(number, 130);
		break;
	case 6:
		if (code->literal_count)
			literal->last = below(number, code->literal_count + 1);
		break;
	default:
		if (code->literal_count)
			literal->pc = number, literal->fold = number & 1;
	}
}

static void damage(struct base *base, const uint8_t *record)
{
	uint32_t function = below(record[1], base->script.program->code->function_count);

	switch (record[0] & 15) {
	case 0:
		damage_function(&base->functions[function], record);
		break;
	case 1:
		damage_try(base, function, record);
		break;
	case 2:
	case 3:
		damage_tables(base, record);
		break;
	default:
		damage_instruction(&base->functions[function], record);
	}
}

/* ---- */

static void open_all(void)
{
	static struct type_table types;
	static struct arena arena;

	arena_init(&arena, 1 << 24, LIFETIME_PROGRAM);
	type_table_init(&types, &arena);
	words = vocabulary_build(&types);
	for (size_t i = 0; i < SOURCES; i++)
		base_open(&bases[i], sources[i]);
}

/* What waits is given up: nobody is there to wait for. */
static void run(struct base *base)
{
	struct script *script = &base->script;

	if (!script_begin(script))
		return;
	if (base->functions[base->f].parameters == 0)
		script_call(script, base->f, NULL);
	script_settle(script);
	if (vm_begin_event(script->vm, EVENT_onMailFrom, INT64_MAX))
		vm_run(script->vm);
	script_settle(script);
	vm_end_message(script->vm);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char message[VERIFY_MESSAGE_MAX];
	struct base *base;

	if (size == 0)
		return 0;
	if (!words)
		open_all();
	base = &bases[bytes[0] % SOURCES];
	for (size_t at = 1; at + RECORD <= size; at += RECORD)
		damage(base, bytes + at);
	if (verify(base->script.program, words, message))
		run(base);
	base_restore(base);
	return 0;
}
