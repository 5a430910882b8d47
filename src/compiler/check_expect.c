/* expect() in tests: `expect(verdict() == "reject");` becomes
 *
 *     { var left = verdict(); expect(left == "reject", "verdict()", left, "", "\"reject\""); }
 *
 * so that a failure can show what both sides were, and each is worked out once. */
#include "compiler/checker.h"

/* A side of the comparison, before it is checked. */
struct side {
	struct expression *expression; /* what is compared */
	struct expression *said;       /* its source; empty for a literal */
	struct expression *shown;      /* its value */
};

static struct text source_of(const struct checker *checker, struct span span)
{
	const struct diagnostics *sources = checker->diagnostics;

	if (span.source >= sources->source_count)
		return TEXT_EMPTY;
	return text_part(sources->sources[span.source].text, span.from, span.to);
}

static struct expression *text_node(struct checker *checker, struct text text, struct span span)
{
	struct expression *node = new_expression(checker, EXPRESSION_TEXT, span);

	node->text = text;
	return node;
}

static bool is_literal(const struct expression *expression)
{
	switch (expression->kind) {
	case EXPRESSION_NEGATE:
		return is_literal(expression->left);
	case EXPRESSION_INT:
	case EXPRESSION_FLOAT:
	case EXPRESSION_DURATION:
	case EXPRESSION_BOOL:
	case EXPRESSION_TEXT:
	case EXPRESSION_REGEX:
	case EXPRESSION_LIST:
	case EXPRESSION_MAP:
		return true;
	default:
		return false;
	}
}

/* A name may be a constant that is read as what it is compared with: it stays where it is. */
static bool is_name(const struct expression *expression)
{
	while (expression->kind == EXPRESSION_MEMBER)
		expression = expression->left;
	return expression->kind == EXPRESSION_NAME;
}

static struct expression *copy_name(struct checker *checker, const struct expression *name)
{
	struct expression *copy = copy_constant(checker, name, name->span);

	if (copy->kind == EXPRESSION_MEMBER)
		copy->left = copy_name(checker, name->left);
	return copy;
}

static struct statement *append(struct checker *checker, struct block *block,
				struct statement statement)
{
	struct statement *made = check_memory(checker, sizeof(*made));

	if (!made)
		return NULL;
	*made = statement;
	if (block->last)
		block->last->next = made;
	else
		block->first = made;
	block->last = made;
	return made;
}

/* var <name> = expression; in front of the call. The name cannot be written in a script. */
static struct expression *store(struct checker *checker, struct block *block, struct text name,
				struct expression *given)
{
	struct expression *use = new_expression(checker, EXPRESSION_NAME, given->span);

	use->name = name;
	append(checker, block,
	       (struct statement){ .kind = STATEMENT_VAR,
				   .span = given->span,
				   .name_span = given->span,
				   .name = name,
				   .value = given });
	return use;
}

static struct side make_side(struct checker *checker, struct block *block, struct text name,
			     struct expression *given)
{
	struct text source = source_of(checker, given->span);
	struct side side = { .expression = given };

	if (is_literal(given)) {
		side.said = text_node(checker, TEXT_EMPTY, given->span);
		side.shown = text_node(checker, source, given->span);
		return side;
	}
	side.said = text_node(checker, source, given->span);
	if (!is_name(given))
		side.expression = store(checker, block, name, given);
	side.shown = copy_name(checker, side.expression);
	return side;
}

static bool is_comparison(const struct expression *expression)
{
	return expression->kind == EXPRESSION_COMPARE || expression->kind == EXPRESSION_IN ||
	       expression->kind == EXPRESSION_MATCH;
}

static void add_argument(struct checker *checker, struct expression *call, struct expression *given)
{
	enum { MOST = 5 };

	if (!call->arguments.items)
		call->arguments.items = check_memory(checker, MOST * sizeof(struct argument));
	call->arguments.room = MOST;
	if (call->arguments.items)
		call->arguments.items[call->arguments.count++].value = given;
}

static void show_comparison(struct checker *checker, struct block *block, struct expression *call,
			    struct expression *condition)
{
	struct side left = make_side(checker, block, TEXT("left side"), condition->left);
	struct side right = make_side(checker, block, TEXT("right side"), condition->right);

	condition->left = left.expression;
	condition->right = right.expression;
	add_argument(checker, call, condition);
	add_argument(checker, call, left.said);
	add_argument(checker, call, left.shown);
	add_argument(checker, call, right.said);
	add_argument(checker, call, right.shown);
}

static struct expression *make_expect(struct checker *checker, struct block *block,
				      struct expression *condition)
{
	struct span span = condition->span;
	struct expression *call = new_expression(checker, EXPRESSION_CALL, span);

	call->name = TEXT("expect");
	call->name_span = span;
	if (is_comparison(condition)) {
		show_comparison(checker, block, call, condition);
	} else {
		add_argument(checker, call, condition);
		add_argument(checker, call, text_node(checker, source_of(checker, span), span));
	}
	return call;
}

/* Each part of `a and b` is expected by itself, and so a failure shows which it was. */
static void expect_parts(struct checker *checker, struct block *outer, struct expression *condition)
{
	struct block *block;
	struct expression *call;

	if (condition->kind == EXPRESSION_AND) {
		expect_parts(checker, outer, condition->left);
		expect_parts(checker, outer, condition->right);
		return;
	}
	block = check_memory(checker, sizeof(*block));
	if (!block)
		return;
	block->span = condition->span;
	append(checker, outer,
	       (struct statement){
		       .kind = STATEMENT_BLOCK, .span = condition->span, .body = block });
	call = make_expect(checker, block, condition);
	if (!checker->failed)
		append(checker, block,
		       (struct statement){
			       .kind = STATEMENT_CALL, .span = condition->span, .value = call });
}

bool check_expect(struct checker *checker, struct statement *statement, struct flow *flow)
{
	const struct expression *call = statement->value;
	struct block *block;

	if (call->kind != EXPRESSION_CALL || call->left ||
	    !text_equals(call->name, TEXT("expect")) || call->arguments.count != 1 ||
	    call->arguments.items[0].name.length || find_symbol(checker, call->name))
		return false;
	block = check_memory(checker, sizeof(*block));
	if (!block)
		return false;
	block->span = statement->span;
	keep_block(checker, statement, block);
	expect_parts(checker, block, call->arguments.items[0].value);
	*flow = check_scoped(checker, block);
	return true;
}
