/* What all builtins answer with: texts that grow, and limits told apart. */
#include "world.h"

#include <criterion/criterion.h>

/* As long as the limit is lawful, one byte more is not. */
Test(answer, texts_end_at_their_limit)
{
	body_holds("return length(repeat(\"a\", 16777216)) == 16777216;");
	body_strikes(LIMIT_textLength, 16777216, "return length(repeat(\"a\", 16777217)) == 0;");
	body_strikes(LIMIT_textLength, 100,
		     "return length(re.replace(re\"a\", repeat(\"a\", 51), \"bb\")) == 102;");
}

Test(answer, memory_and_length_are_told_apart)
{
	value_set_length_limit(1000);
	body_strikes(LIMIT_listLength, 1000, "return length(split(repeat(\",\", 1000), \",\")) == 0;");
	body_strikes(LIMIT_listLength, 1000, "return length(toBytes(repeat(\"a\", 1001))) == 0;");
	body_strikes(LIMIT_listLength, 1000,
		     "var a: list[int]; while (true) { a.push(1); } return true;");
	body_strikes(LIMIT_listLength, 1000,
		     "var m: map[int, int]; for (i in 0..2000) { m.put(i, i); } return true;");
	body_holds("return length(split(repeat(\",\", 999), \",\")) == 1000;");
	value_set_length_limit(1000000);
	body_strikes(LIMIT_eventMemory, 20000, "return length(toBytes(repeat(\"a\", 5000))) == 0;");
	body_strikes(LIMIT_eventMemory, 20000, "return length(repeat(\"a\", 50000)) == 0;");
}

/* A text that grows at the arena's end takes little more than its length. */
Test(answer, texts_grow_in_place)
{
	struct world world;

	world_open(&world, "function a() -> int { return length(re.replace(re\"a\", repeat(\"a\", 1000000), \"bb\")); }");
	cr_assert_eq(world_call(&world, "a"), VM_DONE);
	cr_expect_eq(vm_result(world.vm).i, 2000000);
	cr_expect_lt(world.event.used, 10000000);
	world_close(&world);
}
