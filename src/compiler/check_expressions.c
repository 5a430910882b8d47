/* Expressions: names, members, indexes, and which kind is checked how. */
#include "compiler/checker.h"

/* ---- names -------------------------------------------------------------------- */

/* A use of a constant shares its parts: nothing changes them once they are checked. */
struct expression *copy_constant(struct checker *checker, const struct expression *original,
				 struct span span)
{
	struct expression *copy = new_expression(checker, EXPRESSION_WRONG, span);

	if (checker->failed)
		return copy;
	*copy = *original;
	copy->span = span;
	return copy;
}

static void use_constant(struct checker *checker, struct expression *expression,
			 struct symbol *symbol)
{
	struct span span = expression->span;
	bool from_percent = expression->from_percent;

	resolve_constant(checker, symbol);
	if (!symbol->value) {
		wrong(expression);
		return;
	}
	*expression = *symbol->value;
	expression->span = span;
	expression->from_percent = from_percent;
}

static void use_local(struct expression *expression, struct local *local)
{
	local->used = true;
	expression->kind = EXPRESSION_LOCAL;
	expression->local = local;
	expression->type = local->type;
}

static void use_global(struct expression *expression, struct global *global)
{
	expression->kind = EXPRESSION_GLOBAL;
	expression->global = global;
	expression->type = global->type;
}

static void use_engine(struct checker *checker, struct expression *expression, int variable)
{
	expression->kind = EXPRESSION_VARIABLE;
	expression->variable = (enum variable_id)variable;
	expression->type = checker->vocabulary->variables[variable];
	note_use(checker, USE_READ, (unsigned)variable, expression->span);
}

static bool use_symbol(struct checker *checker, struct expression *expression,
		       struct symbol *symbol)
{
	switch (symbol->kind) {
	case SYMBOL_VARIABLE:
		use_global(expression, symbol->global);
		return true;
	case SYMBOL_CONST:
	case SYMBOL_OPTION:
	case SYMBOL_TABLE:
	case SYMBOL_SHARED:
		use_constant(checker, expression, symbol);
		return true;
	default:
		return false;
	}
}

bool resolve_value(struct checker *checker, struct expression *expression)
{
	struct local *local = find_local(checker, expression->name);
	struct symbol *symbol;
	struct global *slot;
	int variable;

	if (local) {
		use_local(expression, local);
		return true;
	}
	symbol = find_symbol(checker, expression->name);
	if (symbol && use_symbol(checker, expression, symbol))
		return true;
	variable = find_engine(checker, expression->name);
	if (variable >= 0) {
		use_engine(checker, expression, variable);
		return true;
	}
	slot = find_slot(checker, expression->name);
	if (slot)
		use_global(expression, slot);
	return slot != NULL;
}

static struct expression *unknown_name(struct checker *checker, struct expression *expression)
{
	const struct symbol *symbol = find_symbol(checker, expression->name);
	struct diagnostic *diagnostic;

	if (symbol || (find_word(checker, expression->name) && !expression->from_percent)) {
		diagnostic = report(checker, "E0301", expression->span, "`%.*s` is not a variable",
				    TEXT_PRINTF(expression->name));
		if (!symbol)
			suggest_from_elsewhere(checker, diagnostic, expression->name, NEAREST_VALUE);
		if (!symbol || symbol->kind == SYMBOL_FUNCTION)
			help(checker, diagnostic, "call it with ( )");
		return wrong(expression);
	}
	diagnostic = report(checker, "E0301", expression->span, "unknown name `%.*s`",
			    TEXT_PRINTF(expression->name));
	suggest(checker, diagnostic, expression->name, NEAREST_VALUE);
	if (expression->from_percent)
		help(checker, diagnostic, "declare or set it, or write `%%%%` for a percent sign");
	else
		help(checker, diagnostic, "declare it with `var %.*s = ...;`",
		     TEXT_PRINTF(expression->name));
	return wrong(expression);
}

static struct expression *check_name(struct checker *checker, struct expression *expression)
{
	if (resolve_value(checker, expression))
		return expression;
	if (named_space(checker, expression)) {
		help(checker,
		     report(checker, "E0301", expression->span,
			    "`%.*s` is a file in use, not a value", TEXT_PRINTF(expression->name)),
		     "name something that it declares: %.*s.name", TEXT_PRINTF(expression->name));
		return wrong(expression);
	}
	if (is_module(checker, expression->name)) {
		help(checker,
		     report(checker, "E0301", expression->span, "`%.*s` is a module, not a value",
			    TEXT_PRINTF(expression->name)),
		     "name one of its functions: %.*s.f(...)", TEXT_PRINTF(expression->name));
		return wrong(expression);
	}
	if (checker->policy_text && expression->from_percent) {
		read_as_empty(checker, expression);
		return expression;
	}
	return unknown_name(checker, expression);
}

