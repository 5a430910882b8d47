/* Conditions that are right in shape and type, and yet cannot mean what they say. */
#include "compiler/checker.h"

#include <string.h>

enum { SAME_DEPTH_MAX = 8, CHAIN_MAX = 50 };

/* ---- do two expressions always give the same? ---------------------------------------- */

/* Reads what it is given and nothing else. */
static bool is_pure(enum builtin_id id)
{
	static const char *const modules[] = {
		"text", "list", "map", "ip", "math", "re", "encoding", "policy"
	};

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		if (strcmp(builtin_rows[id].module, modules[i]) == 0)
			return true;
	return false;
}

static bool same_constant(const struct expression *a, const struct expression *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == &type_text)
		return text_equals(a->constant.text, b->constant.text);
	return (a->type == &type_int || a->type == &type_bool) && a->constant.i == b->constant.i;
}

static bool same_value(const struct expression *a, const struct expression *b, unsigned depth);

static bool same_arguments(const struct expression *a, const struct expression *b, unsigned depth)
{
	if (a->arguments.count != b->arguments.count)
		return false;
	for (unsigned i = 0; i < a->arguments.count; i++)
		if (!same_value(a->arguments.items[i].value, b->arguments.items[i].value, depth))
			return false;
	return true;
}

static bool same_value(const struct expression *a, const struct expression *b, unsigned depth)
{
	if (a->kind != b->kind || depth > SAME_DEPTH_MAX)
		return false;
	switch (a->kind) {
	case EXPRESSION_CONSTANT:
		return same_constant(a, b);
	case EXPRESSION_LOCAL:
		return a->local == b->local;
	case EXPRESSION_GLOBAL:
		return a->global == b->global;
	case EXPRESSION_VARIABLE:
		return a->variable == b->variable;
	case EXPRESSION_FIELD:
		return a->field == b->field && same_value(a->left, b->left, depth + 1);
	case EXPRESSION_COMPARE:
		return a->operator== b->operator&& same_value(a->left, b->left, depth + 1) &&
		       same_value(a->right, b->right, depth + 1);
	case EXPRESSION_CALL_BUILTIN:
		return a->builtin == b->builtin && is_pure(a->builtin) &&
		       same_arguments(a, b, depth + 1);
	default:
		return false;
	}
}

/* ---- if (true) --------------------------------------------------------------------------- */

/* Constants and options are names: what they decide is decided elsewhere. */
static bool is_only_literals(const struct expression *expression)
{
	switch (expression->kind) {
	case EXPRESSION_BOOL:
	case EXPRESSION_INT:
	case EXPRESSION_FLOAT:
	case EXPRESSION_DURATION:
	case EXPRESSION_TEXT:
		return true;
	case EXPRESSION_COMPARE:
		return is_only_literals(expression->left) && is_only_literals(expression->right);
	default:
		return false;
	}
}

const struct expression *suspect_literal(const struct expression *condition)
{
	const struct expression *within;

	switch (condition->kind) {
	case EXPRESSION_AND:
	case EXPRESSION_OR:
		within = suspect_literal(condition->right);
		return within ? within : suspect_literal(condition->left);
	case EXPRESSION_NOT:
		return suspect_literal(condition->left);
	default:
		return is_only_literals(condition) ? condition : NULL;
	}
}

void suspect_decided(struct checker *checker, const struct expression *literal)
{
	const char *always;

	if (!literal || !is_constant(literal) || literal->type != &type_bool)
		return;
	always = literal->constant.i ? "always" : "never";
	help(checker, report(checker, "W0308", literal->span, "this is %s true", always),
	     "leave it out, or let an option decide: option thorough: bool = %s;",
	     literal->constant.i ? "true" : "false");
}

/* ---- a != 1 or a != 2 -------------------------------------------------------------------- */

/* Known to be two different values of one type. */
static bool differ(const struct expression *a, const struct expression *b)
{
	return is_constant(a) && is_constant(b) && a->type == b->type &&
	       (a->type == &type_text || a->type == &type_int) && !same_constant(a, b);
}

