#include "world.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct arena arena;
static struct headers headers;

static void begin(void)
{
	arena_init(&arena, 64 << 20, LIFETIME_MESSAGE);
	headers_init(&headers, &arena);
}

static void end(void)
{
	memory_fail_at(0, false);
	arena_reset(&arena);
}

TestSuite(headers, .init = begin, .fini = end);

static bool insert(uint32_t position, const char *name, const char *raw)
{
	return headers_insert(&headers, position, (struct header){.name = t(name), .raw = t(raw)});
}

static void expect(const char *wanted)
{
	char seen[4096] = "";
	size_t length = 0;

	for (uint32_t i = 0; i < headers.count; i++)
		length += (size_t)snprintf(seen + length, sizeof(seen) - length, "%.*s:%.*s|",
					   TEXT_PRINTF(headers.items[i].name),
					   TEXT_PRINTF(headers.items[i].raw));
	cr_expect_str_eq(seen, wanted);
}

Test(headers, keep_order_duplicates_and_bytes)
{
	cr_assert(insert(0, "To", " a"));
	cr_assert(insert(1, "X", " 1\n\tfolded"));
	cr_assert(insert(2, "x", ""));
	cr_assert(insert(1, "Cc", "\xff"));
	expect("To: a|Cc:\xff|X: 1\n\tfolded|x:|");
	cr_assert_eq(headers.bytes, 2 + 2 + 2 + 1 + 1 + 10 + 1);
}

Test(headers, are_found_by_name_without_case_and_by_number)
{
	insert(0, "To", " a");
	insert(1, "X-A", " 1");
	insert(2, "x-a", " 2");
	cr_assert_eq(headers_find(&headers, TEXT("X-a"), 1), 1);
	cr_assert_eq(headers_find(&headers, TEXT("X-a"), 2), 2);
	cr_assert_eq(headers_find(&headers, TEXT("X-a"), 3), -1);
	cr_assert_eq(headers_find(&headers, TEXT("X-a"), 0), -1);
	cr_assert_eq(headers_find(&headers, TEXT("X"), 1), -1);
	cr_assert_eq(headers_count_named(&headers, TEXT("X-A")), 2);
	cr_assert_eq(headers_count_named(&headers, TEXT("Subject")), 0);
}

Test(headers, eat_one_space_of_a_value)
{
	struct header header = {.raw = TEXT("  x")};

	cr_assert(text_equals_string(header_value(&header), " x"));
	header.raw = TEXT("\tx");
	cr_assert(text_equals_string(header_value(&header), "\tx"));
	header.raw = TEXT("");
	cr_assert_eq(header_value(&header).length, 0);
}

Test(headers, do_not_keep_the_callers_bytes)
{
	char name[] = "Name", raw[] = " raw";

	headers_insert(&headers, 0, (struct header){.name = t(name), .raw = t(raw)});
	memset(name, '?', 4);
	memset(raw, '?', 4);
	expect("Name: raw|");
}

Test(headers, behave_like_a_plain_list)
{
	unsigned names[2000], count = 0, seed = 1;

	for (unsigned step = 0; step < 3000; step++) {
		char name[16];
		unsigned choice = (seed = seed * 1103515245u + 12345u) >> 16, at;

		at = count ? (choice >> 2) % (count + 1) : 0;
		if (choice % 3 && count < 1900) {
			snprintf(name, sizeof(name), "N%u", step % 50);
			memmove(names + at + 1, names + at, (count - at) * sizeof(*names));
			names[at] = step % 50;
			count++;
			cr_assert(insert(at, name, " v"));
		} else if (count && at < count) {
			memmove(names + at, names + at + 1, (count - at - 1) * sizeof(*names));
			count--;
			cr_assert(headers_remove(&headers, at));
		}
		cr_assert_eq(headers.count, count);
	}
	for (unsigned i = 0; i < count; i++) {
		char name[16];
		unsigned nth = 1;

		snprintf(name, sizeof(name), "n%u", names[i]);
		for (unsigned k = 0; k < i; k++)
			nth += names[k] == names[i];
		cr_assert_eq(headers_find(&headers, t(name), nth), i);
	}
	for (unsigned n = 0; n < 50; n++) {
		char name[16];
		unsigned wanted = 0;

		snprintf(name, sizeof(name), "N%u", n);
		for (unsigned i = 0; i < count; i++)
			wanted += names[i] == n;
		cr_assert_eq(headers_count_named(&headers, t(name)), wanted);
	}
}

