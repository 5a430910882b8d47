#include "builtins/matching.h"

#include "base/wait.h"

#include "builtins/context.h"

static void free_matcher(void *matcher)
{
	regex_matcher_free(matcher);
}

static struct regex_matcher *matcher_of(const struct call *call)
{
	struct context *context = call_context(call);

	if (context->matcher)
		return context->matcher;
	context->matcher = regex_matcher_new();
	if (context->matcher &&
	    !arena_defer(&context->mail->session_arena, free_matcher, context->matcher))
		context->matcher = NULL; /* it has been freed */
	return context->matcher;
}

static uint32_t limit32(const struct call *call, enum limit_id limit)
{
	int64_t most = call_limit_value(call, limit);

	return most > UINT32_MAX ? UINT32_MAX : (uint32_t)most;
}

static struct regex_limits limits_of(const struct call *call)
{
	int64_t most = clock_monotonic() + 1000 * call_limit_value(call, LIMIT_regexTime);
	int64_t deadline = call_deadline(call);

	return (struct regex_limits){ .match = limit32(call, LIMIT_regexMatch),
				      .heap = limit32(call, LIMIT_regexDepth),
				      .deadline = most < deadline ? most : deadline };
}

static enum call_result refuse(struct call *call, enum regex_result result)
{
	switch (result) {
	case REGEX_BAD_SUBJECT:
		return call_raise(call, "argument", 0, false,
				  "a regular expression with flag u met text that is not UTF-8");
	case REGEX_MATCH_LIMIT:
		return call_limit(call, LIMIT_regexMatch);
	case REGEX_HEAP_LIMIT:
		return call_limit(call, LIMIT_regexDepth);
	case REGEX_TIME_LIMIT:
		return call_limit(call, LIMIT_regexTime);
	default:
		return call_memory(call);
	}
}

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

static enum call_result run_search(struct call *call, struct search *search)
{
	struct regex_matcher *matcher = matcher_of(call);
	struct regex_limits limits = limits_of(call);
	enum regex_result result;

	if (!matcher)
		return call_memory(call);
	result = regex_match(search->regex, matcher, search->subject, search->from, &limits,
			     search->groups);
	if (result != REGEX_MATCH && result != REGEX_NO_MATCH)
		return refuse(call, result);
	search->matched = result == REGEX_MATCH;
	return CALL_DONE;
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
		result = run_search(call, search);
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
	size_t offset;

	if (charged != CALL_DONE)
		return charged;
	*regex = regex_compile(pattern, flags, arena, message, &offset);
	if (!*regex)
		return call_raise(call, "argument", 0, false, "%s at byte %zu of the pattern",
				  message, offset);
	return CALL_DONE;
}
