#include "base/arena.h"

#include "base/memory.h"

#include <criterion/criterion.h>

static void arena_open(struct arena *arena, size_t cap)
{
	arena_init(arena, cap, LIFETIME_MESSAGE);
}

Test(arena, an_idle_arena_takes_no_memory)
{
	struct arena arena;

	memory_fail_at(1000, false);
	arena_open(&arena, 1000);
	arena_reset(&arena);
	cr_assert_eq(memory_count(), 0);
	memory_fail_at(0, false);
}

Test(arena, blocks_are_aligned_and_apart)
{
	struct arena arena;
	char *before = NULL;

	arena_open(&arena, 1 << 20);
	for (size_t size = 0; size < 200; size++) {
		char *block = arena_allocate(&arena, size);

		cr_assert_not_null(block);
		cr_assert_eq((uintptr_t)block % 16, 0);
		cr_assert_neq(block, before);
		memset(block, 0x55, size);
		before = block;
		arena_bytes(&arena, 1); /* unaligned in between */
	}
	arena_reset(&arena);
}

Test(arena, what_was_written_stays)
{
	struct arena arena;
	char *blocks[500];

	arena_open(&arena, 1 << 20);
	for (int i = 0; i < 500; i++) {
		blocks[i] = arena_bytes(&arena, (size_t)i + 1);
		memset(blocks[i], i & 127, (size_t)i + 1);
	}
	for (int i = 0; i < 500; i++)
		for (int k = 0; k <= i; k++)
			cr_assert_eq(blocks[i][k], i & 127);
	arena_reset(&arena);
}

Test(arena, the_cap_is_an_answer)
{
	struct arena arena;

	arena_open(&arena, 5000);
	cr_assert_null(arena_allocate(&arena, 5001));
	cr_assert_null(arena_bytes(&arena, SIZE_MAX));
	cr_assert_null(arena_allocate(&arena, SIZE_MAX - 8));
	cr_assert_not_null(arena_bytes(&arena, 5000));
	cr_assert_null(arena_bytes(&arena, 1));
	cr_assert_leq(arena.used, 5000);
	arena_reset(&arena);
	cr_assert_not_null(arena_bytes(&arena, 5000), "the room is free again");
	arena_reset(&arena);
}

Test(arena, small_blocks_fill_the_cap)
{
	struct arena arena;
	size_t count = 0;

	arena_open(&arena, 100000);
	while (arena_bytes(&arena, 100))
		count++;
	cr_assert_geq(count, 900);
	cr_assert_leq(count, 1000);
	arena_reset(&arena);
}

Test(arena, zeroed_memory_is_zero)
{
	struct arena arena;
	char *block;

	arena_open(&arena, 10000);
	memset(arena_bytes(&arena, 900), 0xff, 900);
	arena_reset(&arena);
	block = arena_zeroed(&arena, 900);
	for (int i = 0; i < 900; i++)
		cr_assert_eq(block[i], 0);
	cr_assert_null(arena_zeroed(&arena, 20000));
	arena_reset(&arena);
}

Test(arena, the_last_bytes_grow_in_place)
{
	struct arena arena;
	char *bytes;

	arena_open(&arena, 10000);
	cr_assert(!arena_extend(&arena, NULL, 1), "an empty arena has no end");
	bytes = arena_bytes(&arena, 10);
	cr_assert(arena_extend(&arena, bytes + 10, 20));
	cr_assert(!arena_extend(&arena, bytes + 10, 1), "that is no longer the end");
	cr_assert(arena_extend(&arena, bytes + 30, 0));
	cr_assert(!arena_extend(&arena, bytes + 30, 100000), "not beyond the block");
	cr_assert_eq(arena_bytes(&arena, 1), bytes + 30);
	arena_reset(&arena);
}

