/* Operators: what goes with what, and what comes of it. */
#include "compiler/checker.h"

static const char *const operator_words[] = {
	[OPERATOR_NONE] = "=",		 [OPERATOR_EQUAL] = "==",      [OPERATOR_NOT_EQUAL] = "!=",
	[OPERATOR_LESS] = "<",		 [OPERATOR_LESS_EQUAL] = "<=", [OPERATOR_GREATER] = ">",
	[OPERATOR_GREATER_EQUAL] = ">=", [OPERATOR_ADD] = "+",	       [OPERATOR_SUBTRACT] = "-",
	[OPERATOR_MULTIPLY] = "*",	 [OPERATOR_DIVIDE] = "/",      [OPERATOR_REMAINDER] = "%",
};

static bool any_wrong(const struct expression *expression)
{
	return expression->left->type->kind == TYPE_WRONG ||
	       (expression->right && expression->right->type->kind == TYPE_WRONG);
}

static struct expression *does_not_fit(struct checker *checker, struct expression *expression,
				       struct diagnostic **diagnostic)
{
	*diagnostic = report(checker, "E0307", expression->span, "`%s` does not go with %s and %s",
			     operator_words[expression->operator],
			     type_name(checker, expression->left->type),
			     type_name(checker, expression->right->type));
	return wrong(expression);
}

/* ---- arithmetic --------------------------------------------------------------- */

struct arithmetic_rule {
	const struct type *left, *right, *result;
	const char *operators;
};

/* Everything else does not go together; int becomes float beside a float. */
static const struct arithmetic_rule rules[] = {
	{&type_int, &type_int, &type_int, "+-*/%"},
	{&type_float, &type_float, &type_float, "+-*/"},
	{&type_text, &type_text, &type_text, "+"},
	{&type_duration, &type_duration, &type_duration, "+-%"},
	{&type_duration, &type_duration, &type_int, "/"},
	{&type_duration, &type_int, &type_duration, "*/"},
	{&type_int, &type_duration, &type_duration, "*"},
	{&type_time, &type_duration, &type_time, "+-"},
	{&type_duration, &type_time, &type_time, "+"},
	{&type_time, &type_time, &type_duration, "-"},
};

const char *operator_word(enum operator_kind operator)
{
	return operator_words[operator];
}

const struct type *arithmetic_type(const struct type *left, const struct type *right,
				   enum operator_kind operator)
{
	char mark = operator_words[operator][0];

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].left == left && rules[i].right == right)
			for (const char *at = rules[i].operators; *at; at++)
				if (*at == mark)
					return rules[i].result;
	return NULL;
}

static void widen(struct checker *checker, struct expression *expression)
{
	struct expression **left = &expression->left, **right = &expression->right;

	if ((*left)->type == &type_float && (*right)->type == &type_int)
		*right = convert(checker, *right, &type_float);
	else if ((*left)->type == &type_int && (*right)->type == &type_float)
		*left = convert(checker, *left, &type_float);
}

static void advise_arithmetic(struct checker *checker, struct diagnostic *diagnostic,
			      const struct expression *left, const struct expression *right,
			      enum operator_kind operator)
{
	bool text = left->type == &type_text || right->type == &type_text;

	if (operator == OPERATOR_ADD && text)
		help(checker, diagnostic, "to join, make both texts: \"%%{...}\" or text(...)");
	else if (operator == OPERATOR_ADD && left->type->kind == TYPE_LIST)
		help(checker, diagnostic, "write .push(item), .extend(list) or .concat(list)");
	else if (text)
		help(checker, diagnostic,
		     "write int(...) or float(...) for the number a text holds");
}

static struct expression *check_arithmetic(struct checker *checker, struct expression *expression)
{
	const struct type *type;
	struct diagnostic *diagnostic;
	struct expression *left, *right;

	expression->left = check_expression(checker, expression->left);
	expression->right = check_expression(checker, expression->right);
	if (any_wrong(expression))
		return wrong(expression);
	widen(checker, expression);
	left = expression->left;
	right = expression->right;
	type = arithmetic_type(left->type, right->type, expression->operator);
	if (!type) {
		does_not_fit(checker, expression, &diagnostic);
		advise_arithmetic(checker, diagnostic, left, right, expression->operator);
		return expression;
	}
	expression->type = type;
	fold_arithmetic(checker, expression);
	return expression;
}

