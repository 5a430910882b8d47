#include "check_support.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(check_names, .fini = check_forget);

Test(check_names, lookup_goes_from_the_inside_out)
{
	struct checked *one =
		check_source("session var x: int; function f(x: text) -> text { return x; } "
			     "function g() -> int { return x; }");
	const struct statement *in_f = check_statement_of(check_function(one, "f"), 0);
	const struct statement *in_g = check_statement_of(check_function(one, "g"), 0);

	cr_assert_eq(in_f->value->kind, EXPRESSION_LOCAL);
	cr_assert_eq(in_g->value->kind, EXPRESSION_GLOBAL);
}

Test(check_names, engine_variables_ignore_case)
{
	struct checked *one = check_statements("var x = REMOTEsmtpip; log.info(\"%x%\");");
	const struct statement *first =
		check_statement_of(check_function(one, "onDataReceived"), 0);

	cr_assert_eq(first->value->kind, EXPRESSION_VARIABLE);
	cr_assert_eq(first->value->variable, VARIABLE_remoteSmtpIp);
	cr_assert_eq(first->value->type, &type_ip);
}

Test(check_names, slots_ignore_case_and_are_one)
{
	struct checked *one =
		check_source("event onData { set(Flag, \"a\"); set(FLAG, \"%flag%\"); }");

	cr_assert_eq(one->program->global_count, 1);
	cr_assert_eq(one->program->globals->kind, GLOBAL_POLICY);
	cr_assert_eq(one->program->globals->lifetime, LIFETIME_EVENT);
	cr_assert(text_equals(one->program->globals->name, TEXT("Flag")));
}

Test(check_names, what_was_meant)
{
	static const struct {
		const char *source, *help;
	} cases[] = {
		{ "log.info(mailFrum);", "did you mean `mailFrom`?" },
		{ "var count = 1; log.info(\"%count% %cuont%\");", "did you mean `count`?" },
		{ "log.info(lowr(\"A\"));", "did you mean `lower`?" },
		{ "sockt.connect(\"x\");", "did you mean `socket`?" },
		{ "call(adHeader);", "did you mean `addHeader`?" },
		{ "var x: txet; log.info(x);", "did you mean `text`?" },
		{ "log.info(qqqqqqqqq);", "declare it with `var qqqqqqqqq = ...;`" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_str_eq(check_help(check_statements(cases[i].source)), cases[i].help, "%s",
				 cases[i].source);
	cr_assert_str_eq(check_help(check_source("const LIMIT = 1; function limits() { } "
						 "event onData { log.info(\"%LIMTI%\"); }")),
			 "did you mean `LIMIT`?");
	cr_assert_str_eq(check_help(check_source("const frobnicat = 1; function frobnicate() { } "
						 "event onData { frobnicatte(); }")),
			 "did you mean `frobnicate`?");
	cr_assert_str_eq(check_help(check_source("event onMailForm { }")),
			 "did you mean `onMailFrom`?");
}

Test(check_names, names_that_cannot_be_declared)
{
	static const struct check_case cases[] = {
		{ "session var mailfrom: text;", "E0304" },
		{ "session var mailFrom: text;", "W0306" },
		{ "function f(MAILFROM: text) { }", "E0304" },
		{ "function f(mailFrom: text) { }", "" },
		{ "event onData { var RcptTo = 1; log.info(\"%RcptTo%\"); }", "E0304" },
		{ "session var score: int; event onData { set(Score, \"1\"); }", "E0304" },
		{ "session var score: text; event onData { set(score, \"1\"); }", "" },
		{ "event onData { var Flag = 1; log.info(\"%Flag%\"); set(flag, \"1\"); }",
		  "E0304" },
		{ "function mailfrom() { }", "" },
		{ "option socket: text = \"x\";", "E0305" },
		{ "function log() { }", "E0305" },
		{ "const text = 1;", "E0305" },
		{ "record milter { a: int; }", "E0305" },
		{ "record list { a: int; }", "E0305" },
		{ "method log { }", "" },
		{ "function f(socket: text) { }", "" },
		{ "const A = 1; const A = 2;", "E0303" },
		{ "const A = 1; function A() { }", "E0303" },
		{ "method m { } function m() { }", "E0303" },
		{ "function lower(x: text) -> text { return x; }", "W0304" },
	};

	assert_cases(cases, check_source);
}

Test(check_names, a_thousand_names_stay_apart)
{
	static char source[65536];
	size_t length = 0;

	for (int i = 0; i < 1000; i++)
		length += (size_t)snprintf(source + length, sizeof(source) - length,
					   "const name%d = %d;\n", i, i);
	snprintf(source + length, sizeof(source) - length,
		 "function f() -> int { return name0 + name999 * 1000 + name500; }");
	{
		struct checked *one = check_source(source);
		const struct statement *first = check_statement_of(check_function(one, "f"), 0);

		cr_assert_eq(first->value->kind, EXPRESSION_CONSTANT);
		cr_assert_eq(first->value->constant.i, 999500);
	}
}

/* Tables double when they are half full: a name that is not there must end the search at any size.
 */
Test(check_names, absent_names_are_absent_at_every_size)
{
	static char source[16384];
	size_t at = 0;

	for (int i = 0; i < 130; i++) {
		at += (size_t)snprintf(source + at, sizeof(source) - at, "const n%d = 1;\n", i);
		snprintf(source + at, sizeof(source) - at,
			 "event onData { log.info(\"%%absent%%\"); }");
		assert_codes(check_source(source), "E0301");
	}
}

enum nearest_of { NEAREST_VALUE, NEAREST_CALL, NEAREST_TYPE, NEAREST_EVENT };

static const struct {
	const char *before, *behind;
} around_word[] = {
	[NEAREST_VALUE] = { "event onDataReceived { log.info(text(", ")); }" },
	[NEAREST_CALL] = { "event onDataReceived { log.info(text(", "(1))); }" },
	[NEAREST_TYPE] = { "function f(value: ", ") { }" },
	[NEAREST_EVENT] = { "event ", " { }" },
};

Test(check_names, words_from_elsewhere)
{
	static const struct {
		enum nearest_of kind;
		const char *word, *help;
	} rows[] = {
#define ELSEWHERE(KIND, WORD, HELP) { KIND, #WORD, HELP },
#include "grammar/elsewhere.def"
#undef ELSEWHERE
		{ NEAREST_VALUE, "client_addr", "the client's address is `remoteSmtpIp`" },
		{ NEAREST_CALL, "SPRINTF",
		  "values are written into a text: `\"... %{value} ...\"`" },
		{ NEAREST_VALUE, "client_addressee",
		  "declare it with `var client_addressee = ...;`" },
	};
	char source[200];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(source, sizeof(source), "%s%s%s", around_word[rows[i].kind].before,
			 rows[i].word, around_word[rows[i].kind].behind);
		cr_expect_str_eq(check_help(check_source(source)), rows[i].help, "%s", source);
	}
}

Test(check_names, what_is_declared_goes_before_what_is_known_from_elsewhere)
{
	cr_assert_str_eq(check_help(check_source("event onDataReceived { "
						 "var sender = mailFrom; log.info(sender); }")),
			 "");
}
