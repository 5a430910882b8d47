/* Large blocks in a thread that gives them back in steps. */
#include "base/rubbish.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buffer.h"

static void end(void)
{
	rubbish_keep(false);
}

TestSuite(rubbish, .fini = end);

enum { MIB = 1 << 20 };

static void *filled(size_t size)
{
	void *block = memory_allocate(size);
	memset(block, 'x', size);
	return block;
}

/* How many of its pages are there. */
static size_t pages_of(void *block, size_t size)
{
	static unsigned char there[64 * MIB / 4096];
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t from = ((uintptr_t)block + page - 1) & ~(page - 1);
	size_t count = (size - page) / page, found = 0;
	cr_assert_eq(mincore((void *)from, count * page, there), 0);
	for (size_t i = 0; i < count; i++)
		found += there[i] & 1;
	return found;
}

static unsigned sweeps(void)
{
	unsigned count = 0;
	while (rubbish_sweep())
		count++;
	return count;
}

Test(rubbish, nobody_waits_for_other_threads)
{
	rubbish_free(filled(4 * MIB), 4 * MIB);
	cr_assert_not(rubbish_sweep());
}

Test(rubbish, a_large_block_goes_step_by_step)
{
	enum { SIZE = 32 * MIB };
	char *block = filled(SIZE);
	rubbish_keep(true);
	rubbish_free(block, SIZE);
	size_t before = pages_of(block, SIZE), now = before, most = before / 8;
	cr_assert_gt(before, 1000);
	for (int i = 0; i < 5; i++, before = now) {
		cr_assert(rubbish_sweep());
		now = pages_of(block, SIZE);
		cr_assert_lt(now, before);
		cr_assert_lt(before - now, most);
	}
	cr_assert_gt(sweeps(), 5);
}

Test(rubbish, small_ones_go_at_once)
{
	rubbish_keep(true);
	rubbish_free(filled(1000), 1000);
	rubbish_free(NULL, 0);
	cr_assert_not(rubbish_sweep());
}

Test(rubbish, what_stands_around_it_stays)
{
	enum { SIZE = 300000, COUNT = 64 };
	char *blocks[COUNT], same[100];
	memset(same, 'x', sizeof(same));
	for (int i = 0; i < COUNT; i++)
		blocks[i] = filled(SIZE);
	rubbish_keep(true);
	for (int i = 0; i < COUNT; i += 2)
		rubbish_free(blocks[i], SIZE);
	cr_assert_gt(sweeps(), 5);
	for (int i = 1; i < COUNT; i += 2) {
		cr_assert_arr_eq(blocks[i], same, sizeof(same));
		cr_assert_arr_eq(blocks[i] + SIZE - sizeof(same), same, sizeof(same));
		memory_free(blocks[i]);
	}
}

/* However much there is, it is gone after some hundred steps. */
Test(rubbish, steps_grow_with_what_there_is)
{
	rubbish_keep(true);
	for (int i = 0; i < 2048; i++)
		rubbish_free(memory_allocate(MIB), MIB);
	unsigned count = sweeps();
	cr_assert_gt(count, 16);
	cr_assert_lt(count, 250, "%u", count);
}

Test(rubbish, the_rest_goes_when_the_thread_keeps_no_more)
{
	rubbish_keep(true);
	for (int i = 0; i < 10; i++)
		rubbish_free(filled(MIB), MIB);
	rubbish_keep(false);
	cr_assert_not(rubbish_sweep());
}

Test(rubbish, arenas_and_buffers_leave_it)
{
	struct arena arena;
	struct buffer buffer;
	rubbish_keep(true);
	arena_init(&arena, (size_t)64 * MIB, LIFETIME_MESSAGE);
	for (int i = 0; i < 40; i++)
		cr_assert_not_null(arena_bytes(&arena, 200000));
	arena_reset(&arena);
	cr_assert_gt(sweeps(), 3);
	buffer_init(&buffer, (size_t)64 * MIB);
	cr_assert_not_null(buffer_reserve(&buffer, (size_t)8 * MIB));
	buffer_free(&buffer);
	cr_assert_gt(sweeps(), 3);
}
