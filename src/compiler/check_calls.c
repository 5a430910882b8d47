/* Calls: arguments to parameters, functions, methods, records; what may be changed by a call. */
#include "compiler/checker.h"

#include <stdio.h>

/* ---- arguments and parameters -------------------------------------------------- */

static int find_formal(const struct formal *formals, unsigned count, struct text name)
{
	for (unsigned i = 0; i < count; i++)
		if (text_equals(formals[i].name, name))
			return (int)i;
	return -1;
}

static bool match_named(struct checker *checker, const struct argument *argument,
			const struct formal *formals, unsigned count, bool *given, unsigned *place,
			struct diagnostic **fault)
{
	int at = find_formal(formals, count, argument->name);

	if (at < 0 || given[at]) {
		if (fault)
			*fault = report(checker, "E0309", argument->value->span,
					at < 0 ? "there is no parameter `%.*s`"
					       : "the argument `%.*s` is given twice",
					TEXT_PRINTF(argument->name));
		return false;
	}
	given[at] = true;
	*place = (unsigned)at;
	return true;
}

static bool match_positional(struct checker *checker, const struct argument *argument,
			     unsigned count, unsigned *next, bool *given, unsigned *place,
			     struct diagnostic **fault)
{
	if (*next > count) {
		if (fault)
			*fault = report(checker, "E0309", argument->value->span,
					"an argument without a name stands behind one with a name");
		return false;
	}
	if (*next == count) {
		if (fault)
			*fault = report(checker, "E0309", argument->value->span,
					"this is one argument too many");
		return false;
	}
	*place = *next;
	given[(*next)++] = true;
	return true;
}

static bool check_required(struct checker *checker, const struct expression *call,
			   const struct formal *formals, unsigned count, const bool *given,
			   struct diagnostic **fault)
{
	for (unsigned i = 0; i < count; i++) {
		if (given[i] || !formals[i].required)
			continue;
		if (fault)
			*fault = report(checker, "E0309", call->span,
					"the argument `%.*s` is missing",
					TEXT_PRINTF(formals[i].name));
		return false;
	}
	return true;
}

bool match_arguments(struct checker *checker, const struct expression *call,
		     const struct formal *formals, unsigned count, unsigned *places,
		     struct diagnostic **fault)
{
	bool given[PARAMETERS_MAX] = {false};
	unsigned next = 0;

	for (unsigned i = 0; i < call->arguments.count; i++) {
		const struct argument *argument = &call->arguments.items[i];
		bool matches;

		if (argument->name.length) {
			matches = match_named(checker, argument, formals, count, given, &places[i],
					      fault);
			next = count + 1;
		} else {
			matches = match_positional(checker, argument, count, &next, given,
						   &places[i], fault);
		}
		if (!matches)
			return false;
	}
	return check_required(checker, call, formals, count, given, fault);
}

/* ---- functions ------------------------------------------------------------------- */

/* What stands in the brackets was written by a person, and is checked even when the call is wrong.
 */
static struct expression *give_up(struct checker *checker, struct expression *call)
{
	for (unsigned i = 0; i < call->arguments.count; i++)
		call->arguments.items[i].value = check_any(checker, call->arguments.items[i].value);
	return wrong(call);
}

static void append_parameter(struct checker *checker, struct buffer *out,
			     const struct parameter *parameter)
{
	buffer_printf(out, "%.*s: ", TEXT_PRINTF(parameter->name));
	buffer_append_string(out,
			     parameter->local ? type_name(checker, parameter->local->type) : "?");
	if (parameter->fallback)
		buffer_append_string(out, " = ...");
	if (parameter->next)
		buffer_append_string(out, ", ");
}

static void help_function(struct checker *checker, struct diagnostic *fault,
			  const struct function *function)
{
	struct buffer out;

	if (!fault)
		return;
	buffer_init(&out, 4096);
	for (const struct parameter *parameter = function->declaration->parameters; parameter;
	     parameter = parameter->next)
		append_parameter(checker, &out, parameter);
	help(checker, fault, "it is %.*s(%.*s)", TEXT_PRINTF(function->name), (int)out.length,
	     out.data ? out.data : "");
	relate(checker, fault, function->declaration->name_span, "declared here");
	buffer_free(&out);
}

static unsigned function_formals(const struct function *function, struct formal *formals)
{
	unsigned count = 0;

	for (const struct parameter *parameter = function->declaration->parameters;
	     parameter && count < PARAMETERS_MAX; parameter = parameter->next)
		formals[count++] = (struct formal){
			parameter->name, parameter->local ? parameter->local->type : &type_wrong,
			!parameter->fallback};
	return count;
}

