#include "check_support.h"

#include <criterion/criterion.h>
#include <stdlib.h>

TestSuite(check, .fini = check_forget);

Test(check, an_empty_program_is_right)
{
	struct checked *one = check_source("");

	cr_assert_not_null(one->program);
	cr_assert_eq(one->program->function_count, 0);
	cr_assert_eq(one->program->needs, 0);
}

Test(check, a_wrong_program_gives_none)
{
	cr_assert_null(check_statements("x = 1;")->program);
}

Test(check, warnings_do_not_refuse)
{
	struct checked *one = check_statements("var x = 1;");

	cr_assert_not_null(one->program);
	cr_assert_eq(one->diagnostics.warnings, 1);
}

Test(check, functions_are_numbered_in_order)
{
	struct checked *one = check_source("function a() { } event onData { a(); } method b { }");
	unsigned number = 0;

	cr_assert_eq(one->program->function_count, 3);
	for (const struct function *f = one->program->functions; f; f = f->next)
		cr_assert_eq(f->number, number++);
	cr_assert_eq(number, 3);
}

static const char *const everything =
	"option limit: int = 3; const NETS = [\"10.0.0.0/8\"]; record R { a: int = 1; b: text; }\n"
	"session var seen: list[text]; message var last: R; table t: text -> int = \"file:x\";\n"
	"function f(x: float, y: text = \"d\") -> text { return \"%{x} %y%\"; }\n"
	"method m { set(flag, \"%mailFrom%\"); export(flag); }\n"
	"event onDataReceived { call(m); seen.push(f(limit)); last = R(b: \"x\");\n"
	"  if (remoteSmtpIp in NETS and \"a\" in t) { for (w in [\"x\", \"y\"]) { log.info(w + "
	"$1); } }\n"
	"  if (anyOf(is(flag, \"x\"), matches(mailFrom, \"^a\"))) { last.a += 1; }\n"
	"  try { throw \"x\"; } catch (e) { reject(550, \"5.7.1\", e.message); } }\n";

/* Each allocation in turn is refused: no program, one message, nothing lost (the sanitizers see to
 * that). */
Test(check, says_when_memory_has_ended)
{
	unsigned long nth;

	assert_codes(check_source(everything), "");
	for (nth = 1; nth < 300; nth++) {
		struct checked *one = check_failing(everything, nth);

		if (one->program)
			break;
		cr_assert_eq(one->diagnostics.errors, 1, "%lu: %s", nth, check_message(one));
	}
	cr_assert_gt(nth, 3);
	cr_assert_lt(nth, 300);
}

/* The arena's cap is reached at any place, not only between blocks. */
Test(check, says_when_the_arena_is_full)
{
	size_t used;

	check_source(everything);
	used = check_source(everything)->arena.used;
	for (size_t cap = 1000; cap < used; cap += used / 97) {
		struct checked *one = check_capped(everything, cap);

		/* a last block that is cut to what is left may be enough */
		cr_assert((one->program == NULL) == (one->diagnostics.errors == 1));
		cr_assert(one->program == NULL || cap > used / 2);
	}
}
