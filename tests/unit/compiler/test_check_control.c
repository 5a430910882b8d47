#include "check_support.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(check_control, .fini = check_forget);

Test(check_control, loops)
{
	static const struct check_case cases[] = {
		{"for (r in recipients) { log.info(r); }", ""},
		{"for (k, v in macros) { log.info(k + v); }", ""},
		{"for (k in macros) { log.info(k); }", ""},
		{"for (a, b in recipients) { }", "E0307"},
		{"for (x in mailFrom) { log.info(x); }", "E0307"},
		{"for (x in 5) { }", "E0307"},
		{"for (x in []) { }", "E0315"},
		{"for (i in 0..mailCount) { log.info(\"%i%\"); }", ""},
		{"for (i in \"a\"..5) { }", "E0306"},
		{"for (i in 0..1.5) { }", "E0306"},
		{"break;", "E0323"},
		{"continue;", "E0323"},
		{"if (isESMTP) { break; }", "E0323"},
		{"while (isESMTP) { if (isSSLConnection) { break; } continue; }", ""},
		{"for (x in nobody) { log.info(x); }", "E0301"},
		{"parallel { log.info(\"a\"); log.info(\"b\"); }", ""},
		{"parallel { while (true) { } }", "E0330"},
	};

	assert_cases(cases, check_statements);
	assert_codes(check_source("table t: text = \"file:x\"; event onData { for (x in t) { } }"),
		     "E0307");
}

Test(check_control, locals_of_loops)
{
	struct checked *one =
		check_statements("for (k, v in macros) { log.info(k + v); } "
				 "for (i in 0..2) { } for (r in recipients) { } "
				 "try { throw \"\"; } catch (e) { } try { } catch { }");
	const struct function *f = check_function(one, "onDataReceived");
	const struct statement *s = check_statement_of(f, 0);

	cr_assert_eq(s->local->type, &type_text);
	cr_assert_eq(s->second->local->type, &type_text);
	cr_assert_neq(s->local->number, s->second->local->number);
	cr_assert_eq(check_statement_of(f, 1)->local->type, &type_int);
	cr_assert_null(check_statement_of(f, 2)->second);
	cr_assert_eq(check_statement_of(f, 3)->local->type, one->program->vocabulary->error);
	cr_assert_null(check_statement_of(f, 4)->local);
}

Test(check_control, after_a_loop_there_is_none)
{
	assert_codes(check_statements("while (isESMTP) { } break;"), "E0323");
	assert_codes(check_statements("for (i in 0..2) { for (j in 0..2) { } break; }"), "");
}

Test(check_control, keys_and_items_have_types_of_their_own)
{
	struct checked *one = check_statements("for (k, v in [\"a\": 1]) { log.info(\"%k%%v%\"); } "
					       "for (k in [\"a\": 1]) { log.info(k); }");
	const struct function *f = check_function(one, "onDataReceived");

	cr_assert_eq(check_statement_of(f, 0)->local->type, &type_text);
	cr_assert_eq(check_statement_of(f, 0)->second->local->type, &type_int);
	cr_assert_eq(check_statement_of(f, 1)->local->type, &type_text);
}

Test(check_control, known_conditions_leave_one_block)
{
	struct checked *one = check_source(
		"const DEBUG = false; event onData { if (DEBUG) { log.info(\"a\"); } else { "
		"log.info(\"b\"); } "
		"if (not DEBUG) { log.info(\"c\"); } while (DEBUG) { log.info(\"d\"); } "
		"if (DEBUG) { log.info(\"e\"); } log.info(\"f\"); }");
	const struct function *f = check_function(one, "onData");
	const struct statement *s = check_statement_of(f, 0);

	cr_assert_eq(s->kind, STATEMENT_BLOCK);
	cr_assert(text_equals(s->body->first->value->arguments.items[0].value->constant.text,
			      TEXT("b")));
	s = check_statement_of(f, 1);
	cr_assert(text_equals(s->body->first->value->arguments.items[0].value->constant.text,
			      TEXT("c")));
	s = check_statement_of(f, 2);
	cr_assert(s->kind == STATEMENT_BLOCK && s->body->first == NULL);
	s = check_statement_of(f, 3);
	cr_assert(s->kind == STATEMENT_BLOCK && s->body->first == NULL);
	cr_assert_eq(check_statement_of(f, 4)->kind, STATEMENT_CALL);
}

/* What is dead is wrong all the same. */
Test(check_control, dead_code_is_checked)
{
	assert_codes(check_statements("if (false) { x = 1; }"), "W0308 E0301");
	assert_codes(check_statements("reject(); x = 1;"), "W0303");
}

Test(check_control, blocks_nest_to_the_parsers_limit)
{
	static char source[65536];
	size_t at = (size_t)snprintf(source, sizeof(source), "event onData { ");

	for (int i = 0; i < 190; i++)
		at += (size_t)snprintf(source + at, sizeof(source) - at, "if (isESMTP) { ");
	for (int i = 0; i < 191; i++)
		at += (size_t)snprintf(source + at, sizeof(source) - at, "} ");
	assert_codes(check_source(source), "");
}

Test(check_control, chains_of_else_if_may_be_long)
{
	static char source[65536];
	size_t at = (size_t)snprintf(source, sizeof(source), "event onData { if (isESMTP) { } ");

	for (int i = 0; i < 900; i++)
		at += (size_t)snprintf(source + at, sizeof(source) - at, "else if (bodySize == %d) { } ", i);
	snprintf(source + at, sizeof(source) - at, "}");
	assert_codes(check_source(source), "");
}
