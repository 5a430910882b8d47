/* Programs made of right instructions, two bytes each: what the verifier takes runs under small
 * limits, harms nothing, and changes no constant. */
#include "instructions.h"

#include "fuzz.h"

#include "vm/value.h"

#include <stdio.h>
#include <stdlib.h>

static const char source[] =
	"record P { n: int; t: text; l: list[int]; }\n"
	"session var gi: int; session var gt: text; session var gl: list[int]; session var gm: "
	"map[text, int]; session var gp: P;\n"
	"message var mi: int; message var mt: text; message var ml: list[list[int]];\n"
	"function plain(a: int, b: float) -> int { return b < 1.5 ? a : -a; }\n"
	"function joined(t: text, l: list[text]) -> text { l.push(t); return l.join(\",\"); }\n"
	"function change(m: map[text, int], p: P) -> P { m[\"c\"] = p.n; p.l.push(length(m)); "
	"return p; }\n"
	"function deep(n: int) -> int { return n < 1 ? 0 : deep(n - 1) + 1; }\n"
	"function fail(t: text) { if (length(t) > 5) { throw t; } }\n"
	"function many(t: text) -> text { return lower(t) + upper(t) + trim(t) + replace(t, \"a\", "
	"\"bb\") + reverse(t) + text(indexOf(t, \"b\")) + join(split(t, \",\"), \";\"); }\n"
	"function f() -> text {\n"
	"var i = 7; var d = 1.5; var t = \"abc\"; var a = ip(\"10.0.0.1\"); var n = "
	"net(\"10.0.0.0/8\");\n"
	"var il = [1, 2, 3]; var tl = [\"a\", \"b\"]; var m = [\"a\": 1, \"b\": 2]; var p = P(n: "
	"1, t: \"t\", l: [4]); var nl = [net(\"10.0.0.0/8\"), net(\"::1\")];\n"
	"var ll = [[1], [2, 3]]; var big = 9223372036854775807; var e: list[int] = [];\n"
	"if (t =~ re\"^(a|b)+(c?)$\" and contains(t, \"lottery\")) { t = $1; }\n"
	"il.push(i); il.extend(e); il.pop(); il.sort(); tl.sort(); m.remove(\"a\"); nl.push(n);\n"
	"try { fail(t); } catch (x) { t = x.message; }\n"
	"if (il == e and tl == [t] and ll == [e] and m == [\"a\": 1] and p == P(n: 2, t: \"\", l: "
	"e)) { i = 8; }\n"
	"gl = il; gm = m; gp = p; gt = t; gi = i; ml = ll; mt = t; mi = i;\n"
	"return joined(t, tl) + text(plain(i, d)) + text(change(m, p).n) + text(deep(3)) + many(t) "
	"+ text(a in n or a in nl) + text(big); }\n";

enum { CODE_MAX = 2000, OPEN_MAX = 8, CHECK_EVERY = 16 };

static struct workshop workshop;
static struct buffer constants, now;

/* A program under construction. */
struct draft {
	instruction code[CODE_MAX];
	unsigned length;
	unsigned jumps[CODE_MAX], jump_count; /* instructions that go ahead */
	unsigned loops[OPEN_MAX], loop_count; /* places behind ENTER_LOOP */
	unsigned fork;			      /* the place of an open FORK, or 0 */
};

static void add(struct draft *draft, instruction i)
{
	draft->code[draft->length++] = i;
}

static unsigned some(const struct type *type, unsigned n)
{
	return workshop_register(&workshop, type, n * 5);
}

static void loop_begin(struct draft *draft)
{
	if (draft->loop_count == OPEN_MAX || draft->fork)
		return;
	add(draft, instruction_make(OP_ENTER_LOOP, workshop.registers, 0, 0));
	draft->loops[draft->loop_count++] = draft->length;
}

static void loop_end(struct draft *draft, unsigned variant)
{
	int back;

	if (!draft->loop_count || draft->fork)
		return;
	if (variant % 2) /* a way out */
		add(draft, instruction_make(OP_JUMP_GT_INT_I, some(&type_int, variant), 3, 1));
	back = (int)draft->loops[--draft->loop_count] - (int)draft->length - 1;
	if (variant % 2)
		add(draft, instruction_make_wide(OP_LOOP, 1 + variant % 7, back));
	else
		add(draft, instruction_make(OP_NEXT_RANGE, some(&type_int, variant),
					    some(&type_int, variant / 2 + 1), (unsigned)back));
}

static void fork_begin(struct draft *draft)
{
	if (draft->fork)
		return;
	draft->fork = draft->length;
	add(draft, instruction_make_wide(OP_FORK, 0, 0));
}

static void fork_end(struct draft *draft)
{
	if (!draft->fork)
		return;
	add(draft, instruction_make(OP_YIELD_VOID, 0, 0, 0));
	draft->code[draft->fork] =
		instruction_make_wide(OP_FORK, 0, (int64_t)draft->length - draft->fork - 1);
	add(draft, instruction_make(OP_JOIN, 0, 0, 0));
	draft->fork = 0;
}

