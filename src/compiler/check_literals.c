/* Literals made of parts: texts with %...% in them, lists, maps. */
#include "compiler/checker.h"

/* ---- texts ------------------------------------------------------------------------ */

struct expression *check_text(struct checker *checker, struct expression *expression)
{
	struct expression *part = check_expression(checker, expression);
	struct diagnostic *diagnostic;

	if (part->type->kind == TYPE_WRONG)
		return part;
	if (type_is_printable(part->type))
		return to_text(checker, part);
	diagnostic = report(checker, "E0324", part->span, "%s cannot stand in a text",
			    type_name(checker, part->type));
	if (part->type->kind == TYPE_LIST)
		help(checker, diagnostic, "join its parts: %%{join(x, \", \")}");
	else if (part->type->kind == TYPE_JSON)
		help(checker, diagnostic, "say as what: %%{x.text()}, %%{x.int()} or, as it is, %%{x.write()}");
	else if (part->type->kind == TYPE_RECORD)
		help(checker, diagnostic, "name one of its fields");
	return wrong(part);
}

struct joined {
	struct expression **items;
	unsigned count;
	struct buffer text; /* constant parts not yet an item */
	struct span span;
	bool pending;
};

static void flush(struct checker *checker, struct joined *joined)
{
	struct expression *constant;
	bool ok = true;

	if (!joined->pending)
		return;
	constant = new_expression(checker, EXPRESSION_CONSTANT, joined->span);
	make_text(constant, arena_copy(checker->arena, buffer_text(&joined->text), &ok));
	if (!ok || joined->text.failed)
		checker->failed = true;
	joined->items[joined->count++] = constant;
	buffer_clear(&joined->text);
	joined->pending = false;
}

static void join_part(struct checker *checker, struct joined *joined, struct expression *part)
{
	if (is_constant(part) && part->type == &type_text) {
		if (part->constant.text.length == 0)
			return;
		buffer_append_text(&joined->text, part->constant.text);
		joined->span = part->span;
		joined->pending = true;
		return;
	}
	flush(checker, joined);
	joined->items[joined->count++] = part;
}

static bool join_parts(struct checker *checker, struct expression *expression,
		       struct joined *joined)
{
	bool good = true;

	for (unsigned i = 0; i < expression->items.count; i++) {
		struct expression *part = check_text(checker, expression->items.items[i]);

		good = good && part->type->kind != TYPE_WRONG;
		join_part(checker, joined, part);
	}
	flush(checker, joined);
	return good;
}

struct expression *check_template(struct checker *checker, struct expression *expression)
{
	struct joined joined = {.span = expression->span};
	bool good;

	joined.items = check_memory(checker, (expression->items.count + 1) * sizeof(*joined.items));
	if (!joined.items)
		return wrong(expression);
	buffer_init(&joined.text, BUFFER_CAP_DEFAULT);
	good = join_parts(checker, expression, &joined);
	buffer_free(&joined.text);
	if (!good)
		return wrong(expression);
	expression->type = &type_text;
	if (joined.count == 0)
		make_text(expression, TEXT_EMPTY);
	else if (joined.count == 1 && is_constant(joined.items[0]))
		make_text(expression, joined.items[0]->constant.text);
	expression->items = (struct expression_list){joined.items, joined.count, joined.count};
	return expression;
}

/* ---- lists and maps ------------------------------------------------------------------ */

/* The type of items [start, start + step, ...]: what one of them has and all can become. */
static const struct type *items_type(struct checker *checker, const struct expression_list *items,
				     unsigned start, unsigned step)
{
	const struct type *type = items->items[start]->type;

	for (unsigned i = start; i < items->count; i += step)
		if (!fits(items->items[i], type) || type->kind == TYPE_WRONG)
			type = items->items[i]->type;
	for (unsigned i = start; i < items->count; i += step)
		if (!fits(items->items[i], type)) {
			report(checker, "E0306", items->items[i]->span,
			       "this is %s, but other parts here are %s",
			       type_name(checker, items->items[i]->type), type_name(checker, type));
			return &type_wrong;
		}
	return type;
}

static void convert_all(struct checker *checker, struct expression_list *items, unsigned start,
			unsigned step, const struct type *type)
{
	for (unsigned i = start; i < items->count; i += step)
		items->items[i] = convert(checker, items->items[i], type);
}

static bool may_be_held(struct checker *checker, const struct expression *expression,
			const struct type *type)
{
	if (type->kind == TYPE_TABLE || type_is_shared(type)) {
		report(checker, "E0306", expression->span, "a %s cannot be part of a list or map",
		       type_name(checker, type));
		return false;
	}
	return type->kind != TYPE_WRONG;
}

static struct expression *interned(struct checker *checker, struct expression *expression,
				   const struct type *type)
{
	if (!type) {
		checker->failed = true;
		return wrong(expression);
	}
	expression->type = type;
	return expression;
}

struct expression *check_list(struct checker *checker, struct expression *expression)
{
	struct expression_list *items = &expression->items;
	const struct type *type = &type_void;

	for (unsigned i = 0; i < items->count; i++)
		items->items[i] = check_expression(checker, items->items[i]);
	if (items->count)
		type = items_type(checker, items, 0, 1);
	if (!may_be_held(checker, expression, type))
		return wrong(expression);
	convert_all(checker, items, 0, 1, type);
	return interned(checker, expression, type_list(checker->types, type));
}

static bool is_key(struct checker *checker, const struct expression *expression,
		   const struct type *key)
{
	if (key == &type_text || key == &type_int || key == &type_ip || key == &type_void)
		return true;
	if (key->kind != TYPE_WRONG)
		help(checker,
		     report(checker, "E0326", expression->items.items[0]->span,
			    "%s cannot be the key of a map", type_name(checker, key)),
		     "keys are text, int or ip");
	return false;
}

struct expression *check_map(struct checker *checker, struct expression *expression)
{
	struct expression_list *items = &expression->items;
	const struct type *key = &type_void, *element = &type_void;

	for (unsigned i = 0; i < items->count; i++)
		items->items[i] = check_expression(checker, items->items[i]);
	if (items->count) {
		key = items_type(checker, items, 0, 2);
		element = items_type(checker, items, 1, 2);
	}
	if (!is_key(checker, expression, key) || !may_be_held(checker, expression, element))
		return wrong(expression);
	convert_all(checker, items, 0, 2, key);
	convert_all(checker, items, 1, 2, element);
	suspect_keys(checker, items);
	return interned(checker, expression, type_map(checker->types, key, element));
}
