/* Builtins: rows of one name, and which of them fits the arguments. */
#include "compiler/checker.h"

#include <stdio.h>
#include <string.h>

/* What T, K and V stand for in one call. */
struct binding {
	const struct type *types[3];
};

enum fit { FIT_EXACT, FIT_GENERIC, FIT_CONVERTED, FIT_NOT };

static const struct type **bound(struct binding *binding, const struct type *variable)
{
	return &binding->types[variable->variable == 'T' ? 0 : variable->variable == 'K' ? 1 : 2];
}

bool has_variable_part(const struct type *type)
{
	return type->kind == TYPE_VARIABLE || (type->element && has_variable_part(type->element)) ||
	       (type->key && has_variable_part(type->key));
}

/* NULL when a part is not bound (or, sticky in the checker, memory has ended). */
static const struct type *substitute(struct checker *checker, const struct type *type,
				     struct binding *binding)
{
	const struct type *key = NULL, *element = NULL, *made;

	if (type->kind == TYPE_VARIABLE)
		return *bound(binding, type);
	if (!has_variable_part(type))
		return type;
	if (type->key && !(key = substitute(checker, type->key, binding)))
		return NULL;
	if (type->element && !(element = substitute(checker, type->element, binding)))
		return NULL;
	made = type_keyed(checker->types, type->kind, key, element);
	if (!made)
		checker->failed = true;
	return made;
}

/* Rows nest types two or three levels deep. */
static bool unify(const struct type *formal, const struct type *actual, struct binding *binding)
{
	if (formal->kind == TYPE_VARIABLE) {
		const struct type **place = bound(binding, formal);

		if (!*place)
			*place = actual;
		return *place == actual;
	}
	if (formal == actual)
		return true;
	if (formal->kind != actual->kind || !has_variable_part(formal))
		return false;
	if (formal->key && (!actual->key || !unify(formal->key, actual->key, binding)))
		return false;
	/* a table that is a set has no element: nothing stands for it */
	return !formal->element ||
	       unify(formal->element, actual->element ? actual->element : &type_void, binding);
}

static enum fit argument_fit(struct checker *checker, const struct type *formal,
			     const struct expression *argument, struct binding *binding)
{
	const struct type *whole;

	if (!has_variable_part(formal)) {
		if (argument->type == formal)
			return FIT_EXACT;
		return fits(argument, formal) ? FIT_CONVERTED : FIT_NOT;
	}
	whole = substitute(checker, formal, binding);
	if (whole) {
		if (argument->type == whole)
			return FIT_GENERIC;
		return fits(argument, whole) ? FIT_CONVERTED : FIT_NOT;
	}
	return unify(formal, argument->type, binding) ? FIT_GENERIC : FIT_NOT;
}

/* ---- candidates ------------------------------------------------------------------- */

struct candidate {
	enum builtin_id id;
	unsigned places[PARAMETERS_MAX]; /* the parameter of each argument */
	struct binding binding;
	unsigned cost;
	unsigned fitting; /* leading arguments that fit */
};

struct candidates {
	struct candidate *items;
	unsigned count;
};

static unsigned row_formals(const struct signature *signature, struct formal *formals)
{
	for (unsigned i = 0; i < signature->count; i++) {
		const struct signature_parameter *parameter = &signature->parameters[i];

		formals[i] = (struct formal){ text_of_string(parameter->name, LIFETIME_PROGRAM),
					      parameter->type, !parameter->fallback };
	}
	return signature->count;
}

static bool shape_fits(struct checker *checker, const struct expression *call,
		       struct candidate *candidate, struct diagnostic **fault)
{
	struct formal formals[SIGNATURE_PARAMETERS_MAX];
	const struct signature *signature = &checker->vocabulary->builtins[candidate->id];
	unsigned count = row_formals(signature, formals);

	return match_arguments(checker, call, formals, count, candidate->places, fault);
}

static bool in_module(const struct checker *checker, enum builtin_id id, struct text module)
{
	const char *own = builtin_rows[id].module;

	if (module.length)
		return text_equals_string(module, own);
	return strcmp(own, "policy") != 0 && !checker->vocabulary->builtins[id].needs_module;
}

