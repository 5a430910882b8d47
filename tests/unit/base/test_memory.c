#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

Test(memory, the_nth_allocation_fails_once)
{
	void *blocks[4];

	memory_fail_at(3, false);
	for (int i = 0; i < 4; i++)
		blocks[i] = memory_allocate(8);
	cr_assert_eq(memory_count(), 4);
	memory_fail_at(0, false);
	cr_assert_not_null(blocks[0]);
	cr_assert_not_null(blocks[1]);
	cr_assert_null(blocks[2]);
	cr_assert_not_null(blocks[3]);
	for (int i = 0; i < 4; i++)
		memory_free(blocks[i]);
}

Test(memory, every_kind_of_allocation_can_fail_from_then_on)
{
	memory_fail_at(1, true);
	cr_assert_null(memory_allocate(8));
	cr_assert_null(memory_zeroed(2, 8));
	cr_assert_null(memory_resize(NULL, 8));
	cr_assert_null(memory_copy_string("text"));
	memory_fail_at(0, false);
}

Test(memory, nothing_fails_when_switched_off)
{
	void *block;

	memory_fail_at(1, true);
	memory_fail_at(0, false);
	block = memory_allocate(8);
	cr_assert_not_null(block);
	memory_free(block);
}

Test(memory, a_failed_resize_leaves_the_old_block)
{
	char *block = memory_copy_string("old");

	memory_fail_at(1, false);
	cr_assert_null(memory_resize(block, 100));
	memory_fail_at(0, false);
	cr_assert_str_eq(block, "old");
	memory_free(block);
}

Test(memory, size_0_is_a_block)
{
	void *a = memory_allocate(0), *b = memory_zeroed(0, 8);

	cr_assert_not_null(a);
	cr_assert_not_null(b);
	a = memory_resize(a, 0);
	cr_assert_not_null(a);
	memory_free(a);
	memory_free(b);
	memory_free(NULL);
}

Test(memory, zeroed_is_zero_and_a_copy_is_a_copy)
{
	char *zeroed = memory_zeroed(4, 25), *copy = memory_copy_string("abc");

	for (int i = 0; i < 100; i++)
		cr_assert_eq(zeroed[i], 0);
	cr_assert_str_eq(copy, "abc");
	memory_free(zeroed);
	memory_free(copy);
}

Test(memory, sizes_do_not_wrap)
{
	size_t size = 7;

	cr_assert(size_add(3, 4, &size));
	cr_assert_eq(size, 7);
	cr_assert(!size_add(SIZE_MAX, 1, &size));
	cr_assert(size_add(SIZE_MAX, 0, &size));
	cr_assert(size_multiply(1 << 20, 1 << 20, &size));
	cr_assert_eq(size, (size_t)1 << 40);
	cr_assert(!size_multiply(SIZE_MAX / 2 + 1, 2, &size));
	cr_assert(!size_multiply(SIZE_MAX, SIZE_MAX, &size));
}
