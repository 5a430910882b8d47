#include "base/library.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define MATH_FUNCTIONS(F) F(cbrt) F(hypot)
static struct {
	MATH_FUNCTIONS(LIBRARY_POINTER)
} mathematics;
static const struct library_symbol math_symbols[] = { MATH_FUNCTIONS(LIBRARY_SYMBOL) };

Test(library, functions_are_called_through_the_pointers)
{
	struct library library = LIBRARY("libm.so.6", "libc6", math_symbols, mathematics);
	const char *why = "";

	cr_assert(library_load(&library, &why), "%s", why);
	cr_assert(library_load(&library, &why));
	cr_assert_float_eq(mathematics.cbrt(27.0), 3.0, 1e-9);
	cr_assert_float_eq(mathematics.hypot(3.0, 4.0), 5.0, 1e-9);
}

Test(library, a_missing_one_is_named_with_its_package)
{
	struct library library =
		LIBRARY("libnowhere.so.7", "libnowhere7", math_symbols, mathematics);
	const char *why = NULL;

	cr_assert_not(library_load(&library, &why));
	cr_assert_str_eq(why, "libnowhere.so.7 is not installed: install the package libnowhere7");
	cr_assert_null(library.handle);
}

Test(library, a_missing_function_is_named)
{
	static const struct library_symbol symbols[] = { { "cbrt" }, { "no_such_function" } };
	struct library library = LIBRARY("libm.so.6", "libc6", symbols, mathematics);
	const char *why = NULL;

	cr_assert_not(library_load(&library, &why));
	cr_assert(strstr(why, "has no no_such_function") != NULL, "%s", why);
	cr_assert_null(library.handle);
}