/* Arguments in the order of the parameters, checked and converted; those not given stay NULL. */
static struct argument *arrange(struct checker *checker, struct expression *call,
				const struct formal *formals, unsigned count,
				const unsigned *places)
{
	struct argument *ordered = check_memory(checker, (count + 1) * sizeof(*ordered));
	char what[160];

	if (!ordered)
		return NULL;
	for (unsigned i = 0; i < call->arguments.count; i++) {
		const struct formal *formal = &formals[places[i]];

		snprintf(what, sizeof(what), "`%.*s` of %.*s", TEXT_PRINTF(formal->name),
			 TEXT_PRINTF(call->name));
		ordered[places[i]].value =
			check_as(checker, call->arguments.items[i].value, formal->type, what);
	}
	call->arguments = (struct argument_list){ordered, count, count};
	return ordered;
}

static struct expression *call_function(struct checker *checker, struct expression *call,
					struct routine *routine)
{
	struct function *function = &routine->function;
	struct formal formals[PARAMETERS_MAX];
	unsigned places[PARAMETERS_MAX];
	unsigned count = function_formals(function, formals), i = 0;
	struct diagnostic *fault = NULL;
	struct argument *ordered;

	if (call->arguments.count > PARAMETERS_MAX ||
	    !match_arguments(checker, call, formals, count, places, &fault)) {
		help_function(checker, fault, function);
		return give_up(checker, call);
	}
	ordered = arrange(checker, call, formals, count, places);
	for (const struct parameter *parameter = function->declaration->parameters;
	     ordered && parameter && i < count; parameter = parameter->next, i++)
		if (!ordered[i].value)
			ordered[i].value = copy_constant(checker, parameter->fallback, call->span);
	note_call(checker, routine, call->span);
	call->kind = EXPRESSION_CALL_FUNCTION;
	call->function = function;
	call->type = function->result;
	return call;
}

/* ---- records ----------------------------------------------------------------------- */

static struct expression *call_record(struct checker *checker, struct expression *call,
				      const struct type *type, struct expression *const *defaults)
{
	const struct record_type *record = type->record;
	struct formal formals[PARAMETERS_MAX];
	unsigned places[PARAMETERS_MAX];
	struct diagnostic *fault = NULL;
	struct argument *ordered;

	for (unsigned i = 0; i < record->field_count; i++)
		formals[i] =
			(struct formal){text_of_string(record->fields[i].name, LIFETIME_PROGRAM),
					record->fields[i].type, !defaults || !defaults[i]};
	if (call->arguments.count > PARAMETERS_MAX ||
	    !match_arguments(checker, call, formals, record->field_count, places, &fault)) {
		help(checker, fault,
		     "write %s(field: value, ...) with all fields that have no default",
		     record->name);
		return give_up(checker, call);
	}
	ordered = arrange(checker, call, formals, record->field_count, places);
	for (unsigned i = 0; ordered && defaults && i < record->field_count; i++)
		if (!ordered[i].value)
			ordered[i].value = copy_constant(checker, defaults[i], call->span);
	call->kind = EXPRESSION_NEW_RECORD;
	call->type = type;
	return call;
}

/* ---- which of them -------------------------------------------------------------------- */

static struct expression *call_symbol(struct checker *checker, struct expression *call,
				      struct symbol *symbol)
{
	switch (symbol->kind) {
	case SYMBOL_FUNCTION:
	case SYMBOL_METHOD:
		return call_function(checker, call, symbol->routine);
	case SYMBOL_RECORD:
		resolve_record(checker, symbol);
		if (symbol->type->kind == TYPE_WRONG)
			return give_up(checker, call);
		return call_record(checker, call, symbol->type, symbol->defaults);
	default:
		return NULL;
	}
}

static struct expression *unknown_call(struct checker *checker, struct expression *call)
{
	struct diagnostic *diagnostic;

	if (text_equals(call->name, TEXT("set")) || text_equals(call->name, TEXT("export")) ||
	    text_equals(call->name, TEXT("call"))) {
		report(checker, "E0308", call->name_span,
		       "`%.*s` is a statement and gives no value", TEXT_PRINTF(call->name));
		return wrong(call);
	}
	diagnostic = report(checker, "E0308", call->name_span, "there is no function `%.*s`",
			    TEXT_PRINTF(call->name));
	suggest(checker, diagnostic, call->name, NEAREST_CALL);
	return give_up(checker, call);
}

static struct expression *call_unqualified(struct checker *checker, struct expression *call)
{
	struct symbol *symbol = find_symbol(checker, call->name);
	struct expression *result = symbol ? call_symbol(checker, call, symbol) : NULL;
	const struct builtin_word *word;
	const struct type *record;

	if (result)
		return result;
	word = find_word(checker, call->name);
	if (word)
		return call_builtin(checker, call, word, TEXT_EMPTY);
	record = module_record(checker, TEXT_EMPTY, call->name);
	if (record)
		return call_record(checker, call, record, NULL);
	return unknown_call(checker, call);
}

static struct expression *call_in_module(struct checker *checker, struct expression *call,
					 struct text module)
{
	const struct builtin_word *word = find_module_word(checker, call->name);
	const struct type *record;

