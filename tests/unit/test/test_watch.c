#include "test/suite.h"

#include <criterion/criterion.h>

#include <sys/resource.h>

/* Else it would wait for ever. */
Test(watch, without_a_descriptor_nothing_is_waited_for, .timeout = 30)
{
	struct suite suite = { .pattern = NULL };
	struct rlimit before, none;
	bool watched;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ 0, before.rlim_max };
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	watched = suite_wait_for_change(&suite, INT64_MAX);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	cr_assert_not(watched);
}
