/* Types as written, records, and what a type allows. */
#include "compiler/checker.h"

static const struct type *refuse_shared(struct checker *checker, const struct type_name *written)
{
	help(checker,
	     report(checker, "E0331", written->span, "a %.*s is shared by all sessions",
		    TEXT_PRINTF(written->name)),
	     "declare it outside of functions: shared var name: %.*s%s;",
	     TEXT_PRINTF(written->name),
	     text_equals(written->name, TEXT("cache")) ? "[text, int]" : "");
	return &type_wrong;
}

static const struct type *made(struct checker *checker, const struct type *type)
{
	if (type)
		return type;
	checker->failed = true;
	return &type_wrong;
}

static unsigned count_arguments(const struct type_name *written)
{
	unsigned count = 0;

	for (const struct type_name *one = written->arguments; one; one = one->next)
		count++;
	return count;
}

static bool check_argument_count(struct checker *checker, const struct type_name *written,
				 unsigned wanted, const char *example)
{
	struct diagnostic *diagnostic;

	if (count_arguments(written) == wanted)
		return true;
	if (!wanted) {
		report(checker, "E0302", written->span, "`%.*s` takes no brackets",
		       TEXT_PRINTF(written->name));
		return false;
	}
	diagnostic = report(checker, "E0302", written->span, "`%.*s` is written `%s`",
			    TEXT_PRINTF(written->name), example);
	help(checker, diagnostic, "say in brackets what it holds");
	return false;
}

static const struct type *resolve_list(struct checker *checker, const struct type_name *written)
{
	const struct type *element;

	if (!check_argument_count(checker, written, 1, "list[text]"))
		return &type_wrong;
	element = resolve_type(checker, written->arguments);
	return element == &type_wrong ? element : made(checker, type_list(checker->types, element));
}

static const struct type *resolve_map(struct checker *checker, const struct type_name *written)
{
	const struct type *key, *element;
	struct diagnostic *diagnostic;

	if (!check_argument_count(checker, written, 2, "map[text, int]"))
		return &type_wrong;
	key = resolve_type(checker, written->arguments);
	element = resolve_type(checker, written->arguments->next);
	if (key == &type_wrong || element == &type_wrong)
		return &type_wrong;
	if (key != &type_text && key != &type_int && key != &type_ip) {
		diagnostic = report(checker, "E0326", written->arguments->span,
				    "%s cannot be the key of a map", type_name(checker, key));
		help(checker, diagnostic, "keys are text, int or ip");
		return &type_wrong;
	}
	return made(checker, type_map(checker->types, key, element));
}

const struct type *module_record(const struct checker *checker, struct text module,
				 struct text name)
{
	for (unsigned i = 0; i < checker->vocabulary->record_count; i++) {
		const struct type *type = checker->vocabulary->records[i];
		struct text full = text_of_string(type->record->name, LIFETIME_PROGRAM);
		struct text rest = full;

		if (module.length) {
			if (!text_starts_with(full, module) || full.length <= module.length ||
			    full.data[module.length] != '.')
				continue;
			rest = text_part(full, module.length + 1, full.length);
		}
		if (text_equals(rest, name))
			return type;
	}
	return NULL;
}

static const struct type *unknown_type(struct checker *checker, const struct type_name *written)
{
	struct diagnostic *diagnostic;

	if (written->module.length) {
		report(checker, "E0302", written->span, "there is no type `%.*s.%.*s`",
		       TEXT_PRINTF(written->module), TEXT_PRINTF(written->name));
		return &type_wrong;
	}
	diagnostic = report(checker, "E0302", written->span, "there is no type `%.*s`",
			    TEXT_PRINTF(written->name));
	suggest(checker, diagnostic, written->name, NEAREST_TYPE);
	return &type_wrong;
}

static const struct type *resolve_named(struct checker *checker, const struct type_name *written)
{
	struct symbol *symbol = find_symbol(checker, written->name);
	const struct type *type;

	if (symbol && symbol->kind == SYMBOL_RECORD)
		return symbol->type;
	type = type_by_name(written->name);
	if (!type)
		type = module_record(checker, written->module, written->name);
	if (!type)
		return unknown_type(checker, written);
	return type_is_shared(type) ? refuse_shared(checker, written) : type;
}

/* module.Record, and file.Record of a file that is used under that name. */
static const struct type *resolve_in_module(struct checker *checker,
					    const struct type_name *written)
{
	struct space *space = name_find(&checker->space->uses, written->module);
	const struct symbol *symbol = space ? find_in_space(space, written->name) : NULL;
	const struct type *type;

	if (symbol && symbol->kind == SYMBOL_RECORD)
		return symbol->type;
	if (space) {
		unknown_in_space(checker, "record", written->module, written->name, written->span);
		return &type_wrong;
	}
	type = module_record(checker, written->module, written->name);
	return type ? type : unknown_type(checker, written);
}

