/* The policy layer's statements: set(name, "text"), call(method), export(name). */
#include "compiler/checker.h"

static bool bad_statement(struct checker *checker, struct statement *statement, const char *example)
{
	help(checker,
	     report(checker, "E0328", statement->span, "`%.*s` is written %s",
		    TEXT_PRINTF(statement->value->name), example),
	     "the name stands alone, without quotes");
	keep_block(checker, statement, NULL);
	return true;
}

/* A name alone, as the first argument of `count`. */
static struct expression *named_target(const struct expression *call, unsigned count)
{
	if (call->arguments.count != count || call->arguments.items[0].name.length ||
	    call->arguments.items[0].value->kind != EXPRESSION_NAME)
		return NULL;
	return call->arguments.items[0].value;
}

/* Is the first of `count` arguments file.name, of a file in use? */
static bool names_of_space(const struct checker *checker, const struct expression *call,
			   unsigned count)
{
	const struct expression *first;

	if (call->arguments.count != count)
		return false;
	first = call->arguments.items[0].value;
	return first->kind == EXPRESSION_MEMBER && named_space(checker, first->left);
}

/* ---- set ------------------------------------------------------------------------- */

static struct expression *read_at_run_time(struct checker *checker, struct expression *given,
					   const struct type *type)
{
	static const struct {
		const struct type *type;
		enum builtin_id id;
	} readers[] = {
		{ &type_bool, BUILTIN_bool_ofText },   { &type_int, BUILTIN_int_ofText },
		{ &type_float, BUILTIN_float_ofText }, { &type_ip, BUILTIN_ip_ofText },
		{ &type_net, BUILTIN_net_ofText },     { &type_duration, BUILTIN_duration_ofText },
		{ &type_time, BUILTIN_time_ofText },
	};

	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (readers[i].type == type)
			return make_call(checker, given->span, readers[i].id, given, NULL);
	return NULL;
}

static struct expression *read_at_load(struct checker *checker, struct expression *text,
				       const struct type *type)
{
	union value given;

	switch (read_constant(checker, text->constant.text, type, &given)) {
	case READING_GOOD:
		make_constant(text, type, given);
		return text;
	case READING_MEMORY:
		return wrong(text);
	default:
		report(checker, "E0316", text->span, "\"%.*s\" cannot be read as %s",
		       TEXT_PRINTF(text->constant.text), type_name(checker, type));
		return wrong(text);
	}
}

/* set() writes everything as text, and what it sets reads the text as its own type. */
static struct expression *set_value(struct checker *checker, struct expression *given,
				    const struct type *type)
{
	struct expression *result = NULL;

	if (given->type->kind == TYPE_WRONG || type->kind == TYPE_WRONG)
		return wrong(given);
	if (!fits(given, type) && type_is_printable(type)) {
		if (type == &type_text && type_is_printable(given->type))
			result = to_text(checker, given);
		else if (given->type == &type_text && is_constant(given))
			result = read_at_load(checker, given, type);
		else if (given->type == &type_text)
			result = read_at_run_time(checker, given, type);
	}
	return result ? result : convert_or_report(checker, given, type, "what is set");
}

static void check_action(struct checker *checker, const struct expression *given)
{
	static const char *const words[] = { "reject", "tmpreject", "accept", "discard" };
	static const char *const verdicts[] = { "reject", "tempfail", "accept", "discard" };
	const size_t count = sizeof(words) / sizeof(words[0]);
	struct diagnostic *diagnostic;
	const char *nearest;

	if (!is_constant(given))
		return;
	for (size_t i = 0; i < count; i++)
		if (text_equals_string(given->constant.text, words[i])) {
			note_word(checker, USE_ACTION, verdicts[i], given->span);
			return;
		}
	diagnostic = report(checker, "W0405", given->span, "smtpAction knows no \"%.*s\"",
			    TEXT_PRINTF(given->constant.text));
	nearest = name_nearest(given->constant.text, words, count);
	if (nearest)
		help(checker, diagnostic, "did you mean \"%s\"?", nearest);
	help(checker, diagnostic, "write reject, tmpreject, accept or discard");
}

void set_engine(struct checker *checker, struct statement *statement, int variable,
		struct expression *given)
{
	const struct variable_row *row = &variable_rows[variable];

	statement->kind = STATEMENT_SET_VARIABLE;
	statement->variable = (enum variable_id)variable;
	statement->value = given;
	if (row->settable && !row->honoured)
		help(checker,
		     report(checker, "W0402", statement->span,
			    "a milter host cannot honour `%s`: this does nothing there", row->name),
		     "set it in the mail server's own configuration");
	if (variable == VARIABLE_smtpAction && given->type == &type_text)
		check_action(checker, given);
	if (variable == VARIABLE_smtpExplanation && given->type == &type_text)
		check_explanation(checker, given);
}

static void set_place(struct statement *statement, struct expression *target,
		      struct expression *given)
{
	statement->kind = STATEMENT_ASSIGN;
	statement->operator= OPERATOR_NONE;
	statement->target = target;
	statement->value = given;
}

static void refuse_constant(struct checker *checker, const struct expression *target,
			    const struct symbol *symbol)
{
	help(checker,
	     report(checker, "E0312", target->span, "`%.*s` is a constant and cannot be set",
		    TEXT_PRINTF(target->name)),
	     symbol->kind == SYMBOL_OPTION
		     ? "an option has one value for as long as the program runs"
		     : "choose another name for what is set");
}

