#include "builtins/matching.h"

/* Groups are parts of the subject, but for those of PCRE2's \K that end before they begin. */
static void place_match(struct search *search)
{
	const char *begin = search->subject.data, *match = search->groups[0].data;
	uintptr_t offset = (uintptr_t)match - (uintptr_t)begin;

	search->start = begin && offset <= search->subject.length ? offset : search->from;
	if (search->start < search->from)
		search->start = search->from;
	search->end = search->start + search->groups[0].length;
	if (search->end > search->subject.length)
		search->end = search->subject.length;
}

/* After an empty match the search goes on one character later, so that it ends. */
static size_t next_from(const struct search *search)
{
	size_t step;

	if (search->end > search->start)
		return search->end;
	if (search->end >= search->subject.length)
		return search->subject.length + 1;
	step = text_character(search->subject, search->end);
	return search->end + (step ? step : 1);
}

enum call_result search_next(struct call *call, struct search *search)
{
	bool whole = regex_reads_utf8(search->regex);
	size_t before = search->from, to;
	enum call_result result;

	search->matched = false;
	if (before > search->subject.length)
		return CALL_DONE;
	/* The rest is charged afterwards: many small matches in one text must not cost its length
	 * each. */
	result = call_charge(call, whole ? search->subject.length : 0);
	if (result == CALL_DONE)
		result = call_match(call, search->regex, search->subject, before, search->groups,
				    &search->matched);
	if (result != CALL_DONE)
		return result;
	if (search->matched) {
		place_match(search);
		search->from = next_from(search);
	}
	to = search->matched ? search->end : search->subject.length;
	return call_charge(call, to - before);
}

/* What compiling costs beside reading the pattern. */
enum { COMPILE_BYTES = 100000 };

enum call_result compile_pattern(struct call *call, struct text pattern, struct text flags,
				 struct arena *arena, const struct regex **regex)
{
	enum call_result charged = call_charge(call, (size_t)pattern.length * 64 + COMPILE_BYTES);
	char message[REGEX_MESSAGE_MAX];
	struct regex *made;
	size_t offset;

	if (charged != CALL_DONE)
		return charged;
	made = regex_compile(pattern, flags, arena, message, &offset);
	if (!made)
		return call_raise(call, "argument", 0, false, "%s at byte %zu of the pattern",
				  message, offset);
	regex_speed_up(made);
	*regex = made;
	return CALL_DONE;
}