/* The parser bounds how deep written types nest. */
const struct type *resolve_type(struct checker *checker, const struct type_name *written)
{
	const struct type *type;

	if (checker->failed)
		return &type_wrong;
	if (written->module.length)
		return resolve_in_module(checker, written);
	if (text_equals(written->name, TEXT("list")))
		type = resolve_list(checker, written);
	else if (text_equals(written->name, TEXT("map")))
		type = resolve_map(checker, written);
	else if (text_equals(written->name, TEXT("cache")))
		return refuse_shared(checker, written);
	else if (!check_argument_count(checker, written, 0, ""))
		return &type_wrong;
	else
		return resolve_named(checker, written);
	if (type_depth(type) > TYPE_DEPTH_MAX) {
		report(checker, "E0320", written->span, "this type nests deeper than %d levels",
		       TYPE_DEPTH_MAX);
		return &type_wrong;
	}
	return type;
}

bool may_be_kept(struct checker *checker, const struct type *type, struct span span)
{
	if (type->kind != TYPE_TABLE && !type_is_shared(type))
		return true;
	report(checker, "E0306", span, "a %s cannot be put into a variable",
	       type->kind == TYPE_TABLE ? "table" : type_name(checker, type));
	return false;
}

unsigned type_depth(const struct type *type)
{
	unsigned depth = 0;

	while (type && (type->kind == TYPE_LIST || type->kind == TYPE_MAP)) {
		depth++;
		type = type->element;
	}
	return depth;
}

/* ---- records --------------------------------------------------------------- */

/* The program's own record in which the lists and maps of a field end, or NULL. */
static struct symbol *record_within(struct checker *checker, const struct type *type)
{
	while (type->kind == TYPE_LIST || type->kind == TYPE_MAP)
		type = type->element;
	if (type->kind != TYPE_RECORD)
		return NULL;
	for (unsigned i = 0; i < checker->vocabulary->record_count; i++)
		if (checker->vocabulary->records[i] == type)
			return NULL;
	return ((const struct declared_record *)type->record)->symbol;
}

static bool refuse_field(struct checker *checker, const struct parameter *field, const char *why,
			 const char *cure)
{
	help(checker,
	     report(checker, "E0320", field->span, "the field `%.*s` %s", TEXT_PRINTF(field->name),
		    why),
	     "%s", cure);
	return false;
}

/* Counts how deep and wide values of the record are. False when that has no end or too far an end:
 * nothing that walks over types must meet such a field. */
static bool measure_field(struct checker *checker, struct symbol *symbol,
			  const struct parameter *field, const struct type *type)
{
	struct symbol *inner = record_within(checker, type);
	unsigned depth = type_depth(type) + 1;

	symbol->size++;
	if (inner && inner->state == SYMBOL_BUSY)
		return refuse_field(
			checker, field, "would make the record hold itself",
			"values contain no cycles: keep a key, and look it up in a map");
	if (inner) {
		resolve_record(checker, inner);
		depth += inner->depth;
		symbol->size += inner->size;
	}
	if (depth > TYPE_DEPTH_MAX)
		return refuse_field(checker, field, "nests too deep",
				    "records, lists and maps nest at most 32 levels");
	if (symbol->size > RECORD_SIZE_MAX)
		return refuse_field(checker, field, "makes the record too large",
				    "a record has at most 1000 fields, those of records in it too");
	if (depth > symbol->depth)
		symbol->depth = depth;
	return true;
}

static void check_duplicate_field(struct checker *checker, const struct declaration *declaration,
				  const struct parameter *field)
{
	for (const struct parameter *other = declaration->parameters; other != field;
	     other = other->next)
		if (text_equals(other->name, field->name)) {
			relate(checker,
			       report(checker, "E0303", field->span,
				      "the field `%.*s` stands twice", TEXT_PRINTF(field->name)),
			       other->span, "first declared here");
			return;
		}
}

static struct expression *field_default(struct checker *checker, struct parameter *field,
					const struct type *type)
{
	struct expression *given;

	if (!field->fallback)
		return NULL;
	given = check_as(checker, field->fallback, type, "the default");
	if (given->kind != EXPRESSION_WRONG && !is_constant_value(given)) {
		report(checker, "E0319", given->span,
		       "a default must be known when the program loads");
		return wrong(given);
	}
	return given;
}

static void resolve_fields(struct checker *checker, struct symbol *symbol,
			   struct record_field *fields)
{
	struct declaration *declaration = symbol->declaration;
	unsigned i = 0;

