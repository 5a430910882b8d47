#include "vm/state.h"

enum {
	/* A match in so few bytes has no clock: that would cost more than it. */
	MATCH_AT_ONCE = 128,
	/* Of the match limit, in a turn that is short: some 30 microseconds. */
	MATCH_SHORT = 10000,
};

/* Where a match goes on that was put aside. */
struct match_aside {
	size_t from;
	int64_t ends;
};

static enum call_result failed_match(struct vm *vm, enum regex_result result)
{
	switch (result) {
	case REGEX_BAD_SUBJECT:
		return failure_raise(vm, "argument",
				     "a regular expression with flag u met text that is not UTF-8");
	case REGEX_MATCH_LIMIT:
		return failure_limit(vm, LIMIT_regexMatch);
	case REGEX_HEAP_LIMIT:
		return failure_limit(vm, LIMIT_regexDepth);
	case REGEX_TIME_LIMIT:
		return failure_limit(vm, LIMIT_regexTime);
	default:
		return failure_limit(vm, LIMIT_eventMemory);
	}
}

static int64_t match_deadline(const struct vm *vm, size_t left)
{
	int64_t most;

	if (left <= REGEX_AT_ONCE)
		return vm->deadline;
	most = clock_monotonic() + 1000 * vm->services->limits[LIMIT_regexTime];
	return most < vm->deadline ? most : vm->deadline;
}

static uint32_t limit32(const struct vm *vm, enum limit_id limit)
{
	int64_t most = vm->services->limits[limit];

	return most > UINT32_MAX ? UINT32_MAX : (uint32_t)most;
}

static void set_groups(value *r, const struct text groups[REGEX_GROUPS])
{
	for (unsigned n = 0; n < REGEX_GROUPS; n++)
		r[n].text = groups[n].data ? groups[n] : TEXT_EMPTY;
}

/* Was it a turn that has ended, and not a limit of the match? */
static bool is_put_aside(const struct vm *vm, enum regex_result result,
			 const struct regex_limits *limits, int64_t ends)
{
	if (result == REGEX_HEAP_LIMIT)
		return limits->brief;
	if (result == REGEX_MATCH_LIMIT)
		return limits->match < limit32(vm, LIMIT_regexMatch);
	return result == REGEX_TIME_LIMIT && limits->deadline < ends && clock_monotonic() < ends;
}

static enum call_result match(struct vm *vm, const struct regex *regex, struct text subject,
			      size_t from, const struct regex_limits *limits, int64_t ends,
			      struct text groups[REGEX_GROUPS], bool *matched)
{
	enum regex_result result;

	if (!vm->matcher)
		vm->matcher = regex_matcher_new();
	if (!vm->matcher)
		return failure_limit(vm, LIMIT_eventMemory);
	result = regex_match(regex, vm->matcher, subject, from, limits, groups);
	if (is_put_aside(vm, result, limits, ends))
		return turn_yield(vm);
	if (result != REGEX_MATCH && result != REGEX_NO_MATCH)
		return failed_match(vm, result);
	*matched = result == REGEX_MATCH;
	return CALL_DONE;
}

/* Where handlers have turns, a match that takes long is put aside: between slices, and where the
 * turn is short also within one, which then begins anew. */
static struct regex_limits limits_of(struct vm *vm, size_t left, int64_t ends)
{
	struct regex_limits limits = { .match = limit32(vm, LIMIT_regexMatch),
				       .heap = limit32(vm, LIMIT_regexDepth),
				       .deadline = ends,
				       .ends = ends,
				       .brief = turn_is_short(vm) };

	if (limits.brief && limits.match > MATCH_SHORT)
		limits.match = MATCH_SHORT;
	if (turn_ends(vm) && left > MATCH_AT_ONCE && turn_end(vm) < ends)
		limits.deadline = turn_end(vm);
	if (limits.brief)
		limits.ends = limits.deadline;
	return limits;
}

