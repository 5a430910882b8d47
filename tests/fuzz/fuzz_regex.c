/* A pattern, a line end, and what it is matched against, under small limits: an end in time, and
 * groups that lie in the subject. The first byte gives the flags. */
#include "fuzz.h"

#include "base/wait.h"
#include "match/regex.h"

#include <stdlib.h>

enum { MATCH_LIMIT = 2000, HEAP_LIMIT = 64 << 10, TIME = 20 * 1000, TIME_ASSERTED = 5 * 1000000 };

static struct regex_matcher *matcher;

static struct text flags_of(uint8_t bits, char room[5])
{
	size_t length = 0;

	for (int i = 0; i < 5; i++)
		if (bits >> i & 1)
			room[length++] = "imsxu"[i];
	return text_of(room, length, LIFETIME_EVENT);
}

static void check_groups(struct text subject, const struct text groups[REGEX_GROUPS])
{
	for (int i = 0; i < REGEX_GROUPS; i++)
		if (groups[i].length &&
		    (groups[i].data < subject.data ||
		     groups[i].data + groups[i].length > subject.data + subject.length))
			abort();
}

static void match(const struct regex *regex, struct text subject)
{
	int64_t began = clock_monotonic();
	struct regex_limits limits = { .match = MATCH_LIMIT,
				       .heap = HEAP_LIMIT,
				       .deadline = began + TIME,
				       .ends = began + TIME };
	struct text groups[REGEX_GROUPS];

	if (regex_match(regex, matcher, subject, subject.length / 8, &limits, groups) ==
	    REGEX_MATCH)
		check_groups(subject, groups);
	if (clock_monotonic() - began > TIME_ASSERTED)
		abort();
}

static void try_pattern(struct text pattern, struct text flags, struct text subject, bool fast)
{
	char message[REGEX_MESSAGE_MAX] = "";
	struct regex *regex;
	struct arena arena;
	size_t offset = 0;

	arena_init(&arena, (size_t)8 << 20, LIFETIME_PROGRAM);
	regex = regex_compile(pattern, flags, &arena, message, &offset);
	if (!regex && (!message[0] || offset > pattern.length))
		abort();
	if (regex && fast)
		regex_speed_up(regex);
	if (regex)
		match(regex, subject);
	arena_reset(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct text all = text_of((const char *)bytes, size, LIFETIME_EVENT);
	const uint8_t *end;
	char room[5];
	size_t at;

	if (size == 0)
		return 0;
	if (!matcher)
		matcher = regex_matcher_new();
	end = memchr(bytes + 1, '\n', size - 1);
	at = end ? (size_t)(end - bytes) : size;
	try_pattern(text_part(all, 1, at), flags_of(bytes[0], room),
		    text_part(all, end ? at + 1 : at, size), (bytes[0] & 0xe0) == 0xe0);
	return 0;
}
