#include "check_support.h"

#include <criterion/criterion.h>

TestSuite(check_statements, .fini = check_forget);

Test(check_statements, assignments)
{
	static const struct check_case cases[] = {
		{"var x = 1; x = 2; x += 1; x -= 1; x *= 2; x /= 2; x %= 2; log.info(\"%x%\");",
		 ""},
		{"var x = 1; x = \"a\"; log.info(\"%x%\");", "E0306"},
		{"var x = 1; x += 1.5; log.info(\"%x%\");", "E0307"},
		{"var x = 1.5; x += 1; log.info(\"%x%\");", ""},
		{"var x = \"a\"; x += \"b\"; log.info(x);", ""},
		{"var x = \"a\"; x += 1; log.info(x);", "E0307"},
		{"var x = \"a\"; x -= \"b\"; log.info(x);", "E0307"},
		{"var x = now(); x += 5m; log.info(\"%x%\");", ""},
		{"var x = now(); x -= now(); log.info(\"%x%\");", "E0307"},
		{"var x = 5m; x *= 2; x /= 2; log.info(\"%x%\");", ""},
		{"var x = 5m; x /= 2m; log.info(\"%x%\");", "E0307"},
		{"var x = [1, 2]; x[0] = 5; x[1] += 1; log.info(text(x));", ""},
		{"var x = [\"a\": 1]; x[\"b\"] = 5; x[\"b\"] *= 2; log.info(text(x));", ""},
		{"var x = [1.5]; x[0] = 5; log.info(text(x));", ""},
		{"var x: list[ip] = []; x = [\"::1\"]; x[0] = \"::2\"; log.info(text(x));", ""},
		{"y = 5;", "E0301"},
		{"y = z;", "E0301 E0301"},
		{"1 + 1;", "E0206"},
		{"lower(\"A\");", ""},
		{"isCase(mailFrom, \"a\");", ""},
		{"matches(mailFrom, \"a\");", "E0329"},
		{"anyOf(isESMTP, isSSLConnection);", "E0329"},
		{"var x: int = 1.5; x = 2; log.info(\"%x%\");", "E0306"},
		{"var t = relays; log.info(\"x\");", "W0301 E0301"},
	};

	assert_cases(cases, check_statements);
	assert_codes(check_source("table t: text = \"file:x\"; event onData { var x = t; x = t; }"),
		     "W0301 E0306");
}

Test(check_statements, returns)
{
	static const struct check_case cases[] = {
		{"function f() -> int { return 1; }", ""},
		{"function f() -> int { return \"a\"; }", "E0306"},
		{"function f() -> int { return; }", "E0313"},
		{"function f() -> int { }", "E0313"},
		{"function f() { return 1; }", "E0313"},
		{"function f() { return; }", ""},
		{"method m { return 1; }", "E0313"},
		{"event onData { return 1; }", "E0313"},
		{"function f() -> float { return 1; }", ""},
		{"function f() -> ip { return \"::1\"; }", ""},
		{"function f(x: bool) -> int { if (x) { return 1; } }", "E0313"},
		{"function f(x: bool) -> int { if (x) { return 1; } else { return 2; } }", ""},
		{"function f(x: bool) -> int { if (x) { return 1; } else { throw \"no\"; } }", ""},
		{"function f(x: bool) -> int { if (x) { reject(); } return 1; }", ""},
		{"function f(x: bool) -> int { reject(); }", ""},
		{"function f(x: bool) -> int { while (true) { } }", ""},
		{"function f(x: bool) -> int { while (true) { if (x) { break; } } }", "E0313"},
		{"function f(x: bool) -> int { while (x) { return 1; } }", "E0313"},
		{"function f(x: list[int]) -> int { for (i in x) { return i; } }", "E0313"},
		{"function f(x: bool) -> int { try { return 1; } catch { return 2; } }", ""},
		{"function f(x: bool) -> int { try { return 1; } catch { } }", "E0313"},
		{"function f(x: bool) -> int { try { } catch { return 1; } }", "E0313"},
		{"function f() -> list[text] { return []; }", ""},
		{"function f() -> text { return accept(); }", "E0327"},
	};

	assert_cases(cases, check_source);
}

/* Whether a program is right must not hang on what its options are set to. */
Test(check_statements, options_do_not_decide_whether_a_return_is_missing)
{
	assert_codes(check_source("option o: bool = true; "
				  "function f() -> int { if (o) { return 1; } }"),
		     "E0313");
	assert_codes(check_source("option o: bool = false; "
				  "function f() -> int { if (o) { } else { return 1; } }"),
		     "E0313");
	assert_codes(check_source("option o: bool = true; function f() -> int { while (o) { } }"),
		     "E0313");
	assert_codes(check_source("option o: bool = true; event onData { if (o) { accept(); } "
				  "log.info(\"x\"); }"),
		     "");
}

Test(check_statements, never_reached)
{
	static const struct check_case cases[] = {
		{"reject(); log.info(\"x\");", "W0303"},
		{"reject(); log.info(\"x\"); log.info(\"y\");", "W0303"},
		{"return; log.info(\"x\");", "W0303"},
		{"throw \"x\"; log.info(\"x\");", "W0303"},
		{"if (isESMTP) { accept(); } else { tempfail(); } log.info(\"x\");", "W0303"},
		{"if (isESMTP) { accept(); log.info(\"x\"); } log.info(\"x\");", "W0303"},
		{"while (true) { } log.info(\"x\");", "W0303"},
		{"while (true) { break; } log.info(\"x\");", ""},
		{"while (isESMTP) { continue; log.info(\"x\"); }", "W0303"},
		{"for (i in 0..3) { break; log.info(\"x\"); }", "W0303"},
		{"while (true) { while (isESMTP) { break; } } log.info(\"x\");", "W0303"},
		{"reject(); x = 1;", "W0303"},
		{"quarantine(\"x\"); log.info(\"x\");", ""},
	};

	assert_cases(cases, check_statements);
}

Test(check_statements, what_never_runs_is_cut_off)
{
	struct checked *one =
		check_statements("if (true) { log.info(\"a\"); accept(); } log.info(\"b\");");
	const struct function *f = check_function(one, "onDataReceived");

	cr_assert_eq(check_statement_of(f, 0)->kind, STATEMENT_BLOCK);
	cr_assert_null(check_statement_of(f, 1));
	cr_assert_eq(f->declaration->body->last, check_statement_of(f, 0));
}

/* What runs again behind what never goes on is still never reached. */
Test(check_statements, nothing_runs_behind_an_end)
{
	struct checked *one = check_statements("if (true) { accept(); } log.info(\"a\"); "
					       "log.info(\"b\");");

	cr_assert_null(check_statement_of(check_function(one, "onDataReceived"), 1));
	assert_codes(check_source("option o: bool = true; function f() -> int { "
				  "while (o) { } log.info(\"x\"); return 1; }"), "");
	one = check_source("option o: bool = true; event onData { if (isESMTP) { while (o) { } "
			   "log.info(\"x\"); } else { return; } reject(); }");
	cr_assert_eq(one->program->needs & NEED_VERDICT, 0);
}

Test(check_statements, throw)
{
	static const struct check_case cases[] = {
		{"throw \"x %mailFrom%\";", ""},
		{"throw 5;", "E0306"},
		{"try { throw \"x\"; } catch (e) { log.info(e.kind + e.message); throw e; }", ""},
		{"try { throw \"x\"; } catch (e) { log.info(e.nothing); }", "E0314"},
	};

	assert_cases(cases, check_statements);
}
