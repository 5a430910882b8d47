#include "match/literals.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct arena arena;

static void begin(void)
{
	arena_init(&arena, 256 << 20, LIFETIME_PROGRAM);
}

static void end(void)
{
	arena_reset(&arena);
}

TestSuite(literals, .init = begin, .fini = end);

enum { ITEMS_MAX = 300, SUBJECT_MAX = 4000 };

static bool occurs(struct text subject, struct text item, bool fold)
{
	return (fold ? text_find_ignoring_case(subject, item, 0) : text_find(subject, item, 0)) >=
	       0;
}

static void expect_same(const struct text *items, uint32_t count, bool fold, struct text subject)
{
	struct literals *set = literals_build(items, count, fold, &arena);
	uint64_t found[ITEMS_MAX / 64 + 1];

	cr_assert_not_null(set);
	cr_assert(literals_words(set) <= sizeof(found) / sizeof(*found));
	literals_find(set, subject, found);
	for (uint32_t i = 0; i < count; i++)
		cr_assert_eq(found[i / 64] >> i % 64 & 1, occurs(subject, items[i], fold),
			     "\"%.*s\" in \"%.*s\"", TEXT_PRINTF(items[i]), TEXT_PRINTF(subject));
}

static struct text of(const char *string)
{
	return text_of_string(string, LIFETIME_PROGRAM);
}

Test(literals, finds_at_both_ends_and_one_within_another)
{
	struct text items[] = { of("lottery"), of("lot"),	  of("pills"),
				of("a"),       of("cheap pills"), of("PILLS") };

	expect_same(items, 6, false, of("lottery: cheap pills"));
	expect_same(items, 6, true, of("LOTTERY: cheap Pills"));
	expect_same(items, 6, false, of("pill"));
	expect_same(items, 6, true, of(""));
	expect_same(items, 6, false, of("lo"));
}

Test(literals, case_is_that_of_ascii)
{
	struct text items[] = { of("[abc@"), of("{abc`"), of("\xc9\xe9\xc9\xe9") };

	expect_same(items, 3, true, of("xx {ABC` xx"));
	expect_same(items, 3, true, of("[aBc@"));
	expect_same(items, 3, true, of("\xe9\xe9\xc9\xe9 \xc9\xe9\xc9\xe9"));
}

/* Few different bytes, so that much is almost found. */
static struct text random_text(char *room, size_t length, unsigned letters)
{
	for (size_t i = 0; i < length; i++)
		room[i] = (char)((rand() % 2 ? 'a' : 'A') + rand() % (int)letters);
	return text_of(room, length, LIFETIME_EVENT);
}

/* The shuffles treat sets of ASCII alone otherwise: bytes with the same low half, by table and by
 * text. */
Test(literals, bytes_beyond_ascii)
{
	static const struct text ascii[] = { { "ruby", 4, 0 }, { "slow", 4, 0 } },
				 mixed[] = { { "r\xf5"
					       "by",
					       4, 0 },
					     { "slow", 4, 0 } };
	char subject[200];

	for (unsigned at = 0; at < 190; at++) {
		memset(subject, '\xf2', sizeof(subject));
		memcpy(subject + at,
		       at % 2 ? "ruby slow"
			      : "r\xf5"
				"by\xb3low",
		       9);
		expect_same(ascii, 2, false, text_of(subject, sizeof(subject), LIFETIME_EVENT));
		expect_same(mixed, 2, at % 3 == 0,
			    text_of(subject, sizeof(subject), LIFETIME_EVENT));
	}
}

Test(literals, finds_what_searching_for_each_finds)
{
	static char rooms[ITEMS_MAX][40], subject[SUBJECT_MAX];
	struct text items[ITEMS_MAX];

	srand(11);
	for (unsigned round = 0; round < 400; round++) {
		uint32_t count = 1 + (uint32_t)rand() % (round % 2 ? 20 : ITEMS_MAX);
		unsigned letters = 1 + (unsigned)rand() % 5;

		for (uint32_t i = 0; i < count; i++)
			items[i] = random_text(rooms[i], 1 + (size_t)rand() % 12, letters);
		expect_same(items, count, rand() % 2,
			    random_text(subject, (size_t)rand() % (round % 4 ? 100 : SUBJECT_MAX),
					letters + (round % 3 == 0)));
	}
}

Test(literals, ten_thousand)
{
	enum { MANY = 10000 };
	static char rooms[MANY][24];
	static struct text items[MANY];
	static uint64_t found[MANY / 64 + 1];
	struct text subject = of("x literal number 7 x literal number 9999 x literal number 10000");
	struct literals *set;
	unsigned count = 0;

	for (unsigned i = 0; i < MANY; i++) {
		snprintf(rooms[i], sizeof(rooms[i]), "literal number %u ", i);
		items[i] = of(rooms[i]);
	}
	set = literals_build(items, MANY, false, &arena);
	cr_assert_not_null(set);
	cr_expect_lt(literals_find(set, subject, found), 100000);
	for (unsigned i = 0; i < MANY; i++)
		count += (unsigned)(found[i / 64] >> i % 64 & 1);
	cr_expect_eq(count, 2);
	cr_expect(found[0] >> 7 & 1);
	cr_expect(found[9999 / 64] >> 9999 % 64 & 1);
}

Test(literals, without_memory_there_is_none)
{
	struct text items[] = { of("one literal"), of("two") };
	bool whole = false;

	for (unsigned long nth = 1; !whole && nth < 100; nth++) {
		struct arena small;

		arena_init(&small, 1 << 20, LIFETIME_PROGRAM);
		memory_fail_at(nth, false);
		whole = literals_build(items, 2, true, &small) != NULL;
		memory_fail_at(0, false);
		arena_reset(&small);
	}
	cr_assert(whole);
}
