/* Conditions as jumps. */
#include "compiler/generator.h"

/* ---- comparisons ---- */

static enum operator_kind opposite(enum operator_kind relation)
{
	switch (relation) {
	case OPERATOR_EQUAL:
		return OPERATOR_NOT_EQUAL;
	case OPERATOR_NOT_EQUAL:
		return OPERATOR_EQUAL;
	case OPERATOR_LESS:
		return OPERATOR_GREATER_EQUAL;
	case OPERATOR_LESS_EQUAL:
		return OPERATOR_GREATER;
	case OPERATOR_GREATER:
		return OPERATOR_LESS_EQUAL;
	default:
		return OPERATOR_LESS;
	}
}

/* The same comparison with its sides changed over. */
static enum operator_kind mirrored(enum operator_kind relation)
{
	switch (relation) {
	case OPERATOR_LESS:
		return OPERATOR_GREATER;
	case OPERATOR_LESS_EQUAL:
		return OPERATOR_GREATER_EQUAL;
	case OPERATOR_GREATER:
		return OPERATOR_LESS;
	case OPERATOR_GREATER_EQUAL:
		return OPERATOR_LESS_EQUAL;
	default:
		return relation;
	}
}

/* The opcodes of one kind of operand; ge and gt are le and lt with the sides changed over. */
struct compare_opcodes {
	enum opcode equal, not_equal, less, less_equal;
};

static const struct compare_opcodes int_opcodes = { OP_JUMP_EQ_INT, OP_JUMP_NE_INT, OP_JUMP_LT_INT,
						    OP_JUMP_LE_INT };
static const struct compare_opcodes text_opcodes = { OP_JUMP_EQ_TEXT, OP_JUMP_NE_TEXT,
						     OP_JUMP_LT_TEXT, OP_JUMP_LE_TEXT };
static const struct compare_opcodes ip_opcodes = { OP_JUMP_EQ_IP, OP_JUMP_NE_IP, OP_JUMP_LT_IP,
						   OP_JUMP_LE_IP };
static const struct compare_opcodes float_opcodes = { OP_JUMP_EQ_FLOAT, OP_JUMP_NE_FLOAT,
						      OP_JUMP_LT_FLOAT, OP_JUMP_LE_FLOAT };
/* A comparison with NaN is false, so that the opposite of < is not >=. */
static const struct compare_opcodes float_not_opcodes = { OP_JUMP_NE_FLOAT, OP_JUMP_EQ_FLOAT,
							  OP_JUMP_NOT_LT_FLOAT,
							  OP_JUMP_NOT_LE_FLOAT };

static void compare_registers(struct generator *g, const struct compare_opcodes *opcodes,
			      enum operator_kind relation, unsigned left, unsigned right,
			      struct label *label)
{
	switch (relation) {
	case OPERATOR_EQUAL:
		code_emit_jump(g, opcodes->equal, left, right, label);
		break;
	case OPERATOR_NOT_EQUAL:
		code_emit_jump(g, opcodes->not_equal, left, right, label);
		break;
	case OPERATOR_LESS:
		code_emit_jump(g, opcodes->less, left, right, label);
		break;
	case OPERATOR_LESS_EQUAL:
		code_emit_jump(g, opcodes->less_equal, left, right, label);
		break;
	case OPERATOR_GREATER:
		code_emit_jump(g, opcodes->less, right, left, label);
		break;
	default:
		code_emit_jump(g, opcodes->less_equal, right, left, label);
	}
}

/* With the number in the instruction, or in a constant. */
static enum opcode immediate_opcode(enum operator_kind relation, bool small)
{
	switch (relation) {
	case OPERATOR_EQUAL:
		return small ? OP_JUMP_EQ_INT_I : OP_JUMP_EQ_INT_K;
	case OPERATOR_NOT_EQUAL:
		return small ? OP_JUMP_NE_INT_I : OP_JUMP_NE_INT_K;
	case OPERATOR_LESS:
		return small ? OP_JUMP_LT_INT_I : OP_JUMP_LT_INT_K;
	case OPERATOR_LESS_EQUAL:
		return small ? OP_JUMP_LE_INT_I : OP_JUMP_LE_INT_K;
	case OPERATOR_GREATER:
		return small ? OP_JUMP_GT_INT_I : OP_JUMP_GT_INT_K;
	default:
		return small ? OP_JUMP_GE_INT_I : OP_JUMP_GE_INT_K;
	}
}

