/* Values of expressions into registers. */
#include "compiler/generator.h"

static unsigned target_or_new(struct generator *g, int target)
{
	return target == REGISTER_NONE ? code_register_new(g) : (unsigned)target;
}

/* ---- numbers ---- */

static bool is_small(const struct expression *e, int64_t *number)
{
	if (e->kind != EXPRESSION_CONSTANT || e->type == &type_float)
		return false;
	*number = e->constant.i;
	return *number > INT16_MIN && *number <= INT16_MAX;
}

static bool immediate_opcode(enum operator_kind sign, int64_t *number, enum opcode *op)
{
	switch (sign) {
	case OPERATOR_SUBTRACT:
		*number = -*number;
		*op = OP_ADD_INT_I;
		return true;
	case OPERATOR_ADD:
		*op = OP_ADD_INT_I;
		return true;
	case OPERATOR_MULTIPLY:
		*op = OP_MULTIPLY_INT_I;
		return true;
	default:
		*op = sign == OPERATOR_DIVIDE ? OP_DIVIDE_INT_I : OP_REMAINDER_INT_I;
		return *number != 0 && *number != -1;
	}
}

static enum opcode int_opcode(enum operator_kind sign)
{
	switch (sign) {
	case OPERATOR_ADD:
		return OP_ADD_INT;
	case OPERATOR_SUBTRACT:
		return OP_SUBTRACT_INT;
	case OPERATOR_MULTIPLY:
		return OP_MULTIPLY_INT;
	case OPERATOR_DIVIDE:
		return OP_DIVIDE_INT;
	default:
		return OP_REMAINDER_INT;
	}
}

static enum opcode float_opcode(enum operator_kind sign)
{
	switch (sign) {
	case OPERATOR_ADD:
		return OP_ADD_FLOAT;
	case OPERATOR_SUBTRACT:
		return OP_SUBTRACT_FLOAT;
	case OPERATOR_MULTIPLY:
		return OP_MULTIPLY_FLOAT;
	default:
		return OP_DIVIDE_FLOAT;
	}
}

static bool commutes(enum operator_kind sign)
{
	return sign == OPERATOR_ADD || sign == OPERATOR_MULTIPLY;
}

/* One side as part of the instruction; false when neither fits. */
static bool arithmetic_immediate(struct generator *g, const struct expression *e, int target,
				 unsigned *result)
{
	const struct expression *left = e->left;
	unsigned top = g->f.top, from;
	enum opcode op;
	int64_t number;

	if (commutes(e->operator) && is_small(left, &number))
		left = e->right;
	else if (!is_small(e->right, &number))
		return false;
	if (!immediate_opcode(e->operator, & number, &op))
		return false;
	from = generate_expression(g, left, REGISTER_NONE);
	code_registers_free(g, top);
	*result = target_or_new(g, target);
	code_place(g, e->span);
	code_emit(g, op, *result, from, (unsigned)number);
	return true;
}

/* A constant of any size on the right of + and -, or on the left of +. */
static bool arithmetic_constant(struct generator *g, const struct expression *e, int target,
				unsigned *result)
{
	const struct expression *left = e->left, *right = e->right;
	bool subtract = e->operator== OPERATOR_SUBTRACT;
	unsigned top = g->f.top, from, number;
	union value v;

	if (e->operator!= OPERATOR_ADD && !subtract)
		return false;
	if (left->kind == EXPRESSION_CONSTANT && !subtract) {
		left = e->right;
		right = e->left;
	}
	if (right->kind != EXPRESSION_CONSTANT || right->constant.i == INT64_MIN)
		return false;
	v.i = subtract ? -right->constant.i : right->constant.i;
	if (!constant_operand(g, &type_int, v, &number))
		return false;
	from = generate_expression(g, left, REGISTER_NONE);
	code_registers_free(g, top);
	*result = target_or_new(g, target);
	code_place(g, e->span);
	code_emit(g, OP_ADD_INT_K, *result, from, number);
	return true;
}

static unsigned binary(struct generator *g, const struct expression *e, enum opcode op, int target)
{
	unsigned top = g->f.top;
	unsigned left = generate_expression(g, e->left, REGISTER_NONE);
	unsigned right = generate_expression(g, e->right, REGISTER_NONE);
	unsigned result;

	code_registers_free(g, top);
	result = target_or_new(g, target);
	code_place(g, e->span);
	code_emit(g, op, result, left, right);
	return result;
}