Test(headers, replacing_moves_the_name_too)
{
	uint32_t counted = 0;

	for (unsigned i = 0; i < 40; i++)
		cr_assert(insert(i, "A", " 1"));
	cr_assert(headers_replace(&headers, 7, t("B"), t(" two")));
	cr_assert_eq(headers_find(&headers, TEXT("b"), 1), 7);
	cr_assert_eq(headers_count_named(&headers, TEXT("A")), 39);
	cr_assert(headers.items[7].changed);
	cr_assert_eq(headers.bytes, 40 * 3 + 2);
	cr_assert(headers_remove(&headers, 7));
	cr_assert_eq(headers.bytes, 39 * 3);
	for (uint32_t i = 0; i <= headers.mask; i++)
		counted += headers.names[i];
	cr_assert_eq(counted, 39);
}

Test(headers, a_view_is_apart_from_its_first_change_on)
{
	struct headers view;

	insert(0, "A", " 1");
	insert(1, "B", " 2");
	headers_borrow(&view, &headers);
	cr_assert_eq(view.items, headers.items);
	cr_assert(headers_remove(&view, 0));
	cr_assert_eq(view.count, 1);
	expect("A: 1|B: 2|");
	headers_borrow(&view, &headers);
	cr_assert(headers_replace(&view, 1, t("B"), t(" 3")));
	expect("A: 1|B: 2|");
	headers_borrow(&view, &headers);
	cr_assert(headers_insert(&view, 0, (struct header){.name = t("C"), .raw = t("")}));
	expect("A: 1|B: 2|");
}

Test(headers, count_what_stands_on_top_and_at_the_end)
{
	headers_insert(&headers, 0, (struct header){.name = t("T"), .raw = t(""), .top = true});
	insert(1, "A", "");
	cr_assert_eq(headers.tops, 1);
	cr_assert_eq(headers.appended, 0);
	headers.appended = 1;
	insert(2, "B", "");
	cr_assert_eq(headers.appended, 2);
	insert(1, "C", "");
	cr_assert_eq(headers.appended, 2);
	headers_remove(&headers, 2);
	cr_assert_eq(headers.appended, 1);
	headers_remove(&headers, 1);
	cr_assert_eq(headers.appended, 1);
	headers_remove(&headers, 0);
	cr_assert_eq(headers.tops, 0);
}

static double seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

Test(headers, ten_thousand_are_no_trouble)
{
	double began = seconds();
	char name[24];

	for (unsigned i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "X-%u", i);
		cr_assert(insert(i, name, " v"));
	}
	for (unsigned i = 0; i < 10000; i++)
		cr_assert_eq(headers_find(&headers, TEXT("Subject"), 1), -1);
	for (unsigned i = 0; i < 10000; i++)
		cr_assert(insert(0, "Y", " v"));
	for (unsigned i = 0; i < 10000; i++)
		cr_assert(headers_remove(&headers, (uint32_t)headers_find(&headers, TEXT("y"), 1)));
	for (unsigned i = 10000; i-- > 0;)
		cr_assert(headers_remove(&headers, i));
	cr_assert_lt(seconds() - began, 2.0);
}

Test(headers, full_memory_changes_nothing)
{
	insert(0, "A", " 1");
	for (unsigned long nth = 1; nth < 6; nth++) {
		struct headers view;
		uint32_t count = headers.count;

		arena.end = arena.next; /* the next allocation needs a block */
		headers_borrow(&view, &headers);
		memory_fail_at(nth, true);
		if (!headers_insert(&headers, 0, (struct header){.name = t("N"), .raw = t(" v")}))
			cr_assert_eq(headers.count, count);
		if (nth == 1) {
			cr_assert_not(headers_remove(&view, 0));
			cr_assert_eq(view.count, count);
			cr_assert_not(headers_replace(&view, 0, t("B"), t(" 2")));
		}
		memory_fail_at(0, false);
	}
}
