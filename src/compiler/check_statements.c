/* Statements: variables, assignments, calls, returns; blocks and what is never reached in them. */
#include "compiler/checker.h"

static const struct flow flow_on = { true, true };
static const struct flow flow_ends = { false, false };

/* ---- variables ------------------------------------------------------------------ */

static struct expression *initial_value(struct checker *checker, struct statement *statement,
					const struct type **type)
{
	struct expression *given;

	*type = statement->written_type ? resolve_type(checker, statement->written_type) : NULL;
	if (statement->value && *type)
		return check_as(checker, statement->value, *type, "the value");
	if (statement->value) {
		given = check_expression(checker, statement->value);
		*type = is_settled(checker, given) ? given->type : &type_wrong;
		return given;
	}
	if (!*type)
		*type = &type_wrong;
	given = first_value(checker, *type, statement->span);
	if (given)
		return given;
	help(checker,
	     report(checker, "E0321", statement->name_span, "`%.*s` needs a value to begin with",
		    TEXT_PRINTF(statement->name)),
	     "%s has no first value: write var %.*s = ...; where the value is known",
	     type_name(checker, *type), TEXT_PRINTF(statement->name));
	return wrong(new_expression(checker, EXPRESSION_WRONG, statement->span));
}

static void check_var(struct checker *checker, struct statement *statement)
{
	const struct type *type;

	statement->value = initial_value(checker, statement, &type);
	if (!may_be_kept(checker, type, statement->value->span))
		type = &type_wrong;
	statement->local =
		declare_local(checker, statement->name, statement->name_span, type, true);
}

/* ---- assignments ------------------------------------------------------------------ */

/* Assigning to a variable is no use of it. */
static struct expression *check_target(struct checker *checker, struct expression *target)
{
	struct local *local =
		target->kind == EXPRESSION_NAME ? find_local(checker, target->name) : NULL;
	bool used = local && local->used;

	target = check_expression(checker, target);
	if (local)
		local->used = used;
	return target;
}

static bool assign_engine(struct checker *checker, struct statement *statement, int variable)
{
	const struct variable_row *row = &variable_rows[variable];
	struct expression *given = statement->value;
	struct diagnostic *diagnostic;

	if (!row->settable || statement->operator!= OPERATOR_NONE) {
		diagnostic = report(checker, "E0312", statement->target->span,
				    row->settable ? "`%s` can be set, but not changed like this"
						  : "the engine variable `%s` cannot be set",
				    row->name);
		help(checker, diagnostic,
		     row->settable ? "write = and the whole value"
				   : "it tells what the mail server says; copy it into a variable");
		check_expression(checker, given);
		return false;
	}
	note_use(checker, USE_ASSIGN, (unsigned)variable, statement->span);
	given = check_as(checker, given, checker->vocabulary->variables[variable], "the value");
	set_engine(checker, statement, variable, given);
	return true;
}

/* The engine variable that a bare name stands for here, or -1. */
static int engine_target(const struct checker *checker, const struct expression *target)
{
	const struct symbol *symbol;

	if (target->kind != EXPRESSION_NAME || find_local(checker, target->name))
		return -1;
	symbol = find_symbol(checker, target->name);
	if (symbol && symbol->kind <= SYMBOL_VARIABLE)
		return -1;
	return find_engine(checker, target->name);
}

static void check_compound(struct checker *checker, struct statement *statement)
{
	const struct type *type = statement->target->type;
	struct expression *given = check_expression(checker, statement->value);
	const struct type *result;

	if (type == &type_float && given->type == &type_int)
		given = convert(checker, given, type);
	statement->value = given;
	if (given->type->kind == TYPE_WRONG || type->kind == TYPE_WRONG)
		return;
	result = arithmetic_type(type, given->type, statement->operator);
	if (result == type)
		return;
	help(checker,
	     report(checker, "E0307", statement->span, "`%s=` does not go with %s and %s",
		    operator_word(statement->operator), type_name(checker, type),
		    type_name(checker, given->type)),
	     "%s",
	     type == &type_text ? "to join, make the other a text too: \"%{...}\" or text(...)"
				: "make both sides fit, or write = and the whole expression");
}

void check_assignment(struct checker *checker, struct statement *statement)
{
	int variable = engine_target(checker, statement->target);

	if (variable >= 0) {
		assign_engine(checker, statement, variable);
		return;
	}
	statement->target = check_target(checker, statement->target);
	if (statement->target->type->kind == TYPE_WRONG ||
	    !check_place(checker, statement->target)) {
		check_expression(checker, statement->value);
		return;
	}
	if (statement->operator!= OPERATOR_NONE)
		check_compound(checker, statement);
	else
		statement->value =
			check_as(checker, statement->value, statement->target->type, "the value");
}

/* ---- calls ------------------------------------------------------------------------- */

bool is_never(const struct expression *call)
{
	return call->kind == EXPRESSION_CALL_BUILTIN && builtin_rows[call->builtin].never_returns;
}

static bool does_something(const struct expression *expression)
{
	return expression->kind == EXPRESSION_CALL_BUILTIN ||
	       expression->kind == EXPRESSION_CALL_FUNCTION || expression->kind == EXPRESSION_WRONG;
}

