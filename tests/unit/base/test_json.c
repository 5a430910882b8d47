/* JSON: what is checked, and that nothing is read beyond the text, whatever it is. */
#include "base/json.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/wait.h"

#include <criterion/criterion.h>
#include <time.h>
#include <stdlib.h>

/* On the heap to the byte, so that a sanitizer sees what reads beyond. */
static struct text copied(const char *bytes, size_t length)
{
	char *copy = malloc(length ? length : 1);

	memcpy(copy, bytes, length);
	return text_of(copy, length, LIFETIME_EVENT);
}

static void walk(struct text part, unsigned depth)
{
	struct json_cursor cursor;
	struct text key, item;
	char *room = malloc(part.length + 1);

	if (json_kind(part) == JSON_TEXT)
		cr_assert_leq(json_decode(part, room), part.length);
	free(room);
	json_begin(&cursor, part);
	while (depth < 70 && json_next(&cursor, &key, &item)) {
		cr_assert(item.data >= part.data && item.data + item.length <= part.data + part.length);
		walk(item, depth + 1);
		if (key.length)
			walk(key, depth + 1);
	}
}

static enum json_result check_bytes(const char *bytes, size_t length)
{
	struct text source = copied(bytes, length), part = TEXT_EMPTY;
	struct json_fault fault = { 0, NULL };
	enum json_result result = json_check(source, &part, &fault);

	if (result == JSON_GOOD)
		walk(part, 0);
	else
		cr_assert(fault.offset <= length && fault.message);
	walk(source, 0); /* what was not checked gives nonsense, and no more */
	free((void *)(uintptr_t)source.data);
	return result;
}

static const char sample[] = "{\"a\": [1, -2.5e+3, \"x\\u00e9\\ud83d\\ude00\\n\"], \"b\" : {\"c\": null, \"\": [true, false, {}]}, \"d\": []}";

Test(json, good)
{
	static const char *const good[] = { "0",    "-0",  "1.5",     "1E5", "\"\"", "[]",	 "{}", "null", "true", "false",
					    " [ ] ", "[[]]", "{\"a\":{}}", sample, "\"\\u0000\"", "\"\\/\"", "[{},{},[]]" };

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		cr_expect_eq(check_bytes(good[i], strlen(good[i])), JSON_GOOD, "%s", good[i]);
}

Test(json, wrong)
{
	static const char *const wrong[] = { "",     " ",   "-",	"00",	"1.",  ".5",	  "1e",	     "[",    "]",      "{",
					     "}",    "[,]", "[1,]",	"{,}",	"\"",  "\"\\\"",  "\"\\u12\"", "tru",  "truex",  "[}",
					     "{]",   "{\"a\"}", "{\"a\":}", "{1:2}", "'a'", "1 2",	  "[1]]",    "\x01", "\"\\ude00\"", "\"\\ud800\\u0041\"" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		cr_expect_eq(check_bytes(wrong[i], strlen(wrong[i])), JSON_WRONG, "%s", wrong[i]);
}

Test(json, parts_of_every_length_and_damaged_bytes)
{
	char bytes[sizeof(sample)];
	unsigned state = 7, good = 0;

	for (size_t length = 0; length < sizeof(sample) - 1; length++)
		cr_assert_eq(check_bytes(sample, length), JSON_WRONG);
	for (int turn = 0; turn < 100000; turn++) {
		static const char marks[] = "{}[]\",:\\u0e-";

		memcpy(bytes, sample, sizeof(sample));
		for (int n = 0; n < 3; n++) {
			state = state * 1664525 + 1013904223;
			bytes[(state >> 8) % (sizeof(sample) - 1)] =
				state & 1 ? marks[(state >> 4) % (sizeof(marks) - 1)] : (char)(state >> 24);
		}
		good += check_bytes(bytes, sizeof(sample) - 1) == JSON_GOOD;
	}
	cr_assert_gt(good, 10);
}

/* CPU time of checking an object with so many keys. */
static int64_t time_of_keys(int count)
{
	struct buffer out;
	struct json_fault fault;
	struct text part;
	clock_t begun;

	buffer_init(&out, 64 << 20);
	for (int i = 0; i < count; i++)
		buffer_printf(&out, "%s\"key %d\":%d", i ? "," : "{", i, i);
	buffer_append_byte(&out, '}');
	begun = clock();
	cr_assert_eq(json_check(buffer_text(&out), &part, &fault), JSON_GOOD);
	cr_assert_eq(json_length(part), (uint32_t)count);
	begun = clock() - begun;
	buffer_free(&out);
	return begun;
}

/* A square would take a hundred times as long for ten times as many. */
Test(json, many_keys_are_no_square)
{
	int64_t few = time_of_keys(10000);

	cr_assert_lt(time_of_keys(100000), 50 * few + CLOCKS_PER_SEC / 10);
}

Test(json, memory_that_ends)
{
	struct json_fault fault;
	struct text part;

	memory_fail_at(1, true);
	cr_expect_eq(json_check(TEXT("{\"a\":1}"), &part, &fault), JSON_NO_MEMORY);
	cr_expect_eq(json_check(TEXT("[1]"), &part, &fault), JSON_GOOD);
	memory_fail_at(0, false);
	memory_fail_at(2, true);
	cr_expect_eq(json_check(TEXT("{\"\\u0041\":1}"), &part, &fault), JSON_NO_MEMORY);
	memory_fail_at(0, false);
}