/* Resolves the target of set() without counting that as a use of it. */
static bool resolve_target(struct checker *checker, struct expression *target)
{
	struct local *local = find_local(checker, target->name);
	bool used = local && local->used;

	if (!resolve_value(checker, target))
		return false;
	if (local)
		local->used = used;
	return true;
}

static void set_engine_text(struct checker *checker, struct statement *statement, int variable,
			    struct expression *given)
{
	note_use(checker, USE_WRITE, (unsigned)variable, statement->span);
	given = set_value(checker, given, checker->vocabulary->variables[variable]);
	set_engine(checker, statement, variable, given);
	if (!variable_rows[variable].settable)
		keep_block(checker, statement, NULL);
}

/* set(file.name, "text") */
static bool set_in_space(struct checker *checker, struct statement *statement)
{
	const struct argument *arguments = statement->value->arguments.items;
	struct expression *target, *given;

	checker->policy_text++;
	given = check_expression(checker, arguments[1].value);
	checker->policy_text--;
	target = check_expression(checker, arguments[0].value);
	if (target->type->kind != TYPE_WRONG && check_place(checker, target))
		set_place(statement, target, set_value(checker, given, target->type));
	else
		keep_block(checker, statement, NULL);
	return true;
}

static bool check_set(struct checker *checker, struct statement *statement)
{
	struct expression *target = named_target(statement->value, 2), *given;
	const struct symbol *symbol;
	int variable;

	if (names_of_space(checker, statement->value, 2))
		return set_in_space(checker, statement);
	if (!target || statement->value->arguments.items[1].name.length)
		return bad_statement(checker, statement, "set(name, \"text\");");
	checker->policy_text++;
	given = check_expression(checker, statement->value->arguments.items[1].value);
	checker->policy_text--;
	symbol = find_symbol(checker, target->name);
	variable = find_engine(checker, target->name);
	if (find_local(checker, target->name) || (symbol && symbol->kind == SYMBOL_VARIABLE))
		variable = -1;
	else if (symbol && symbol->kind < SYMBOL_VARIABLE) {
		refuse_constant(checker, target, symbol);
		keep_block(checker, statement, NULL);
		return true;
	}
	if (variable >= 0) {
		set_engine_text(checker, statement, variable, given);
	} else if (resolve_target(checker, target) && check_place(checker, target)) {
		set_place(statement, target, set_value(checker, given, target->type));
	} else {
		keep_block(checker, statement, NULL);
	}
	return true;
}

/* ---- call and export ------------------------------------------------------------------ */

static void call_predefined(struct checker *checker, struct statement *statement,
			    const struct expression *name)
{
	int row = find_row(checker, "policy", name->name, 0);
	struct diagnostic *diagnostic;

	if (row < 0) {
		diagnostic = report(checker, "E0308", name->span, "there is no method `%.*s`",
				    TEXT_PRINTF(name->name));
		suggest(checker, diagnostic, name->name, NEAREST_METHOD);
		help(checker, diagnostic, "declare it: method %.*s { ... }",
		     TEXT_PRINTF(name->name));
		keep_block(checker, statement, NULL);
		return;
	}
	statement->value =
		make_call(checker, statement->value->span, (enum builtin_id)row, NULL, NULL);
}

static bool check_method(struct checker *checker, struct statement *statement)
{
	struct expression *name = named_target(statement->value, 1);
	const struct symbol *symbol;

	if (names_of_space(checker, statement->value, 1)) {
		name = statement->value->arguments.items[0].value;
		name->kind = EXPRESSION_CALL;
		statement->value = check_any(checker, name);
		return true;
	}
	if (!name)
		return bad_statement(checker, statement, "call(method);");
	symbol = find_symbol(checker, name->name);
	if (!symbol || (symbol->kind != SYMBOL_METHOD && symbol->kind != SYMBOL_FUNCTION)) {
		call_predefined(checker, statement, name);
		return true;
	}
	name->kind = EXPRESSION_CALL;
	name->name_span = name->span;
	statement->value = check_any(checker, name);
	return true;
}

static bool check_export(struct checker *checker, struct statement *statement)
{
	struct expression *name = named_target(statement->value, 1);

	if (!name)
		return bad_statement(checker, statement, "export(name);");
	if (!resolve_value(checker, name)) {
		read_as_empty(checker, name);
	} else if (name->kind == EXPRESSION_GLOBAL && name->global->kind == GLOBAL_POLICY) {
		statement->kind = STATEMENT_EXPORT;
		statement->global = name->global;
		statement->value = NULL;
		return true;
	} else if (name->type->kind != TYPE_WRONG) {
		help(checker,
		     report(checker, "W0406", statement->span,
			    "`%.*s` is not made by set(): exporting it does nothing",
			    TEXT_PRINTF(name->name)),
		     "declare what lasts: session var, message var");
	}
	keep_block(checker, statement, NULL);
	return true;
}

bool check_policy_statement(struct checker *checker, struct statement *statement)
{
	const struct expression *call = statement->value;

	if (call->kind != EXPRESSION_CALL || call->left)
		return false;
	if (text_equals(call->name, TEXT("set")))
		return check_set(checker, statement);
	if (text_equals(call->name, TEXT("call")))
		return check_method(checker, statement);
	if (text_equals(call->name, TEXT("export")))
		return check_export(checker, statement);
	return false;
}
