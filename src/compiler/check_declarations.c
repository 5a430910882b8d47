/* Declarations: what a program consists of, in the order in which it can be worked out. */
#include "compiler/checker.h"

#include <string.h>

/* ---- names of the program -------------------------------------------------------- */

static void report_twice(struct checker *checker, const struct declaration *declaration,
			 const struct symbol *before)
{
	struct diagnostic *diagnostic =
		report(checker, "E0303", declaration->name_span, "`%.*s` is declared twice",
		       TEXT_PRINTF(declaration->name));

	relate(checker, diagnostic, before->declaration->name_span, "first declared here");
}

static bool is_type_word(struct text name)
{
	return type_by_name(name) || text_equals(name, TEXT("list")) ||
	       text_equals(name, TEXT("map"));
}

/* Words of tests are no loss to a filter. */
static bool hides_builtin(const struct checker *checker, struct text name)
{
	const struct builtin_word *word = find_word(checker, name);

	for (unsigned i = 0; word && i < word->count; i++)
		if (builtin_rows[word->ids[i]].events != TESTS_ONLY)
			return true;
	return false;
}

static void warn_hidden_variable(struct checker *checker, struct text name, struct span span)
{
	int variable = find_engine(checker, name);

	if (variable >= 0 && text_equals_string(name, variable_rows[variable].name))
		help(checker,
		     report(checker, "W0306", span, "this hides the engine variable `%.*s`",
			    TEXT_PRINTF(name)),
		     "choose another name: what the mail server tells cannot be read by it here");
}

/* A method is reached by call(name) alone, so any word will do for one. */
static void check_declared_name(struct checker *checker, const struct symbol *symbol)
{
	struct text name = symbol->name;
	struct span span = symbol->declaration->name_span;
	bool given = symbol->kind <= SYMBOL_VARIABLE;

	check_new_name(checker, name, span, given);
	if (given)
		warn_hidden_variable(checker, name, span);
	if (symbol->kind == SYMBOL_METHOD)
		return;
	if (symbol->kind == SYMBOL_RECORD && is_type_word(name))
		report(checker, "E0305", span, "`%.*s` is a type of the language",
		       TEXT_PRINTF(name));
	else if (is_module(checker, name) && !may_hide_module(name))
		help(checker,
		     report(checker, "E0305", span, "`%.*s` is the name of a module",
			    TEXT_PRINTF(name)),
		     "choose another name: it would hide the module's functions");
	else if (symbol->kind == SYMBOL_FUNCTION && hides_builtin(checker, name))
		help(checker,
		     report(checker, "W0304", span, "this hides the builtin `%.*s`",
			    TEXT_PRINTF(name)),
		     "choose another name, or reach the builtin as module.%.*s(...)",
		     TEXT_PRINTF(name));
}

static struct symbol *new_symbol(struct checker *checker, struct declaration *declaration,
				 enum symbol_kind kind)
{
	void **place = name_place(checker, &checker->space->symbols, declaration->name);
	struct symbol *symbol = check_memory(checker, sizeof(*symbol));

	if (!place || !symbol)
		return NULL;
	symbol->kind = kind;
	symbol->name = declaration->name;
	symbol->declaration = declaration;
	symbol->space = checker->space;
	symbol->type = &type_wrong;
	if (*place)
		report_twice(checker, declaration, *place);
	else
		*place = symbol;
	return symbol;
}

struct routine *new_routine(struct checker *checker, struct text name,
			    struct declaration *declaration)
{
	struct routine *routine = check_memory(checker, sizeof(*routine)), **wider;
	unsigned room = checker->routine_room ? checker->routine_room * 2 : 32;

	if (!routine)
		return NULL;
	if (checker->routine_count == checker->routine_room) {
		wider = check_memory(checker, room * sizeof(struct routine *));
		if (!wider)
			return NULL;
		if (checker->routine_count)
			memcpy(wider, checker->routines, checker->routine_count * sizeof(*wider));
		checker->routines = wider;
		checker->routine_room = room;
	}
	routine->function = (struct function){.name = name,
					      .declaration = declaration,
					      .result = &type_void,
					      .number = checker->routine_count};
	routine->space = checker->space;
	checker->routines[checker->routine_count++] = routine;
	return routine;
}

