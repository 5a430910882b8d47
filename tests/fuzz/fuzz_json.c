/* JSON texts: what was checked is walked through whole, what was not must do no harm either. */
#include "fuzz.h"

#include "base/json.h"

#include <assert.h>
#include <stdlib.h>

enum { WALKED = 20000 };

static unsigned walked;

/* Within the text around it, and taken apart again. */
static void walk(struct text part, unsigned depth)
{
	struct json_cursor cursor;
	struct text key, item;
	char *room = malloc((size_t)part.length + 1);

	assert(room);
	assert(json_decode(part, room) <= part.length);
	free(room);
	json_begin(&cursor, part);
	while (depth <= JSON_DEPTH_MAX && walked++ < WALKED && json_next(&cursor, &key, &item)) {
		assert(item.data >= part.data && item.data + item.length <= part.data + part.length);
		walk(item, depth + 1);
	}
}

/* The part of a good text is good by itself, and the same. */
static void check_again(struct text part)
{
	struct json_fault fault;
	struct text again;

	assert(json_check(part, &again, &fault) == JSON_GOOD);
	assert(text_equals(part, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct text source = text_of(bytes, size, LIFETIME_EVENT), part;
	struct json_fault fault;

	walked = 0;
	switch (json_check(source, &part, &fault)) {
	case JSON_GOOD:
		check_again(part);
		walk(part, 0);
		break;
	case JSON_WRONG:
		assert(fault.message && fault.offset <= size);
		break;
	case JSON_NO_MEMORY:
		break;
	}
	walk(source, 0);
	return 0;
}
