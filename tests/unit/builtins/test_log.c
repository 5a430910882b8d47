#include "world.h"

#include <criterion/criterion.h>

static const char *run(struct world *world, const char *source)
{
	world_open(world, source);
	cr_assert_eq(world_raise(world, EVENT_onConnect), VM_DONE);
	buffer_append_byte(&world->log, '\0');
	return world->log.data;
}

Test(log, writes_lines_with_their_level)
{
	struct world world;

	cr_expect_str_eq(run(&world, "event onConnect { log.error(\"a\"); log.warn(\"b\"); log.info(\"c\"); log.debug(\"\"); }"),
			 "0 a\n1 b\n2 c\n3 \n");
	world_close(&world);
}

Test(log, never_writes_two_lines_for_one)
{
	struct world world;

	cr_expect_str_eq(run(&world, "event onConnect { log.info(\"a\\r\\nfake: %s %n\\0\\x1b[31m\\u{e9}\"); }"),
			 "2 a\\x0D\\x0Afake: %s %n\\x00\\x1B[31m\\xC3\\xA9\n");
	world_close(&world);
}

Test(log, cuts_long_lines)
{
	struct world world;

	cr_expect_eq(strlen(run(&world, "event onConnect { log.info(repeat(\"x\", 5000)); }")), 1024 + 6);
	world_close(&world);
}

Test(log, stops_at_its_limit_and_counts_on)
{
	struct world world;

	cr_expect_eq(strlen(run(&world, "event onConnect { for (i in 0..1000) { log.info(\"x\"); } }")), 100 * 4);
	cr_expect_eq(world.context.log_lines, 1000);
	cr_assert_eq(world_raise(&world, EVENT_onConnect), VM_DONE);
	cr_expect_eq(world.context.log_lines, 1000); /* counted anew */
	world_close(&world);
}