static void gather(struct checker *checker, const struct expression *call,
		   const struct builtin_word *word, struct text module,
		   struct candidates *candidates)
{
	for (unsigned i = 0; i < word->count; i++) {
		struct candidate *candidate = &candidates->items[candidates->count];

		if (!in_module(checker, word->ids[i], module))
			continue;
		*candidate = (struct candidate){ .id = word->ids[i] };
		candidates->count += shape_fits(checker, call, candidate, NULL);
	}
}

const char *signature_text(struct checker *checker, enum builtin_id id)
{
	const struct builtin_row *row = &builtin_rows[id];
	struct buffer out;
	const char *made;

	buffer_init(&out, 1024);
	if (*row->module && strcmp(row->module, "policy") != 0)
		buffer_printf(&out, "%s.", row->module);
	buffer_printf(&out, "%s%s", row->name, row->signature);
	made = arena_string(checker->arena, buffer_text(&out));
	buffer_free(&out);
	return made ? made : row->name;
}

static void help_signatures(struct checker *checker, struct diagnostic *diagnostic,
			    const struct builtin_word *word, struct text module)
{
	struct buffer out;
	unsigned shown = 0;

	if (!diagnostic)
		return;
	buffer_init(&out, 4096);
	for (unsigned i = 0; i < word->count && shown < 5; i++) {
		if (!in_module(checker, word->ids[i], module))
			continue;
		buffer_printf(&out, "%s%s", shown++ ? "; " : "",
			      signature_text(checker, word->ids[i]));
	}
	help(checker, diagnostic, "it is %.*s", (int)out.length, out.data ? out.data : "");
	buffer_free(&out);
}

/* ---- what went wrong ------------------------------------------------------------------- */

static unsigned rows_in(const struct checker *checker, const struct builtin_word *word,
			struct text module, enum builtin_id *last)
{
	unsigned count = 0;

	for (unsigned i = 0; i < word->count; i++)
		if (in_module(checker, word->ids[i], module)) {
			*last = word->ids[i];
			count++;
		}
	return count;
}

static struct expression *wrong_shape(struct checker *checker, struct expression *call,
				      const struct builtin_word *word, struct text module)
{
	struct candidate only = { .cost = 0 };
	struct diagnostic *fault = NULL;
	unsigned rows = rows_in(checker, word, module, &only.id);

	if (rows == 1)
		shape_fits(checker, call, &only, &fault);
	else if (rows == 0)
		fault = report(checker, "E0308", call->name_span, "there is no function `%.*s`",
			       TEXT_PRINTF(call->name));
	else
		fault = report(checker, "E0309", call->span, "`%.*s` does not take these arguments",
			       TEXT_PRINTF(call->name));
	if (rows)
		help_signatures(checker, fault, word, module);
	return wrong(call);
}

static bool any_wrong_argument(const struct expression *call)
{
	for (unsigned i = 0; i < call->arguments.count; i++)
		if (call->arguments.items[i].value->type->kind == TYPE_WRONG)
			return true;
	return false;
}

static void report_argument(struct checker *checker, const struct expression *call,
			    struct candidate *candidate, const struct builtin_word *word,
			    struct text module)
{
	const struct signature *signature = &checker->vocabulary->builtins[candidate->id];
	const struct signature_parameter *parameter;
	const struct expression *argument = call->arguments.items[candidate->fitting].value;
	const struct type *wanted;
	struct diagnostic *diagnostic;
	enum builtin_id last;

	parameter = &signature->parameters[candidate->places[candidate->fitting]];
	wanted = substitute(checker, parameter->type, &candidate->binding);
	if (wanted && wanted->kind == TYPE_VOID) {
		report(checker, "E0310", call->span,
		       "this table is a set: its keys have no values");
		return;
	}
	diagnostic = report(checker, "E0306", argument->span, "`%s` of %.*s must be %s, not %s",
			    parameter->name, TEXT_PRINTF(call->name),
			    type_name(checker, wanted ? wanted : parameter->type),
			    type_name(checker, argument->type));
	if (wanted && rows_in(checker, word, module, &last) == 1)
		advise_type(checker, diagnostic, argument, wanted);
	help_signatures(checker, diagnostic, word, module);
}