static bool is_small(const struct expression *e)
{
	return e->kind == EXPRESSION_CONSTANT && e->constant.i >= INT16_MIN &&
	       e->constant.i <= INT16_MAX;
}

/* x % number == 0. A divisor that the instruction cannot take raises, or is computed. */
static bool compare_remainder(struct generator *g, const struct expression *left,
			      const struct expression *right, enum operator_kind relation,
			      struct label *label)
{
	const struct expression *divisor;
	unsigned from;

	if (relation > OPERATOR_NOT_EQUAL || right->kind != EXPRESSION_CONSTANT ||
	    right->constant.i != 0 || left->kind != EXPRESSION_ARITHMETIC ||
	    left->operator!= OPERATOR_REMAINDER)
		return false;
	divisor = left->right;
	if (!is_small(divisor) || divisor->constant.i == 0 || divisor->constant.i == -1)
		return false;
	from = generate_expression(g, left->left, REGISTER_NONE);
	code_emit_jump(g, relation == OPERATOR_EQUAL ? OP_JUMP_DIVISIBLE : OP_JUMP_INDIVISIBLE,
		       from, (unsigned)divisor->constant.i, label);
	return true;
}

static void compare_ints(struct generator *g, const struct expression *e,
			 enum operator_kind relation, struct label *label)
{
	const struct expression *left = e->left, *right = e->right;
	unsigned first, number;

	if (left->kind == EXPRESSION_CONSTANT) {
		left = e->right;
		right = e->left;
		relation = mirrored(relation);
	}
	if (compare_remainder(g, left, right, relation, label))
		return;
	first = generate_expression(g, left, REGISTER_NONE);
	if (is_small(right)) {
		code_emit_jump(g, immediate_opcode(relation, true), first,
			       (unsigned)right->constant.i, label);
		return;
	}
	if (right->kind == EXPRESSION_CONSTANT &&
	    constant_operand(g, &type_int, right->constant, &number)) {
		code_emit_jump(g, immediate_opcode(relation, false), first, number, label);
		return;
	}
	number = generate_expression(g, right, REGISTER_NONE);
	compare_registers(g, &int_opcodes, relation, first, number, label);
}

/* lower(a) == "abc", upper(a) == "ABC": nothing is made to be compared. What such a call is compared with has no letters
 * of the other case, or the two are never equal. */
static const struct expression *compared_in_any_case(const struct expression *call,
						     struct text constant)
{
	struct text same = call->builtin == BUILTIN_text_lower ? TEXT("AZ") : TEXT("az");

	if (call->kind != EXPRESSION_CALL_BUILTIN ||
	    (call->builtin != BUILTIN_text_lower && call->builtin != BUILTIN_text_upper))
		return NULL;
	for (uint32_t i = 0; i < constant.length; i++)
		if (constant.data[i] >= same.data[0] && constant.data[i] <= same.data[1])
			return NULL;
	return call->arguments.items[0].value;
}

static bool compare_with_text_constant(struct generator *g, const struct expression *e,
				       enum operator_kind relation, struct label *label)
{
	const struct expression *left = e->left, *right = e->right, *inner;
	bool equal = relation == OPERATOR_EQUAL;
	unsigned number, first;

	if (relation > OPERATOR_NOT_EQUAL)
		return false;
	if (left->kind == EXPRESSION_CONSTANT) {
		left = e->right;
		right = e->left;
	}
	if (right->kind != EXPRESSION_CONSTANT)
		return false;
	if (!constant_operand(g, &type_text, right->constant, &number))
		return false;
	inner = compared_in_any_case(left, right->constant.text);
	first = generate_expression(g, inner ? inner : left, REGISTER_NONE);
	if (inner)
		code_emit_jump(g, equal ? OP_JUMP_LIKE_TEXT_K : OP_JUMP_UNLIKE_TEXT_K, first,
			       number, label);
	else
		code_emit_jump(g, equal ? OP_JUMP_EQ_TEXT_K : OP_JUMP_NE_TEXT_K, first, number,
			       label);
	return true;
}

static void compare_both(struct generator *g, const struct expression *e,
			 const struct compare_opcodes *opcodes, enum operator_kind relation,
			 struct label *label)
{
	unsigned left = generate_expression(g, e->left, REGISTER_NONE);
	unsigned right = generate_expression(g, e->right, REGISTER_NONE);