static void declare_record(struct checker *checker, struct symbol *symbol)
{
	struct declaration *declaration = symbol->declaration;
	struct declared_record *declared = check_memory(checker, sizeof(*declared));
	struct record_field *fields =
		check_memory(checker, (declaration->parameter_count + 1) * sizeof(*fields));
	struct record_type *record;

	if (!declared || !fields)
		return;
	if (has_lost(checker, declaration->span)) {
		symbol->state = SYMBOL_DONE; /* of an unknown type, which fits everywhere */
		return;
	}
	declared->symbol = symbol;
	record = &declared->record;
	for (unsigned i = 0; i < declaration->parameter_count; i++)
		fields[i] = (struct record_field){"", &type_wrong};
	record->name = arena_string(checker->arena, declaration->name);
	record->field_count = declaration->parameter_count;
	record->fields = fields;
	symbol->type = type_record(checker->types, record);
	if (!record->name || !symbol->type)
		checker->failed = true;
}

static void declare_event(struct checker *checker, struct declaration *declaration)
{
	struct routine *routine = new_routine(checker, declaration->name, declaration);
	struct event_body *body = check_memory(checker, sizeof(*body));
	int event = event_find(declaration->name);
	struct diagnostic *diagnostic;

	if (!routine || !body)
		return;
	if (event < 0) {
		diagnostic = report(checker, "E0401", declaration->name_span,
				    "there is no event `%.*s`", TEXT_PRINTF(declaration->name));
		suggest(checker, diagnostic, declaration->name, NEAREST_EVENT);
		help(checker, diagnostic, "`afsl describe` lists the events");
		return;
	}
	body->function = &routine->function;
	if (checker->last_body[event])
		checker->last_body[event]->next = body;
	else
		checker->program->events[event] = body;
	checker->last_body[event] = body;
}

/* Those of used files are run where they are the main file. */
static void declare_test(struct checker *checker, struct declaration *declaration)
{
	const struct check_input *input = checker->input;
	struct checked_test *test;

	if (!input->tests || checker->space != input->trees[input->tree_count - 1]->space)
		return;
	test = check_memory(checker, sizeof(*test));
	if (!test)
		return;
	test->title = declaration->value->text;
	test->function = (struct function *)new_routine(checker, test->title, declaration);
	*checker->last_test = test;
	checker->last_test = &test->next;
}

static void declare_variable(struct checker *checker, struct symbol *symbol)
{
	const struct declaration *declaration = symbol->declaration;
	struct global *global = check_memory(checker, sizeof(*global));

	if (!global)
		return;
	*global = (struct global){
		.kind = GLOBAL_VARIABLE,
		.name = full_name(checker, symbol->space, symbol->name),
		.type = &type_wrong,
		.lifetime = declaration->lifetime == DECLARED_SESSION ? LIFETIME_SESSION
								      : LIFETIME_MESSAGE,
		.span = declaration->name_span,
		.slot = checker->program->global_count++,
	};
	symbol->global = global;
	*checker->last_global = global;
	checker->last_global = &global->next;
}

static void declare_code(struct checker *checker, struct declaration *declaration,
			 enum symbol_kind kind)
{
	struct symbol *symbol = new_symbol(checker, declaration, kind);
	struct routine *routine = new_routine(checker, declaration->name, declaration);

	if (symbol)
		symbol->routine = routine;
}

static void declare_one(struct checker *checker, struct declaration *declaration)
{
	struct symbol *symbol;

	switch (declaration->kind) {
	case DECLARATION_USE:
		space_use(checker, declaration);
		break;
	case DECLARATION_OPTION:
		new_symbol(checker, declaration, SYMBOL_OPTION);
		break;
	case DECLARATION_CONST:
		new_symbol(checker, declaration, SYMBOL_CONST);
		break;
	case DECLARATION_TABLE:
		new_symbol(checker, declaration, SYMBOL_TABLE);
		break;
	case DECLARATION_RECORD:
		symbol = new_symbol(checker, declaration, SYMBOL_RECORD);
		if (symbol)
			declare_record(checker, symbol);
		break;
	case DECLARATION_VAR:
		if (declaration->lifetime == DECLARED_SHARED) {
			new_symbol(checker, declaration, SYMBOL_SHARED);
			break;
		}
		symbol = new_symbol(checker, declaration, SYMBOL_VARIABLE);
		if (symbol)
			declare_variable(checker, symbol);
		break;
	case DECLARATION_FUNCTION:
		declare_code(checker, declaration, SYMBOL_FUNCTION);
		break;
	case DECLARATION_METHOD:
		declare_code(checker, declaration, SYMBOL_METHOD);
		break;
	case DECLARATION_EVENT:
		declare_event(checker, declaration);
		break;
	case DECLARATION_TEST:
		declare_test(checker, declaration);
		break;
	}
}