/* The row that fits longest from the left is the one that was meant; when no first argument fits
 * and there are several, nobody can say. */
static struct expression *wrong_types(struct checker *checker, struct expression *call,
				      const struct builtin_word *word, struct text module,
				      struct candidates *candidates)
{
	struct candidate *best = &candidates->items[0];
	struct diagnostic *diagnostic;

	for (unsigned i = 1; i < candidates->count; i++)
		if (candidates->items[i].fitting > best->fitting)
			best = &candidates->items[i];
	if (candidates->count == 1 || best->fitting > 0) {
		report_argument(checker, call, best, word, module);
		return wrong(call);
	}
	diagnostic = report(checker, "E0310", call->span, "there is no `%.*s` for %s",
			    TEXT_PRINTF(call->name),
			    type_name(checker, call->arguments.items[0].value->type));
	help_signatures(checker, diagnostic, word, module);
	return wrong(call);
}

/* ---- the choice ---------------------------------------------------------------------------- */

/* The first argument decides before all others. */
static bool weigh(struct checker *checker, const struct expression *call,
		  struct candidate *candidate)
{
	const struct signature *signature = &checker->vocabulary->builtins[candidate->id];

	for (unsigned i = 0; i < call->arguments.count; i++) {
		const struct expression *argument = call->arguments.items[i].value;
		const struct type *formal = signature->parameters[candidate->places[i]].type;
		enum fit fit = argument_fit(checker, formal, argument, &candidate->binding);

		if (fit == FIT_NOT)
			return false;
		candidate->fitting++;
		candidate->cost += i == 0 ? fit * 100u : fit;
	}
	return true;
}

static struct candidate *choose(struct checker *checker, struct expression *call,
				struct candidates *candidates)
{
	struct candidate *best = NULL;

	for (unsigned i = 0; i < candidates->count; i++) {
		struct candidate *candidate = &candidates->items[i];

		if (!weigh(checker, call, candidate))
			continue;
		if (!best || candidate->cost < best->cost)
			best = candidate;
	}
	return best;
}

static void fill_arguments(struct checker *checker, struct expression *call,
			   struct candidate *chosen)
{
	const struct signature *signature = &checker->vocabulary->builtins[chosen->id];
	struct argument *ordered;

	ordered = check_memory(checker, (signature->count + 1) * sizeof(*ordered));
	if (!ordered)
		return;
	for (unsigned i = 0; i < call->arguments.count; i++) {
		unsigned place = chosen->places[i];
		const struct type *wanted =
			substitute(checker, signature->parameters[place].type, &chosen->binding);
		struct expression *given = call->arguments.items[i].value;

		/* tables and the like are as they are declared: nothing becomes one */
		if (wanted && given->type->kind != TYPE_TABLE && !type_is_shared(given->type))
			given = convert(checker, given, wanted);
		ordered[place].value = given;
	}
	for (unsigned i = 0; i < signature->count; i++)
		if (!ordered[i].value)
			ordered[i].value = literal_value(checker, signature->parameters[i].fallback,
							 signature->parameters[i].type, call->span);
	call->arguments = (struct argument_list){ ordered, signature->count, signature->count };
}

/* A statement of a parallel block has the function's variables as copies. */
static bool check_side_effect(struct checker *checker, const struct expression *place)
{
	const struct expression *root = place;

	while (root->kind == EXPRESSION_FIELD || root->kind == EXPRESSION_INDEX)
		root = root->left;
	if (!checker->side_by_side || root->kind != EXPRESSION_LOCAL)
		return true;
	help(checker,
	     report(checker, "E0330", place->span,
		    "in `parallel` a variable of the function changes by = alone"),
	     "assign the result there, and change the variable behind the block");
	return false;
}

