/* The policy layer's conditions: anyOf, allOf, and tests of (name, "text"). */
#include "compiler/checker.h"

#include <string.h>

/* ---- names that nothing sets ------------------------------------------------- */

void read_as_empty(struct checker *checker, struct expression *expression)
{
	struct diagnostic *diagnostic = report(checker, "W0302", expression->span,
					       "nothing declares or sets `%.*s`: it reads as \"\"",
					       TEXT_PRINTF(expression->name));

	suggest(checker, diagnostic, expression->name, NEAREST_VALUE);
	make_text(expression, TEXT_EMPTY);
}

static void add_slot(struct checker *checker, struct text name, struct span span)
{
	const struct symbol *symbol = find_symbol(checker, name);
	struct global *slot;
	void **place;

	if (find_engine(checker, name) >= 0 || (symbol && symbol->kind <= SYMBOL_VARIABLE))
		return;
	place = name_place(checker, &checker->slots, name);
	if (!place || *place)
		return;
	slot = check_memory(checker, sizeof(*slot));
	if (!slot)
		return;
	*slot = (struct global){
		.kind = GLOBAL_POLICY, .name = name, .lifetime = LIFETIME_EVENT, .span = span
	};
	*place = slot;
}

static void collect_call(struct checker *checker, const struct expression *call)
{
	const struct expression *first;

	if (!call || call->kind != EXPRESSION_CALL || call->left || !call->arguments.count ||
	    !text_equals(call->name, TEXT("set")))
		return;
	first = call->arguments.items[0].value;
	if (first->kind == EXPRESSION_NAME && !call->arguments.items[0].name.length)
		add_slot(checker, first->name, first->span);
}

/* The parser bounds how deep blocks nest, but not how long a chain of else if is. */
static void collect_statement(struct checker *checker, const struct statement *statement)
{
	const struct block *otherwise;

	for (;;) {
		if (statement->kind == STATEMENT_CALL)
			collect_call(checker, statement->value);
		if (statement->body)
			collect_slots(checker, statement->body);
		otherwise = statement->otherwise;
		if (!otherwise || !otherwise->first)
			return;
		if (otherwise->first->next || otherwise->first->kind != STATEMENT_IF)
			break;
		statement = otherwise->first;
	}
	collect_slots(checker, otherwise);
}

void collect_slots(struct checker *checker, const struct block *block)
{
	for (const struct statement *one = block->first; one && !checker->failed; one = one->next)
		collect_statement(checker, one);
}

/* ---- anyOf, allOf -------------------------------------------------------------- */

/* Balanced, so that a list of a thousand conditions does not make a tree a thousand deep; the order
 * in which they are asked stays. */
static struct expression *combine(struct checker *checker, enum expression_kind kind,
				  struct expression **items, unsigned count, struct span span)
{
	struct expression *whole;

	if (count == 1)
		return items[0];
	whole = new_expression(checker, kind, span);
	if (checker->failed)
		return whole;
	whole->type = &type_bool;
	whole->left = combine(checker, kind, items, count / 2, span);
	whole->right = combine(checker, kind, items + count / 2, count - count / 2, span);
	return whole;
}

struct group {
	struct expression **items; /* conditions that are asked */
	unsigned count;
	bool wrong;
	bool decided; /* a constant answers; what follows is never asked */
};

static void add_condition(struct checker *checker, struct group *group,
			  struct expression *condition, bool deciding)
{
	checker->dead += group->decided;
	condition = check_condition(checker, condition);
	checker->dead -= group->decided;
	group->wrong = group->wrong || condition->type->kind == TYPE_WRONG;
	if (group->decided || group->wrong)
		return;
	if (is_constant(condition) && (condition->constant.i != 0) != deciding)
		return;
	group->decided = is_constant(condition);
	group->items[group->count++] = condition;
}

static struct expression *check_group_of(struct checker *checker, struct expression *call, bool any)
{
	unsigned count = call->arguments.count;
	struct group group = { .count = 0 };

	group.items = check_memory(checker, ((size_t)count + 1) * sizeof(*group.items));
	if (!group.items)
		return wrong(call);
	if (count == 0) {
		help(checker,
		     report(checker, "E0309", call->span, "`%.*s` has no condition",
			    TEXT_PRINTF(call->name)),
		     "write %.*s(condition, condition, ...)", TEXT_PRINTF(call->name));
		return wrong(call);
	}
	for (unsigned i = 0; i < count; i++)
		add_condition(checker, &group, call->arguments.items[i].value, any);
	if (group.wrong)
		return wrong(call);
	if (group.count == 0) {
		make_constant(call, &type_bool, (union value){ .i = !any });
		return call;
	}
	return combine(checker, any ? EXPRESSION_OR : EXPRESSION_AND, group.items, group.count,
		       call->span);
}

/* ---- tests ------------------------------------------------------------------------ */

enum test_kind {
	TEST_ALWAYS,  /* the word means nothing else */
	TEST_OF_NAME, /* a builtin too, when the first argument is no bare policy name */
};

static const struct policy_test {
	const char *name;
	enum test_kind kind;
	enum builtin_id id;
} tests[] = {
	{ "is", TEST_ALWAYS, BUILTIN_policy_is },
	{ "isCase", TEST_ALWAYS, BUILTIN_policy_isCase },
	{ "greaterThan", TEST_ALWAYS, BUILTIN_policy_greaterThan },
	{ "lessThan", TEST_ALWAYS, BUILTIN_policy_lessThan },
	{ "ipRange", TEST_ALWAYS, BUILTIN_policy_ipRange },
	{ "contains", TEST_OF_NAME, BUILTIN_policy_contains },
	{ "startsWith", TEST_OF_NAME, BUILTIN_policy_startsWith },
	{ "endsWith", TEST_OF_NAME, BUILTIN_policy_endsWith },
	{ "matches", TEST_OF_NAME, BUILTIN_policy_matches },
};