static struct expression *check_negate(struct checker *checker, struct expression *expression)
{
	const struct type *type;

	expression->left = check_expression(checker, expression->left);
	type = expression->left->type;
	if (type->kind == TYPE_WRONG)
		return wrong(expression);
	if (type != &type_int && type != &type_float && type != &type_duration) {
		report(checker, "E0307", expression->span, "`-` does not go with %s",
		       type_name(checker, type));
		return wrong(expression);
	}
	expression->type = type;
	fold_negate(checker, expression);
	return expression;
}

/* ---- comparisons ------------------------------------------------------------------ */

static struct expression *check_compare(struct checker *checker, struct expression *expression)
{
	bool ordering = expression->operator> OPERATOR_NOT_EQUAL;
	const struct type *type;
	struct diagnostic *diagnostic;

	expression->left = check_expression(checker, expression->left);
	expression->right = check_expression(checker, expression->right);
	if (any_wrong(expression))
		return wrong(expression);
	type = common_type(checker, expression->left, expression->right);
	if (!type || !(ordering ? is_ordered(type) : is_comparable(type))) {
		const struct type *right = expression->right->type;
		bool net = right == &type_net && expression->left->type == &type_ip;

		does_not_fit(checker, expression, &diagnostic);
		if (net)
			help(checker, diagnostic, "write `in` to ask whether a network holds it");
		else if (expression->left->type == &type_text)
			advise_type(checker, diagnostic, expression->left, right);
		else
			advise_type(checker, diagnostic, expression->right, expression->left->type);
		return expression;
	}
	expression->left = convert(checker, expression->left, type);
	expression->right = convert(checker, expression->right, type);
	expression->type = &type_bool;
	if (any_wrong(expression))
		return wrong(expression);
	suspect_compare(checker, expression);
	fold_compare(expression);
	return expression;
}

static struct expression *negated(struct checker *checker, struct expression *inner)
{
	struct expression *outer;

	if (!inner->negated || inner->type->kind == TYPE_WRONG)
		return inner;
	inner->negated = false;
	outer = new_expression(checker, EXPRESSION_NOT, inner->span);
	outer->left = inner;
	outer->type = &type_bool;
	return outer;
}

/* `in` a table is a builtin: what a table is, only the store knows. */
static struct expression *in_table(struct checker *checker, struct expression *expression)
{
	const struct type *table = expression->right->type;
	bool nets = table->key == &type_net;
	struct expression *key = convert_or_report(checker, expression->left,
						   nets ? &type_ip : table->key, "the key");
	struct expression *call;

	call = make_call(checker, expression->span,
			 nets ? BUILTIN_table_containsNet : BUILTIN_table_contains,
			 expression->right, key);
	call->type_arguments[1] = nets ? NULL : table->key;
	call->type_arguments[2] = table->element;
	call->negated = expression->negated;
	return negated(checker, call);
}

/* What the left side must be: for an address in constant texts, those are read as networks. */
static const struct type *key_type(struct checker *checker, struct expression *expression)
{
	const struct type *right = expression->right->type;

	if (expression->left->type == &type_ip) {
		const struct type *nets = type_list(checker->types, &type_net);

		if (nets && right != &type_net && fits(expression->right, &type_net))
			expression->right = convert(checker, expression->right, &type_net);
		else if (nets && right->kind == TYPE_LIST && right->element == &type_text &&
			 fits(expression->right, nets))
			expression->right = convert(checker, expression->right, nets);
		right = expression->right->type;
	}
	switch (right->kind) {
	case TYPE_WRONG:
		return &type_wrong;
	case TYPE_NET:
		return &type_ip;
	case TYPE_LIST:
		if (right->element == &type_net && expression->left->type != &type_net)
			return &type_ip;
		return right->element;
	case TYPE_MAP:
		return right->key;
	default:
		return NULL;
	}
}

static struct expression *not_in(struct checker *checker, struct expression *expression)
{
	struct diagnostic *diagnostic =
		report(checker, "E0307", expression->span, "`in` does not go with %s and %s",
		       type_name(checker, expression->left->type),
		       type_name(checker, expression->right->type));

	if (expression->right->type == &type_text)
		help(checker, diagnostic,
		     "write contains(text, part) to look for a part of a text");
	else
		help(checker, diagnostic,
		     "`in` asks a list, map, table, network or list of networks");
	return wrong(expression);
}

