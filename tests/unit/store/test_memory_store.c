/* Entries in memory: bounds, order of use, expiry, and memory that ends. */
#include "store/memory_store.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct memory_store *store;
static struct buffer answer;
static int64_t now;

static void begin(void)
{
	now = 1000;
	buffer_init(&answer, 1 << 20);
}

static void end(void)
{
	memory_store_free(store);
	store = NULL;
	buffer_free(&answer);
}

TestSuite(memory_store, .init = begin, .fini = end);

static enum store_status ask(enum store_operation operation, const char *key, const char *value)
{
	struct store_request request = { .operation = operation,
					 .key = text_of_string(key, LIFETIME_EVENT),
					 .value = text_of_string(value, LIFETIME_EVENT),
					 .now = now,
					 .expires = now + 100,
					 .answer = &answer };

	buffer_clear(&answer);
	return memory_store_perform(store, &request);
}

static int64_t count(void)
{
	struct store_request request = { .operation = STORE_COUNT };

	cr_assert_eq(memory_store_perform(store, &request), STORE_DONE);
	return request.count;
}

static void expect_value(const char *key, const char *value)
{
	if (!value) {
		cr_expect_eq(ask(STORE_GET, key, ""), STORE_ABSENT, "%s", key);
		return;
	}
	cr_expect_eq(ask(STORE_GET, key, ""), STORE_FOUND, "%s", key);
	cr_expect(text_equals_string(buffer_text(&answer), value), "%s", key);
}

Test(memory_store, what_is_put_is_found_until_it_is_removed)
{
	store = memory_store_new(100, 1 << 20);
	expect_value("a", NULL);
	cr_assert_eq(ask(STORE_PUT, "a", "one"), STORE_DONE);
	cr_assert_eq(ask(STORE_PUT, "", ""), STORE_DONE);
	expect_value("a", "one");
	expect_value("", "");
	cr_assert_eq(ask(STORE_PUT, "a", "two"), STORE_DONE);
	expect_value("a", "two");
	cr_assert_eq(ask(STORE_PUT, "a", "longer than it was"), STORE_DONE);
	expect_value("a", "longer than it was");
	cr_assert_eq(count(), 2);
	cr_assert_eq(ask(STORE_INSERT, "a", "other"), STORE_FOUND);
	cr_assert(text_equals_string(buffer_text(&answer), "longer than it was"));
	cr_assert_eq(ask(STORE_INSERT, "b", "other"), STORE_DONE);
	expect_value("b", "other");
	cr_assert_eq(ask(STORE_HAS, "b", ""), STORE_FOUND);
	cr_assert_eq(ask(STORE_REMOVE, "b", ""), STORE_FOUND);
	cr_assert_eq(ask(STORE_REMOVE, "b", ""), STORE_ABSENT);
	cr_assert_eq(ask(STORE_HAS, "b", ""), STORE_ABSENT);
	cr_assert_eq(ask(STORE_CLEAR, "", ""), STORE_DONE);
	cr_assert_eq(count(), 0);
	expect_value("a", NULL);
}

Test(memory_store, the_one_that_was_used_longest_ago_goes)
{
	store = memory_store_new(3, 1 << 20);
	ask(STORE_PUT, "a", "1");
	ask(STORE_PUT, "b", "2");
	ask(STORE_PUT, "c", "3");
	expect_value("a", "1");
	ask(STORE_PUT, "b", "2");
	ask(STORE_PUT, "d", "4");
	expect_value("c", NULL);
	expect_value("a", "1");
	ask(STORE_HAS, "b", ""); /* asking is no use */
	ask(STORE_PUT, "e", "5");
	expect_value("b", NULL);
	cr_assert_eq(count(), 3);
}

Test(memory_store, bytes_are_bounded_too)
{
	char large[3000];

	memset(large, 'x', sizeof(large));
	large[2999] = '\0';
	store = memory_store_new(1000, 10000);
	for (int i = 0; i < 50; i++) {
		char key[16];

		snprintf(key, sizeof(key), "%d", i);
		cr_assert_eq(ask(STORE_PUT, key, large), STORE_DONE);
	}
	cr_assert_eq(count(), 3);
	expect_value("49", large);
	expect_value("46", NULL);
	memory_store_limit(store, 1000, 2000);
	cr_assert_eq(count(), 0);
	cr_assert_eq(ask(STORE_PUT, "a", large), STORE_TOO_LARGE);
	ask(STORE_PUT, "a", "small");
	cr_assert_eq(ask(STORE_PUT, "a", large), STORE_TOO_LARGE);
	expect_value("a", "small");
}

Test(memory_store, time_ends)
{
	store = memory_store_new(5000, 64 << 20); /* with shards */
	ask(STORE_PUT, "a", "1");
	now += 99;
	expect_value("a", "1");
	now += 1;
	expect_value("a", NULL);
	cr_assert_eq(count(), 0);
	/* what nobody asks for goes as others come */
	for (int i = 0; i < 4000; i++) {
		char key[16];

		snprintf(key, sizeof(key), "%d", i);
		ask(STORE_PUT, key, "x");
		now++;
	}
	cr_assert_lt(count(), 2500);
	for (int i = 0; i < 4000; i++)
		ask(STORE_PUT, "k", i % 2 ? "x" : "xx");
	cr_assert_leq(count(), 400);
}

Test(memory_store, many_entries_are_all_there_and_no_more)
{
	char key[16], value[16];

	store = memory_store_new(20000, 64 << 20);
	for (int i = 0; i < 15000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		snprintf(value, sizeof(value), "v%d", i);
		cr_assert_eq(ask(STORE_PUT, key, value), STORE_DONE);
	}
	cr_assert_eq(count(), 15000);
	for (int i = 0; i < 15000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		snprintf(value, sizeof(value), "v%d", i);
		expect_value(key, value);
	}
	for (int i = 0; i < 60000; i++) {
		snprintf(key, sizeof(key), "m%d", i);
		ask(STORE_PUT, key, "");
	}
	cr_assert_leq(count(), 20000);
	memory_store_limit(store, 10, 64 << 20);
	cr_assert_leq(count(), 16);
}

Test(memory_store, memory_that_ends_changes_nothing)
{
	store = memory_store_new(100, 1 << 20);
	ask(STORE_PUT, "a", "one");
	memory_fail_at(1, true);
	cr_expect_eq(ask(STORE_PUT, "b", "two"), STORE_FAILED);
	cr_expect_eq(ask(STORE_PUT, "a", "longer"), STORE_FAILED);
	cr_expect_eq(ask(STORE_PUT, "a", "two"), STORE_DONE); /* in place */
	memory_fail_at(0, false);
	expect_value("a", "two");
	expect_value("b", NULL);
	memory_fail_at(1, false);
	cr_expect_null(memory_store_new(10, 1000));
	memory_fail_at(0, false);
}