static const struct policy_test *find_test(struct text name)
{
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		if (text_equals_string(name, tests[i].name))
			return &tests[i];
	return NULL;
}

static bool is_policy_name(const struct checker *checker, const struct expression *expression)
{
	const struct symbol *symbol;
	int variable;

	if (expression->kind != EXPRESSION_NAME || find_local(checker, expression->name))
		return false;
	symbol = find_symbol(checker, expression->name);
	if (symbol && symbol->kind <= SYMBOL_VARIABLE)
		return false;
	variable = find_engine(checker, expression->name);
	return variable < 0 || type_is_printable(checker->vocabulary->variables[variable]);
}

static bool is_test(const struct checker *checker, const struct expression *call,
		    const struct policy_test *test)
{
	const struct argument *arguments = call->arguments.items;

	if (test->kind == TEST_ALWAYS)
		return true;
	return call->arguments.count == 2 && !arguments[0].name.length &&
	       !arguments[1].name.length && arguments[1].value->kind != EXPRESSION_REGEX &&
	       is_policy_name(checker, arguments[0].value);
}

static struct expression *tested_value(struct checker *checker, struct expression *expression)
{
	if (expression->kind == EXPRESSION_NAME && !resolve_value(checker, expression)) {
		read_as_empty(checker, expression);
		return expression;
	}
	return check_text(checker, expression);
}

static struct expression *wanted_text(struct checker *checker, struct expression *expression)
{
	checker->policy_text++;
	expression = check_text(checker, expression);
	checker->policy_text--;
	return expression;
}

/* Several ranges may stand in one text. */
static void check_ranges(struct checker *checker, const struct expression *wanted)
{
	struct text word;
	struct net net;
	size_t at = 0;

	while (text_next_word(wanted->constant.text, &at, &word)) {
		if (net_parse(word, false, &net))
			continue;
		help(checker,
		     report(checker, "E0316", wanted->span, "\"%.*s\" is no range of addresses",
			    TEXT_PRINTF(word)),
		     "write address/bits, address/mask, one address or first-last");
		return;
	}
}

static void check_number(struct checker *checker, const struct expression *wanted)
{
	double number;

	if (!text_to_float(text_trim(wanted->constant.text), &number))
		help(checker,
		     report(checker, "W0305", wanted->span,
			    "\"%.*s\" is no number: this is never true",
			    TEXT_PRINTF(wanted->constant.text)),
		     "compare texts with is(name, \"text\")");
}

/* What %name% brings is data: its bytes stand for themselves in a pattern. */
static void quote_parts(struct checker *checker, struct expression *pattern)
{
	struct expression_list *items = &pattern->items;

	if (pattern->kind != EXPRESSION_TEMPLATE)
		return;
	for (unsigned i = 0; i < items->count; i++)
		if (!is_constant(items->items[i]))
			items->items[i] = make_call(checker, items->items[i]->span,
						    BUILTIN_re_quote, items->items[i], NULL);
}

static struct expression *check_matches(struct checker *checker, struct expression *call,
					struct expression *given, struct expression *pattern)
{
	struct expression *match;

	if (!is_constant(pattern)) {
		quote_parts(checker, pattern);
		return make_call(checker, call->span, BUILTIN_policy_matches, given, pattern);
	}
	match = new_expression(checker, EXPRESSION_MATCH, call->span);
	match->left = given;
	match->right = convert(checker, pattern, &type_regex);
	match->type = &type_bool;
	return match->right->type->kind == TYPE_WRONG ? wrong(match) : match;
}

static struct expression *check_test(struct checker *checker, struct expression *call,
				     const struct policy_test *test)
{
	struct argument *arguments = call->arguments.items;
	struct expression *given, *wanted;

	if (call->arguments.count != 2 || arguments[0].name.length || arguments[1].name.length) {
		help(checker,
		     report(checker, "E0328", call->span, "`%s` is a test of a variable and a text",
			    test->name),
		     "write %s(name, \"text\")", test->name);
		return wrong(call);
	}
	given = tested_value(checker, arguments[0].value);
	wanted = wanted_text(checker, arguments[1].value);
	if (given->type->kind == TYPE_WRONG || wanted->type->kind == TYPE_WRONG)
		return wrong(call);
	if (test->id == BUILTIN_policy_matches)
		return check_matches(checker, call, given, wanted);
	if (test->id == BUILTIN_policy_ipRange && is_constant(wanted))
		check_ranges(checker, wanted);
	if ((test->id == BUILTIN_policy_greaterThan || test->id == BUILTIN_policy_lessThan) &&
	    is_constant(wanted))
		check_number(checker, wanted);
	return make_call(checker, call->span, test->id, given, wanted);
}

struct expression *check_policy_call(struct checker *checker, struct expression *call)
{
	const struct symbol *symbol = find_symbol(checker, call->name);
	const struct policy_test *test;

	if (symbol && symbol->kind >= SYMBOL_RECORD)
		return NULL;
	if (text_equals(call->name, TEXT("anyOf")))
		return check_group_of(checker, call, true);
	if (text_equals(call->name, TEXT("allOf")))
		return check_group_of(checker, call, false);
	test = find_test(call->name);
	return test && is_test(checker, call, test) ? check_test(checker, call, test) : NULL;
}
