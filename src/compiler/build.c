#include "compiler/build.h"

/* Who walks the tree calls itself: operators and else-ifs in a row make it deep, too. */
enum { TREE_DEPTH_MAX = 1000 };

/* ---- nodes ---- */

static struct text name_text(const struct parsing *parsing, struct span span)
{
	struct text name = parsing_text(parsing, span);

	name.lifetime = LIFETIME_PROGRAM;
	return name;
}

static void *node_new(struct parsing *parsing, size_t size, void *spare)
{
	void *node = parsing->memory_ended ? NULL : arena_zeroed(parsing->arena, size);

	if (node)
		return node;
	parsing_memory_error(parsing);
	memset(spare, 0, size);
	return spare;
}

struct expression *expression_new(struct parsing *parsing, enum expression_kind kind,
				  struct span span)
{
	struct expression *expression =
		node_new(parsing, sizeof(*expression), &parsing->spare_expression);

	expression->kind = kind;
	expression->span = span;
	expression->depth = 1;
	return expression;
}

static struct statement *statement_new(struct parsing *parsing, enum statement_kind kind,
				       struct span span)
{
	struct statement *statement =
		node_new(parsing, sizeof(*statement), &parsing->spare_statement);

	statement->kind = kind;
	statement->span = span;
	statement->depth = 1;
	return statement;
}

static struct declaration *declaration_new(struct parsing *parsing, enum declaration_kind kind,
					   struct span span)
{
	struct declaration *declaration =
		node_new(parsing, sizeof(*declaration), &parsing->spare_declaration);

	declaration->kind = kind;
	declaration->span = span;
	return declaration;
}

