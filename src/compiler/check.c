#include "compiler/check.h"

#include "compiler/checker.h"

/* ---- memory and messages --------------------------------------------------- */

void *check_memory(struct checker *checker, size_t size)
{
	void *block = checker->failed ? NULL : arena_zeroed(checker->arena, size);

	if (!block)
		checker->failed = true;
	return block;
}

struct expression *wrong(struct expression *expression)
{
	expression->kind = EXPRESSION_WRONG;
	expression->type = &type_wrong;
	return expression;
}

struct expression *new_expression(struct checker *checker, enum expression_kind kind,
				  struct span span)
{
	struct expression *made = check_memory(checker, sizeof(*made));

	if (!made) {
		checker->spare = (struct expression){.span = span};
		return wrong(&checker->spare);
	}
	made->kind = kind;
	made->span = span;
	made->type = &type_wrong;
	return made;
}

struct diagnostic *report(struct checker *checker, const char *code, struct span span,
			  const char *format, ...)
{
	struct buffer message;
	struct diagnostic *made;
	va_list arguments;

	if (checker->failed || follows_from_lost(checker, code, span))
		return NULL;
	buffer_init(&message, 4096);
	va_start(arguments, format);
	buffer_vprintf(&message, format, arguments);
	va_end(arguments);
	made = diagnostics_report(checker->diagnostics, code, span, "%.*s", (int)message.length,
				  message.data ? message.data : "");
	buffer_free(&message);
	return made;
}

void help(struct checker *checker, struct diagnostic *diagnostic, const char *format, ...)
{
	struct buffer message;
	va_list arguments;

	if (!diagnostic || diagnostic->help)
		return;
	buffer_init(&message, 8192);
	va_start(arguments, format);
	buffer_vprintf(&message, format, arguments);
	va_end(arguments);
	diagnostic_help(checker->diagnostics, diagnostic, "%.*s", (int)message.length,
			message.data ? message.data : "");
	buffer_free(&message);
}

void relate(struct checker *checker, struct diagnostic *diagnostic, struct span span,
	    const char *note)
{
	if (diagnostic)
		diagnostic_relate(checker->diagnostics, diagnostic, span, "%s", note);
}

const char *type_name(struct checker *checker, const struct type *type)
{
	struct buffer out;
	const char *name;

	buffer_init(&out, 4096);
	type_print(type, &out);
	name = arena_string(checker->arena, buffer_text(&out));
	buffer_free(&out);
	return name ? name : "?";
}

/* ---- the whole ---------------------------------------------------------------- */

static void link_routines(struct checker *checker)
{
	struct function **last = &checker->program->functions;

	for (unsigned i = 0; i < checker->routine_count; i++) {
		*last = &checker->routines[i]->function;
		last = &checker->routines[i]->function.next;
	}
	checker->program->function_count = checker->routine_count;
}

static bool prepare(struct checker *checker)
{
	struct routine *start = check_memory(checker, sizeof(*start));

	checker->vocabulary = vocabulary_build(checker->types);
	checker->program = check_memory(checker, sizeof(*checker->program));
	if (!checker->vocabulary || !checker->program || !start)
		return false;
	start->function.name = TEXT("first values");
	start->function.result = &type_void;
	checker->start = start;
	checker->program->types = checker->types;
	checker->program->vocabulary = checker->vocabulary;
	checker->last_global = &checker->program->globals;
	checker->last_option = &checker->program->options;
	checker->last_table = &checker->program->tables;
	checker->last_test = &checker->program->tests;
	checker->last_shared = &checker->program->shared;
	facts_prepare(checker);
	return names_prepare(checker) && spaces_prepare(checker) && lost_prepare(checker);
}

static void check_all(struct checker *checker)
{
	declare_all(checker);
	if (!checker->failed)
		check_declarations(checker);
	if (!checker->failed)
		check_options(checker);
	if (!checker->failed)
		check_reach(checker);
	if (!checker->failed)
		check_unused(checker);
	link_routines(checker);
}

struct checked_program *check(const struct check_input *input, struct type_table *types,
			      struct arena *arena, struct diagnostics *diagnostics)
{
	struct checker checker = {
		.input = input, .types = types, .arena = arena, .diagnostics = diagnostics};
	unsigned errors = diagnostics->errors;

	checker.misshapen = errors > 0;
	if (prepare(&checker))
		check_all(&checker);
	else
		checker.failed = true;
	if (checker.failed) {
		diagnostics_report(diagnostics, "E0105", (struct span){0, 0, 0},
				   "there is not enough memory to check this program");
		return NULL;
	}
	return diagnostics->errors == errors ? checker.program : NULL;
}