static bool check_arguments(struct checker *checker, struct expression *call,
			    const struct signature *signature)
{
	for (unsigned i = 0; i < signature->count && !checker->failed; i++) {
		struct expression *argument = call->arguments.items[i].value;

		if (argument->type->kind == TYPE_WRONG || !is_settled(checker, argument))
			return false;
		if (signature->parameters[i].inout &&
		    (!check_place(checker, argument) || !check_side_effect(checker, argument)))
			return false;
	}
	return !checker->failed;
}

static struct expression *finish(struct checker *checker, struct expression *call,
				 struct candidate *chosen)
{
	const struct signature *signature = &checker->vocabulary->builtins[chosen->id];
	const struct type *result;

	fill_arguments(checker, call, chosen);
	if (!check_arguments(checker, call, signature))
		return wrong(call);
	result = substitute(checker, signature->result, &chosen->binding);
	if (!result)
		return wrong(call);
	call->kind = EXPRESSION_CALL_BUILTIN;
	call->builtin = chosen->id;
	call->type = result;
	for (unsigned i = 0; i < 3; i++)
		if (chosen->binding.types[i] != &type_void)
			call->type_arguments[i] = chosen->binding.types[i];
	if (chosen->id == BUILTIN_macro)
		note_macro(checker, call->arguments.items[0].value, call->span);
	note_use(checker, USE_BUILTIN, chosen->id, call->span);
	check_reply(checker, call);
	return call;
}

static struct expression *resolve(struct checker *checker, struct expression *call,
				  const struct builtin_word *word, struct text module,
				  struct candidates *candidates)
{
	struct candidate *chosen = choose(checker, call, candidates);

	return chosen ? finish(checker, call, chosen)
		      : wrong_types(checker, call, word, module, candidates);
}

/* The candidates take some kilobytes of the stack: not inlined, so that they are gone while the
 * arguments of a chain of calls are checked one within the other. */
static __attribute__((noinline)) struct expression *pick(struct checker *checker,
							 struct expression *call,
							 const struct builtin_word *word,
							 struct text module)
{
	struct candidate items[CANDIDATES_MAX];
	struct candidates candidates = { items, 0 };

	gather(checker, call, word, module, &candidates);
	if (!candidates.count)
		return wrong_shape(checker, call, word, module);
	return resolve(checker, call, word, module, &candidates);
}

struct expression *call_builtin(struct checker *checker, struct expression *call,
				const struct builtin_word *word, struct text module)
{
	for (unsigned i = 0; i < call->arguments.count; i++)
		call->arguments.items[i].value =
			check_expression(checker, call->arguments.items[i].value);
	if (checker->failed || any_wrong_argument(call))
		return wrong(call);
	return pick(checker, call, word, module);
}

/* ---- calls that the checker makes itself ------------------------------------------------------
 */

int find_row(const struct checker *checker, const char *module, struct text name, unsigned count)
{
	const struct builtin_word *word = find_module_word(checker, name);

	for (unsigned i = 0; word && i < word->count; i++)
		if (strcmp(builtin_rows[word->ids[i]].module, module) == 0 &&
		    checker->vocabulary->builtins[word->ids[i]].count == count)
			return (int)word->ids[i];
	return -1;
}

struct expression *make_call(struct checker *checker, struct span span, enum builtin_id id,
			     struct expression *first, struct expression *second)
{
	struct expression *call = new_expression(checker, EXPRESSION_CALL_BUILTIN, span);
	unsigned count = second ? 2 : first ? 1 : 0;
	struct argument *arguments = check_memory(checker, 2 * sizeof(*arguments));

	if (!arguments)
		return wrong(call);
	arguments[0].value = first;
	arguments[1].value = second;
	call->arguments = (struct argument_list){ arguments, count, 2 };
	call->builtin = id;
	call->type = checker->vocabulary->builtins[id].result;
	note_use(checker, USE_BUILTIN, id, span);
	if ((first && first->type->kind == TYPE_WRONG) ||
	    (second && second->type->kind == TYPE_WRONG))
		return wrong(call);
	return call;
}
