/* Shared variables: found again by name and shape, counters and rates. */
#include "store/shared.h"

#include "base/memory.h"

#include <criterion/criterion.h>

enum { SECOND = 1000000 };

static struct shared *space;

static void begin(void)
{
	space = shared_new();
}

static void end(void)
{
	shared_free(space);
}

TestSuite(shared, .init = begin, .fini = end);

static struct shared_variable *open_as(enum shared_kind kind, const char *name, const char *shape,
				       int64_t max)
{
	const struct shared_settings settings = { kind, name, shape, 10 * SECOND, max, 1 << 20 };
	const char *fault;
	struct shared_variable *variable = shared_open(space, &settings, &fault);

	cr_assert_not_null(variable);
	return variable;
}

Test(shared, a_variable_goes_on_as_long_as_somebody_has_it)
{
	struct shared_variable *first = open_as(SHARED_COUNTER, "a.afsl: hits", "counter", 1), *again;
	int64_t sum;

	cr_assert(counter_add(first, 5, &sum));
	again = open_as(SHARED_COUNTER, "a.afsl: hits", "counter", 1);
	cr_assert_eq(again, first);
	shared_close(space, first);
	cr_assert_eq(counter_value(again), 5);
	shared_close(space, again);
	again = open_as(SHARED_COUNTER, "a.afsl: hits", "counter", 1);
	cr_assert_eq(counter_value(again), 0);
	shared_close(space, again);
	shared_close(space, NULL);
}

Test(shared, another_shape_or_file_is_another_variable)
{
	struct shared_variable *a = open_as(SHARED_CACHE, "a: x", "cache[text, int]", 10);
	struct shared_variable *b = open_as(SHARED_CACHE, "a: x", "cache[text, text]", 10);
	struct shared_variable *c = open_as(SHARED_CACHE, "b: x", "cache[text, int]", 10);
	struct shared_variable *d = open_as(SHARED_RATE, "a: x", "cache[text, int]", 10);

	cr_assert(a != b && a != c && b != c && d != a);
	shared_close(space, b);
	shared_close(space, a);
	shared_close(space, d);
	shared_close(space, c);
}

Test(shared, settings_of_the_last_one_count)
{
	struct shared_variable *a = open_as(SHARED_CACHE, "a", "", 100), *b;
	struct store_request request = { .operation = STORE_PUT, .now = 1, .value = TEXT("v") };

	for (int i = 0; i < 50; i++) {
		request.key = text_of(&i, sizeof(i), LIFETIME_EVENT);
		cr_assert_eq(cache_perform(a, &request), STORE_DONE);
	}
	cr_assert_eq(request.expires, 1 + 10 * SECOND);
	b = open_as(SHARED_CACHE, "a", "", 20);
	request.operation = STORE_COUNT;
	cr_assert_eq(cache_perform(a, &request), STORE_DONE);
	cr_assert_eq(request.count, 20);
	shared_close(space, a);
	shared_close(space, b);
}

Test(shared, counters_do_not_wrap)
{
	struct shared_variable *counter = open_as(SHARED_COUNTER, "c", "", 1);
	int64_t sum;

	cr_assert(counter_add(counter, INT64_MAX, &sum));
	cr_assert_not(counter_add(counter, 1, &sum));
	cr_assert_eq(counter_value(counter), INT64_MAX);
	cr_assert_eq(counter_reset(counter), INT64_MAX);
	cr_assert(counter_add(counter, INT64_MIN, &sum));
	cr_assert_not(counter_add(counter, -1, &sum));
	shared_close(space, counter);
}

static int64_t hit(struct shared_variable *rate, uint32_t n, int64_t now)
{
	int64_t count = -1;

	cr_assert_eq(rate_hit(rate, TEXT("k"), n, now, &count), STORE_DONE);
	return count;
}

Test(shared, a_hit_counts_for_the_window_and_a_slice_at_most)
{
	struct shared_variable *rate = open_as(SHARED_RATE, "r", "", 10);

	for (int64_t start = 0; start < SECOND; start += SECOND / 7) {
		int64_t now = 1000000 * (int64_t)SECOND + start;

		cr_assert_eq(hit(rate, 1, now), 1);
		cr_assert_eq(hit(rate, 2, now + 5 * SECOND), 3);
		cr_assert_eq(hit(rate, 0, now + 10 * SECOND - 1), 3);
		cr_assert_eq(hit(rate, 0, now + 11 * SECOND), 2);
		cr_assert_eq(hit(rate, 0, now + 15 * SECOND - 1), 2);
		cr_assert_eq(hit(rate, 0, now + 16 * SECOND), 0);
		cr_assert_eq(hit(rate, 1, now + 60 * SECOND), 1);
		rate_reset(rate, TEXT("k"));
		cr_assert_eq(hit(rate, 0, now + 60 * SECOND), 0);
		rate_reset(rate, TEXT("k"));
	}
	shared_close(space, rate);
}

Test(shared, hits_stay_counted_when_the_clock_goes_back)
{
	struct shared_variable *rate = open_as(SHARED_RATE, "r", "", 10);

	cr_assert_eq(hit(rate, 1, 100 * (int64_t)SECOND), 1);
	cr_assert_eq(hit(rate, 1, 50 * (int64_t)SECOND), 2);
	cr_assert_eq(hit(rate, UINT32_MAX, 50 * (int64_t)SECOND), UINT32_MAX);
	cr_assert_eq(hit(rate, UINT32_MAX, 50 * (int64_t)SECOND), UINT32_MAX);
	shared_close(space, rate);
}

Test(shared, keys_of_a_rate_are_bounded)
{
	struct shared_variable *rate = open_as(SHARED_RATE, "r", "", 10);
	int64_t count;

	for (int i = 0; i < 100; i++)
		rate_hit(rate, text_of(&i, sizeof(i), LIFETIME_EVENT), 1, SECOND, &count);
	cr_assert_eq(rate_size(rate), 10);
	shared_close(space, rate);
}

Test(shared, memory_that_ends)
{
	const struct shared_settings settings = { SHARED_CACHE, "a", "b", SECOND, 10, 1000 };
	const char *fault = NULL;

	for (unsigned long n = 1; n < 5; n++) {
		memory_fail_at(n, false);
		cr_expect_null(shared_open(space, &settings, &fault));
		memory_fail_at(0, false);
		cr_expect_str_eq(fault, "there is no memory for it");
	}
	memory_fail_at(1, false);
	cr_expect_null(shared_new());
	memory_fail_at(0, false);
}
