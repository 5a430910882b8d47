#include "check_support.h"

#include <criterion/criterion.h>

TestSuite(check_scope, .fini = check_forget);

Test(check_scope, blocks_end_names)
{
	static const struct check_case cases[] = {
		{"if (isESMTP) { var x = 1; log.info(\"%x%\"); } log.info(\"%x%\");", "E0301"},
		{"if (isESMTP) { var x = 1; log.info(\"%x%\"); } var x = \"t\"; log.info(x);", ""},
		{"for (i in 0..2) { log.info(\"%i%\"); } for (i in [\"a\"]) { log.info(i); }", ""},
		{"for (i in 0..2) { } log.info(\"%i%\");", "E0301"},
		{"try { throw \"x\"; } catch (e) { } log.info(e.kind);", "E0301"},
		{"var x = 1; var x = 2; log.info(\"%x%\");", "W0301 E0303"},
		{"var x = 1; if (isESMTP) { var x = 2; log.info(\"%x%\"); }", "W0301 E0303"},
		{"var x = x; log.info(x);", "E0301"},
		{"var x = 1;", "W0301"},
		{"var x = 1; x = 2;", "W0301"},
		{"var _x = 1;", ""},
		{"for (i in 0..3) { }", ""},
		{"try { throw \"x\"; } catch (e) { }", ""},
		{"for (i in 0..3) { var i = 1; log.info(\"%i%\"); }", "E0303"},
	};

	assert_cases(cases, check_statements);
	assert_codes(check_source("function f(a: int, a: int) { }"), "E0303");
	assert_codes(check_source("function f(a: int) { var a = 1; log.info(\"%a%\"); }"), "E0303");
}

Test(check_scope, locals_are_numbered_parameters_first)
{
	struct checked *one = check_source("function f(a: int, b: text) { var c = a; for (d in "
					   "[b]) { log.info(d + \"%c%\"); } }");
	const struct function *f = check_function(one, "f");
	static const char *const names[] = {"a", "b", "c", "d"};

	cr_assert_eq(f->local_count, 4);
	cr_assert_eq(f->parameter_count, 2);
	for (unsigned i = 0; i < 4; i++) {
		cr_assert_eq(f->locals[i]->number, i);
		cr_assert(text_equals_string(f->locals[i]->name, names[i]));
	}
	cr_assert_eq(f->locals[3]->type, &type_text);
}