static unsigned larger(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static void report_depth(struct parsing *parsing, struct span span, const char *what,
			 const char *help)
{
	struct span start = { span.source, span.from, span.from + 1 };
	struct diagnostic *d;

	if (parsing->finished)
		return;
	d = diagnostics_report(parsing->diagnostics, "E0203", start, "more than %d %s",
			       TREE_DEPTH_MAX, what);
	diagnostic_help(parsing->diagnostics, d, "%s", help);
	parsing->finished = true;
}

void expression_deepen(struct parsing *parsing, struct expression *expression,
		       const struct expression *child)
{
	if (!child || child->depth < expression->depth)
		return;
	expression->depth = child->depth + 1;
	if (expression->depth > TREE_DEPTH_MAX)
		report_depth(parsing, expression->span, "operators within each other",
			     "name parts of the expression with `var`, or write a list");
}

static void statement_deepen(struct parsing *parsing, struct statement *statement, unsigned depth)
{
	statement->depth = larger(statement->depth, depth + 1);
	if (statement->depth > TREE_DEPTH_MAX)
		report_depth(parsing, statement->span, "statements within each other",
			     "write a `for` over a list or a map in the place of many `else if`");
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

/* ---- declarations ---- */

/* Words of the policy layer that a declared name would hide. */
static void check_declared_name(struct parsing *parsing, struct span span)
{
	static const char *const words[] = { "set", "call", "export" };
	struct text name = parsing_text(parsing, span);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_equals_string(name, words[i]))
			diagnostics_report(parsing->diagnostics, "E0216", span,
					   "`%s` is a statement and cannot be declared", words[i]);
}

void build_declared(struct parsing *parsing, struct declaration *declaration)
{
	struct tree *tree = parsing->tree;

	if (parsing->memory_ended)
		return;
	if (tree->last)
		tree->last->next = declaration;
	else
		tree->first = declaration;
	tree->last = declaration;
}

static struct declaration *named(struct parsing *parsing, enum declaration_kind kind,
				 struct span span, struct span name)
{
	struct declaration *declaration = declaration_new(parsing, kind, span);

	declaration->name = name_text(parsing, name);
	declaration->name_span = name;
	return declaration;
}

static struct declaration *declared(struct parsing *parsing, enum declaration_kind kind,
				    struct span span, struct span name)
{
	check_declared_name(parsing, name);
	return named(parsing, kind, span, name);
}

struct declaration *build_use(struct parsing *parsing, struct span span, struct expression *path,
			      const struct span *name)
{
	struct declaration *use = declaration_new(parsing, DECLARATION_USE, span);

	use->value = path;
	use->name_span = path->span;
	if (name) {
		check_declared_name(parsing, *name);
		use->name = name_text(parsing, *name);
		use->name_span = *name;
	}
	return use;
}

struct declaration *build_valued(struct parsing *parsing, struct span span,
				 enum declaration_kind kind, struct span name,
				 struct type_name *type, struct expression *given)
{
	struct declaration *declaration = declared(parsing, kind, span, name);

	declaration->written_type = type;
	declaration->value = given;
	return declaration;
}

struct declaration *build_table(struct parsing *parsing, struct span span, struct span name,
				struct type_name *key, struct type_name *element,
				struct expression *origin)
{
	struct declaration *table = declared(parsing, DECLARATION_TABLE, span, name);

	table->written_type = key;
	table->second_type = element;
	table->value = origin;
	return table;
}

struct declaration *build_record(struct parsing *parsing, struct span span, struct span name,
				 const struct parameter_list *fields)
{
	struct declaration *record = declared(parsing, DECLARATION_RECORD, span, name);

	record->parameters = fields->first;
	record->parameter_count = fields->count;
	return record;
}

struct declaration *build_variable(struct parsing *parsing, struct span span,
				   enum declared_lifetime lifetime, struct span name,
				   struct type_name *type, struct expression *given)
{
	struct declaration *variable = declared(parsing, DECLARATION_VAR, span, name);

	variable->lifetime = lifetime;
	variable->written_type = type;
	variable->value = given;
	return variable;
}

struct declaration *build_function(struct parsing *parsing, struct span span, struct span name,
				   const struct parameter_list *parameters,
				   struct type_name *result, struct block *body)
{
	struct declaration *function = declared(parsing, DECLARATION_FUNCTION, span, name);

	function->parameters = parameters->first;
	function->parameter_count = parameters->count;
	function->written_type = result;
	function->body = body;
	for (const struct parameter *p = parameters->first; p; p = p->next)
		check_declared_name(parsing, p->span);
	return function;
}

struct declaration *build_code(struct parsing *parsing, struct span span,
			       enum declaration_kind kind, struct span name, struct block *body)
{
	struct declaration *code = kind == DECLARATION_METHOD ? declared(parsing, kind, span, name) :
								named(parsing, kind, span, name);

	code->body = body;
	return code;
}

struct declaration *build_test(struct parsing *parsing, struct span span, struct expression *title,
			       struct block *body)
{
	struct declaration *test = declaration_new(parsing, DECLARATION_TEST, span);

	test->value = title;
	test->name_span = title->span;
	test->body = body;
	return test;
}

struct parameter *build_parameter(struct parsing *parsing, struct span name,
				  struct type_name *type, struct expression *fallback)
{
	struct parameter *parameter =
		parsing->memory_ended ? NULL : arena_zeroed(parsing->arena, sizeof(*parameter));

	if (!parameter) {
		parsing_memory_error(parsing);
		return NULL;
	}
	parameter->name = name_text(parsing, name);
	parameter->span = name;
	parameter->written_type = type;
	parameter->fallback = fallback;
	return parameter;
}

void build_parameter_append(struct parsing *parsing, struct parameter_list *list,
			    struct parameter *parameter)
{
	if (!parameter || parsing->memory_ended)
		return;
	if (list->last)
		list->last->next = parameter;
	else
		list->first = parameter;
	list->last = parameter;
	list->count++;
}

struct type_name *build_type(struct parsing *parsing, struct span span, const struct span *module,
			     struct span name, struct type_name *arguments)
{
	struct type_name *type =
		parsing->memory_ended ? NULL : arena_zeroed(parsing->arena, sizeof(*type));

	if (!type) {
		parsing_memory_error(parsing);
		return NULL;
	}
	type->span = span;
	if (module)
		type->module = name_text(parsing, *module);
	type->name = name_text(parsing, name);
	type->arguments = arguments;
	return type;
}

void build_type_append(struct type_list *list, struct type_name *type)
{
	if (list->last)
		list->last->next = type;
	else
		list->first = type;
	list->last = type;
}

/* ---- blocks ---- */

struct block *build_block(struct parsing *parsing)
{
	return node_new(parsing, sizeof(struct block), &parsing->spare_block);
}

struct block *build_block_end(struct block *block, struct span span)
{
	block->span = span;
	return block;
}

struct block *build_unbraced(struct parsing *parsing, struct span span,
			     struct statement *statement)
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
	check_declared_name(parsing, name);
	statement->name = name_text(parsing, name);
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
	diagnostic_help(parsing->diagnostics, d,
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

	d = diagnostics_report(parsing->diagnostics, "E0212", step, "there is no `%c%c`", sign, sign);
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

struct statement *build_for(struct parsing *parsing, struct span span, struct span name,
			    const struct span *second, struct expression *given,
			    struct block *body)
{
	struct statement *loop = conditional(parsing, STATEMENT_FOR, span, given, body);

	set_name(parsing, loop, name);
	if (second) {
		check_declared_name(parsing, *second);
		loop->second_name = name_text(parsing, *second);
		loop->second_name_span = *second;
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

/* ---- expressions ---- */

struct expression *build_name(struct parsing *parsing, struct span span)
{
	struct expression *name = expression_new(parsing, EXPRESSION_NAME, span);

	name->name = name_text(parsing, span);
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
	member->name = name_text(parsing, name);
	member->name_span = name;
	expression_deepen(parsing, member, left);
	return member;
}

struct expression *build_call(struct parsing *parsing, struct span span, struct expression *left,
			      struct span name, const struct argument_list *arguments)
{
	struct expression *call = expression_new(parsing, EXPRESSION_CALL, span);

	call->left = left;
	call->name = name_text(parsing, name);
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
				    enum operator_kind operator, struct expression *left,
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

	argument.name = name ? name_text(parsing, *name) : (struct text){ "", 0, LIFETIME_PROGRAM };
	return argument;
}

void build_argument_append(struct parsing *parsing, struct argument_list *list,
			   struct argument argument)
{
	if (make_room(parsing, &list->items, list->count, &list->room, sizeof(*list->items)))
		list->items[list->count++] = argument;
}
