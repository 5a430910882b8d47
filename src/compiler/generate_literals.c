/* Literals that a function looks for in one place become one set. */
#include "compiler/generator.h"

#include "match/literals.h"

enum { ROWS_MAX = UINT16_MAX };

/* The literals of one place so far. Its subject is only a guess at what will be the same text when
 * the program runs: that is looked at there. */
struct literal_set {
	const struct function *function;
	const struct expression *subject;
	bool fold;
	struct growing texts; /* struct text */
};

static bool same_place(const struct expression *a, const struct expression *b);

static bool same_call(const struct expression *a, const struct expression *b)
{
	if (a->builtin != b->builtin || a->arguments.count != b->arguments.count)
		return false;
	for (unsigned i = 0; i < a->arguments.count; i++)
		if (!same_place(a->arguments.items[i].value, b->arguments.items[i].value))
			return false;
	return true;
}

static bool same_place(const struct expression *a, const struct expression *b)
{
	if (a->kind != b->kind || a->type != b->type)
		return false;
	switch (a->kind) {
	case EXPRESSION_LOCAL:
		return a->local == b->local;
	case EXPRESSION_GLOBAL:
		return a->global == b->global;
	case EXPRESSION_VARIABLE:
		return a->variable == b->variable;
	case EXPRESSION_GROUP:
		return a->integer == b->integer;
	case EXPRESSION_FIELD:
		return a->field == b->field && same_place(a->left, b->left);
	case EXPRESSION_CONSTANT:
		return a->type == &type_text ? text_equals(a->constant.text, b->constant.text)
					     : a->constant.i == b->constant.i;
	case EXPRESSION_CALL_BUILTIN:
		return same_call(a, b);
	default:
		return false;
	}
}

/* ---- while code is made ---- */

static struct literal_set *find_set(struct generator *g, const struct expression *subject,
				    bool fold, uint32_t *number)
{
	struct literal_set *sets = g->literal_sets.items;

	for (size_t i = g->literal_sets.count; i > 0; i--) {
		struct literal_set *set = &sets[i - 1];

		if (set->function != g->f.function)
			break;
		*number = (uint32_t)i - 1;
		if (set->fold == fold && same_place(set->subject, subject))
			return set;
	}
	*number = (uint32_t)g->literal_sets.count;
	sets = generate_grow(g, &g->literal_sets, sizeof(*sets));
	if (sets)
		*sets = (struct literal_set){ g->f.function, subject, fold, { 0 } };
	return sets;
}

static uint32_t bit_of(struct generator *g, struct literal_set *set, struct text literal)
{
	struct text *texts = set->texts.items;

	for (uint32_t i = 0; i < set->texts.count && i < 64; i++)
		if (text_equals(texts[i], literal))
			return i;
	texts = generate_grow(g, &set->texts, sizeof(*texts));
	if (texts)
		*texts = literal;
	return (uint32_t)set->texts.count - 1;
}

static bool literal_row(struct generator *g, const struct expression *subject, struct text literal,
			bool fold, uint32_t *number)
{
	uint32_t set_number = 0;
	struct literal_set *set;
	struct code_literal *row;
	bool ok = true;

	if (g->literals.count >= ROWS_MAX)
		return false;
	*number = (uint32_t)g->literals.count;
	literal = arena_copy(g->arena, literal, &ok);
	literal.lifetime = LIFETIME_PROGRAM;
	set = ok ? find_set(g, subject, fold, &set_number) : NULL;
	row = set ? generate_grow(g, &g->literals, sizeof(*row)) : NULL;
	g->failed |= !row;
	if (row)
		*row = (struct code_literal){ .text = literal,
					      .set = set_number,
					      .bit = bit_of(g, set, literal),
					      .fold = fold };
	return row != NULL;
}