/* ---- members, indexes, slices ------------------------------------------------------------ */

static struct expression *unknown_field(struct checker *checker, struct expression *expression)
{
	const struct type *type = expression->left->type;
	struct diagnostic *diagnostic;
	const char *names[PARAMETERS_MAX];
	const char *nearest;
	unsigned count = 0;

	diagnostic = report(checker, "E0314", expression->name_span, "%s has no field `%.*s`",
			    type_name(checker, type), TEXT_PRINTF(expression->name));
	if (type->kind == TYPE_RECORD) {
		for (; count < type->record->field_count && count < PARAMETERS_MAX; count++)
			names[count] = type->record->fields[count].name;
		nearest = name_nearest(expression->name, names, count);
		if (nearest)
			help(checker, diagnostic, "did you mean `%s`?", nearest);
	}
	if (find_word(checker, expression->name))
		help(checker, diagnostic, "to call it, write `.%.*s()`",
		     TEXT_PRINTF(expression->name));
	return wrong(expression);
}

/* file.NAME, of a file that is used under that name. */
static struct expression *member_of_space(struct checker *checker, struct expression *expression,
					  struct space *space)
{
	struct symbol *symbol = find_in_space(space, expression->name);
	struct diagnostic *diagnostic;

	if (symbol && use_symbol(checker, expression, symbol))
		return expression;
	if (symbol) {
		diagnostic = report(checker, "E0301", expression->span, "`%.*s` is not a variable",
				    TEXT_PRINTF(expression->name));
		help(checker, diagnostic, "call it with ( )");
	} else {
		unknown_in_space(checker, "name", expression->left->name, expression->name,
				 expression->name_span);
	}
	return wrong(expression);
}

static struct expression *check_member(struct checker *checker, struct expression *expression)
{
	struct space *space = named_space(checker, expression->left);
	const struct type *type;

	if (space)
		return member_of_space(checker, expression, space);
	expression->left = check_expression(checker, expression->left);
	type = expression->left->type;
	if (type->kind == TYPE_WRONG)
		return wrong(expression);
	for (unsigned i = 0; type->kind == TYPE_RECORD && i < type->record->field_count; i++)
		if (text_equals_string(expression->name, type->record->fields[i].name)) {
			expression->kind = EXPRESSION_FIELD;
			expression->field = i;
			expression->type = type->record->fields[i].type;
			return expression;
		}
	return unknown_field(checker, expression);
}

static struct expression *check_index(struct checker *checker, struct expression *expression)
{
	const struct type *type;
	struct diagnostic *diagnostic;

	expression->left = check_expression(checker, expression->left);
	expression->right = check_expression(checker, expression->right);
	type = expression->left->type;
	switch (type->kind) {
	case TYPE_WRONG:
		return wrong(expression);
	case TYPE_LIST:
	case TYPE_TEXT:
		expression->type = type->kind == TYPE_LIST ? type->element : &type_int;
		expression->right =
			convert_or_report(checker, expression->right, &type_int, "the index");
		return is_settled(checker, expression->left) ? expression : wrong(expression);
	case TYPE_MAP:
		expression->type = type->element;
		expression->right =
			convert_or_report(checker, expression->right, type->key, "the key");
		return is_settled(checker, expression->left) ? expression : wrong(expression);
	default:
		diagnostic = report(checker, "E0307", expression->span, "%s has no [ ]",
				    type_name(checker, type));
		if (type->kind == TYPE_TABLE)
			help(checker, diagnostic, "write .get(key, \"what else\"), or `key in` it");
		else if (type->kind == TYPE_JSON)
			help(checker, diagnostic,
			     "write .get(\"key\"), .get(0) or .pointer(\"/key/0\")");
		return wrong(expression);
	}
}

static struct expression *check_slice(struct checker *checker, struct expression *expression)
{
	expression->left = check_expression(checker, expression->left);
	if (expression->right)
		expression->right =
			check_as(checker, expression->right, &type_int, "the start of a slice");
	if (expression->third)
		expression->third =
			check_as(checker, expression->third, &type_int, "the end of a slice");
	expression->type = expression->left->type;
	if (expression->type != &type_text && expression->type->kind != TYPE_WRONG) {
		struct diagnostic *diagnostic =
			report(checker, "E0307", expression->span, "%s has no slices",
			       type_name(checker, expression->type));

		if (expression->type->kind == TYPE_LIST)
			help(checker, diagnostic, "write .slice(from, to)");
		return wrong(expression);
	}
	return expression->type->kind == TYPE_WRONG ? wrong(expression) : expression;
}

