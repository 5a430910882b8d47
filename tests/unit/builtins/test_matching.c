/* Patterns that are made anew, and those that are kept. */
#include "world.h"

#include <criterion/criterion.h>

/* Patterns from data are charged: compiling is slow. */
Test(matching, compiling_is_paid_for)
{
	body_strikes(LIMIT_instructions, 100000,
		     "var n = 0; while (n < 1000) { n += 1; var p = re.compile(\"a%{n}\"); } return true;");
}

Test(matching, policy_patterns_are_kept)
{
	struct world world;

	world_open(&world, "function a() -> bool { return policy.matches(\"abc\", \"^a.\"); }");
	for (unsigned i = 0; i < 1000; i++) {
		cr_assert_eq(world_call(&world, "a"), VM_DONE);
		cr_expect(vm_result(world.vm).i);
	}
	cr_expect_lt(world.mail->session_arena.used, 8192);
	world_close(&world);
}

/* Compiling again each time would take ten times the instructions. */
Test(matching, kept_patterns_are_found_again)
{
	struct world world;

	world_open(&world, "function a() -> bool { for (i in 0..100) { "
			   "if (not policy.matches(\"x%{i}\", \"^x\")) { return false; } } return true; }");
	world.limits[LIMIT_instructions] = 60000;
	cr_assert_eq(world_call(&world, "a"), VM_DONE);
	cr_expect(vm_result(world.vm).i);
	world_close(&world);
}

/* Those beyond the cache are compiled in the event's arena and go with it. */
Test(matching, many_policy_patterns_stay_bounded)
{
	struct world world;

	world_open(&world, "function a() -> bool { for (i in 0..40) { "
			   "if (not policy.matches(\"x%{i}\", \"^x%{i}$\")) { return false; } } return true; }");
	for (unsigned i = 0; i < 20; i++) {
		cr_assert_eq(world_call(&world, "a"), VM_DONE);
		cr_expect(vm_result(world.vm).i);
	}
	cr_expect_lt(world.mail->session_arena.used, 16384);
	world_close(&world);
}