static bool is_search(const struct expression *e, bool *fold)
{
	if (e->kind != EXPRESSION_CALL_BUILTIN)
		return false;
	*fold = e->builtin != BUILTIN_text_contains;
	return e->builtin == BUILTIN_text_contains ||
	       e->builtin == BUILTIN_text_containsIgnoringCase ||
	       e->builtin == BUILTIN_policy_contains;
}

bool generate_is_search(const struct expression *e)
{
	bool fold;

	return is_search(e, &fold) && e->arguments.items[1].value->kind == EXPRESSION_CONSTANT &&
	       e->arguments.items[1].value->constant.text.length > 0;
}

bool generate_jump_contains(struct generator *g, const struct expression *e, bool sense,
			    struct label *label)
{
	const struct expression *subject;
	uint32_t number;
	unsigned from;
	bool fold;

	if (!generate_is_search(e) || !is_search(e, &fold))
		return false;
	subject = e->arguments.items[0].value;
	if (!literal_row(g, subject, e->arguments.items[1].value->constant.text, fold, &number))
		return false;
	from = generate_expression(g, subject, REGISTER_NONE);
	code_place(g, e->span);
	code_emit_jump(g, sense ? OP_JUMP_CONTAINS : OP_JUMP_LACKS, from, number, label);
	return true;
}

/* ---- when a function is made ---- */

static struct code_literal *row_at(struct generator *g, uint32_t pc)
{
	instruction i = ((instruction *)g->f.instructions.items)[pc];

	if (instruction_op(i) != OP_JUMP_LACKS)
		return NULL;
	return (struct code_literal *)g->literals.items + instruction_b(i);
}

static bool leads_to(struct generator *g, const struct code_literal *row, uint32_t pc,
		     const struct code_literal *next)
{
	const instruction *code = g->f.instructions.items;

	return next == row + 1 && next->set == row->set && next->bit == row->bit + 1 &&
	       instruction_a(code[next->pc]) == instruction_a(code[pc]);
}

/* From the end: a row's chain ends where that of the next one does. */
void generate_literal_chains(struct generator *g, uint32_t function)
{
	for (uint32_t pc = code_here(g); !g->failed && pc-- > 0;) {
		struct code_literal *row = row_at(g, pc), *next;
		const instruction *code = g->f.instructions.items;
		uint32_t target;

		if (!row)
			continue;
		target = pc + 1 + instruction_c(code[pc]);
		row->function = function;
		row->pc = pc;
		row->last = instruction_b(code[pc]);
		next = target < code_here(g) ? row_at(g, target) : NULL;
		if (next && leads_to(g, row, pc, next))
			row->last = next->last;
	}
}

/* ---- when all code is made ---- */

/* A single one is looked for without a set, unless case is ignored: that only sets can do fast. */
static bool is_alone(const struct literal_set *set)
{
	return set->texts.count == 1 && !set->fold;
}

static void settle_rows(struct generator *g, struct program_code *code)
{
	const struct literal_set *sets = g->literal_sets.items;
	struct code_literal *rows = generate_settle(g, &g->literals, sizeof(*rows));

	for (size_t i = 0; rows && i < g->literals.count; i++)
		if (is_alone(&sets[rows[i].set]))
			rows[i].set = LITERAL_ALONE;
	code->literals = rows;
	code->literal_count = (uint32_t)g->literals.count;
}

void generate_literal_sets(struct generator *g, struct program_code *code)
{
	const struct literal_set *sets = g->literal_sets.items;
	const struct literals **built =
		generate_memory(g, g->literal_sets.count * sizeof(struct literals *));

	settle_rows(g, code);
	for (size_t i = 0; !g->failed && i < g->literal_sets.count; i++) {
		const struct text *texts = generate_settle(g, &sets[i].texts, sizeof(*texts));

		built[i] = texts ? literals_build(texts, (uint32_t)sets[i].texts.count,
						  sets[i].fold, g->arena)
				 : NULL;
		g->failed |= !built[i];
	}
	code->literal_sets = built;
	code->literal_set_count = (uint32_t)g->literal_sets.count;
}
