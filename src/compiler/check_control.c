/* if, while, for, try: which way the program goes. */
#include "compiler/checker.h"

static const struct flow flow_on = { true, true };
static const struct flow flow_ends = { false, false };

static struct flow either(struct flow a, struct flow b)
{
	return (struct flow){ a.falls || b.falls, a.runs || b.runs };
}

/* A condition that is known when the program loads. */
static bool known(const struct expression *condition, bool given)
{
	return is_constant(condition) && condition->type == &type_bool &&
	       (condition->constant.i != 0) == given;
}

void keep_block(struct checker *checker, struct statement *statement, struct block *block)
{
	statement->kind = STATEMENT_BLOCK;
	statement->body = block ? block : check_memory(checker, sizeof(*statement->body));
	statement->otherwise = NULL;
	statement->value = NULL;
}

static struct flow check_dead(struct checker *checker, struct block *block, bool dead)
{
	struct flow flow;

	checker->dead += dead;
	flow = check_scoped(checker, block);
	checker->dead -= dead;
	return flow;
}

/* ---- if ------------------------------------------------------------------------ */

/* An else if stands alone in its block, and knows what was asked before it. */
static struct flow check_otherwise(struct checker *checker, const struct statement *statement,
				   const struct asked *before, bool dead)
{
	struct block *block = statement->otherwise;
	bool chain = block->first && block->first->kind == STATEMENT_IF && !block->first->next;
	struct asked asked = { statement->value, before };
	struct flow flow;

	checker->asked = chain ? &asked : NULL;
	flow = check_dead(checker, block, dead);
	checker->asked = NULL;
	return flow;
}

static struct flow check_if(struct checker *checker, struct statement *statement)
{
	const struct expression *literal = suspect_literal(statement->value);
	const struct asked *before = checker->asked;
	struct flow yes, no = flow_on;
	bool always, never;

	checker->asked = NULL;
	statement->value = check_condition(checker, statement->value);
	suspect_decided(checker, literal);
	suspect_chain(checker, statement->value, before);
	always = known(statement->value, true);
	never = known(statement->value, false);
	yes = check_dead(checker, statement->body, never);
	if (statement->otherwise)
		no = check_otherwise(checker, statement, before, always);
	if (!always && !never)
		return either(yes, no);
	keep_block(checker, statement, always ? statement->body : statement->otherwise);
	return (struct flow){ yes.falls || no.falls, always ? yes.runs : no.runs };
}

/* ---- loops ----------------------------------------------------------------------- */

/* True when a break of this loop can be reached. */
static bool check_loop(struct checker *checker, struct block *body, bool dead)
{
	bool outer = checker->loop_left, left;

	checker->loop_left = false;
	checker->loop_depth++;
	check_dead(checker, body, dead);
	checker->loop_depth--;
	left = checker->loop_left;
	checker->loop_left = outer;
	return left;
}

/* A loop that is written to go on for ever ends in what leaves it; one that an option makes so is
 * not told from others, or a program would be right with one value and wrong with another. */
static struct flow check_while(struct checker *checker, struct statement *statement)
{
	bool written = statement->value->kind == EXPRESSION_BOOL && statement->value->integer;
	const struct expression *literal = written ? NULL : suspect_literal(statement->value);
	bool left;

	statement->value = check_condition(checker, statement->value);
	suspect_decided(checker, literal);
	left = check_loop(checker, statement->body, known(statement->value, false));
	if (known(statement->value, false)) {
		keep_block(checker, statement, NULL);
		return flow_on;
	}
	if (known(statement->value, true))
		return (struct flow){ !written || left, left };
	return flow_on;
}

static void declare_counter(struct checker *checker, struct statement *statement)
{
	struct local_entry *entry;

	statement->local =
		declare_local(checker, statement->name, statement->name_span, &type_int, false);
	entry = name_find(&checker->locals, statement->name);
	if (entry)
		entry->counter = true;
}

static struct flow check_for_range(struct checker *checker, struct statement *statement)
{
	unsigned mark;

	statement->value = check_as(checker, statement->value, &type_int, "the start of a range");
	statement->until = check_as(checker, statement->until, &type_int, "the end of a range");
	mark = scope_open(checker);
	declare_counter(checker, statement);
	check_loop(checker, statement->body, false);
	scope_close(checker, mark);
	return flow_on;
}