/* An end that is perhaps not reached. */
static void leave(struct draft *draft, unsigned variant)
{
	unsigned text = some(&type_text, variant);

	add(draft, instruction_make(OP_JUMP_LT_INT_I, some(&type_int, variant), 5, 1));
	if (draft->fork || variant % 3 == 0)
		add(draft, instruction_make(OP_THROW_TEXT, text, 0, 0));
	else if (variant % 3 == 1)
		add(draft, instruction_make(OP_RETURN, text, 0, 0));
	else
		add(draft, instruction_make(OP_END_EVENT, 0, 0, 0));
}

static void add_snippet(struct draft *draft, unsigned op, unsigned variant)
{
	const struct snippet *snippet;

	if (!workshop.counts[op])
		return;
	snippet = &workshop.snippets[op][variant % workshop.counts[op]];
	for (unsigned i = 0; i < snippet->length; i++)
		add(draft, snippet->code[i]);
	if (snippet->jumps)
		draft->jumps[draft->jump_count++] = draft->length - 1;
}

static void add_piece(struct draft *draft, unsigned op, unsigned variant)
{
	switch (op) {
	case OPCODE_COUNT:
		loop_begin(draft);
		break;
	case OPCODE_COUNT + 1:
		loop_end(draft, variant);
		break;
	case OPCODE_COUNT + 2:
		fork_begin(draft);
		break;
	case OPCODE_COUNT + 3:
		fork_end(draft);
		break;
	case OPCODE_COUNT + 4:
		leave(draft, variant);
		break;
	default:
		add_snippet(draft, op, variant);
	}
}

/* So many instructions ahead, as far as there are any. */
static void set_jump(struct draft *draft, unsigned at, unsigned ahead)
{
	instruction i = draft->code[at];
	unsigned most = draft->length - at - 2;

	if (ahead > most)
		ahead = most;
	if (opcode_rows[instruction_op(i)].operands[1] == OPERAND_JUMP32)
		draft->code[at] = instruction_make_wide((enum opcode)instruction_op(i),
							instruction_a(i), ahead);
	else
		draft->code[at] = instruction_make((enum opcode)instruction_op(i), instruction_a(i),
						   instruction_b(i), ahead);
}

static void compose(struct draft *draft, const uint8_t *bytes, size_t size)
{
	draft->length = draft->jump_count = draft->loop_count = draft->fork = 0;
	memcpy(draft->code, workshop.start, workshop.start_length * sizeof(instruction));
	draft->length = workshop.start_length;
	for (size_t at = 0; at + 2 <= size && draft->length < CODE_MAX - 4 * OPEN_MAX - SNIPPET_MAX;
	     at += 2)
		add_piece(draft, bytes[at] % (OPCODE_COUNT + 5), bytes[at + 1]);
	fork_end(draft);
	while (draft->loop_count)
		loop_end(draft, 1);
	add(draft, instruction_make(OP_RETURN, some(&type_text, 1), 0, 0));
	for (unsigned i = 0; i < draft->jump_count; i++)
		set_jump(draft, draft->jumps[i], bytes[i % size] >> 5);
}

static void print_constants(struct buffer *out)
{
	const struct program_code *code = workshop.script.program->code;

	buffer_clear(out);
	for (uint32_t i = 0; i < code->constant_count; i++) {
		value v;

		memcpy(&v, &code->constants[i], sizeof(v));
		if (code->constant_rows[i].type->kind != TYPE_REGEX)
			value_print(code->constant_rows[i].type, v, out);
	}
}

static void check_constants(void)
{
	static unsigned turn;

	if (turn++ % CHECK_EVERY)
		return;
	print_constants(&now);
	if (!text_equals(buffer_text(&constants), buffer_text(&now)))
		abort();
}

/* Refused were: for the report at the end. */
static unsigned long taken, refused;

static void tell(void)
{
	fprintf(stderr, "%lu programs ran, %lu were refused\n", taken, refused);
}

static void open_all(void)
{
	workshop_open(&workshop, source);
	workshop.script.limits[LIMIT_instructions] = 3000;
	workshop.script.limits[LIMIT_callDepth] = 20;
	workshop.script.limits[LIMIT_textLength] = 10000;
	workshop.script.limits[LIMIT_listLength] = 1000;
	workshop.script.event.cap = 1 << 20;
	buffer_init(&constants, 1 << 20);
	buffer_init(&now, 1 << 20);
	print_constants(&constants);
	if (getenv("FUZZ_TELL"))
		atexit(tell);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct draft draft;
	struct script *script = &workshop.script;

	if (size < 2)
		return 0;
	if (!workshop.registers)
		open_all();
	compose(&draft, bytes, size);
	if (!workshop_take(&workshop, draft.code, draft.length)) {
		refused++;
		return 0;
	}
	taken++;
	if (script_begin(script))
		script_call(script, script_function(script, "f"), NULL);
	script_settle(script);
	vm_end_message(script->vm);
	check_constants();
	return 0;
}
