#include "world.h"

#include <criterion/criterion.h>

Test(natives, have_code_behind_every_row)
{
	for (unsigned i = 0; i < BUILTIN_COUNT; i++)
		cr_expect_not_null(natives.builtins[i], "%s", builtin_rows[i].id);
	for (unsigned i = 0; i < VARIABLE_COUNT; i++) {
		cr_expect_not_null(natives.readers[i], "%s", variable_rows[i].name);
		cr_expect_not_null(natives.writers[i], "%s", variable_rows[i].name);
	}
}

/* What a milter host can honour is not thrown away by the one writer of what it cannot. */
Test(natives, know_what_a_host_can_honour)
{
	builtin_function *nothing = natives.writers[VARIABLE_maxRcptCount];

	for (unsigned i = 0; i < VARIABLE_COUNT; i++) {
		bool honoured = variable_rows[i].settable && variable_rows[i].honoured;

		cr_expect_eq(natives.writers[i] != nothing, honoured, "%s", variable_rows[i].name);
	}
}