static bool contradict(const struct expression *a, const struct expression *b,
		       enum operator_kind operator)
{
	return a->kind == EXPRESSION_COMPARE && b->kind == EXPRESSION_COMPARE &&
	       a->operator== operator&& b->operator== operator&& differ(a->right, b->right) &&
	       same_value(a->left, b->left, 0);
}

void suspect_logical(struct checker *checker, const struct expression *expression)
{
	bool any = expression->kind == EXPRESSION_OR;
	enum operator_kind operator= any ? OPERATOR_NOT_EQUAL : OPERATOR_EQUAL;
	const struct expression *last = expression->right, *one = expression->left;
	struct diagnostic *diagnostic;

	for (int i = 0; i < CHAIN_MAX; i++, one = one->left) {
		bool chain = one->kind == expression->kind;

		if (!contradict(chain ? one->right : one, last, operator)) {
			if (!chain)
				return;
			continue;
		}
		diagnostic = report(checker, "W0308", expression->span, "this is %s true",
				    any ? "always" : "never");
		help(checker, diagnostic,
		     any ? "a value differs from one of the two in any case: write `and`, or x not "
			   "in [a, b]"
			 : "no value is both: write `or`, or x in [a, b]");
		return;
	}
}

/* ---- lower(a) == "ABC" --------------------------------------------------------------------- */

static bool has_letter_between(struct text text, char first, char last)
{
	for (uint32_t i = 0; i < text.length; i++)
		if (text.data[i] >= first && text.data[i] <= last)
			return true;
	return false;
}

void suspect_compare(struct checker *checker, const struct expression *expression)
{
	const struct expression *call = expression->left, *word = expression->right;
	bool lower;

	if (expression->kind != EXPRESSION_COMPARE || expression->operator> OPERATOR_NOT_EQUAL)
		return;
	if (is_constant(call)) {
		call = expression->right;
		word = expression->left;
	}
	if (call->kind != EXPRESSION_CALL_BUILTIN || !is_constant(word) || word->type != &type_text)
		return;
	lower = call->builtin == BUILTIN_text_lower;
	if (!lower && call->builtin != BUILTIN_text_upper)
		return;
	if (has_letter_between(word->constant.text, lower ? 'A' : 'a', lower ? 'Z' : 'z'))
		help(checker,
		     report(checker, "W0308", expression->span, "this is %s true",
			    expression->operator== OPERATOR_EQUAL ? "never" : "always"),
		     "%s(...) gives no letters like those of this text: write it in %s case",
		     lower ? "lower" : "upper", lower ? "lower" : "upper");
}

/* ---- if (a) ... else if (a) -------------------------------------------------------------------
 */

/* Conditions that are asked already, innermost last: each if of a chain knows the one before it. */
void suspect_chain(struct checker *checker, const struct expression *condition,
		   const struct asked *before)
{
	struct diagnostic *diagnostic;

	for (int i = 0; before && i < CHAIN_MAX; i++, before = before->before) {
		if (is_constant(condition) || !same_value(condition, before->condition, 0))
			continue;
		diagnostic = report(checker, "W0309", condition->span,
				    "this was asked before: it is never true here");
		relate(checker, diagnostic, before->condition->span, "asked here");
		return;
	}
}

/* ---- ["a": 1, "a": 2]
 * ----------------------------------------------------------------------------- */

void suspect_keys(struct checker *checker, const struct expression_list *items)
{
	struct name_table seen = { .folded = false };

	for (unsigned i = 0; i + 1 < items->count; i += 2) {
		struct expression *key = items->items[i];
		void **place;

		if (!is_constant(key) || key->type != &type_text || !key->constant.text.length)
			continue;
		place = name_place(checker, &seen, key->constant.text);
		if (!place)
			return;
		if (*place)
			relate(checker,
			       report(checker, "W0310", key->span,
				      "this key stands twice: the last value counts"),
			       ((const struct expression *)*place)->span, "first given here");
		*place = key;
	}
}