static unsigned unary(struct generator *g, const struct expression *e, enum opcode op,
		      unsigned third, int target)
{
	unsigned top = g->f.top;
	unsigned from = generate_expression(g, e->left, REGISTER_NONE);
	unsigned result;

	code_registers_free(g, top);
	result = target_or_new(g, target);
	code_place(g, e->span);
	code_emit(g, op, result, from, third);
	return result;
}

/* ---- texts ---- */

static bool is_join(const struct expression *e)
{
	return e->kind == EXPRESSION_ARITHMETIC && e->type == &type_text;
}

/* What is joined. */
struct pieces {
	unsigned count;
	unsigned ints; /* one bit for each, in the first PIECES_MAX */
};

static bool is_printed_int(const struct expression *e)
{
	return e->kind == EXPRESSION_TO_TEXT && e->left->type == &type_int;
}

static void note_piece(const struct expression *e, struct pieces *pieces)
{
	if (pieces->count < PIECES_MAX && is_printed_int(e))
		pieces->ints |= 1u << pieces->count;
	pieces->count++;
}

/* The leaves of a chain of + and of the templates in it, left to right, into registers in a row,
 * and ints as they are when `ints`. Without a generator they are only noted. A chain is as deep on
 * the left as it is long. */
static void leaves(struct generator *g, const struct expression *e, bool ints,
		   struct pieces *pieces)
{
	if (is_join(e)) {
		leaves(g, e->left, ints, pieces);
		leaves(g, e->right, ints, pieces);
	} else if (e->kind == EXPRESSION_TEMPLATE) {
		for (unsigned i = 0; i < e->items.count; i++)
			leaves(g, e->items.items[i], ints, pieces);
	} else {
		note_piece(e, pieces);
		if (g)
			generate_expression(g, ints && is_printed_int(e) ? e->left : e,
					    (int)code_register_new(g));
	}
}

unsigned generate_leaves(struct generator *g, const struct expression *e)
{
	struct pieces pieces = { 0 };

	leaves(g, e, false, &pieces);
	return pieces.count;
}

static bool is_plain(const struct expression *e)
{
	return !is_join(e) && e->kind != EXPRESSION_TEMPLATE;
}

static unsigned join_two(struct generator *g, const struct expression *e, int target)
{
	unsigned number;

	if (e->right->kind == EXPRESSION_CONSTANT &&
	    constant_operand(g, &type_text, e->right->constant, &number))
		return unary(g, e, OP_CONCAT_K, number, target);
	return binary(g, e, OP_CONCAT, target);
}

static unsigned join(struct generator *g, const struct expression *e, int target)
{
	unsigned top = g->f.top, result;
	struct pieces pieces = { 0 };
	bool ints;

	if (is_join(e) && is_plain(e->left) && is_plain(e->right))
		return join_two(g, e, target);
	leaves(NULL, e, false, &pieces);
	ints = pieces.ints && pieces.count <= PIECES_MAX;
	leaves(g, e, ints, &(struct pieces){ 0 });
	code_registers_free(g, top);
	result = target_or_new(g, target);
	code_place(g, e->span);
	if (pieces.count == 0)
		constant_load(g, &type_text, (union value){ .text = TEXT_EMPTY }, result);
	else if (ints)
		code_emit(g, OP_CONCAT_PIECES, result, top, pieces.ints | 1u << pieces.count);
	else
		code_emit(g, OP_CONCAT_MANY, result, top, pieces.count);
	return result;
}

static unsigned arithmetic(struct generator *g, const struct expression *e, int target)
{
	unsigned result;

	if (e->type == &type_text)
		return join(g, e, target);
	if (e->left->type == &type_float)
		return binary(g, e, float_opcode(e->operator), target);
	if (arithmetic_immediate(g, e, target, &result) ||
	    arithmetic_constant(g, e, target, &result))
		return result;
	return binary(g, e, int_opcode(e->operator), target);
}

/* ---- lists, maps, records ---- */

/* Literals are made in pieces, so that long ones do not need a register for each element. */
enum { PIECE = 64 };

static unsigned finish_object(struct generator *g, unsigned made, int target)
{
	code_registers_free(g, made + 1);
	if (target == REGISTER_NONE)
		return made;
	code_emit(g, OP_MOVE, (unsigned)target, made, 0);
	code_registers_free(g, made);
	return (unsigned)target;
}

static void piece_items(struct generator *g, const struct expression *e, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		generate_expression(g, e->items.items[i], (int)code_register_new(g));
}

/* `each` items make one element: 2 in a map. */
static unsigned literal(struct generator *g, const struct expression *e, unsigned each,
			enum opcode make, enum opcode extend, int target)
{
	unsigned made = code_register_new(g), from = 0;

