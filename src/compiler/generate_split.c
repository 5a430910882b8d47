/* Records without an object: of a variable that is never used as a whole, each field is a variable
 * of its own and has a register. */
#include "compiler/generator.h"

/* A larger record would take too many registers. */
enum { SPLIT_FIELDS_MAX = 64 };

/* What is looked for in expressions. */
struct reading {
	bool *whole;		   /* of each local: is it used otherwise than field by field? */
	const struct local *local; /* of that one: is a field read that is not `set`? */
	uint64_t set;		   /* one bit for each field */
	bool unset;
};

static void look_at(struct reading *reading, const struct expression *e);

static void look_at_arguments(struct reading *reading, const struct argument_list *arguments)
{
	for (unsigned i = 0; i < arguments->count; i++)
		look_at(reading, arguments->items[i].value);
}

/* What remains of a call as it was written is not looked at. */
static bool has_arguments(const struct expression *e)
{
	return e->kind == EXPRESSION_CALL_FUNCTION || e->kind == EXPRESSION_CALL_BUILTIN ||
	       e->kind == EXPRESSION_NEW_RECORD;
}

static bool is_field_of_local(const struct expression *e)
{
	return e->kind == EXPRESSION_FIELD && e->left->kind == EXPRESSION_LOCAL;
}

static void look_at(struct reading *reading, const struct expression *e)
{
	if (!e || e->kind == EXPRESSION_CONSTANT)
		return;
	if (e->kind == EXPRESSION_LOCAL) {
		reading->whole[e->local->number] = true;
		return;
	}
	if (has_arguments(e)) {
		look_at_arguments(reading, &e->arguments);
		return;
	}
	if (is_field_of_local(e)) {
		if (e->left->local == reading->local)
			reading->unset |= !(reading->set >> e->field & 1);
		return;
	}
	look_at(reading, e->left);
	look_at(reading, e->right);
	look_at(reading, e->third);
	for (unsigned i = 0; i < e->items.count; i++)
		look_at(reading, e->items.items[i]);
}

static void look_at_block(struct reading *reading, const struct block *block)
{
	for (const struct statement *s = block ? block->first : NULL; s; s = s->next) {
		look_at(reading, s->target);
		look_at(reading, s->value);
		look_at(reading, s->until);
		look_at_block(reading, s->body);
		look_at_block(reading, s->otherwise);
	}
}

void generate_find_whole(struct generator *g, const struct function *function)
{
	size_t locals = function->local_count + STAND_INS;

	g->f.whole = arena_zeroed(&g->scratch, locals * sizeof(*g->f.whole));
	g->f.split = arena_zeroed(&g->scratch, locals * sizeof(*g->f.split));
	if (!g->f.whole || !g->f.split)
		g->failed = true;
	else
		look_at_block(&(struct reading){ .whole = g->f.whole },
			      function->declaration->body);
}

/* ---- first values ---- */

static bool sets_field(const struct statement *s, const struct local *local)
{
	return s->kind == STATEMENT_ASSIGN &&
	       s->operator== OPERATOR_NONE && is_field_of_local(s->target) &&
	       s->target->left->local == local;
}

/* Fields of a variable that the statements right behind it set, before anything reads them: nobody
 * sees their first values. */
static uint64_t set_soon(struct generator *g, const struct statement *variable)
{
	struct reading reading = { .whole = g->f.whole, .local = variable->local };

	for (const struct statement *s = variable->next; s && sets_field(s, variable->local);
	     s = s->next) {
		look_at(&reading, s->value);
		if (reading.unset)
			break;
		reading.set |= (uint64_t)1 << s->target->field;
	}
	return reading.set;
}

static struct text field_name(struct generator *g, struct text variable, const char *field)
{
	struct buffer name = { .cap = SIZE_MAX };
	struct text kept;
	bool ok = true;

	buffer_append_text(&name, variable);
	buffer_append_string(&name, ".");
	buffer_append_string(&name, field);
	kept = arena_copy(g->arena, buffer_text(&name), &ok);
	buffer_free(&name);
	g->failed |= !ok;
	return kept;
}

static void note_field(struct generator *g, const struct local *local, unsigned number)
{
	const struct record_field *field = &local->type->record->fields[number];

	generate_note_local(g, field_name(g, local->name, field->name), field->type,
			    (unsigned)g->f.registers[local->number] + number);
}

/* So many instructions are no more than the one that loads all. */
enum { LOADED_EACH_MOST = 3 };

/* The fields of a constant at once, or few of them and others one by one. Returns those that have
 * no value yet. */
static uint64_t load_fields(struct generator *g, const struct statement *s)
{
	const struct argument_list *fields = &s->value->arguments;
	unsigned first = g->f.top;
	uint64_t soon = set_soon(g, s), unset = 0;
	union value v;

	if (fields->count > LOADED_EACH_MOST + (unsigned)__builtin_popcountll(soon) &&
	    constant_value(g, s->value, &v)) {
		for (unsigned i = 0; i < fields->count; i++)
			code_register_new(g);
		code_emit_wide(g, OP_LOAD_FIELDS, first, constant_number(g, s->value->type, v));
		return 0;
	}
	for (unsigned i = 0; i < fields->count; i++) {
		const struct expression *given = fields->items[i].value;
		unsigned reg = code_register_new(g);

		if (given->kind == EXPRESSION_CONSTANT && (soon >> i & 1))
			unset |= (uint64_t)1 << i;
		else
			generate_copy(g, given, reg);
		code_registers_free(g, first + i + 1);
	}
	return unset;
}

bool generate_split_variable(struct generator *g, const struct statement *s)
{
	const struct local *local = s->local;
	const struct argument_list *fields = &s->value->arguments;
	unsigned first = g->f.top;
	uint64_t unset;

	if (!g->f.function || g->f.whole[local->number] ||
	    s->value->kind != EXPRESSION_NEW_RECORD || fields->count == 0 ||
	    fields->count > SPLIT_FIELDS_MAX)
		return false;
	unset = load_fields(g, s);
	g->f.split[local->number] = true;
	g->f.registers[local->number] = (int)first;
	for (unsigned i = 0; i < fields->count; i++) {
		if (unset >> i & 1)
			g->held[first + i] = NULL;
		else
			note_field(g, local, i);
	}
	return true;
}

void generate_split_assigned(struct generator *g, const struct expression *e)
{
	if (generate_is_split(g, e) && !g->held[generate_register_of(g, e)])
		note_field(g, e->left->local, e->field);
}

bool generate_is_split(const struct generator *g, const struct expression *e)
{
	return is_field_of_local(e) && g->f.function && g->f.split[e->left->local->number];
}

bool generate_has_register(const struct generator *g, const struct expression *e)
{
	return e->kind == EXPRESSION_LOCAL || generate_is_split(g, e);
}

unsigned generate_register_of(const struct generator *g, const struct expression *e)
{
	if (e->kind == EXPRESSION_LOCAL)
		return (unsigned)g->f.registers[e->local->number];
	return (unsigned)g->f.registers[e->left->local->number] + e->field;
}
