/* Where assignments and changing builtins go: a variable, or fields and elements on the way from
 * one. A change owns every level first, so that nobody else sees it. */
#include "compiler/generator.h"

static bool is_level(const struct generator *g, const struct expression *e)
{
	return e->kind == EXPRESSION_INDEX ||
	       (e->kind == EXPRESSION_FIELD && !generate_is_split(g, e));
}

static const struct expression *site_root(const struct generator *g, const struct expression *e)
{
	while (is_level(g, e))
		e = e->left;
	return e;
}

/* Level 0 is next to the variable. */
static const struct expression *site_level(const struct site *site, unsigned level)
{
	const struct expression *e = site->e;

	for (unsigned i = level + 1; i < site->depth; i++)
		e = e->left;
	return e;
}

struct site site_begin(struct generator *g, const struct expression *e)
{
	struct site site = { .e = e };

	for (const struct expression *at = e; is_level(g, at); at = at->left)
		site.depth++;
	site.indices = arena_zeroed(&g->scratch, (site.depth + 1) * sizeof(*site.indices));
	if (!site.indices) {
		/* Nothing comes of it any more; the variable alone can be stored to. */
		g->failed = true;
		site.e = site_root(g, e);
		site.depth = 0;
		return site;
	}
	for (unsigned i = 0; i < site.depth; i++) {
		const struct expression *level = site_level(&site, i);

		if (level->kind == EXPRESSION_INDEX)
			site.indices[i] = generate_expression(g, level->right, REGISTER_NONE);
	}
	return site;
}

/* ---- one level ---- */

struct level_opcodes {
	enum opcode get, set, own;
};

static struct level_opcodes level_opcodes(const struct expression *level)
{
	if (level->kind == EXPRESSION_FIELD)
		return (struct level_opcodes){ OP_GET_FIELD, OP_SET_FIELD, OP_OWN_FIELD };
	if (level->left->type->kind == TYPE_MAP)
		return (struct level_opcodes){ OP_GET_ENTRY, OP_SET_ENTRY, OP_OWN_ENTRY };
	return (struct level_opcodes){ OP_GET_ELEMENT, OP_SET_ELEMENT, OP_OWN_ELEMENT };
}

static unsigned level_operand(const struct site *site, unsigned level)
{
	const struct expression *e = site_level(site, level);

	return e->kind == EXPRESSION_FIELD ? e->field : site->indices[level];
}

/* ---- reading ---- */

unsigned site_read(struct generator *g, const struct site *site)
{
	const struct expression *root = site_root(g, site->e);
	unsigned from = generate_expression(g, root, REGISTER_NONE), into;

	if (site->depth == 0)
		return from;
	into = code_register_new(g);
	for (unsigned i = 0; i < site->depth; i++) {
		const struct expression *level = site_level(site, i);

		code_place(g, level->span);
		code_emit(g, level_opcodes(level).get, into, from, level_operand(site, i));
		from = into;
	}
	return into;
}

/* ---- owning and storing ---- */

static unsigned own_root(struct generator *g, const struct expression *root)
{
	unsigned into;

	if (generate_has_register(g, root)) {
		code_emit(g, OP_OWN, generate_register_of(g, root), 0, 0);
		return generate_register_of(g, root);
	}
	into = code_register_new(g);
	code_emit_wide(g, OP_OWN_GLOBAL, into, root->global->slot);
	return into;
}

/* The object whose element or field the site is, owned with all that hold it. */
static unsigned own_container(struct generator *g, const struct site *site)
{
	unsigned from = own_root(g, site_root(g, site->e)), into;

	if (site->depth < 2)
		return from;
	into = code_register_new(g);
	for (unsigned i = 0; i + 1 < site->depth; i++) {
		const struct expression *level = site_level(site, i);

		code_place(g, level->span);
		code_emit(g, level_opcodes(level).own, into, from, level_operand(site, i));
		from = into;
	}
	return into;
}

static void store_root(struct generator *g, const struct expression *root, unsigned from)
{
	if (generate_has_register(g, root))
		code_emit(g, OP_MOVE, generate_register_of(g, root), from, 0);
	else
		code_emit_wide(g, type_needs_keeping(root->type) ? OP_KEEP_GLOBAL : OP_SET_GLOBAL,
			       from, root->global->slot);
}

static enum opcode set_opcode(const struct expression *e)
{
	if (e->kind == EXPRESSION_FIELD && type_is_plain(e->type))
		return OP_SET_FIELD_PLAIN;
	return level_opcodes(e).set;
}

void site_store(struct generator *g, const struct site *site, unsigned from)
{
	unsigned top = g->f.top, container;

	if (site->depth == 0) {
		store_root(g, site->e, from);
		return;
	}
	container = own_container(g, site);
	code_place(g, site->e->span);
	code_emit(g, set_opcode(site->e), container, level_operand(site, site->depth - 1), from);
	code_registers_free(g, top);
}

static void own_variable(struct generator *g, const struct expression *root, unsigned target)
{
	bool object = type_is_object(root->type);

	if (generate_has_register(g, root)) {
		if (object)
			code_emit(g, OP_OWN, generate_register_of(g, root), 0, 0);
		code_emit(g, OP_MOVE, target, generate_register_of(g, root), 0);
		return;
	}
	code_emit_wide(g, object ? OP_OWN_GLOBAL : OP_GET_GLOBAL, target, root->global->slot);
}

void site_own(struct generator *g, const struct site *site, unsigned target)
{
	unsigned top = g->f.top, container;
	struct level_opcodes opcodes;

	if (site->depth == 0) {
		own_variable(g, site->e, target);
		return;
	}
	container = own_container(g, site);
	opcodes = level_opcodes(site->e);
	code_place(g, site->e->span);
	code_emit(g, type_is_object(site->e->type) ? opcodes.own : opcodes.get, target, container,
		  level_operand(site, site->depth - 1));
	code_registers_free(g, top);
}
