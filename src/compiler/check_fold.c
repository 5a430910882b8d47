/* Arithmetic and comparisons on constants. */
#include "compiler/checker.h"

#include <math.h>

static bool both_constant(const struct expression *expression)
{
	return is_constant(expression->left) && is_constant(expression->right);
}

static struct expression *cannot(struct checker *checker, struct expression *expression,
				 const char *why)
{
	report(checker, "E0318", expression->span, "%s", why);
	return wrong(expression);
}

/* ---- numbers --------------------------------------------------------------- */

static void fold_int(struct checker *checker, struct expression *expression)
{
	int64_t a = expression->left->constant.i, b = expression->right->constant.i, result = 0;
	bool overflow = false;

	switch (expression->operator) {
	case OPERATOR_ADD:
		overflow = __builtin_add_overflow(a, b, &result);
		break;
	case OPERATOR_SUBTRACT:
		overflow = __builtin_sub_overflow(a, b, &result);
		break;
	case OPERATOR_MULTIPLY:
		overflow = __builtin_mul_overflow(a, b, &result);
		break;
	default:
		if (b == 0) {
			cannot(checker, expression, "this divides by zero");
			return;
		}
		/* the one quotient that does not fit; its remainder is 0 */
		overflow = a == INT64_MIN && b == -1 && expression->operator == OPERATOR_DIVIDE;
		if (b != -1)
			result = expression->operator == OPERATOR_DIVIDE ? a / b : a % b;
		else if (!overflow && expression->operator == OPERATOR_DIVIDE)
			result = -a;
	}
	if (overflow)
		cannot(checker, expression, "the result does not fit into 64 bits");
	else
		make_constant(expression, expression->type, (union value){.i = result});
}

static void fold_float(struct expression *expression)
{
	double a = expression->left->constant.f, b = expression->right->constant.f, result;

	switch (expression->operator) {
	case OPERATOR_ADD:
		result = a + b;
		break;
	case OPERATOR_SUBTRACT:
		result = a - b;
		break;
	case OPERATOR_MULTIPLY:
		result = a * b;
		break;
	default:
		return; /* what a division by zero does is told at run time, in one place */
	}
	make_constant(expression, &type_float, (union value){.f = result});
}

static void fold_join(struct checker *checker, struct expression *expression)
{
	struct text a = expression->left->constant.text, b = expression->right->constant.text;
	size_t length = (size_t)a.length + b.length;
	char *bytes;

	if (length > TEXT_LENGTH_MAX)
		return;
	/* A chain of constants grows in place: "a" + "b" + "c" costs what it is long. */
	if (a.length && arena_extend(checker->arena, a.data + a.length, b.length)) {
		memcpy((char *)(uintptr_t)a.data + a.length, b.data, b.length);
		make_text(expression, text_of(a.data, length, LIFETIME_PROGRAM));
		return;
	}
	bytes = arena_bytes(checker->arena, length);
	if (!bytes) {
		checker->failed = true;
		return;
	}
	if (a.length)
		memcpy(bytes, a.data, a.length);
	if (b.length)
		memcpy(bytes + a.length, b.data, b.length);
	make_text(expression, text_of(bytes, length, LIFETIME_PROGRAM));
}

void fold_arithmetic(struct checker *checker, struct expression *expression)
{
	if (!both_constant(expression))
		return;
	if (expression->type == &type_text)
		fold_join(checker, expression);
	else if (expression->type == &type_float)
		fold_float(expression);
	else
		fold_int(checker, expression);
}

void fold_negate(struct checker *checker, struct expression *expression)
{
	const struct expression *operand = expression->left;

	if (!is_constant(operand))
		return;
	if (operand->type == &type_float)
		make_constant(expression, &type_float, (union value){.f = -operand->constant.f});
	else if (operand->constant.i == INT64_MIN)
		cannot(checker, expression, "the result does not fit into 64 bits");
	else
		make_constant(expression, operand->type, (union value){.i = -operand->constant.i});
}

/* ---- comparisons -------------------------------------------------------------- */

static int order_int(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static bool decide(enum operator_kind operator, int order)
{
	switch (operator) {
	case OPERATOR_EQUAL:
		return order == 0;
	case OPERATOR_NOT_EQUAL:
		return order != 0;
	case OPERATOR_LESS:
		return order < 0;
	case OPERATOR_LESS_EQUAL:
		return order <= 0;
	case OPERATOR_GREATER:
		return order > 0;
	default:
		return order >= 0;
	}
}

static bool order_constants(const struct expression *expression, int *order)
{
	const union value *a = &expression->left->constant, *b = &expression->right->constant;

	switch (expression->left->type->kind) {
	case TYPE_BOOL:
	case TYPE_INT:
	case TYPE_DURATION:
	case TYPE_TIME:
		*order = order_int(a->i, b->i);
		return true;
	case TYPE_FLOAT:
		if (isnan(a->f) || isnan(b->f))
			return false;
		*order = a->f < b->f ? -1 : a->f > b->f;
		return true;
	case TYPE_TEXT:
		*order = text_compare(a->text, b->text);
		return true;
	case TYPE_IP:
		*order = ip_compare(a->ip, b->ip);
		return true;
	default:
		return false;
	}
}

void fold_compare(struct expression *expression)
{
	int order;

	if (!both_constant(expression) || !order_constants(expression, &order))
		return;
	make_constant(expression, &type_bool,
		      (union value){.i = decide(expression->operator, order)});
}
