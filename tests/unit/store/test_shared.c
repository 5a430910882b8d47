/* Shared variables: found again by name and shape, counters, rates and caches, wherever they are
 * kept. */
#include "store/shared.h"

#include "base/memory.h"
#include "stores.h"

#include <criterion/criterion.h>

enum { SECOND = 1000000 };

static const int64_t NOW = INT64_C(1790000000) * SECOND;
static struct shared *space;

static void begin(void)
{
	stores_begin();
	space = shared_new();
}

static void end(void)
{
	shared_free(space);
	stores_end();
}

TestSuite(shared, .init = begin, .fini = end, .timeout = 300);

static struct shared_variable *open_in(const char *store, enum shared_kind kind, const char *name,
				       const char *shape, int64_t max)
{
	const struct shared_settings settings = { kind,	       name, shape,  store,
						  10 * SECOND, max,  1 << 20 };
	const char *fault = "";
	struct shared_variable *variable = shared_open(space, &settings, &fault);

	cr_assert_not_null(variable, "%s: %s", store, fault);
	return variable;
}

static struct shared_variable *open_as(enum shared_kind kind, const char *name, const char *shape,
				       int64_t max)
{
	return open_in("memory", kind, name, shape, max);
}

static int64_t add(struct shared_variable *counter, int64_t n)
{
	return store_number(counter, STORE_ADD, TEXT_EMPTY, n, NOW);
}

/* ---- variables ---- */

Test(shared, a_variable_goes_on_as_long_as_somebody_has_it)
{
	struct shared_variable *first = open_as(SHARED_COUNTER, "a.afsl: hits", "counter", 1),
			       *again;

	cr_assert_eq(add(first, 5), 5);
	again = open_as(SHARED_COUNTER, "a.afsl: hits", "counter", 1);
	cr_assert_eq(again, first);
	shared_close(space, first);
	cr_assert_eq(add(again, 0), 5);
	shared_close(space, again);
	again = open_as(SHARED_COUNTER, "a.afsl: hits", "counter", 1);
	cr_assert_eq(add(again, 0), 0);
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
	shared_close(space, a);
	shared_close(space, b);
	shared_close(space, c);
	shared_close(space, d);
}

/* What is kept in a file or on a server is there when the variable is opened again: after a
 * restart, and by a script that was moved. */
Test(shared, what_outlives_its_variable)
{
	for (unsigned i = 1; i < STORES; i++) {
		struct shared_variable *first =
			open_in(stores[i], SHARED_COUNTER, "/a/b.afsl: n", "counter", 1);

		add(first, 5);
		shared_close(space, first);
		first = open_in(stores[i], SHARED_COUNTER, "/c/b.afsl: n", "counter", 1);
		cr_expect_eq(add(first, 1), 6, "%s", stores[i]);
		shared_close(space, first);
		first = open_in(stores[i], SHARED_COUNTER, "/a/b.afsl: m", "counter", 1);
		cr_expect_eq(add(first, 0), 0, "%s", stores[i]);
		shared_close(space, first);
	}
}

Test(shared, stores_that_are_none)
{
	static const char *const wrong[] = {
		"disk:x",  "lmdb:",  "lmdb:../x",  "lmdb:a/b",
		"lmdb:.x", "redis:", "redis:host", "redis:inet://127.0.0.1:6379?user=x",
		"memory:x"
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		const struct shared_settings settings = {
			SHARED_COUNTER, "a", "b", wrong[i], 1, 1, 1
		};
		const char *fault = NULL;

		cr_expect_null(shared_open(space, &settings, &fault), "%s", wrong[i]);
		cr_expect_not_null(fault);
	}
}

/* ---- counters ---- */

Test(shared, a_counter_that_would_overflow_stays_as_it_is)
{
	for (unsigned i = 0; i < STORES; i++) {
		struct shared_variable *counter =
			open_in(stores[i], SHARED_COUNTER, "c", "counter", 1);
		struct store_request more = { .operation = STORE_ADD, .number = 1 };

		cr_expect_eq(store_number(counter, STORE_RESET, TEXT_EMPTY, 0, NOW), 0);
		cr_expect_eq(add(counter, INT64_MAX), INT64_MAX);
		cr_expect_eq(store_ask(counter, &more), STORE_TOO_LARGE, "%s", stores[i]);
		cr_expect_eq(add(counter, 0), INT64_MAX);
		cr_expect_eq(store_number(counter, STORE_RESET, TEXT_EMPTY, 0, NOW), INT64_MAX);
		cr_expect_eq(add(counter, -7), -7);
		shared_close(space, counter);
	}
}

/* ---- rates ---- */

static int64_t hit(struct shared_variable *rate, uint32_t n, int64_t now)
{
	return store_number(rate, STORE_HIT, TEXT("k"), n, now);
}