	for (struct parameter *field = declaration->parameters; field; field = field->next, i++) {
		const struct type *type = resolve_type(checker, field->written_type);

		check_duplicate_field(checker, declaration, field);
		fields[i].name = arena_string(checker->arena, field->name);
		if (!fields[i].name)
			checker->failed = true;
		if (!measure_field(checker, symbol, field, type))
			type = &type_wrong;
		fields[i].type = type;
		symbol->defaults[i] = field_default(checker, field, type);
		if (checker->failed)
			return;
	}
}

/* Fields stay unknown: the record has none. */
static struct symbol *refuse_record(struct checker *checker, struct symbol *symbol, const char *why)
{
	struct record_type *record = (struct record_type *)(uintptr_t)symbol->type->record;

	report(checker, "E0320", symbol->declaration->name_span, "the record `%.*s` %s",
	       TEXT_PRINTF(symbol->name), why);
	record->field_count = 0;
	symbol->state = SYMBOL_DONE;
	return symbol;
}

struct symbol *resolve_record(struct checker *checker, struct symbol *symbol)
{
	size_t count = symbol->declaration->parameter_count;
	struct space *before;

	if (symbol->state != SYMBOL_NEW || checker->failed)
		return symbol;
	if (count > PARAMETERS_MAX)
		return refuse_record(checker, symbol, "has more than 64 fields");
	if (checker->depth > EXPRESSION_DEPTH_MAX)
		return refuse_record(checker, symbol, "nests too deep");
	symbol->state = SYMBOL_BUSY;
	before = space_enter(checker, symbol->space);
	checker->depth++;
	symbol->defaults = check_memory(checker, (count + 1) * sizeof(*symbol->defaults));
	/* The type was made with room for its fields when the name was declared. */
	if (symbol->defaults)
		resolve_fields(checker, symbol,
			       (struct record_field *)(uintptr_t)symbol->type->record->fields);
	checker->depth--;
	space_enter(checker, before);
	symbol->state = SYMBOL_DONE;
	return symbol;
}

/* ---- first values ---------------------------------------------------------- */

static struct expression *first_record(struct checker *checker, const struct type *type,
				       struct span span)
{
	struct expression *given = new_expression(checker, EXPRESSION_NEW_RECORD, span);
	struct symbol *symbol = record_within(checker, type);
	unsigned count = type->record->field_count;

	given->type = type;
	given->arguments.items = check_memory(checker, (count + 1) * sizeof(struct argument));
	if (!given->arguments.items)
		return given;
	given->arguments.count = given->arguments.room = count;
	for (unsigned i = 0; i < count; i++) {
		struct expression *field = symbol && symbol->defaults ? symbol->defaults[i] : NULL;

		if (!field)
			field = first_value(checker, type->record->fields[i].type, span);
		if (!field)
			return NULL;
		given->arguments.items[i].value = field;
	}
	return given;
}

struct expression *first_value(struct checker *checker, const struct type *type, struct span span)
{
	struct expression *given;

	switch (type->kind) {
	case TYPE_IP:
	case TYPE_TIME:
	case TYPE_NET:
	case TYPE_REGEX:
		return NULL;
	case TYPE_RECORD:
		return first_record(checker, type, span);
	case TYPE_LIST:
	case TYPE_MAP:
		given = new_expression(
			checker, type->kind == TYPE_LIST ? EXPRESSION_LIST : EXPRESSION_MAP, span);
		given->type = type;
		return given;
	case TYPE_TEXT:
		given = new_expression(checker, EXPRESSION_CONSTANT, span);
		make_text(given, TEXT_EMPTY);
		return given;
	case TYPE_JSON:
		given = new_expression(checker, EXPRESSION_CONSTANT, span);
		make_constant(given, type, (union value){.text = TEXT("null")});
		return given;
	default:
		given = new_expression(checker, EXPRESSION_CONSTANT, span);
		make_constant(given, type, (union value){.ip = {{0}}});
		if (type->kind == TYPE_WRONG)
			return wrong(given);
		return given;
	}
}

/* ---- questions --------------------------------------------------------------- */

bool is_comparable(const struct type *type)
{
	if (type->kind == TYPE_LIST || type->kind == TYPE_MAP)
		return is_comparable(type->element);
	if (type->kind == TYPE_RECORD) {
		for (unsigned i = 0; i < type->record->field_count; i++)
			if (!is_comparable(type->record->fields[i].type))
				return false;
		return true;
	}
	return type_is_printable(type) || type->kind == TYPE_WRONG;
}

bool is_ordered(const struct type *type)
{
	switch (type->kind) {
	case TYPE_INT:
	case TYPE_FLOAT:
	case TYPE_TEXT:
	case TYPE_DURATION:
	case TYPE_TIME:
	case TYPE_IP:
	case TYPE_WRONG:
		return true;
	default:
		return false;
	}
}
