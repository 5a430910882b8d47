/* Records without an object: of a variable that is never used as a whole, each field is a variable
 * of its own and has a register. */
#include "compiler/generator.h"

/* A larger record would take too many registers. */
enum { SPLIT_FIELDS_MAX = 64 };

static void look_at_block(struct generator *g, const struct block *block);

static void look_at(struct generator *g, const struct expression *e);

static void look_at_arguments(struct generator *g, const struct argument_list *arguments)
{
	for (unsigned i = 0; i < arguments->count; i++)
		look_at(g, arguments->items[i].value);
}

/* What remains of a call as it was written is not looked at. */
static bool has_arguments(const struct expression *e)
{
	return e->kind == EXPRESSION_CALL_FUNCTION || e->kind == EXPRESSION_CALL_BUILTIN ||
	       e->kind == EXPRESSION_NEW_RECORD;
}

static void look_at(struct generator *g, const struct expression *e)
{
	if (!e || e->kind == EXPRESSION_CONSTANT)
		return;
	if (e->kind == EXPRESSION_LOCAL) {
		g->f.whole[e->local->number] = true;
		return;
	}
	if (has_arguments(e)) {
		look_at_arguments(g, &e->arguments);
		return;
	}
	if (e->kind == EXPRESSION_FIELD && e->left->kind == EXPRESSION_LOCAL)
		return;
	look_at(g, e->left);
	look_at(g, e->right);
	look_at(g, e->third);
	for (unsigned i = 0; i < e->items.count; i++)
		look_at(g, e->items.items[i]);
}

static void look_at_block(struct generator *g, const struct block *block)
{
	for (const struct statement *s = block ? block->first : NULL; s; s = s->next) {
		look_at(g, s->target);
		look_at(g, s->value);
		look_at(g, s->until);
		look_at_block(g, s->body);
		look_at_block(g, s->otherwise);
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
		look_at_block(g, function->declaration->body);
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

/* The fields of a constant at once, others one by one. */
static void load_fields(struct generator *g, const struct expression *record)
{
	const struct argument_list *fields = &record->arguments;
	unsigned first = g->f.top;
	union value v;

	if (constant_value(g, record, &v)) {
		for (unsigned i = 0; i < fields->count; i++)
			code_register_new(g);
		code_emit_wide(g, OP_LOAD_FIELDS, first, constant_number(g, record->type, v));
		return;
	}
	for (unsigned i = 0; i < fields->count; i++) {
		generate_copy(g, fields->items[i].value, code_register_new(g));
		code_registers_free(g, first + i + 1);
	}
}

bool generate_split_variable(struct generator *g, const struct statement *s)
{
	const struct local *local = s->local;
	const struct argument_list *fields = &s->value->arguments;
	unsigned first = g->f.top;

	if (!g->f.function || g->f.whole[local->number] ||
	    s->value->kind != EXPRESSION_NEW_RECORD || fields->count == 0 ||
	    fields->count > SPLIT_FIELDS_MAX)
		return false;
	load_fields(g, s->value);
	g->f.split[local->number] = true;
	g->f.registers[local->number] = (int)first;
	for (unsigned i = 0; i < fields->count; i++) {
		const struct record_field *field = &local->type->record->fields[i];

		generate_note_local(g, field_name(g, local->name, field->name), field->type,
				    first + i);
	}
	return true;
}

bool generate_is_split(const struct generator *g, const struct expression *e)
{
	return e->kind == EXPRESSION_FIELD && e->left->kind == EXPRESSION_LOCAL && g->f.function &&
	       g->f.split[e->left->local->number];
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