static void hit_through(struct shared_variable *rate, int64_t now)
{
	cr_assert_eq(hit(rate, 1, now), 1);
	cr_assert_eq(hit(rate, 2, now + 5 * SECOND), 3);
	cr_assert_eq(hit(rate, 0, now + 10 * SECOND - 1), 3);
	cr_assert_eq(hit(rate, 0, now + 11 * SECOND), 2);
	cr_assert_eq(hit(rate, 0, now + 15 * SECOND - 1), 2);
	cr_assert_eq(hit(rate, 0, now + 16 * SECOND), 0);
	cr_assert_eq(hit(rate, 1, now + 60 * SECOND), 1);
	store_number(rate, STORE_REMOVE, TEXT("k"), 0, now);
	cr_assert_eq(hit(rate, 0, now + 60 * SECOND), 0);
	store_number(rate, STORE_REMOVE, TEXT("k"), 0, now);
}

Test(shared, a_hit_counts_for_the_window_and_a_slice_at_most)
{
	for (unsigned i = 0; i < STORES; i++) {
		struct shared_variable *rate = open_in(stores[i], SHARED_RATE, "r", "", 10);

		for (int64_t start = 0; start < SECOND; start += SECOND / 7)
			hit_through(rate, NOW + start);
		shared_close(space, rate);
	}
}

Test(shared, hits_stay_counted_when_the_clock_goes_back)
{
	for (unsigned i = 0; i < STORES; i++) {
		struct shared_variable *rate = open_in(stores[i], SHARED_RATE, "r", "", 10);

		cr_expect_eq(hit(rate, 1, NOW), 1);
		cr_expect_eq(hit(rate, 1, NOW - 5 * SECOND), 2, "%s", stores[i]);
		cr_expect_eq(hit(rate, UINT32_MAX, NOW - 5 * SECOND), UINT32_MAX, "%s", stores[i]);
		cr_expect_eq(hit(rate, UINT32_MAX, NOW - 5 * SECOND), UINT32_MAX, "%s", stores[i]);
		shared_close(space, rate);
	}
}

Test(shared, keys_of_a_rate_are_bounded)
{
	for (unsigned i = 0; i < STORES; i++) {
		struct shared_variable *rate = open_in(stores[i], SHARED_RATE, "r", "", 10);

		for (int n = 0; n < 100; n++)
			store_number(rate, STORE_HIT, text_of(&n, sizeof(n), LIFETIME_EVENT), 1,
				     NOW + n);
		cr_expect_eq(store_number(rate, STORE_COUNT, TEXT_EMPTY, 0, NOW), 10, "%s",
			     stores[i]);
		shared_close(space, rate);
	}
}

/* ---- caches ---- */

static enum store_status put(struct shared_variable *cache, enum store_operation operation,
			     struct text key, struct text content, int64_t now,
			     struct buffer *answer)
{
	struct store_request request = {
		.operation = operation, .key = key, .value = content, .now = now, .answer = answer
	};

	buffer_clear(answer);
	return store_ask(cache, &request);
}

static void cache_through(struct shared_variable *cache, struct text key, struct text content)
{
	struct buffer answer;

	buffer_init(&answer, 1 << 20);
	cr_expect_eq(put(cache, STORE_GET, key, TEXT_EMPTY, NOW, &answer), STORE_ABSENT);
	cr_expect_eq(put(cache, STORE_INSERT, key, content, NOW, &answer), STORE_DONE);
	cr_expect_eq(put(cache, STORE_INSERT, key, TEXT("other"), NOW, &answer), STORE_FOUND);
	cr_expect(text_equals(buffer_text(&answer), content));
	cr_expect_eq(put(cache, STORE_HAS, key, TEXT_EMPTY, NOW + 10 * SECOND - 1, &answer),
		     STORE_FOUND);
	cr_expect_eq(put(cache, STORE_HAS, key, TEXT_EMPTY, NOW + 10 * SECOND, &answer),
		     STORE_ABSENT);
	cr_expect_eq(put(cache, STORE_INSERT, key, TEXT("later"), NOW + 10 * SECOND, &answer),
		     STORE_DONE);
	cr_expect_eq(put(cache, STORE_GET, key, TEXT_EMPTY, NOW + 11 * SECOND, &answer),
		     STORE_FOUND);
	cr_expect(text_equals(buffer_text(&answer), TEXT("later")));
	cr_expect_eq(put(cache, STORE_PUT, key, TEXT_EMPTY, NOW + 12 * SECOND, &answer),
		     STORE_DONE);
	cr_expect_eq(put(cache, STORE_GET, key, TEXT_EMPTY, NOW + 20 * SECOND, &answer),
		     STORE_FOUND);
	cr_expect_eq(answer.length, 0);
	cr_expect_eq(store_number(cache, STORE_COUNT, TEXT_EMPTY, 0, NOW), 1);
	cr_expect_eq(put(cache, STORE_REMOVE, key, TEXT_EMPTY, NOW + 20 * SECOND, &answer),
		     STORE_FOUND);
	cr_expect_eq(put(cache, STORE_REMOVE, key, TEXT_EMPTY, NOW + 20 * SECOND, &answer),
		     STORE_ABSENT);
	cr_expect_eq(store_number(cache, STORE_COUNT, TEXT_EMPTY, 0, NOW), 0);
	buffer_free(&answer);
}