struct flow check_call_statement(struct checker *checker, struct statement *statement)
{
	bool is_call = statement->value->kind == EXPRESSION_CALL;
	struct flow flow;

	if (check_expect(checker, statement, &flow))
		return flow;
	if (check_policy_statement(checker, statement))
		return flow_on;
	statement->value = check_any(checker, statement->value);
	if (!is_call || !does_something(statement->value)) {
		help(checker,
		     report(checker, "E0329", statement->span, "this does nothing with its value"),
		     "call a function, assign with =, or take it out");
		return flow_on;
	}
	return is_never(statement->value) ? flow_ends : flow_on;
}

/* ---- return and throw ---------------------------------------------------------------- */

static void check_return(struct checker *checker, struct statement *statement)
{
	const struct function *function = &checker->routine->function;
	const struct type *result = function->result;
	struct diagnostic *diagnostic;

	if (!statement->value) {
		if (result->kind == TYPE_VOID || result->kind == TYPE_WRONG)
			return;
		diagnostic = report(checker, "E0313", statement->span, "this must return %s",
				    type_name(checker, result));
		relate(checker, diagnostic, function->declaration->name_span, "declared here");
		return;
	}
	if (result->kind != TYPE_VOID) {
		statement->value = check_as(checker, statement->value, result, "the result");
		return;
	}
	statement->value = check_any(checker, statement->value);
	diagnostic = report(checker, "E0313", statement->value->span,
			    "`%.*s` has no result to return", TEXT_PRINTF(function->name));
	if (function->declaration->kind == DECLARATION_FUNCTION)
		help(checker, diagnostic, "declare its type: function %.*s(...) -> text",
		     TEXT_PRINTF(function->name));
	else
		help(checker, diagnostic, "write `return;`");
}

static void check_throw(struct checker *checker, struct statement *statement)
{
	const struct type *type;

	statement->value = check_expression(checker, statement->value);
	type = statement->value->type;
	if (type == &type_text || type == checker->vocabulary->error || type->kind == TYPE_WRONG)
		return;
	help(checker,
	     report(checker, "E0306", statement->value->span,
		    "what is thrown must be a text or an Error, not %s", type_name(checker, type)),
	     "write throw \"why\", or throw e again in a catch");
}

/* ---- blocks ------------------------------------------------------------------------------ */

static struct flow check_statement(struct checker *checker, struct statement *statement)
{
	switch (statement->kind) {
	case STATEMENT_VAR:
		check_var(checker, statement);
		return flow_on;
	case STATEMENT_ASSIGN:
		check_assignment(checker, statement);
		return flow_on;
	case STATEMENT_CALL:
		return check_call_statement(checker, statement);
	case STATEMENT_RETURN:
		check_return(checker, statement);
		return flow_ends;
	case STATEMENT_THROW:
		check_throw(checker, statement);
		return flow_ends;
	default:
		return check_control(checker, statement);
	}
}

static void warn_unreached(struct checker *checker, const struct statement *statement,
			   const struct statement *before)
{
	relate(checker, report(checker, "W0303", statement->span, "this is never reached"),
	       before->span, "what stands before it never goes on");
}

/* What is never reached is checked like all else, then cut off. */
struct flow check_block(struct checker *checker, struct block *block)
{
	struct flow flow = flow_on;
	struct statement *end = NULL; /* the last that runs */
	unsigned dead = checker->dead;

	for (struct statement *one = block->first; one; one = one->next) {
		struct flow next = checker->failed ? flow_on : check_statement(checker, one);

		flow.falls = flow.falls && next.falls;
		flow.runs = flow.runs && next.runs;
		if (flow.runs || end)
			continue;
		end = one;
		checker->dead++;
		if (!flow.falls && one->next)
			warn_unreached(checker, one->next, one);
	}
	if (end) {
		end->next = NULL;
		block->last = end;
	}
	checker->dead = dead;
	return flow;
}

struct flow check_scoped(struct checker *checker, struct block *block)
{
	unsigned mark = scope_open(checker);
	struct flow flow = check_block(checker, block);

	scope_close(checker, mark);
	return flow;
}

void check_body(struct checker *checker, struct routine *routine)
{
	struct function *function = &routine->function;
	struct declaration *declaration = function->declaration;
	unsigned mark = scope_open(checker);
	struct flow flow;

	checker->routine = routine;
	space_enter(checker, routine->space);
	checker->loop_depth = 0;
	for (struct parameter *parameter = declaration->parameters; parameter;
	     parameter = parameter->next)
		if (parameter->local)
			enter_local(checker, parameter->local, false);
	flow = check_block(checker, declaration->body);
	scope_close(checker, mark);
	checker->routine = NULL;
	if (!flow.falls || function->result->kind == TYPE_VOID ||
	    function->result->kind == TYPE_WRONG || has_lost(checker, declaration->span))
		return;
	help(checker,
	     report(checker, "E0313", declaration->name_span, "`%.*s` can end without a return",
		    TEXT_PRINTF(function->name)),
	     "every way through it must return %s", type_name(checker, function->result));
}