typedef void declaration_visitor(struct checker *checker, struct declaration *declaration);

static void visit_all(struct checker *checker, declaration_visitor *visit)
{
	for (unsigned i = 0; i < checker->input->tree_count; i++) {
		const struct tree *tree = checker->input->trees[i];

		space_enter(checker, tree->space);
		for (struct declaration *one = tree->first; one && !checker->failed;
		     one = one->next)
			visit(checker, one);
	}
}

static void collect_one(struct checker *checker, struct declaration *declaration)
{
	if (declaration->body && (checker->input->tests || declaration->kind != DECLARATION_TEST))
		collect_slots(checker, declaration->body);
}

static void visit_name(struct checker *checker, struct declaration *declaration)
{
	const struct symbol *symbol;

	if (declaration->kind == DECLARATION_USE)
		check_use_name(checker, declaration);
	if (declaration->kind == DECLARATION_EVENT || declaration->kind == DECLARATION_TEST ||
	    declaration->kind == DECLARATION_USE)
		return;
	symbol = find_in_space(checker->space, declaration->name);
	if (symbol && symbol->declaration == declaration)
		check_declared_name(checker, symbol);
}

void declare_all(struct checker *checker)
{
	visit_all(checker, declare_one);
	visit_all(checker, collect_one);
	visit_all(checker, visit_name);
}

/* ---- values ------------------------------------------------------------------------- */

static void resolve_const(struct checker *checker, struct symbol *symbol)
{
	struct declaration *declaration = symbol->declaration;
	struct expression *given = declaration->value;
	const struct type *type;

	if (declaration->written_type) {
		type = resolve_type(checker, declaration->written_type);
		given = check_as(checker, given, type, "the constant");
	} else {
		given = check_expression(checker, given);
	}
	if (given->kind == EXPRESSION_WRONG || !is_settled(checker, given))
		return;
	if (!is_constant_value(given)) {
		help(checker,
		     report(checker, "E0319", given->span,
			    "a constant must be known when the program loads"),
		     "write session var or message var for what becomes known later");
		return;
	}
	symbol->type = given->type;
	symbol->value = given;
}

/* Constants are worked out when one of them is first needed by another; all of them before anything
 * that has locals is checked. */
void resolve_constant(struct checker *checker, struct symbol *symbol)
{
	struct space *before;

	if (symbol->state == SYMBOL_BUSY) {
		report(checker, "E0319", symbol->declaration->name_span,
		       "the value of `%.*s` would depend on itself", TEXT_PRINTF(symbol->name));
		return;
	}
	if (symbol->state == SYMBOL_DONE)
		return;
	symbol->state = SYMBOL_BUSY;
	before = space_enter(checker, symbol->space);
	if (symbol->kind == SYMBOL_CONST)
		resolve_const(checker, symbol);
	else if (symbol->kind == SYMBOL_OPTION)
		resolve_option(checker, symbol);
	else if (symbol->kind == SYMBOL_SHARED)
		resolve_shared(checker, symbol);
	else
		resolve_table(checker, symbol);
	space_enter(checker, before);
	symbol->state = SYMBOL_DONE;
}

/* ---- functions ------------------------------------------------------------------------ */

static void check_default(struct checker *checker, struct parameter *parameter)
{
	struct expression *given = parameter->fallback;

	if (!given || !parameter->local)
		return;
	given = check_as(checker, given, parameter->local->type, "the default");
	parameter->fallback = given;
	if (given->kind == EXPRESSION_WRONG || is_constant_value(given))
		return;
	help(checker,
	     report(checker, "E0319", given->span,
		    "a default must be known when the program loads"),
	     "leave the default out, or choose a value that says `not given`");
	wrong(given);
}