static struct expression *check_group(struct checker *checker, struct expression *expression)
{
	expression->type = &type_text;
	if (!checker->routine || checker->routine == checker->start) {
		report(checker, "E0323", expression->span,
		       "there is no match here that `$%d` could be a part of",
		       (int)expression->integer);
		return wrong(expression);
	}
	checker->routine->function.uses_groups = true;
	return expression;
}

/* ---- all of them --------------------------------------------------------------------------- */

static struct expression *literal(struct expression *expression)
{
	switch (expression->kind) {
	case EXPRESSION_INT:
		make_constant(expression, &type_int, (union value){ .i = expression->integer });
		break;
	case EXPRESSION_DURATION:
		make_constant(expression, &type_duration,
			      (union value){ .i = expression->integer });
		break;
	case EXPRESSION_BOOL:
		make_constant(expression, &type_bool, (union value){ .i = expression->integer });
		break;
	case EXPRESSION_FLOAT:
		make_constant(expression, &type_float, (union value){ .f = expression->real });
		break;
	default:
		make_text(expression, expression->text);
	}
	return expression;
}

static struct expression *check_kind(struct checker *checker, struct expression *expression)
{
	switch (expression->kind) {
	case EXPRESSION_INT:
	case EXPRESSION_DURATION:
	case EXPRESSION_BOOL:
	case EXPRESSION_FLOAT:
	case EXPRESSION_TEXT:
		return literal(expression);
	case EXPRESSION_REGEX:
		return compile_regex(checker, expression, expression->text, expression->flags, 3);
	case EXPRESSION_NAME:
		return check_name(checker, expression);
	case EXPRESSION_MEMBER:
		return check_member(checker, expression);
	case EXPRESSION_CALL:
		return check_call(checker, expression);
	case EXPRESSION_GROUP:
		return check_group(checker, expression);
	case EXPRESSION_TEMPLATE:
		return check_template(checker, expression);
	case EXPRESSION_LIST:
		return check_list(checker, expression);
	case EXPRESSION_MAP:
		return check_map(checker, expression);
	case EXPRESSION_INDEX:
		return check_index(checker, expression);
	case EXPRESSION_SLICE:
		return check_slice(checker, expression);
	case EXPRESSION_WRONG:
		return wrong(expression);
	default:
		return check_operator(checker, expression);
	}
}

struct expression *check_any(struct checker *checker, struct expression *expression)
{
	struct expression *result;

	if (checker->failed)
		return wrong(expression);
	if (checker->depth >= EXPRESSION_DEPTH_MAX) {
		help(checker,
		     report(checker, "E0322", expression->span,
			    "this and the constants that it needs are nested too deeply"),
		     "declare a constant above those that are made of it");
		return wrong(expression);
	}
	checker->depth++;
	result = check_kind(checker, expression);
	checker->depth--;
	return result;
}

struct expression *check_expression(struct checker *checker, struct expression *expression)
{
	struct expression *result = check_any(checker, expression);
	struct text name = expression->name;

	if (result->type->kind != TYPE_VOID)
		return result;
	report(checker, "E0327", result->span, "`%.*s` gives no value", TEXT_PRINTF(name));
	return wrong(result);
}

struct expression *check_as(struct checker *checker, struct expression *expression,
			    const struct type *type, const char *what)
{
	return convert_or_report(checker, check_expression(checker, expression), type, what);
}

struct expression *check_condition(struct checker *checker, struct expression *expression)
{
	struct expression *result = check_expression(checker, expression);
	struct diagnostic *diagnostic;
	const struct type *type = result->type;

	if (type == &type_bool || type->kind == TYPE_WRONG)
		return result;
	diagnostic = report(checker, "E0325", result->span,
			    "a condition is yes or no, and this is %s", type_name(checker, type));
	if (type == &type_text)
		help(checker, diagnostic, "compare it: x != \"\", x == \"yes\", is(x, \"yes\")");
	else if (type == &type_int || type == &type_float)
		help(checker, diagnostic, "compare it: x > 0");
	else if (type->kind == TYPE_LIST || type->kind == TYPE_MAP)
		help(checker, diagnostic, "ask for its length: x.length() > 0");
	return wrong(result);
}