	do {
		unsigned to = from + PIECE * each;

		if (to > e->items.count)
			to = e->items.count;
		piece_items(g, e, from, to);
		code_place(g, e->span);
		if (from == 0)
			code_emit(g, make, made, type_number(g, e->type), to / each);
		else
			code_emit(g, extend, made, (to - from) / each, 0);
		code_registers_free(g, made + 1);
		from = to;
	} while (from < e->items.count);
	return finish_object(g, made, target);
}

static unsigned record(struct generator *g, const struct expression *e, int target)
{
	unsigned made = code_register_new(g);

	for (unsigned i = 0; i < e->arguments.count; i++)
		generate_expression(g, e->arguments.items[i].value, (int)code_register_new(g));
	code_place(g, e->span);
	code_emit(g, OP_NEW_RECORD, made, type_number(g, e->type), e->arguments.count);
	return finish_object(g, made, target);
}

static unsigned index_of(struct generator *g, const struct expression *e, int target)
{
	if (e->left->type->kind == TYPE_LIST)
		return binary(g, e, OP_GET_ELEMENT, target);
	if (e->left->type->kind == TYPE_MAP)
		return binary(g, e, OP_GET_ENTRY, target);
	return binary(g, e, OP_TEXT_BYTE, target);
}

static unsigned slice(struct generator *g, const struct expression *e, int target)
{
	enum opcode op = OP_TEXT_SLICE_FROM;
	unsigned top = g->f.top;
	unsigned from = generate_expression(g, e->left, REGISTER_NONE);
	unsigned bounds = code_register_new(g), result;

	if (e->right)
		generate_expression(g, e->right, (int)bounds);
	else
		code_emit_wide(g, OP_LOAD_INT, bounds, 0);
	if (e->third) {
		generate_expression(g, e->third, (int)code_register_new(g));
		op = OP_TEXT_SLICE;
	}
	code_registers_free(g, top);
	result = target_or_new(g, target);
	code_place(g, e->span);
	code_emit(g, op, result, from, bounds);
	return result;
}

/* ---- conditions as values ---- */

static unsigned conditional(struct generator *g, const struct expression *e, int target)
{
	unsigned result = target_or_new(g, target);
	struct label otherwise = code_label_new(), end = code_label_new();

	generate_jump(g, e->left, false, &otherwise);
	generate_copy(g, e->right, result);
	code_emit_jump(g, OP_JUMP, 0, 0, &end);
	code_label_bind(g, &otherwise);
	generate_copy(g, e->third, result);
	code_label_bind(g, &end);
	return result;
}

/* Into registers, then the opcode: the keys are no expression that the checker knows. */
static unsigned in_keys(struct generator *g, const struct expression *e, const struct type *type,
			union value keys, int target)
{
	unsigned top = g->f.top, from, map, result;

	from = generate_expression(g, e->left, REGISTER_NONE);
	map = code_register_new(g);
	constant_load(g, type, keys, map);
	code_registers_free(g, top);
	result = target_or_new(g, target);
	code_place(g, e->span);
	code_emit(g, OP_IN_MAP, result, from, map);
	return result;
}

static unsigned in(struct generator *g, const struct expression *e, int target)
{
	const struct type *right = e->right->type, *type;
	union value keys;
	unsigned result;

	if (constant_keys(g, e->right, &type, &keys))
		result = in_keys(g, e, type, keys, target);
	else if (right->kind == TYPE_MAP)
		result = binary(g, e, OP_IN_MAP, target);
	else if (right == &type_net)
		result = binary(g, e, OP_IN_NET, target);
	else if (right->element == &type_net && e->left->type == &type_ip)
		result = binary(g, e, OP_IN_NETS, target);
	else
		result = binary(g, e, OP_IN_LIST, target);
	if (e->negated)
		code_emit(g, OP_NOT, result, result, 0);
	return result;
}

static unsigned truth(struct generator *g, const struct expression *e, int target)
{
	unsigned result = target_or_new(g, target);

	generate_truth(g, e, result);
	return result;
}

/* ---- reading variables ---- */

static unsigned move(struct generator *g, unsigned from, int target)
{
	if (target == REGISTER_NONE || (unsigned)target == from)
		return from;
	code_emit(g, OP_MOVE, (unsigned)target, from, 0);
	return (unsigned)target;
}

static unsigned constant(struct generator *g, const struct type *type, union value v, int target)
{
	unsigned result = target_or_new(g, target);

	constant_load(g, type, v, result);
	return result;
}