/* Those without a default come first: what is given by place must be told apart. */
static void check_order(struct checker *checker, const struct declaration *declaration)
{
	const struct parameter *parameter = declaration->parameters;

	for (; parameter && parameter->next; parameter = parameter->next)
		if (parameter->fallback && !parameter->next->fallback) {
			report(checker, "E0309", parameter->next->span,
			       "`%.*s` has no default, but stands behind one that has",
			       TEXT_PRINTF(parameter->next->name));
			return;
		}
}

static void declare_signature(struct checker *checker, const struct symbol *symbol)
{
	struct declaration *declaration = symbol->declaration;
	struct function *function = &symbol->routine->function;

	if (declaration->parameter_count > PARAMETERS_MAX) {
		report(checker, "E0309", declaration->name_span,
		       "a function has at most %d parameters", PARAMETERS_MAX);
		return;
	}
	if (declaration->written_type)
		function->result = resolve_type(checker, declaration->written_type);
	for (struct parameter *one = declaration->parameters; one; one = one->next)
		one->local = new_local(checker, symbol->routine, one->name, one->span,
				       resolve_type(checker, one->written_type));
	function->parameter_count = function->local_count;
	check_order(checker, declaration);
}

/* ---- variables -------------------------------------------------------------------------- */

static void check_held(struct checker *checker, struct global *global)
{
	if (may_be_kept(checker, global->type, global->span))
		return;
	global->type = &type_wrong;
}

static void check_variable(struct checker *checker, struct symbol *symbol)
{
	struct declaration *declaration = symbol->declaration;
	struct global *global = symbol->global;
	struct expression *given = declaration->value;

	checker->routine = checker->start;
	if (given && declaration->written_type) {
		given = check_as(checker, given, global->type, "the value");
	} else if (given) {
		given = check_expression(checker, given);
		global->type = is_settled(checker, given) ? given->type : &type_wrong;
	} else if (global->type->kind == TYPE_RECORD) {
		given = first_value(checker, global->type, declaration->name_span);
	} else if (first_value(checker, global->type, declaration->name_span)) {
		symbol->state = SYMBOL_DONE;
		checker->routine = NULL;
		return;
	}
	checker->routine = NULL;
	symbol->state = SYMBOL_DONE;
	global->initial = given;
	check_held(checker, global);
	if (!given)
		help(checker,
		     report(checker, "E0321", declaration->name_span,
			    "`%.*s` needs a value to begin with", TEXT_PRINTF(symbol->name)),
		     "%s has no first value", type_name(checker, global->type));
}

/* ---- in order ------------------------------------------------------------------------------ */

static struct symbol *symbol_of(struct checker *checker, const struct declaration *declaration)
{
	struct symbol *symbol = find_in_space(checker->space, declaration->name);

	return symbol && symbol->declaration == declaration ? symbol : NULL;
}

static void visit_types(struct checker *checker, struct declaration *declaration)
{
	struct symbol *symbol = symbol_of(checker, declaration);

	if (!symbol)
		return;
	if (declaration->kind == DECLARATION_RECORD)
		resolve_record(checker, symbol);
	else if (declaration->kind == DECLARATION_VAR && declaration->written_type &&
		 declaration->lifetime != DECLARED_SHARED)
		symbol->global->type = resolve_type(checker, declaration->written_type);
	else if (symbol->kind >= SYMBOL_FUNCTION && symbol->routine)
		declare_signature(checker, symbol);
}

static void visit_values(struct checker *checker, struct declaration *declaration)
{
	struct symbol *symbol = symbol_of(checker, declaration);

	if (!symbol)
		return;
	if (symbol->kind < SYMBOL_VARIABLE)
		resolve_constant(checker, symbol);
	else if (symbol->kind >= SYMBOL_FUNCTION)
		for (struct parameter *one = declaration->parameters; one; one = one->next)
			check_default(checker, one);
}

static void visit_variables(struct checker *checker, struct declaration *declaration)
{
	struct symbol *symbol = symbol_of(checker, declaration);

	if (symbol && declaration->kind == DECLARATION_VAR &&
	    declaration->lifetime != DECLARED_SHARED)
		check_variable(checker, symbol);
}

/* Bodies know every name and every type. */
void check_declarations(struct checker *checker)
{
	visit_all(checker, visit_types);
	visit_all(checker, visit_values);
	visit_all(checker, visit_variables);
	for (unsigned i = 0; i < checker->routine_count && !checker->failed; i++)
		check_body(checker, checker->routines[i]);
}
