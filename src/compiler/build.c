#include "compiler/build.h"

/* ---- nodes ---- */

struct text build_text(const struct parsing *parsing, struct span span)
{
	struct text name = parsing_text(parsing, span);

	name.lifetime = LIFETIME_PROGRAM;
	return name;
}

void *build_memory(struct parsing *parsing, size_t size)
{
	void *block = parsing->memory_ended ? NULL : arena_zeroed(parsing->arena, size);

	if (!block)
		parsing_memory_error(parsing);
	return block;
}

void *build_node(struct parsing *parsing, size_t size, void *spare)
{
	void *node = build_memory(parsing, size);

	return node ? node : memset(spare, 0, size);
}

static struct declaration *declaration_new(struct parsing *parsing, enum declaration_kind kind,
					   struct span span)
{
	struct declaration *declaration =
		build_node(parsing, sizeof(*declaration), &parsing->spare_declaration);

	declaration->kind = kind;
	declaration->span = span;
	return declaration;
}

void build_depth_error(struct parsing *parsing, struct span span, const char *what,
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

/* ---- declarations ---- */

void build_check_name(struct parsing *parsing, struct span span)
{
	static const char *const words[] = { "set", "call", "export" };
	struct text name = parsing_text(parsing, span);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_equals_string(name, words[i]))
			diagnostics_report(parsing->diagnostics, "E0216", span,
					   "`%s` is a statement and cannot be declared", words[i]);
}

/* A line may be megabytes long. */
enum { LOST_LINE_MAX = 256 };

static void add_lost(struct parsing *parsing, struct span span, bool unreadable)
{
	struct lost *lost = build_memory(parsing, sizeof(*lost));

	if (!lost)
		return;
	*lost = (struct lost){ span, unreadable, parsing->tree->lost };
	parsing->tree->lost = lost;
}

void build_lost(struct parsing *parsing, struct span from, struct span to)
{
	add_lost(parsing, (struct span){ parsing->source, from.from, to.to }, false);
}

void build_lost_line(struct parsing *parsing, struct span span)
{
	struct text text = parsing->text;
	uint32_t from = span.from > LOST_LINE_MAX ? span.from - LOST_LINE_MAX : 0;
	uint32_t to = text.length - span.to > LOST_LINE_MAX ? span.to + LOST_LINE_MAX : text.length;
	const char *start = memrchr(text.data + from, '\n', span.from - from);
	const char *end = memchr(text.data + span.to, '\n', to - span.to);

	if (start)
		from = (uint32_t)(start - text.data) + 1;
	if (end)
		to = (uint32_t)(end - text.data);
	add_lost(parsing, (struct span){ parsing->source, from, to }, true);
}

void build_lost_rest(struct parsing *parsing)
{
	const struct declaration *last = parsing->tree->last;
	uint32_t from = last ? last->span.to : 0;

	add_lost(parsing, (struct span){ parsing->source, from, parsing->text.length }, true);
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

	declaration->name = build_text(parsing, name);
	declaration->name_span = name;
	return declaration;
}

static struct declaration *declared(struct parsing *parsing, enum declaration_kind kind,
				    struct span span, struct span name)
{
	build_check_name(parsing, name);
	return named(parsing, kind, span, name);
}

struct declaration *build_use(struct parsing *parsing, struct span span, struct expression *path,
			      const struct span *name)
{
	struct declaration *use = declaration_new(parsing, DECLARATION_USE, span);

	use->value = path;
	use->name_span = path->span;
	if (name) {
		build_check_name(parsing, *name);
		use->name = build_text(parsing, *name);
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
		build_check_name(parsing, p->span);
	return function;
}

struct declaration *build_code(struct parsing *parsing, struct span span,
			       enum declaration_kind kind, struct span name, struct block *body)
{
	struct declaration *code = kind == DECLARATION_METHOD ? declared(parsing, kind, span, name)
							      : named(parsing, kind, span, name);

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

struct parameter *build_parameter(struct parsing *parsing, struct span name, struct type_name *type,
				  struct expression *fallback)
{
	struct parameter *parameter = build_memory(parsing, sizeof(*parameter));

	if (!parameter)
		return NULL;
	parameter->name = build_text(parsing, name);
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
	struct type_name *type = build_memory(parsing, sizeof(*type));

	if (!type)
		return NULL;
	type->span = span;
	if (module)
		type->module = build_text(parsing, *module);
	type->name = build_text(parsing, name);
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