static unsigned global(struct generator *g, const struct expression *e, int target)
{
	unsigned result = target_or_new(g, target);

	code_emit_wide(g, OP_GET_GLOBAL, result, e->global->slot);
	return result;
}

static unsigned variable(struct generator *g, const struct expression *e, int target)
{
	const struct import import = { .kind = IMPORT_READ, .id = e->variable, .result = e->type };
	unsigned result = target_or_new(g, target);

	code_place(g, e->span);
	code_emit(g, OP_READ, result, import_number(g, &import), 0);
	if (type_is_object(e->type)) {
		code_emit(g, OP_SHARE, result, 0, 0);
		g->f.makes = true;
	}
	return result;
}

static unsigned field(struct generator *g, const struct expression *e, int target)
{
	if (generate_is_split(g, e))
		return move(g, generate_register_of(g, e), target);
	return unary(g, e, OP_GET_FIELD, e->field, target);
}

static unsigned to_text(struct generator *g, const struct expression *e, int target)
{
	if (e->left->type == &type_text)
		return generate_expression(g, e->left, target);
	return unary(g, e, OP_TO_TEXT, e->left->type->kind, target);
}

static unsigned negate(struct generator *g, const struct expression *e, int target)
{
	return unary(g, e, e->type == &type_float ? OP_NEGATE_FLOAT : OP_NEGATE_INT, 0, target);
}

unsigned generate_expression(struct generator *g, const struct expression *e, int target)
{
	union value v;

	if (constant_value(g, e, &v))
		return constant(g, e->type, v, target);
	switch (e->kind) {
	case EXPRESSION_GROUP:
		return move(g, (unsigned)g->f.groups + (unsigned)e->integer, target);
	case EXPRESSION_TEMPLATE:
		return join(g, e, target);
	case EXPRESSION_LIST:
		return literal(g, e, 1, OP_NEW_LIST, OP_EXTEND_LIST, target);
	case EXPRESSION_MAP:
		return literal(g, e, 2, OP_NEW_MAP, OP_EXTEND_MAP, target);
	case EXPRESSION_NEW_RECORD:
		return record(g, e, target);
	case EXPRESSION_INDEX:
		return index_of(g, e, target);
	case EXPRESSION_SLICE:
		return slice(g, e, target);
	case EXPRESSION_NEGATE:
		return negate(g, e, target);
	case EXPRESSION_ARITHMETIC:
		return arithmetic(g, e, target);
	case EXPRESSION_CONDITIONAL:
		return conditional(g, e, target);
	case EXPRESSION_IN:
		return in(g, e, target);
	case EXPRESSION_NOT:
	case EXPRESSION_AND:
	case EXPRESSION_OR:
	case EXPRESSION_COMPARE:
	case EXPRESSION_MATCH:
		return truth(g, e, target);
	case EXPRESSION_LOCAL:
		return move(g, generate_register_of(g, e), target);
	case EXPRESSION_GLOBAL:
		return global(g, e, target);
	case EXPRESSION_VARIABLE:
		return variable(g, e, target);
	case EXPRESSION_CALL_FUNCTION:
		return generate_function_call(g, e, target);
	case EXPRESSION_CALL_BUILTIN:
		return generate_builtin_call(g, e, target);
	case EXPRESSION_FIELD:
		return field(g, e, target);
	case EXPRESSION_TO_FLOAT:
		return unary(g, e, OP_INT_TO_FLOAT, 0, target);
	case EXPRESSION_TO_TEXT:
		return to_text(g, e, target);
	default: /* the checker leaves no others */
		generate_too_large(g, "E0105",
				   "the compiler met an expression that it does not know");
		return 0;
	}
}

bool generate_is_fresh(const struct expression *e)
{
	switch (e->kind) {
	case EXPRESSION_LOCAL:
	case EXPRESSION_GLOBAL:
	case EXPRESSION_FIELD:
	case EXPRESSION_INDEX:
		return false;
	default:
		return true;
	}
}

void generate_copy(struct generator *g, const struct expression *e, unsigned target)
{
	if (!type_is_object(e->type) || generate_is_fresh(e)) {
		generate_expression(g, e, (int)target);
		return;
	}
	if (e->kind == EXPRESSION_LOCAL) {
		code_emit(g, OP_MOVE_SHARED, target, generate_register_of(g, e), 0);
		return;
	}
	generate_expression(g, e, (int)target);
	code_emit(g, OP_SHARE, target, 0, 0);
}

void generate_call(struct generator *g, const struct expression *e)
{
	unsigned top = g->f.top;

	generate_expression(g, e, REGISTER_NONE);
	code_registers_free(g, top);
}