static void refuse_for(struct checker *checker, const struct statement *statement)
{
	const struct type *type = statement->value->type;
	struct diagnostic *diagnostic;

	if (type->kind == TYPE_WRONG)
		return;
	diagnostic =
		report(checker, "E0307", statement->value->span,
		       type->kind == TYPE_LIST ? "%s has no keys: `for` takes one variable here"
					       : "`for` does not go over %s",
		       type_name(checker, type));
	if (type == &type_text)
		help(checker, diagnostic,
		     "write .lines(), .words(), .split(\",\") or .characters()");
	else if (type == &type_int)
		help(checker, diagnostic, "write for (i in 0..n)");
}

/* The types of the two variables; wrong ones when there is nothing to go over. */
static void item_types(struct checker *checker, struct statement *statement,
		       const struct type **first, const struct type **second)
{
	const struct type *type = statement->value->type;

	*first = *second = &type_wrong;
	if (type->kind == TYPE_MAP) {
		*first = type->key;
		*second = type->element;
	} else if (type->kind == TYPE_LIST && !statement->second) {
		*first = type->element;
	} else {
		refuse_for(checker, statement);
	}
}

static struct flow check_for(struct checker *checker, struct statement *statement)
{
	struct second_name *name = statement->second;
	const struct type *first, *second;
	unsigned mark;

	statement->value = check_expression(checker, statement->value);
	if (!is_settled(checker, statement->value))
		statement->value->type = &type_wrong;
	item_types(checker, statement, &first, &second);
	mark = scope_open(checker);
	statement->local =
		declare_local(checker, statement->name, statement->name_span, first, false);
	if (name)
		name->local = declare_local(checker, name->name, name->span, second, false);
	check_loop(checker, statement->body, false);
	scope_close(checker, mark);
	return flow_on;
}

static struct flow check_jump(struct checker *checker, const struct statement *statement)
{
	if (!checker->loop_depth)
		report(checker, "E0323", statement->span, "`%s` stands in no loop",
		       statement->kind == STATEMENT_BREAK ? "break" : "continue");
	if (statement->kind == STATEMENT_BREAK)
		checker->loop_left = true;
	return flow_ends;
}

/* ---- try ------------------------------------------------------------------------------ */

static struct flow check_try(struct checker *checker, struct statement *statement)
{
	struct flow body = check_scoped(checker, statement->body), caught;
	unsigned mark = scope_open(checker);

	if (statement->name.length)
		statement->local = declare_local(checker, statement->name, statement->name_span,
						 checker->vocabulary->error, false);
	caught = check_block(checker, statement->otherwise);
	scope_close(checker, mark);
	return either(body, caught);
}

/* ---- parallel -------------------------------------------------------------------------- */

/* Each runs with the variables as they are when the block begins; what is assigned is assigned when
 * all have ended. */
static void check_side(struct checker *checker, struct statement *statement)
{
	switch (statement->kind) {
	case STATEMENT_CALL:
		check_call_statement(checker, statement);
		break;
	case STATEMENT_ASSIGN:
		check_assignment(checker, statement);
		break;
	default:
		help(checker,
		     report(checker, "E0330", statement->span,
			    "only assignments and calls stand in `parallel`"),
		     "write result = f(...); or f(...); and put what is longer into a function");
		return;
	}
	if (statement->kind != STATEMENT_CALL && statement->kind != STATEMENT_ASSIGN)
		help(checker,
		     report(checker, "E0330", statement->span,
			    "this is not done side by side with others"),
		     "write it before or behind the block");
}

static struct flow check_parallel(struct checker *checker, const struct statement *statement)
{
	unsigned count = 0;
	bool outside = checker->side_by_side;

	checker->side_by_side = true;
	for (struct statement *one = statement->body->first; one && !checker->failed;
	     one = one->next, count++)
		check_side(checker, one);
	checker->side_by_side = outside;
	if (count > PARALLEL_MAX)
		report(checker, "E0330", statement->span,
		       "at most %d statements stand in one `parallel`", PARALLEL_MAX);
	return flow_on;
}

struct flow check_control(struct checker *checker, struct statement *statement)
{
	switch (statement->kind) {
	case STATEMENT_IF:
		return check_if(checker, statement);
	case STATEMENT_WHILE:
		return check_while(checker, statement);
	case STATEMENT_FOR_RANGE:
		return check_for_range(checker, statement);
	case STATEMENT_FOR:
		return check_for(checker, statement);
	case STATEMENT_BREAK:
	case STATEMENT_CONTINUE:
		return check_jump(checker, statement);
	case STATEMENT_TRY:
		return check_try(checker, statement);
	case STATEMENT_PARALLEL:
		return check_parallel(checker, statement);
	default:
		return statement->body ? check_scoped(checker, statement->body) : flow_on;
	}
}