static struct expression *check_in(struct checker *checker, struct expression *expression)
{
	const struct type *wanted;
	struct expression *left;

	expression->left = check_expression(checker, expression->left);
	expression->right = check_expression(checker, expression->right);
	if (any_wrong(expression))
		return wrong(expression);
	if (expression->right->type->kind == TYPE_TABLE)
		return in_table(checker, expression);
	wanted = key_type(checker, expression);
	if (!is_settled(checker, expression->right))
		return wrong(expression);
	if (!wanted || !is_comparable(wanted))
		return not_in(checker, expression);
	left = convert(checker, expression->left, wanted);
	if (!left)
		return not_in(checker, expression);
	expression->left = left;
	expression->type = &type_bool;
	return any_wrong(expression) ? wrong(expression) : expression;
}

static struct expression *check_match(struct checker *checker, struct expression *expression)
{
	expression->left = check_as(checker, expression->left, &type_text, "what is matched");
	expression->right = check_as(checker, expression->right, &type_regex, "the pattern");
	expression->type = &type_bool;
	return any_wrong(expression) ? wrong(expression) : expression;
}

/* ---- conditions -------------------------------------------------------------------- */

static bool known(const struct expression *expression, bool given)
{
	return is_constant(expression) && expression->type == &type_bool &&
	       (expression->constant.i != 0) == given;
}

static struct expression *check_not(struct checker *checker, struct expression *expression)
{
	expression->left = check_condition(checker, expression->left);
	if (expression->left->type->kind == TYPE_WRONG)
		return wrong(expression);
	expression->type = &type_bool;
	if (is_constant(expression->left))
		make_constant(expression, &type_bool,
			      (union value){.i = !expression->left->constant.i});
	return expression;
}

/* `deciding` is the value of the left side that leaves the right side unasked. */
static struct expression *check_logical(struct checker *checker, struct expression *expression,
					bool deciding)
{
	bool decided;

	expression->left = check_condition(checker, expression->left);
	decided = known(expression->left, deciding);
	checker->dead += decided;
	expression->right = check_condition(checker, expression->right);
	checker->dead -= decided;
	if (any_wrong(expression))
		return wrong(expression);
	if (is_constant(expression->left))
		return decided ? expression->left : expression->right;
	expression->type = &type_bool;
	suspect_logical(checker, expression);
	return expression;
}

static struct expression *check_branch(struct checker *checker, struct expression *branch,
				       bool dead)
{
	checker->dead += dead;
	branch = check_expression(checker, branch);
	checker->dead -= dead;
	return branch;
}

static struct expression *check_conditional(struct checker *checker, struct expression *expression)
{
	struct expression *condition = check_condition(checker, expression->left);
	const struct type *type;

	expression->left = condition;
	expression->right = check_branch(checker, expression->right, known(condition, false));
	expression->third = check_branch(checker, expression->third, known(condition, true));
	if (any_wrong(expression) || expression->third->type->kind == TYPE_WRONG)
		return wrong(expression);
	type = common_type(checker, expression->right, expression->third);
	if (!type) {
		report(checker, "E0306", expression->span, "one side of `:` is %s, the other is %s",
		       type_name(checker, expression->right->type),
		       type_name(checker, expression->third->type));
		return wrong(expression);
	}
	expression->right = convert(checker, expression->right, type);
	expression->third = convert(checker, expression->third, type);
	if (is_constant(condition))
		return condition->constant.i ? expression->right : expression->third;
	expression->type = type;
	return expression;
}

struct expression *check_operator(struct checker *checker, struct expression *expression)
{
	switch (expression->kind) {
	case EXPRESSION_NEGATE:
		return check_negate(checker, expression);
	case EXPRESSION_NOT:
		return check_not(checker, expression);
	case EXPRESSION_AND:
		return check_logical(checker, expression, false);
	case EXPRESSION_OR:
		return check_logical(checker, expression, true);
	case EXPRESSION_COMPARE:
		return check_compare(checker, expression);
	case EXPRESSION_IN:
		return check_in(checker, expression);
	case EXPRESSION_MATCH:
		return check_match(checker, expression);
	case EXPRESSION_ARITHMETIC:
		return check_arithmetic(checker, expression);
	case EXPRESSION_CONDITIONAL:
		return check_conditional(checker, expression);
	default:
		/* What is checked already stays as it is: a node that two parents share. */
		return expression;
	}
}
