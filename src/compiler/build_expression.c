#include "compiler/build.h"

/* ---- nodes ---- */

struct expression *expression_new(struct parsing *parsing, enum expression_kind kind,
				  struct span span)
{
	struct expression *expression =
		build_node(parsing, sizeof(*expression), &parsing->spare_expression);

	expression->kind = kind;
	expression->span = span;
	expression->depth = 1;
	return expression;
}

void expression_deepen(struct parsing *parsing, struct expression *expression,
		       const struct expression *child)
{
	if (!child || child->depth < expression->depth)
		return;
	expression->depth = child->depth + 1;
	if (expression->depth > TREE_DEPTH_MAX)
		build_depth_error(parsing, expression->span, "operators within each other",
				  "name parts of the expression with `var`, or write a list");
}

/* Doubles the array when it is full; false when memory has ended. */
static bool make_room(struct parsing *parsing, void *items, unsigned count, unsigned *room,
		      size_t size)
{
	void **array = items;
	unsigned wanted = *room ? *room * 2 : 4;
	void *grown;

	if (count < *room)
		return true;
	grown = parsing->memory_ended ? NULL : arena_allocate(parsing->arena, wanted * size);
	if (!grown) {
		parsing_memory_error(parsing);
		return false;
	}
	if (count)
		memcpy(grown, *array, count * size);
	*array = grown;
	*room = wanted;
	return true;
}

/* ---- expressions ---- */

struct expression *build_name(struct parsing *parsing, struct span span)
{
	struct expression *name = expression_new(parsing, EXPRESSION_NAME, span);

	name->name = build_text(parsing, span);
	name->name_span = span;
	return name;
}

struct expression *build_percent_name(struct parsing *parsing, struct span span)
{
	struct expression *name =
		build_name(parsing, (struct span){ span.source, span.from + 1, span.to - 1 });

	return build_interpolated(name);
}

struct expression *build_interpolated(struct expression *expression)
{
	expression->from_percent = true;
	return expression;
}

struct expression *build_bool(struct parsing *parsing, struct span span, bool given)
{
	struct expression *expression = expression_new(parsing, EXPRESSION_BOOL, span);

	expression->integer = given;
	return expression;
}

struct expression *build_group(struct parsing *parsing, struct span span)
{
	struct expression *group = expression_new(parsing, EXPRESSION_GROUP, span);

	group->integer = parsing->text.data[span.from + 1] - '0';
	return group;
}

struct expression *build_parenthesised(struct expression *expression)
{
	expression->parenthesised = true;
	return expression;
}

struct expression *build_list(struct parsing *parsing, struct span span, enum expression_kind kind,
			      const struct expression_list *items)
{
	struct expression *list = expression_new(parsing, kind, span);

	if (!items)
		return list;
	list->items = *items;
	for (unsigned i = 0; i < items->count; i++)
		expression_deepen(parsing, list, items->items[i]);
	return list;
}

struct expression *build_member(struct parsing *parsing, struct span span, struct expression *left,
				struct span name)
{
	struct expression *member = expression_new(parsing, EXPRESSION_MEMBER, span);

	member->left = left;
	member->name = build_text(parsing, name);
	member->name_span = name;
	expression_deepen(parsing, member, left);
	return member;
}

struct expression *build_call(struct parsing *parsing, struct span span, struct expression *left,
			      struct span name, const struct argument_list *arguments)
{
	struct expression *call = expression_new(parsing, EXPRESSION_CALL, span);

	call->left = left;
	call->name = build_text(parsing, name);
	call->name_span = name;
	call->arguments = *arguments;
	expression_deepen(parsing, call, left);
	for (unsigned i = 0; i < arguments->count; i++)
		expression_deepen(parsing, call, arguments->items[i].value);
	return call;
}

struct expression *build_slice(struct parsing *parsing, struct span span, struct expression *left,
			       struct expression *from, struct expression *to)
{
	struct expression *slice = expression_new(parsing, EXPRESSION_SLICE, span);

	slice->left = left;
	slice->right = from;
	slice->third = to;
	expression_deepen(parsing, slice, left);
	expression_deepen(parsing, slice, from);
	expression_deepen(parsing, slice, to);
	return slice;
}

struct expression *build_unary(struct parsing *parsing, struct span span, enum expression_kind kind,
			       struct expression *operand)
{
	struct expression *unary = expression_new(parsing, kind, span);

	unary->left = operand;
	expression_deepen(parsing, unary, operand);
	return unary;
}

struct expression *build_binary(struct parsing *parsing, struct span span,
				enum expression_kind kind, struct expression *left,
				struct expression *right)
{
	struct expression *binary = expression_new(parsing, kind, span);

	binary->left = left;
	binary->right = right;
	expression_deepen(parsing, binary, left);
	expression_deepen(parsing, binary, right);
	return binary;
}

struct expression *build_arithmetic(struct parsing *parsing, struct span span,
				    enum operator_kind operator, struct expression * left,
				    struct expression *right)
{
	struct expression *arithmetic =
		build_binary(parsing, span, EXPRESSION_ARITHMETIC, left, right);

	arithmetic->operator= operator;
	return arithmetic;
}

struct expression *build_comparison(struct parsing *parsing, struct span span,
				    struct comparison comparison, struct span operator_span,
				    struct expression *left, struct expression *right)
{
	struct expression *expression = build_binary(parsing, span, comparison.kind, left, right);
	struct diagnostic *d;

	expression->operator= comparison.operator;
	expression->negated = comparison.negated;
	expression->name_span = operator_span;
	if (comparison.is_assignment) {
		d = diagnostics_report(parsing->diagnostics, "E0210", operator_span,
				       "`=` assigns and cannot stand within an expression");
		diagnostic_help(parsing->diagnostics, d, "write `==` to compare");
	}
	return expression;
}

struct expression *build_conditional(struct parsing *parsing, struct span span,
				     struct expression *condition, struct expression *yes,
				     struct expression *no)
{
	struct expression *expression = expression_new(parsing, EXPRESSION_CONDITIONAL, span);

	expression->left = condition;
	expression->right = yes;
	expression->third = no;
	expression_deepen(parsing, expression, condition);
	expression_deepen(parsing, expression, yes);
	expression_deepen(parsing, expression, no);
	return expression;
}

/* ---- lists ---- */

void build_append(struct parsing *parsing, struct expression_list *list,
		  struct expression *expression)
{
	if (make_room(parsing, &list->items, list->count, &list->room, sizeof(*list->items)))
		list->items[list->count++] = expression;
}

void build_append_pair(struct parsing *parsing, struct expression_list *list,
		       struct expression *key, struct expression *given)
{
	build_append(parsing, list, key);
	build_append(parsing, list, given);
}

struct argument build_argument(struct parsing *parsing, const struct span *name,
			       struct expression *given)
{
	struct argument argument = { .value = given };

	argument.name =
		name ? build_text(parsing, *name) : (struct text){ "", 0, LIFETIME_PROGRAM };
	return argument;
}

void build_argument_append(struct parsing *parsing, struct argument_list *list,
			   struct argument argument)
{
	if (make_room(parsing, &list->items, list->count, &list->room, sizeof(*list->items)))
		list->items[list->count++] = argument;
}