Test(shared, a_cache_keeps_what_it_is_given_until_its_time)
{
	static char long_key[2000], all_bytes[256];

	memset(long_key, 'k', sizeof(long_key));
	for (unsigned i = 0; i < sizeof(all_bytes); i++)
		all_bytes[i] = (char)i;
	for (unsigned i = 0; i < STORES; i++) {
		struct shared_variable *cache = open_in(stores[i], SHARED_CACHE, "c", "", 10);

		cache_through(cache, TEXT("k"), TEXT("v"));
		cache_through(cache, TEXT_EMPTY, text_of(all_bytes, 256, LIFETIME_EVENT));
		cache_through(cache, text_of(all_bytes, 256, LIFETIME_EVENT), TEXT("v"));
		cache_through(cache, text_of(long_key, 2000, LIFETIME_EVENT), TEXT("v"));
		shared_close(space, cache);
	}
}

/* Keys that begin alike for a long way are two keys. */
Test(shared, long_keys_are_told_apart)
{
	char key[1000];
	struct buffer answer;

	buffer_init(&answer, 1 << 20);
	memset(key, 'k', sizeof(key));
	for (unsigned i = 0; i < STORES; i++) {
		struct shared_variable *cache = open_in(stores[i], SHARED_CACHE, "l", "", 10);

		put(cache, STORE_PUT, text_of(key, 999, LIFETIME_EVENT), TEXT("a"), NOW, &answer);
		put(cache, STORE_PUT, text_of(key, 1000, LIFETIME_EVENT), TEXT("b"), NOW, &answer);
		cr_expect_eq(put(cache, STORE_GET, text_of(key, 999, LIFETIME_EVENT), TEXT_EMPTY,
				 NOW, &answer),
			     STORE_FOUND);
		cr_expect(text_equals(buffer_text(&answer), TEXT("a")), "%s", stores[i]);
		cr_expect_eq(put(cache, STORE_HAS, text_of(key, 998, LIFETIME_EVENT), TEXT_EMPTY,
				 NOW, &answer),
			     STORE_ABSENT);
		shared_close(space, cache);
	}
	buffer_free(&answer);
}

Test(shared, a_cache_is_bounded_and_can_be_cleared)
{
	static char large[2 << 20];
	struct buffer answer;

	buffer_init(&answer, 1 << 20);
	for (unsigned i = 0; i < STORES; i++) {
		struct shared_variable *cache = open_in(stores[i], SHARED_CACHE, "b", "", 10);

		for (int n = 0; n < 50; n++)
			put(cache, STORE_PUT, text_of(&n, sizeof(n), LIFETIME_EVENT), TEXT("v"),
			    NOW + n, &answer);
		cr_expect_eq(store_number(cache, STORE_COUNT, TEXT_EMPTY, 0, NOW), 10, "%s",
			     stores[i]);
		cr_expect_eq(put(cache, STORE_PUT, TEXT("k"),
				 text_of(large, sizeof(large), LIFETIME_EVENT), NOW, &answer),
			     STORE_TOO_LARGE, "%s", stores[i]);
		cr_expect_eq(store_number(cache, STORE_COUNT, TEXT_EMPTY, 0, NOW), 10);
		store_number(cache, STORE_CLEAR, TEXT_EMPTY, 0, NOW);
		cr_expect_eq(store_number(cache, STORE_COUNT, TEXT_EMPTY, 0, NOW), 0);
		shared_close(space, cache);
	}
	buffer_free(&answer);
}

Test(shared, two_variables_of_one_store_do_not_mix)
{
	struct buffer answer;

	buffer_init(&answer, 1 << 20);
	for (unsigned i = 0; i < STORES; i++) {
		struct shared_variable *a = open_in(stores[i], SHARED_CACHE, "m: a", "", 10);
		struct shared_variable *b = open_in(stores[i], SHARED_CACHE, "m: b", "", 10);

		put(a, STORE_PUT, TEXT("k"), TEXT("1"), NOW, &answer);
		cr_expect_eq(put(b, STORE_GET, TEXT("k"), TEXT_EMPTY, NOW, &answer), STORE_ABSENT);
		store_number(b, STORE_CLEAR, TEXT_EMPTY, 0, NOW);
		cr_expect_eq(put(a, STORE_GET, TEXT("k"), TEXT_EMPTY, NOW, &answer), STORE_FOUND,
			     "%s", stores[i]);
		shared_close(space, a);
		shared_close(space, b);
	}
	buffer_free(&answer);
}

Test(shared, memory_that_ends)
{
	const struct shared_settings settings = { SHARED_CACHE, "a", "b", NULL, SECOND, 10, 1000 };
	const char *fault = NULL;

	for (unsigned long n = 1; n < 7; n++) {
		memory_fail_at(n, false);
		cr_expect_null(shared_open(space, &settings, &fault), "%lu", n);
		memory_fail_at(0, false);
		cr_expect_str_eq(fault, "there is no memory for it");
	}
	memory_fail_at(1, false);
	cr_expect_null(shared_new());
	memory_fail_at(0, false);
}
