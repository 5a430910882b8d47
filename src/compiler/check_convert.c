/* Implicit conversions: int to float, and constant texts to what they are read as. */
#include "compiler/checker.h"

bool is_constant(const struct expression *expression)
{
	return expression->kind == EXPRESSION_CONSTANT;
}

static bool items_are_constant(const struct expression_list *items)
{
	for (unsigned i = 0; i < items->count; i++)
		if (!is_constant_value(items->items[i]))
			return false;
	return true;
}

static bool fields_are_constant(const struct argument_list *fields)
{
	for (unsigned i = 0; i < fields->count; i++)
		if (!is_constant_value(fields->items[i].value))
			return false;
	return true;
}

bool is_constant_value(const struct expression *expression)
{
	switch (expression->kind) {
	case EXPRESSION_CONSTANT:
		return true;
	case EXPRESSION_LIST:
	case EXPRESSION_MAP:
		return items_are_constant(&expression->items);
	case EXPRESSION_NEW_RECORD:
		return fields_are_constant(&expression->arguments);
	default:
		return false;
	}
}

void make_constant(struct expression *expression, const struct type *type, union value given)
{
	expression->kind = EXPRESSION_CONSTANT;
	expression->type = type;
	expression->constant = given;
}

void make_text(struct expression *expression, struct text text)
{
	text.lifetime = LIFETIME_PROGRAM;
	make_constant(expression, &type_text, (union value){ .text = text });
}

/* ---- what fits ------------------------------------------------------------- */

static bool is_read_from_text(const struct type *type)
{
	switch (type->kind) {
	case TYPE_IP:
	case TYPE_NET:
	case TYPE_DURATION:
	case TYPE_TIME:
	case TYPE_REGEX:
		return true;
	default:
		return false;
	}
}

static bool list_fits(const struct expression *expression, const struct type *type)
{
	for (unsigned i = 0; i < expression->items.count; i++)
		if (!fits(expression->items.items[i], type->element))
			return false;
	return true;
}

static bool map_fits(const struct expression *expression, const struct type *type)
{
	for (unsigned i = 0; i < expression->items.count; i += 2)
		if (!fits(expression->items.items[i], type->key) ||
		    !fits(expression->items.items[i + 1], type->element))
			return false;
	return true;
}

/* Literals of lists and maps nest no deeper than the parser allows. */
bool fits(const struct expression *expression, const struct type *type)
{
	const struct type *from = expression->type;

	if (from == type || from->kind == TYPE_WRONG || type->kind == TYPE_WRONG)
		return true;
	if (from == &type_int && type == &type_float)
		return true;
	if (from == &type_text && is_constant(expression))
		return is_read_from_text(type);
	if (expression->kind == EXPRESSION_LIST && type->kind == TYPE_LIST)
		return list_fits(expression, type);
	if (expression->kind == EXPRESSION_MAP && type->kind == TYPE_MAP)
		return map_fits(expression, type);
	if (expression->kind == EXPRESSION_CONDITIONAL)
		return fits(expression->right, type) && fits(expression->third, type);
	return false;
}

/* ---- conversions -------------------------------------------------------------- */

static const char *example_of(const struct type *type)
{
	switch (type->kind) {
	case TYPE_IP:
		return "an address is written \"192.0.2.1\" or \"2001:db8::1\"";
	case TYPE_NET:
		return "a network is written \"192.0.2.0/24\", \"2001:db8::/32\" or "
		       "\"192.0.2.1-192.0.2.9\"; bits behind the mask are 0";
	case TYPE_DURATION:
		return "a duration is written 500ms, 30s, 5m, 1h or 7d";
	default:
		return "a time is written \"2026-01-31T12:00:00Z\"";
	}
}

