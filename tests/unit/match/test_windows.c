#include "match/windows.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOWS = 12, LENGTH_MAX = 700 };

static char bytes_of_windows[WINDOWS][WINDOW];

static struct windows make(unsigned kinds, unsigned from)
{
	struct windows windows = { .beyond_ascii = false };

	for (unsigned i = 0; i < WINDOWS; i++)
		for (unsigned at = 0; at < WINDOW; at++) {
			bytes_of_windows[i][at] = (char)(from + (unsigned)rand() % kinds);
			windows_mark(&windows, at, bytes_of_windows[i][at], i % WINDOW_BUCKETS);
		}
	return windows;
}

static bool begins_at(const char *bytes)
{
	for (unsigned i = 0; i < WINDOWS; i++)
		if (memcmp(bytes, bytes_of_windows[i], WINDOW) == 0)
			return true;
	return false;
}

/* All places from the first to the last block: none where a window begins is left out. How many
 * were said. */
static unsigned expect_all(const struct windows_way *way, const struct windows *windows,
			   const char *bytes, size_t last)
{
	unsigned said = 0;

	for (size_t at = 0, from = 0; at <= last; at = from = at + way->block) {
		uint64_t places;

		at = way->next(windows, bytes, at, last, &places);
		for (size_t i = from; i < at; i++)
			cr_assert_not(begins_at(bytes + i), "%s, %zu", way->name, i);
		cr_assert_eq(at > last, places == 0, "%s", way->name);
		for (size_t i = 0; places && i < way->block; i++) {
			bool may = places >> i & 1;

			said += may;
			cr_assert(may || !begins_at(bytes + at + i), "%s, %zu", way->name, at + i);
		}
	}
	return said;
}

static unsigned expect_all_ways(const struct windows *windows, const char *bytes, size_t length)
{
	const struct windows_way *way;
	unsigned said = 0;

	for (unsigned i = 0; (way = windows_way(i)); i++)
		if (length >= way->block + WINDOW - 1)
			said += expect_all(way, windows, bytes, length - way->block - (WINDOW - 1));
	return said;
}

/* Of its size, so that reading beyond is seen. */
static char *random_bytes(size_t length, unsigned kinds, unsigned from)
{
	char *bytes = memory_allocate(length);

	cr_assert_not_null(bytes);
	for (size_t i = 0; i < length; i++)
		bytes[i] = (char)(from + (unsigned)rand() % kinds);
	return bytes;
}

Test(windows, no_place_is_left_out)
{
	static const unsigned firsts[] = { 0, 'a', 0x70, 0xc0 };

	srand(5);
	for (unsigned round = 0; round < 800; round++) {
		unsigned from = firsts[round % 4], kinds = 2 + (unsigned)rand() % 60;
		size_t length = 1 + (size_t)rand() % LENGTH_MAX;
		struct windows windows = make(kinds, from);
		char *bytes = random_bytes(length, kinds, from);

		cr_assert(!windows.beyond_ascii || from + kinds > 0x80);
		expect_all_ways(&windows, bytes, length);
		memory_free(bytes);
	}
}

/* What shares no byte with the windows is no place, the sixth bit and half bytes aside. */
Test(windows, little_is_said_of_other_text)
{
	struct windows windows = { .beyond_ascii = false };
	char bytes[LENGTH_MAX];

	memcpy(bytes_of_windows[0], "zebr", WINDOW);
	for (unsigned at = 0; at < WINDOW; at++)
		windows_mark(&windows, at, bytes_of_windows[0][at], 3);
	memset(bytes, 'o', sizeof(bytes));
	cr_expect_eq(expect_all_ways(&windows, bytes, sizeof(bytes)), 0);
	memcpy(bytes + 300, "zebrazebra", 10);
	for (unsigned i = 1; i < WINDOWS; i++)
		memcpy(bytes_of_windows[i], "zebr", WINDOW);
	if (windows_way(0))
		cr_expect_geq(expect_all_ways(&windows, bytes, sizeof(bytes)), 2);
}

Test(windows, the_widest_way_comes_first)
{
	unsigned before = UINT32_MAX, count = 0;

	for (; windows_way(count); count++) {
		cr_expect_lt(windows_way(count)->block, before);
		before = windows_way(count)->block;
	}
	cr_expect_null(windows_way(count));
	cr_expect_null(windows_way(count + 5));
}