static enum call_result keep_aside(struct vm *vm, size_t reached, int64_t ends)
{
	struct match_aside *aside = arena_allocate(vm->services->event, sizeof(*aside));

	if (!aside)
		return failure_limit(vm, LIMIT_eventMemory);
	*aside = (struct match_aside){ reached, ends };
	vm->pending = aside;
	return CALL_WAIT;
}

static enum call_result match_in_turns(struct vm *vm, const struct regex *regex,
				       struct text subject, struct text groups[REGEX_GROUPS],
				       bool *matched)
{
	const struct match_aside *aside = vm->pending;
	size_t from = aside ? aside->from : 0, reached = from;
	int64_t ends = aside ? aside->ends : match_deadline(vm, subject.length);
	struct regex_limits limits = limits_of(vm, subject.length - from, ends);
	enum call_result result;

	limits.reached = &reached;
	limits.again = aside != NULL;
	vm->pending = NULL;
	result = match(vm, regex, subject, from, &limits, ends, groups, matched);
	return result == CALL_WAIT ? keep_aside(vm, reached, ends) : result;
}

enum call_result call_match(struct call *call, const struct regex *regex, struct text subject,
			    size_t from, struct text groups[REGEX_GROUPS], bool *matched)
{
	struct vm *vm = call->vm;
	size_t left = subject.length - from;
	int64_t ends;

	*matched = false;
	if (regex_cannot_match(regex, subject, from))
		return CALL_DONE;
	if (turn_is_short(vm) && left > MATCH_AT_ONCE && clock_monotonic() >= turn_end(vm))
		return turn_yield(vm); /* after many short ones */
	ends = match_deadline(vm, left);
	struct regex_limits limits = limits_of(vm, left, ends);
	if (!turn_is_short(vm)) /* builtins begin anew, and would again and again */
		limits.deadline = ends;
	return match(vm, regex, subject, from, &limits, ends, groups, matched);
}

/* Most subjects are short, and most matches need little: those have no slices, and no clock. What
 * needs more begins anew, with all its limits. */
static bool match_short(struct vm *vm, const struct regex *regex, struct text subject,
			struct text groups[REGEX_GROUPS], bool *matched)
{
	uint32_t limit = limit32(vm, LIMIT_regexMatch);
	enum regex_result result;

	if (subject.length > REGEX_AT_ONCE || !vm->matcher)
		return false;
	result = regex_match_short(regex, vm->matcher, subject,
				   limit < MATCH_SHORT ? limit : MATCH_SHORT, groups);
	*matched = result == REGEX_MATCH;
	return result != REGEX_FAILED;
}

static enum call_result match_any(struct vm *vm, const struct regex *regex, struct text subject,
				  struct text groups[REGEX_GROUPS], bool *matched)
{
	if (!vm->pending && match_short(vm, regex, subject, groups, matched))
		return CALL_DONE;
	return match_in_turns(vm, regex, subject, groups, matched);
}

static __attribute__((noinline)) enum call_result match_groups(struct vm *vm,
							       const struct regex *regex,
							       struct text subject, value *first,
							       bool *matched)
{
	struct text groups[REGEX_GROUPS];
	enum call_result result = match_any(vm, regex, subject, groups, matched);

	if (result == CALL_DONE && *matched)
		set_groups(first, groups);
	return result;
}

enum call_result operate_match(struct vm *vm, value *r, instruction i, bool *matched)
{
	struct text subject = register_a(r, i)->text;
	const struct regex *regex = register_b(r, i)->regex;
	uint16_t first = vm_top(vm)->code->groups;

	if (!vm->pending) {
		if (turn_defers(vm, subject.length))
			return turn_yield(vm);
		if (budget_charge(vm, subject.length / 16 + 1) != CALL_DONE)
			return CALL_LIMIT;
		*matched = false;
		if (regex_cannot_match(regex, subject, 0))
			return CALL_DONE;
	}
	if (first == CODE_NO_GROUPS)
		return match_any(vm, regex, subject, NULL, matched);
	return match_groups(vm, regex, subject, &r[first], matched);
}
