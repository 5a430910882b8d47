#include "check_support.h"

#include <criterion/criterion.h>

static void begin(void)
{
	check_tests_too = true;
}

TestSuite(check_expect, .init = begin);

static const struct function *first_test(const char *source)
{
	const struct checked *checked = check_source(source);

	cr_assert_not_null(checked->program, "%s: %s", check_codes(checked),
			   check_message(checked));
	cr_assert_not_null(checked->program->tests);
	return checked->program->tests->function;
}

/* The nth part of the expectation that is the test's only statement. */
static const struct block *part(const struct function *test, unsigned n)
{
	const struct statement *whole = test->declaration->body->first;
	const struct statement *one = whole->body->first;

	while (n-- > 0)
		one = one->next;
	return one ? one->body : NULL;
}

static const struct expression *call_of(const struct block *block)
{
	return block->last->value;
}

static struct text argument_text(const struct expression *call, unsigned n)
{
	return call->arguments.items[n].value->constant.text;
}

Test(check_expect, a_call_is_worked_out_once)
{
	const struct block *block =
		part(first_test("test \"t\" { expect(verdict() == \"accept\"); }"), 0);
	const struct expression *call = call_of(block);

	cr_assert_eq(block->first->kind, STATEMENT_VAR);
	cr_assert_eq(block->first->next, block->last);
	cr_assert_eq(call->builtin, BUILTIN_expect_both);
	cr_assert(text_equals_string(argument_text(call, 1), "verdict()"));
	cr_assert_eq(call->arguments.items[2].value->kind, EXPRESSION_LOCAL);
	cr_assert_eq(argument_text(call, 3).length, 0);
	cr_assert(text_equals_string(argument_text(call, 4), "\"accept\""));
}

/* A constant text is read as the address that it is compared with. */
Test(check_expect, names_stay_where_they_are)
{
	const struct block *block =
		part(first_test("const WANTED = \"192.0.2.1\";\n"
				"function it() -> ip { return ip(\"192.0.2.1\"); }\n"
				"test \"t\" { expect(it() == WANTED); }"),
		     0);

	cr_assert_eq(block->first->next, block->last);
	cr_assert(text_equals_string(argument_text(call_of(block), 3), "WANTED"));
}

Test(check_expect, each_part_of_an_and_by_itself)
{
	const struct function *test = first_test(
		"test \"t\" { expect(verdict() == \"a\" and quarantined() and 1 < 2); }");

	cr_assert_eq(call_of(part(test, 0))->builtin, BUILTIN_expect_both);
	cr_assert_eq(call_of(part(test, 1))->builtin, BUILTIN_expect_said);
	cr_assert_eq(call_of(part(test, 2))->builtin, BUILTIN_expect_both);
}

Test(check_expect, what_is_wrong)
{
	static const struct check_case cases[] = {
		{ "test \"t\" { expect(1); }", "E0306" },
		{ "test \"t\" { expect(); }", "E0309" },
		{ "test \"t\" { expect(1 == \"x\"); }", "E0307" },
		{ "test \"t\" { reject(); }", "E0402" },
		{ "test \"t\" { expect(mailFrom == \"\"); }", "W0403" },
		{ "test \"t\" { f(); } function f() { discard(); }", "E0402" },
		{ "event onEhlo { f(); } function f() { smtp.send(); }", "E0410" },
		{ "session var x = verdict();", "E0410" },
		{ "function f() { smtp.send(); }", "" },
		{ "function expect(x: int) { } test \"t\" { expect(1); }", "" },
		{ "function verdict() { } event onEhlo { verdict(); }", "" },
	};

	assert_cases(cases, check_source);
}
