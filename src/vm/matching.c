#include "vm/state.h"

/* A match in so few bytes is not put aside: its clock would cost more than it. */
enum { MATCH_AT_ONCE = 128 };

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

static enum call_result match(struct vm *vm, const struct regex *regex, struct text subject,
			      size_t from, const struct regex_limits *limits,
			      struct text groups[REGEX_GROUPS], bool *matched)
{
	enum regex_result result;

	if (!vm->matcher)
		vm->matcher = regex_matcher_new();
	if (!vm->matcher)
		return failure_limit(vm, LIMIT_eventMemory);
	result = regex_match(regex, vm->matcher, subject, from, limits, groups);
	if (result == REGEX_TIME_LIMIT && limits->reached && *limits->reached > 0 &&
	    limits->deadline < vm->match_ends)
		return turn_yield(vm);
	if (result != REGEX_MATCH && result != REGEX_NO_MATCH)
		return failed_match(vm, result);
	*matched = result == REGEX_MATCH;
	return CALL_DONE;
}

static struct regex_limits limits_of(const struct vm *vm, int64_t deadline)
{
	return (struct regex_limits){ .match = limit32(vm, LIMIT_regexMatch),
				      .heap = limit32(vm, LIMIT_regexDepth),
				      .deadline = deadline,
				      .ends = deadline };
}

/* Where handlers have turns, a match that takes long is put aside between slices and goes on in the
 * next turn. */
static enum call_result match_in_turns(struct vm *vm, const struct regex *regex,
				       struct text subject, struct text groups[REGEX_GROUPS],
				       bool *matched)
{
	bool again = vm->match_from > 0;
	size_t from = vm->match_from, reached = 0;
	enum call_result result;

	if (!again)
		vm->match_ends = match_deadline(vm, subject.length);
	struct regex_limits limits = limits_of(vm, vm->match_ends);
	if (turn_ends(vm) && subject.length > MATCH_AT_ONCE) {
		limits.reached = &reached;
		limits.again = again;
		if (turn_end(vm) < limits.deadline)
			limits.deadline = turn_end(vm);
	}
	vm->match_from = 0;
	result = match(vm, regex, subject, from, &limits, groups, matched);
	if (result == CALL_WAIT)
		vm->match_from = reached;
	return result;
}

enum call_result call_match(struct call *call, const struct regex *regex, struct text subject,
			    size_t from, struct text groups[REGEX_GROUPS], bool *matched)
{
	int64_t deadline;

	*matched = false;
	if (regex_cannot_match(regex, subject, from))
		return CALL_DONE;
	deadline = match_deadline(call->vm, subject.length - from);
	struct regex_limits limits = limits_of(call->vm, deadline);

	return match(call->vm, regex, subject, from, &limits, groups, matched);
}

enum call_result operate_match(struct vm *vm, value *r, instruction i, bool *matched)
{
	struct text groups[REGEX_GROUPS], subject = r[instruction_a(i)].text;
	const struct regex *regex = r[instruction_b(i)].regex;
	uint16_t first = vm_top(vm)->code->groups;
	enum call_result result;

	if (!vm->match_from) {
		if (budget_charge(vm, subject.length / 16 + 1) != CALL_DONE)
			return CALL_LIMIT;
		*matched = false;
		if (regex_cannot_match(regex, subject, 0))
			return CALL_DONE;
	}
	result = match_in_turns(vm, regex, subject, first == CODE_NO_GROUPS ? NULL : groups,
				matched);
	if (result == CALL_DONE && *matched && first != CODE_NO_GROUPS)
		set_groups(&r[first], groups);
	return result;
}