Test(arena, copies_end_in_nul_and_carry_the_lifetime)
{
	struct arena arena;
	bool ok = true;
	struct text copy;

	arena_open(&arena, 2000);
	copy = arena_copy(&arena, text_of("a\0b", 3, LIFETIME_EVENT), &ok);
	cr_assert(ok);
	cr_assert_eq(copy.length, 3);
	cr_assert_eq(memcmp(copy.data, "a\0b", 4), 0);
	cr_assert_eq(copy.lifetime, LIFETIME_MESSAGE);
	copy = arena_copy(&arena, (struct text){ NULL, 0, LIFETIME_EVENT }, &ok);
	cr_assert(ok && copy.length == 0 && copy.data[0] == '\0');
	arena_reset(&arena);
}

Test(arena, a_copy_without_room_is_empty_and_says_so)
{
	struct arena arena;
	bool ok = true;
	struct text copy;

	arena_open(&arena, 100);
	copy = arena_copy(&arena, TEXT("short"), &ok);
	cr_assert(ok);
	copy = arena_copy(&arena, text_of(copy.data, copy.length, LIFETIME_EVENT), &ok);
	cr_assert(ok);
	memory_fail_at(1, true);
	copy = arena_copy(&arena,
			  TEXT("far too long for what is left of this arena, which has had "
			       "a cap of a hundred bytes all the time"),
			  &ok);
	memory_fail_at(0, false);
	cr_assert(!ok);
	cr_assert_eq(copy.length, 0);
	arena_copy(&arena, TEXT_EMPTY, &ok);
	cr_assert(!ok, "never set back to true");
	arena_reset(&arena);
}

static void count_down(void *object)
{
	--*(int *)object;
}

struct order {
	int seen[3];
	int count;
};

struct cleanup {
	struct order *order;
	int number;
};

static void note_cleanup(void *object)
{
	struct cleanup *cleanup = object;

	cleanup->order->seen[cleanup->order->count++] = cleanup->number;
}

Test(arena, cleanups_run_once_newest_first)
{
	struct order order = { .count = 0 };
	struct cleanup cleanups[3];
	struct arena arena;

	arena_open(&arena, 10000);
	for (int i = 0; i < 3; i++) {
		cleanups[i] = (struct cleanup){ &order, i };
		cr_assert(arena_defer(&arena, note_cleanup, &cleanups[i]));
	}
	cr_assert_eq(order.count, 0);
	arena_reset(&arena);
	cr_assert_eq(order.count, 3);
	cr_assert(order.seen[0] == 2 && order.seen[1] == 1 && order.seen[2] == 0);
	arena_reset(&arena);
	cr_assert_eq(order.count, 3);
}

Test(arena, a_cleanup_without_room_runs_at_once)
{
	int number = 1;
	struct arena arena;

	arena_open(&arena, 0);
	cr_assert(!arena_defer(&arena, count_down, &number));
	cr_assert_eq(number, 0);
	arena_reset(&arena);
}

Test(arena, blocks_do_not_double_for_ever)
{
	struct arena arena;

	arena_open(&arena, (size_t)64 << 20);
	for (int i = 0; i < 20000; i++)
		cr_assert_not_null(arena_bytes(&arena, 1000));
	cr_assert_leq(arena.used, 20000 * 1000 + 20000 * 1000 / 100 + (512 << 10));
	arena_reset(&arena);
}

/* What a loop makes and gives back in each turn is the same memory. */
Test(arena, a_block_that_was_given_back_is_taken_again)
{
	struct arena arena;
	struct arena_mark mark;
	char *first;

	arena_init(&arena, 64 << 20, LIFETIME_EVENT);
	arena_bytes(&arena, 100);
	mark = arena_mark(&arena);
	first = arena_bytes(&arena, 100000);
	arena_return(&arena, &mark);
	for (int turn = 0; turn < 3; turn++) {
		char *again = arena_bytes(&arena, 100000);

#ifndef __SANITIZE_ADDRESS__
		cr_assert_eq(again, first);
#endif
		cr_assert_not_null(again);
		arena_return(&arena, &mark);
	}
	cr_assert_leq(arena.used, 2048);
	first = arena_bytes(&arena, 300000); /* the spare has another size */
	cr_assert_not_null(first);
	arena_return(&arena, &mark);
	arena_rewind(&arena);
	cr_assert_null(arena.spare);
	arena_reset(&arena);
}