static struct expression *read_text(struct checker *checker, struct expression *expression,
				    const struct type *type)
{
	struct expression *result;
	union value given;
	struct text text = expression->constant.text;

	result = new_expression(checker, EXPRESSION_CONSTANT, expression->span);
	if (type == &type_regex)
		return compile_regex(checker, result, text, TEXT_EMPTY, 1);
	switch (read_constant(checker, text, type, &given)) {
	case READING_GOOD:
		make_constant(result, type, given);
		return result;
	case READING_MEMORY:
		checker->failed = true;
		return wrong(result);
	default:
		help(checker,
		     report(checker, "E0316", expression->span, "\"%.*s\" cannot be read as %s",
			    TEXT_PRINTF(text_part(text, 0, text.length < 80 ? text.length : 80)),
			    type_name(checker, type)),
		     "%s", example_of(type));
		return wrong(result);
	}
}

static struct expression *int_to_float(struct checker *checker, struct expression *expression)
{
	struct expression *result = new_expression(checker, EXPRESSION_TO_FLOAT, expression->span);

	result->type = &type_float;
	result->left = expression;
	if (is_constant(expression))
		make_constant(result, &type_float,
			      (union value){ .f = (double)expression->constant.i });
	return result;
}

static struct expression **convert_each(struct checker *checker,
					const struct expression *expression,
					const struct type *type)
{
	unsigned count = expression->items.count;
	bool is_map = expression->kind == EXPRESSION_MAP;
	struct expression **items =
		check_memory(checker, (count + 1) * sizeof(struct expression *));

	for (unsigned i = 0; items && i < count; i++) {
		const struct type *part = is_map && i % 2 == 0 ? type->key : type->element;

		items[i] = convert(checker, expression->items.items[i], part);
	}
	return items;
}

enum { LONG_LIST = 16 };

static struct expression **convert_once(struct checker *checker,
					const struct expression *expression,
					const struct type *type)
{
	struct expression **from = expression->items.items;
	struct conversion *kept;

	for (unsigned i = 0; i < CONVERSIONS_KEPT; i++) {
		kept = &checker->conversions[i];
		if (kept->from == from && kept->type == type)
			return kept->to;
	}
	kept = &checker->conversions[checker->next_conversion++ % CONVERSIONS_KEPT];
	*kept = (struct conversion){ from, convert_each(checker, expression, type), type };
	return kept->to;
}

/* A new node: the literal may be a constant's, which others use as it was. */
static struct expression *convert_items(struct checker *checker, struct expression *expression,
					const struct type *type)
{
	struct expression *result = new_expression(checker, expression->kind, expression->span);
	unsigned count = expression->items.count;

	result->items.items = count < LONG_LIST ? convert_each(checker, expression, type)
						: convert_once(checker, expression, type);
	if (!result->items.items || checker->failed)
		return wrong(result);
	result->items.count = result->items.room = count;
	result->type = type;
	return result;
}

static struct expression *convert_branches(struct checker *checker, struct expression *expression,
					   const struct type *type)
{
	expression->right = convert(checker, expression->right, type);
	expression->third = convert(checker, expression->third, type);
	expression->type = type;
	return expression;
}

struct expression *convert(struct checker *checker, struct expression *expression,
			   const struct type *type)
{
	if (checker->failed || expression->type == type || expression->type->kind == TYPE_WRONG ||
	    type->kind == TYPE_WRONG)
		return expression;
	if (!fits(expression, type))
		return NULL;
	if (expression->kind == EXPRESSION_CONDITIONAL)
		return convert_branches(checker, expression, type);
	if (expression->kind == EXPRESSION_LIST || expression->kind == EXPRESSION_MAP)
		return convert_items(checker, expression, type);
	if (type == &type_float)
		return int_to_float(checker, expression);
	return read_text(checker, expression, type);
}

