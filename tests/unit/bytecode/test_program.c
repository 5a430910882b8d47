#include "bytecode/program.h"

#include "compiler/compile.h"

#include <criterion/criterion.h>

Test(program, a_function_is_found_by_its_name)
{
	struct text text = TEXT("function first() {}\nfunction second() {}\n");
	struct compile_request request = { .path = "a.afsl", .text = &text, .raised = EVENTS_ALL };
	struct diagnostics diagnostics;
	struct program *program;

	diagnostics_init(&diagnostics);
	program = compile(&request, &diagnostics);
	cr_assert_not_null(program);
	cr_assert_geq(program_function(program, "first"), 0);
	cr_assert_geq(program_function(program, "second"), 0);
	cr_assert_neq(program_function(program, "first"), program_function(program, "second"));
	cr_assert_eq(program_function(program, "third"), -1);
	program_free(program);
	diagnostics_free(&diagnostics);
}