Test(arena, every_allocation_may_fail)
{
	for (unsigned long nth = 1; nth < 6; nth++) {
		struct arena arena;

		arena_open(&arena, 1 << 20);
		memory_fail_at(nth, true);
		for (int i = 0; i < 100; i++) {
			char *bytes = arena_bytes(&arena, 600);

			if (bytes)
				memset(bytes, 1, 600);
		}
		memory_fail_at(0, false);
		arena_reset(&arena);
	}
}

/* Bytes that stay, wherever they are: behind the mark, around it, in blocks that came later. */
Test(arena, all_but_some_bytes_are_given_back)
{
	struct arena arena;
	struct arena_mark mark;
	const char *kept, *outer;
	char *made;

	arena_open(&arena, 1 << 24);
	outer = memcpy(arena_bytes(&arena, 5), "outer", 5);
	mark = arena_mark(&arena);

	arena_bytes(&arena, 10);
	made = memcpy(arena_bytes(&arena, 4), "made", 4);
	kept = arena_return_with(&arena, &mark, made, 4);
	cr_assert_eq(kept, mark.next);
	cr_assert_eq(memcmp(kept, "made", 4), 0);
	cr_assert_eq(arena.next, mark.next + 4);

	arena_bytes(&arena, 10);
	cr_assert_eq(arena_return_with(&arena, &mark, outer, 8), outer); /* three behind the mark */
	cr_assert_eq(arena.next, mark.next + 3);
	cr_assert_eq(arena_return_with(&arena, &mark, outer, 5), outer);
	cr_assert_eq(arena.next, mark.next);
	cr_assert_eq(arena_return_with(&arena, &mark, "", 0) [0], '\0');

	arena_bytes(&arena, 100000);
	made = memcpy(arena_bytes(&arena, 4), "more", 4);
	arena_bytes(&arena, 500000);
	arena_bytes(&arena, 300000);
	kept = arena_return_with(&arena, &mark, made, 4);
	cr_assert_eq(memcmp(kept, "more", 4), 0);
	cr_assert_eq(kept + 4, arena.next);
	cr_assert_eq(memcmp(outer, "outer", 5), 0);

	arena_bytes(&arena, 500000);
	cr_assert_eq(arena_return_with(&arena, &mark, outer, 7), outer);
	cr_assert_eq(arena.blocks, mark.block);
	cr_assert_eq(arena.next, mark.next + 2);
	arena_return(&arena, &mark);
	cr_assert_eq(arena.next, mark.next);
	arena_reset(&arena);
	cr_assert_eq(arena.used, 0);
}

#ifndef __SANITIZE_ADDRESS__ /* there nothing is used again */
Test(arena, the_largest_block_given_back_is_used_next)
{
	struct arena arena;
	struct arena_mark mark;
	size_t used;
	char *large;

	arena_open(&arena, 1 << 24);
	arena_bytes(&arena, 1);
	mark = arena_mark(&arena);
	large = arena_bytes(&arena, 900000);
	arena_bytes(&arena, 300000);
	used = arena.used;
	arena_return(&arena, &mark);
	cr_assert_eq(arena_bytes(&arena, 2000), large);
	cr_assert_leq(arena.used, used);
	arena_return(&arena, &mark);
	/* not when it is a large part of the cap, but by what needs all of it */
	large = arena_bytes(&arena, 3 << 20);
	arena_return(&arena, &mark);
	cr_assert_neq(arena_bytes(&arena, 2000), large);
	arena_return(&arena, &mark);
	cr_assert_eq(arena_bytes(&arena, 3 << 20), large);
	arena_reset(&arena);
}
#endif