/* A number or yes and no in quotes is what a policy script has, and what others mean by mistake. */
static void advise_text(struct checker *checker, struct diagnostic *diagnostic,
			const struct expression *expression, const struct type *type)
{
	const char *name = type_name(checker, type);
	union value ignored;

	if (type == &type_regex)
		help(checker, diagnostic,
		     "write a pattern re\"...\", or re.compile(...) for one made at run time");
	else if (is_read_from_text(type))
		help(checker, diagnostic,
		     "constant texts are read as %s by themselves, others are not: write %s(...), "
		     "which raises when it cannot be",
		     name, name);
	else if (type_is_printable(type) && is_constant(expression) &&
		 read_constant(checker, expression->constant.text, type, &ignored) == READING_GOOD)
		help(checker, diagnostic, "write it without quotes");
	else if (type_is_printable(type))
		help(checker, diagnostic, "write %s(...), which raises when it cannot be", name);
}

void advise_type(struct checker *checker, struct diagnostic *diagnostic,
		 const struct expression *expression, const struct type *type)
{
	const struct type *from = expression->type;

	if (!diagnostic)
		return;
	if (from == &type_text)
		advise_text(checker, diagnostic, expression, type);
	else if (from == &type_float && type == &type_int)
		help(checker, diagnostic, "write int(...) to drop what stands after the point");
	else if (type == &type_text && type_is_printable(from))
		help(checker, diagnostic, "write text(...), or put it into a text: \"%%{...}\"");
	if (type->kind == TYPE_LIST && type->element == from)
		help(checker, diagnostic, "write [ ] around it for a list of one");
}

struct expression *convert_or_report(struct checker *checker, struct expression *expression,
				     const struct type *type, const char *what)
{
	struct expression *result = convert(checker, expression, type);
	struct diagnostic *diagnostic;

	if (result)
		return result;
	diagnostic = report(checker, "E0306", expression->span, "%s must be %s, not %s", what,
			    type_name(checker, type), type_name(checker, expression->type));
	advise_type(checker, diagnostic, expression, type);
	return wrong(expression);
}

/* ---- two expressions, one type ------------------------------------------------ */

const struct type *common_type(struct checker *checker, const struct expression *a,
			       const struct expression *b)
{
	(void)checker;
	if (a->type->kind == TYPE_WRONG || fits(a, b->type))
		return b->type;
	if (fits(b, a->type))
		return a->type;
	return NULL;
}

/* The parser bounds the nesting of literals, and so that of their types. */
static bool is_known(const struct type *type)
{
	if (type->kind == TYPE_LIST)
		return is_known(type->element);
	if (type->kind == TYPE_MAP)
		return is_known(type->key) && is_known(type->element);
	return type->kind != TYPE_VOID;
}

bool is_settled(struct checker *checker, struct expression *expression)
{
	bool is_list = expression->type->kind == TYPE_LIST;
	struct diagnostic *diagnostic;

	if (is_known(expression->type))
		return true;
	diagnostic = report(checker, "E0315", expression->span, "what this %s holds is not known",
			    is_list ? "list" : "map");
	help(checker, diagnostic,
	     is_list ? "say its type: var names: list[text] = [];"
		     : "say its type: var counts: map[text, int] = [:];");
	wrong(expression);
	return false;
}

static struct expression *print_constant(struct checker *checker, struct expression *expression,
					 struct expression *result)
{
	struct buffer out;
	bool ok = true;

	buffer_init(&out, 4096);
	value_print(expression->type, expression->constant, &out);
	make_text(result, arena_copy(checker->arena, buffer_text(&out), &ok));
	if (!ok || out.failed)
		checker->failed = true;
	buffer_free(&out);
	return result;
}

struct expression *to_text(struct checker *checker, struct expression *expression)
{
	struct expression *result;

	if (expression->type == &type_text || expression->type->kind == TYPE_WRONG)
		return expression;
	result = new_expression(checker, EXPRESSION_TO_TEXT, expression->span);
	result->type = &type_text;
	result->left = expression;
	if (is_constant(expression))
		return print_constant(checker, expression, result);
	return result;
}
