#include "compiler/build.h"

/* ---- nodes ---- */

static unsigned larger(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static struct statement *statement_new(struct parsing *parsing, enum statement_kind kind,
				       struct span span)
{
	struct statement *statement =
		build_node(parsing, sizeof(*statement), &parsing->spare_statement);

	statement->kind = kind;
	statement->span = span;
	statement->depth = 1;
	return statement;
}

static void statement_deepen(struct parsing *parsing, struct statement *statement, unsigned depth)
{
	statement->depth = larger(statement->depth, depth + 1);
	if (statement->depth > TREE_DEPTH_MAX)
		build_depth_error(
			parsing, statement->span, "statements within each other",
			"write a `for` over a list or a map in the place of many `else if`");
}

/* ---- blocks ---- */

struct block *build_block(struct parsing *parsing)
{
	return build_node(parsing, sizeof(struct block), &parsing->spare_block);
}

struct block *build_block_end(struct block *block, struct span span)
{
	block->span = span;
	return block;
}

struct block *build_unbraced(struct parsing *parsing, struct span span, struct statement *statement)
{
	struct block *block = build_block(parsing);
	struct diagnostic *d;

	d = diagnostics_report(parsing->diagnostics, "E0205", span, "`{` is missing");
	diagnostic_help(parsing->diagnostics, d,
			"what belongs to `if`, `else`, `while` and `for` always stands in braces");
	build_statement_append(parsing, block, statement);
	return build_block_end(block, span);
}

void build_statement_append(struct parsing *parsing, struct block *block,
			    struct statement *statement)
{
	if (parsing->memory_ended)
		return;
	if (block->last)
		block->last->next = statement;
	else
		block->first = statement;
	block->last = statement;
	block->depth = larger(block->depth, statement->depth);
}

/* ---- statements ---- */

static void set_value(struct parsing *parsing, struct statement *statement,
		      struct expression *given)
{
	statement->value = given;
	if (given)
		statement_deepen(parsing, statement, given->depth);
}

static void set_body(struct parsing *parsing, struct statement *statement, struct block *body)
{
	statement->body = body;
	statement_deepen(parsing, statement, body->depth);
}

static void set_name(struct parsing *parsing, struct statement *statement, struct span name)
{
	build_check_name(parsing, name);
	statement->name = build_text(parsing, name);
	statement->name_span = name;
}

struct statement *build_var(struct parsing *parsing, struct span span, struct span name,
			    struct type_name *type, struct expression *given)
{
	struct statement *variable = statement_new(parsing, STATEMENT_VAR, span);
	struct diagnostic *d;

	set_name(parsing, variable, name);
	variable->written_type = type;
	set_value(parsing, variable, given);
	if (!type && !given) {
		d = diagnostics_report(parsing->diagnostics, "E0213", name,
				       "a variable needs a value or a type");
		diagnostic_help(parsing->diagnostics, d,
				"write `var %.*s = value;` or `var %.*s: text;`",
				TEXT_PRINTF(variable->name), TEXT_PRINTF(variable->name));
		variable->value = expression_new(parsing, EXPRESSION_INT, name);
	}
	return variable;
}

struct statement *build_call_statement(struct parsing *parsing, struct span span,
				       struct expression *call)
{
	struct statement *statement = statement_new(parsing, STATEMENT_CALL, span);
	struct diagnostic *d;

	set_value(parsing, statement, call);
	if (call->kind == EXPRESSION_CALL)
		return statement;
	d = diagnostics_report(parsing->diagnostics, "E0206", call->span,
			       "this is not a statement: its value is not used");
	if (call->kind == EXPRESSION_NAME || call->kind == EXPRESSION_MEMBER)
		diagnostic_help(parsing->diagnostics, d,
				"write `%.*s(...);` to call it, `%.*s = value;` to change it",
				TEXT_PRINTF(call->name), TEXT_PRINTF(call->name));
	return statement;
}

/* Names, fields and elements of names. */
static bool is_place(const struct expression *expression)
{
	while (expression->kind == EXPRESSION_MEMBER || expression->kind == EXPRESSION_INDEX)
		expression = expression->left;
	return expression->kind == EXPRESSION_NAME && !expression->parenthesised;
}

static void check_place(struct parsing *parsing, const struct expression *target)
{
	struct diagnostic *d;

	if (is_place(target))
		return;
	d = diagnostics_report(parsing->diagnostics, "E0209", target->span,
			       "nothing can be assigned to this");
	diagnostic_help(
		parsing->diagnostics, d,
		"the left side is a variable, a field or an element: `x`, `r.field`, `a[i]`");
}

struct statement *build_assignment(struct parsing *parsing, struct span span,
				   struct expression *target, enum operator_kind operator,
				   struct span operator_span, struct expression *given)
{
	struct statement *assignment = statement_new(parsing, STATEMENT_ASSIGN, span);

	check_place(parsing, target);
	assignment->target = target;
	assignment->operator= operator;
	assignment->name_span = operator_span;
	statement_deepen(parsing, assignment, target->depth);
	set_value(parsing, assignment, given);
	return assignment;
}

struct statement *build_step(struct parsing *parsing, struct span span, struct expression *target,
			     struct span step)
{
	char sign = parsing_text(parsing, step).data[0];
	struct diagnostic *d;

	d = diagnostics_report(parsing->diagnostics, "E0212", step, "there is no `%c%c`", sign,
			       sign);
	diagnostic_help(parsing->diagnostics, d, "write `%c= 1`", sign);
	return build_assignment(parsing, span, target,
				sign == '+' ? OPERATOR_ADD : OPERATOR_SUBTRACT, step,
				expression_new(parsing, EXPRESSION_INT, step));
}

struct statement *build_jump(struct parsing *parsing, struct span span, enum statement_kind kind,
			     struct expression *given)
{
	struct statement *jump = statement_new(parsing, kind, span);

	set_value(parsing, jump, given);
	return jump;
}

static struct statement *conditional(struct parsing *parsing, enum statement_kind kind,
				     struct span span, struct expression *condition,
				     struct block *body)
{
	struct statement *statement = statement_new(parsing, kind, span);

	set_value(parsing, statement, condition);
	set_body(parsing, statement, body);
	return statement;
}

struct if_chain build_if(struct parsing *parsing, struct span span, struct expression *condition,
			 struct block *body)
{
	struct statement *first = conditional(parsing, STATEMENT_IF, span, condition, body);

	return (struct if_chain){ first, first, 1 };
}

/* The chain is built from its head, so depths are told to the head alone: it is what others see. */
static void chain_append(struct parsing *parsing, struct if_chain *chain, struct block *otherwise,
			 unsigned depth)
{
	chain->last->otherwise = otherwise;
	statement_deepen(parsing, chain->first, depth + chain->length);
}

struct if_chain build_else_if(struct parsing *parsing, struct span span,
			      const struct if_chain *chain, struct span from,
			      struct expression *condition, struct block *body)
{
	struct if_chain longer = *chain;
	struct span own = { span.source, from.from, span.to };
	struct block *otherwise = build_block(parsing);
	struct statement *inner = conditional(parsing, STATEMENT_IF, own, condition, body);

	build_statement_append(parsing, otherwise, inner);
	build_block_end(otherwise, own);
	chain_append(parsing, &longer, otherwise, inner->depth);
	longer.first->span = span;
	longer.last = inner;
	longer.length++;
	return longer;
}

struct statement *build_else(struct parsing *parsing, struct span span,
			     const struct if_chain *chain, struct block *body)
{
	struct if_chain whole = *chain;

	chain_append(parsing, &whole, body, body->depth);
	whole.first->span = span;
	return whole.first;
}

struct statement *build_while(struct parsing *parsing, struct span span,
			      struct expression *condition, struct block *body)
{
	return conditional(parsing, STATEMENT_WHILE, span, condition, body);
}

static struct second_name *second_name(struct parsing *parsing, struct span span)
{
	struct second_name *second = build_memory(parsing, sizeof(*second));

	if (second)
		*second = (struct second_name){ build_text(parsing, span), span, NULL };
	return second;
}

struct statement *build_for(struct parsing *parsing, struct span span, struct span name,
			    const struct span *second, struct expression *given, struct block *body)
{
	struct statement *loop = conditional(parsing, STATEMENT_FOR, span, given, body);

	set_name(parsing, loop, name);
	if (second) {
		build_check_name(parsing, *second);
		loop->second = second_name(parsing, *second);
	}
	return loop;
}

struct statement *build_for_range(struct parsing *parsing, struct span span, struct span name,
				  struct expression *from, struct expression *until,
				  struct block *body)
{
	struct statement *loop = conditional(parsing, STATEMENT_FOR_RANGE, span, from, body);

	set_name(parsing, loop, name);
	loop->until = until;
	statement_deepen(parsing, loop, until->depth);
	return loop;
}

struct statement *build_try(struct parsing *parsing, struct span span, struct block *body,
			    const struct span *name, struct block *otherwise)
{
	struct statement *statement = statement_new(parsing, STATEMENT_TRY, span);

	set_body(parsing, statement, body);
	if (name)
		set_name(parsing, statement, *name);
	statement->otherwise = otherwise;
	statement_deepen(parsing, statement, otherwise->depth);
	return statement;
}

struct statement *build_parallel(struct parsing *parsing, struct span span, struct block *body)
{
	struct statement *statement = statement_new(parsing, STATEMENT_PARALLEL, span);

	set_body(parsing, statement, body);
	return statement;
}