	compare_registers(g, opcodes, relation, left, right, label);
}

/* == and != of lists, maps, records and nets. */
static void compare_values(struct generator *g, const struct expression *e,
			   enum operator_kind relation, struct label *label)
{
	unsigned both = code_register_new(g);

	generate_expression(g, e->left, (int)both);
	generate_expression(g, e->right, (int)code_register_new(g));
	code_place(g, e->span);
	code_emit(g, OP_EQUALS, both, both, type_number(g, e->left->type));
	code_emit_jump(g, relation == OPERATOR_EQUAL ? OP_JUMP_TRUE : OP_JUMP_FALSE, both, 0,
		       label);
}

static void jump_compare(struct generator *g, const struct expression *e, bool sense,
			 struct label *label)
{
	enum operator_kind written = e->operator, relation;

	relation = sense ? written : opposite(written);
	switch (e->left->type->kind) {
	case TYPE_BOOL:
	case TYPE_INT:
	case TYPE_DURATION:
	case TYPE_TIME:
		compare_ints(g, e, relation, label);
		break;
	case TYPE_FLOAT:
		compare_both(g, e, sense ? &float_opcodes : &float_not_opcodes, written, label);
		break;
	case TYPE_TEXT:
		if (!compare_with_text_constant(g, e, relation, label))
			compare_both(g, e, &text_opcodes, relation, label);
		break;
	case TYPE_IP:
		compare_both(g, e, &ip_opcodes, relation, label);
		break;
	default:
		compare_values(g, e, relation, label);
	}
}

/* ---- the others ---- */

static void jump_match(struct generator *g, const struct expression *e, bool sense,
		       struct label *label)
{
	unsigned subject = generate_expression(g, e->left, REGISTER_NONE);
	unsigned regex = generate_expression(g, e->right, REGISTER_NONE);

	code_place(g, e->span);
	code_emit_jump(g, sense != e->negated ? OP_JUMP_MATCH : OP_JUMP_NO_MATCH, subject, regex,
		       label);
}

/* `all`: every part must have the value `sense` for the jump; else one is enough. */
static void jump_logical(struct generator *g, const struct expression *e, bool all, bool sense,
			 struct label *label)
{
	struct label skip = code_label_new();

	if (all) {
		generate_jump(g, e->left, !sense, &skip);
		generate_jump(g, e->right, sense, label);
		code_label_bind(g, &skip);
	} else {
		generate_jump(g, e->left, sense, label);
		generate_jump(g, e->right, sense, label);
	}
}

static void jump_value(struct generator *g, const struct expression *e, bool sense,
		       struct label *label)
{
	unsigned from;

	if (generate_jump_contains(g, e, sense, label))
		return;
	from = generate_expression(g, e, REGISTER_NONE);
	code_emit_jump(g, sense ? OP_JUMP_TRUE : OP_JUMP_FALSE, from, 0, label);
}

static void jump_constant(struct generator *g, const struct expression *e, bool sense,
			  struct label *label)
{
	if ((e->constant.i != 0) == sense)
		code_emit_jump(g, OP_JUMP, 0, 0, label);
}

void generate_jump(struct generator *g, const struct expression *e, bool sense, struct label *label)
{
	unsigned top = g->f.top;

	switch (e->kind) {
	case EXPRESSION_CONSTANT:
		jump_constant(g, e, sense, label);
		break;
	case EXPRESSION_NOT:
		generate_jump(g, e->left, !sense, label);
		break;
	case EXPRESSION_AND:
		jump_logical(g, e, sense, sense, label);
		break;
	case EXPRESSION_OR:
		jump_logical(g, e, !sense, sense, label);
		break;
	case EXPRESSION_COMPARE:
		jump_compare(g, e, sense, label);
		break;
	case EXPRESSION_MATCH:
		jump_match(g, e, sense, label);
		break;
	default:
		jump_value(g, e, sense, label);
	}
	code_registers_free(g, top);
}

void generate_truth(struct generator *g, const struct expression *e, unsigned target)
{
	struct label is_true = code_label_new(), end = code_label_new();

	generate_jump(g, e, true, &is_true);
	code_emit_wide(g, OP_LOAD_INT, target, 0);
	code_emit_jump(g, OP_JUMP, 0, 0, &end);
	code_label_bind(g, &is_true);
	code_emit_wide(g, OP_LOAD_INT, target, 1);
	code_label_bind(g, &end);
}
