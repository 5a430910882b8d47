/* What module json promises (grammar/builtins.def, tests/lang/8-library/json), asked of jansson. */
#include "trial.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLAGS = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL };

static json_t *parse(const char *source, json_error_t *fault)
{
	return json_loadb(source, strlen(source), FLAGS, fault);
}

static bool is_read(const char *source)
{
	json_error_t fault = { 0 };
	json_t *document = parse(source, &fault);

	trial_say("%s", document ? "read" : fault.text);
	json_decref(document);
	return document != NULL;
}

static bool comes_back(const char *source)
{
	json_error_t fault;
	json_t *document = parse(source, &fault);
	char *again = json_dumps(document, JSON_ENCODE_ANY | JSON_COMPACT);
	bool same = again && strcmp(source, again) == 0;

	trial_say("%s comes back as %s", source, again ? again : fault.text);
	free(again);
	json_decref(document);
	return same;
}

/* ---- numbers ---- */

static bool beyond_64_bits(void)
{
	return is_read("{\"id\":18446744073709551615,\"score\":3}");
}

static bool beyond_a_double(void)
{
	return is_read("[1e999]");
}

static bool ints_are_exact(void)
{
	return comes_back("[9223372036854775807,-9223372036854775808,9007199254740993]");
}

static bool numbers_stay_as_written(void)
{
	return comes_back("[1.10]");
}

static bool shortest_float(void)
{
	return comes_back("[0.1]");
}

/* ---- texts and keys ---- */

static bool nul_in_text(void)
{
	return comes_back("[\"a\\u0000b\"]");
}

static bool nul_in_key(void)
{
	return is_read("{\"a\\u0000b\":1}");
}

static bool keys_in_order(void)
{
	return comes_back("{\"b\":1,\"a\":2,\"\":3}");
}

static bool refused(const char *const *sources, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_read(sources[i])) {
			trial_say("%s is read", sources[i]);
			return false;
		}
	return true;
}

static bool keys_that_stand_twice(void)
{
	static const char *const sources[] = { "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}" };

	return refused(sources, 2);
}

static bool not_utf_8(void)
{
	static const char *const sources[] = { "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"",
					       "\"\\ud800\"", "\"\\ude00\"" };

	return refused(sources, 5);
}

/* ---- limits ---- */

static bool levels_are_bounded(void)
{
	static char source[131];
	bool read;

	memset(source, '[', 65);
	memset(source + 65, ']', 65);
	read = is_read(source);
	trial_say("65 levels are %s; its own bound is set when it is built",
		  read ? "read" : "refused");
	return !read;
}

static bool memory_like_the_text(void)
{
	enum { COUNT = 500000 };
	char *source = malloc(2 * COUNT + 2);
	size_t peak;

	for (size_t i = 0; i < COUNT; i++)
		memcpy(source + 2 * i, i ? ",7" : "[7", 2);
	strcpy(source + 2 * COUNT, "]");
	heap_mark();
	json_t *document = parse(source, NULL);
	peak = heap_peak();
	json_decref(document);
	trial_say("a list of 1 MB takes %zu MB beside it", peak >> 20);
	return document && peak < 4u << 20;
}

/* By callbacks that have no argument: a session's budget would hang from a variable of the thread.
 */
static bool failing_allocations_are_told(void)
{
	static const char source[] =
		"{\"a\":[1,2.5,\"x\\u00e9\",{\"b\":null}],\"c\":{\"d\":[true,false]}}";
	unsigned nth = 0;
	json_t *document;

	do {
		heap_fail_at(++nth);
		document = parse(source, NULL);
	} while (!document && nth < 1000);
	heap_fail_at(0);
	trial_say("each of %u allocations failed once, and each was told", nth - 1);
	return document && nth > 1;
}

/* ---- faults ---- */

struct wrong {
	const char *source;
	int byte; /* where what is wrong begins, from 1 */
};

static const struct wrong wrong[] = {
	{ "[1,]", 4 },	     { "[1 2]", 4 },	   { "{\"a\" 1}", 6 },
	{ "{\"a\":1,}", 8 }, { "{a:1}", 2 },	   { "{\"a\":1,\"a\":2}", 8 },
	{ "[1] x", 5 },	     { "\"\\ud800\"", 3 }, { "\"abc", 5 },
	{ "[\"\t\"]", 3 },
};

static bool place_of_a_fault(void)
{
	size_t same = 0, count = sizeof(wrong) / sizeof(*wrong);

	for (size_t i = 0; i < count; i++) {
		json_error_t fault;
		json_t *document = parse(wrong[i].source, &fault);

		same += !document && fault.position + 1 == wrong[i].byte;
		json_decref(document);
	}
	trial_say("%zu of %zu faults are told at the byte where they begin, the others behind it",
		  same, count);
	return same == count;
}

int main(void)
{
	static const struct probe probes[] = {
		{ "a-number-nobody-reads-may-have-any-size", beyond_64_bits },
		{ "so-may-a-float", beyond_a_double },
		{ "ints-are-exact", ints_are_exact },
		{ "numbers-stay-as-written", numbers_stay_as_written },
		{ "floats-are-written-short", shortest_float },
		{ "a-text-may-hold-NUL", nul_in_text },
		{ "a-key-may-hold-NUL", nul_in_key },
		{ "keys-stay-in-order", keys_in_order },
		{ "a-key-twice-is-refused", keys_that_stand_twice },
		{ "what-is-not-UTF-8-is-refused", not_utf_8 },
		{ "64-levels-and-no-more", levels_are_bounded },
		{ "memory-is-that-of-the-text", memory_like_the_text },
		{ "failing-allocations-are-told", failing_allocations_are_told },
		{ "faults-are-told-where-they-begin", place_of_a_fault },
	};

	json_object_seed(1);
	return trial_run("jansson", probes, sizeof(probes) / sizeof(*probes));
}