	call->left = NULL;
	if (word)
		for (unsigned i = 0; i < word->count; i++)
			if (text_equals_string(module, builtin_rows[word->ids[i]].module))
				return call_builtin(checker, call, word, module);
	record = module_record(checker, module, call->name);
	if (record)
		return call_record(checker, call, record, NULL);
	report(checker, "E0308", call->name_span, "the module `%.*s` has no function `%.*s`",
	       TEXT_PRINTF(module), TEXT_PRINTF(call->name));
	return give_up(checker, call);
}

/* file.f(x), of a file that is used under that name. */
static struct expression *call_in_space(struct checker *checker, struct expression *call,
					struct space *space)
{
	struct symbol *symbol = find_in_space(space, call->name);
	struct expression *result;
	struct text file = call->left->name;

	call->left = NULL;
	result = symbol ? call_symbol(checker, call, symbol) : NULL;
	if (result)
		return result;
	unknown_in_space(checker, "function or record", file, call->name, call->name_span);
	return give_up(checker, call);
}

static bool names_value(struct checker *checker, const struct expression *expression)
{
	const struct symbol *symbol = find_symbol(checker, expression->name);

	return find_local(checker, expression->name) ||
	       (symbol && symbol->kind <= SYMBOL_VARIABLE) ||
	       find_engine(checker, expression->name) >= 0 ||
	       name_find(&checker->slots, expression->name);
}

/* value.f(x) is f(value, x) */
static struct expression *call_on_value(struct checker *checker, struct expression *call)
{
	unsigned count = call->arguments.count;
	struct argument *all = check_memory(checker, ((size_t)count + 1) * sizeof(*all));

	if (!all)
		return wrong(call);
	all[0].value = call->left;
	if (count)
		memcpy(all + 1, call->arguments.items, count * sizeof(*all));
	call->arguments = (struct argument_list){all, count + 1, count + 1};
	call->left = NULL;
	return call_unqualified(checker, call);
}

struct expression *check_call(struct checker *checker, struct expression *expression)
{
	const struct expression *left = expression->left;
	struct expression *result;
	struct space *space;

	if (!left) {
		result = check_policy_call(checker, expression);
		return result ? result : call_unqualified(checker, expression);
	}
	space = named_space(checker, left);
	if (space)
		return call_in_space(checker, expression, space);
	if (left->kind == EXPRESSION_NAME && is_module(checker, left->name) &&
	    !names_value(checker, left))
		return call_in_module(checker, expression, left->name);
	return call_on_value(checker, expression);
}

/* ---- what may be changed ------------------------------------------------------------------ */

bool is_place(const struct expression *expression)
{
	while (expression->kind == EXPRESSION_FIELD ||
	       (expression->kind == EXPRESSION_INDEX && expression->left->type != &type_text))
		expression = expression->left;
	return expression->kind == EXPRESSION_LOCAL || expression->kind == EXPRESSION_GLOBAL;
}

static bool refuse_place(struct checker *checker, const struct expression *expression,
			 const char *why, const char *cure)
{
	if (expression->type->kind != TYPE_WRONG)
		help(checker, report(checker, "E0312", expression->span, "%s", why), "%s", cure);
	return false;
}

static bool is_counter(const struct checker *checker, const struct local *local)
{
	const struct local_entry *entry = name_find(&checker->locals, local->name);

	return entry && entry->local == local && entry->counter;
}

bool check_place(struct checker *checker, const struct expression *expression)
{
	const struct expression *root = expression;

	while (root->kind == EXPRESSION_FIELD || root->kind == EXPRESSION_INDEX) {
		if (root->kind == EXPRESSION_INDEX && root->left->type == &type_text)
			return refuse_place(
				checker, expression, "single bytes of a text cannot be changed",
				"make a new text of its parts: t[..3] + \"x\" + t[4..]");
		root = root->left;
	}
	switch (root->kind) {
	case EXPRESSION_LOCAL:
		if (is_counter(checker, root->local))
			return refuse_place(checker, expression,
					    "the counter of a `for` is not changed by its body",
					    "use `while`, or another variable");
		root->local->assigned = true;
		return true;
	case EXPRESSION_GLOBAL:
		return true;
	case EXPRESSION_VARIABLE:
		return refuse_place(
			checker, expression,
			"this is part of what the mail server tells and cannot be changed",
			"copy it into a variable first: var x = ...;");
	case EXPRESSION_CONSTANT:
		if (type_is_shared(root->type))
			return refuse_place(checker, expression,
					    "a shared variable is changed by its functions alone",
					    "write name.add(1), name.put(key, value) or the like");
		/* fall through */
	case EXPRESSION_LIST:
	case EXPRESSION_MAP:
	case EXPRESSION_NEW_RECORD:
		return refuse_place(checker, expression, "a constant cannot be changed",
				    "copy it into a variable first: var x = ...;");
	default:
		return refuse_place(checker, expression,
				    "only a variable or a part of one can be changed",
				    "put it into a variable first: var x = ...;");
	}
}
