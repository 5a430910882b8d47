/* The policy layer: tests of a variable's text, and the methods that the vendor's scripts call. */
#include "base/log.h"

#include "builtins/builtins.h"
#include "builtins/mail_call.h"
#include "builtins/matching.h"

static struct text tested(const struct call *call)
{
	return call->arguments[0].text;
}

static struct text wanted(const struct call *call)
{
	return call->arguments[1].text;
}

static enum call_result charge_tested(struct call *call)
{
	return call_begin(call, (size_t)tested(call).length + wanted(call).length);
}

/* ---- the same, greater, less ---- */

static bool same_number(struct text a, struct text b)
{
	int64_t first, second;

	return text_to_int(a, &first) && text_to_int(b, &second) && first == second;
}

enum call_result builtin_policy_is(struct call *call)
{
	enum call_result charged = charge_tested(call);

	if (charged != CALL_DONE)
		return charged;
	return answer_bool(call, text_equals_ignoring_case(tested(call), wanted(call)) ||
					 same_number(tested(call), wanted(call)));
}

enum call_result builtin_policy_isCase(struct call *call)
{
	enum call_result charged = charge_tested(call);

	if (charged != CALL_DONE)
		return charged;
	return answer_bool(call, text_equals(tested(call), wanted(call)));
}

/* False when one of them is no number. As ints when both are, so that no digit is lost. */
static bool compare_numbers(struct text a, struct text b, int *order)
{
	int64_t first, second;
	double x, y;

	a = text_trim(a);
	b = text_trim(b);
	if (text_to_int(a, &first) && text_to_int(b, &second)) {
		*order = (first > second) - (first < second);
		return true;
	}
	if (!text_to_float(a, &x) || !text_to_float(b, &y))
		return false;
	*order = (x > y) - (x < y);
	return true;
}

static enum call_result answer_compared(struct call *call, int sign)
{
	enum call_result charged = charge_tested(call);
	int order;

	if (charged != CALL_DONE)
		return charged;
	return answer_bool(call,
			   compare_numbers(tested(call), wanted(call), &order) && order * sign > 0);
}

enum call_result builtin_policy_greaterThan(struct call *call)
{
	return answer_compared(call, 1);
}

enum call_result builtin_policy_lessThan(struct call *call)
{
	return answer_compared(call, -1);
}

/* ---- addresses ---- */

/* A range that is none is an error even when an earlier one has matched: nobody should find out
 * late. */
enum call_result builtin_policy_ipRange(struct call *call)
{
	enum call_result charged = charge_tested(call);
	struct ip ip = { { 0 } };
	struct text word;
	struct net net;
	bool within = false;
	unsigned count = 0;
	size_t at = 0;

	if (charged != CALL_DONE)
		return charged;
	if (!ip_parse(text_trim(tested(call)), &ip))
		ip = (struct ip){ { 0 } }; /* none is in no range */
	while (text_next_word(wanted(call), &at, &word)) {
		count++;
		if (!net_parse(word, false, &net))
			return call_raise(call, "argument", 0, false,
					  "range %u of ipRange is no range of addresses", count);
		within = within || net_contains(&net, ip);
	}
	return answer_bool(call, within);
}

/* ---- parts, ASCII case ignored ---- */

enum call_result builtin_policy_contains(struct call *call)
{
	size_t length = tested(call).length, part = wanted(call).length;
	/* The part is compared at each place, as far as it fits. */
	size_t most = part > length ? 0 : length + (length - part) / 32 * part;
	enum call_result charged = call_begin(call, most);

	if (charged != CALL_DONE)
		return charged;
	return answer_bool(call, text_find_ignoring_case(tested(call), wanted(call), 0) >= 0);
}

static enum call_result answer_at_end(struct call *call, bool at_start)
{
	struct text text = tested(call), part = wanted(call);
	enum call_result charged = call_charge(call, part.length);

	if (charged != CALL_DONE)
		return charged;
	if (part.length > text.length)
		return answer_bool(call, false);
	text = at_start ? text_part(text, 0, part.length)
			: text_part(text, text.length - part.length, text.length);
	return answer_bool(call, text_equals_ignoring_case(text, part));
}

enum call_result builtin_policy_startsWith(struct call *call)
{
	return answer_at_end(call, true);
}

enum call_result builtin_policy_endsWith(struct call *call)
{
	return answer_at_end(call, false);
}

/* ---- patterns ---- */

enum { PATTERNS_KEPT = 16, PATTERN_KEPT_MAX = 4096 };

/* The patterns of policy tests are texts: those met first are compiled once for each session, any
 * others each time. */
struct pattern_cache {
	const struct regex *patterns[PATTERNS_KEPT];
	unsigned count;
};

static struct pattern_cache *patterns_of(const struct call *call)
{
	struct context *context = context_of(call);

	if (!context->patterns)
		context->patterns =
			arena_zeroed(&context->mail->session_arena, sizeof(*context->patterns));
	return context->patterns;
}

static const struct regex *pattern_find(const struct pattern_cache *cache, struct text pattern)
{
	for (unsigned i = 0; cache && i < cache->count; i++)
		if (text_equals(regex_pattern(cache->patterns[i]), pattern))
			return cache->patterns[i];
	return NULL;
}

static enum call_result pattern_get(struct call *call, struct text pattern,
				    const struct regex **regex)
{
	struct pattern_cache *cache = patterns_of(call);
	bool keep = cache && cache->count < PATTERNS_KEPT && pattern.length <= PATTERN_KEPT_MAX;
	struct arena *arena = keep ? &mail_of(call)->session_arena : call_arena(call);
	enum call_result result;

	*regex = pattern_find(cache, pattern);
	if (*regex)
		return CALL_DONE;
	result = compile_pattern(call, pattern, TEXT_EMPTY, arena, regex);
	if (result == CALL_DONE && keep)
		cache->patterns[cache->count++] = *regex;
	return result;
}

enum call_result builtin_policy_matches(struct call *call)
{
	struct search search = { .subject = tested(call) };
	enum call_result result = charge_tested(call);

	if (result == CALL_DONE)
		result = pattern_get(call, wanted(call), &search.regex);
	if (result == CALL_DONE)
		result = search_next(call, &search);
	return result == CALL_DONE ? answer_bool(call, search.matched) : result;
}

/* ---- call(addHeader) and its like ---- */

enum call_result builtin_policy_addHeader(struct call *call)
{
	return add_header(call, input_header_name(call), input_header_value(call));
}

enum call_result builtin_policy_addIfNotExistsHeader(struct call *call)
{
	return add_header_once(call, input_header_name(call), input_header_value(call));
}

enum call_result builtin_policy_modifyHeader(struct call *call)
{
	return modify_header(call, input_header_name(call), input_header_value(call), true);
}

enum call_result builtin_policy_modifyIfExistsHeader(struct call *call)
{
	return modify_header(call, input_header_name(call), input_header_value(call), false);
}

enum call_result builtin_policy_removeFirstHeader(struct call *call)
{
	return remove_header(call, input_header_name(call), false);
}

enum call_result builtin_policy_removeHeader(struct call *call)
{
	return remove_header(call, input_header_name(call), true);
}

static enum call_result change_recipient(struct call *call, enum change_kind kind)
{
	return record_change(
		call, (struct change){ .kind = kind, .name = context_policy(context_of(call))->rcpt_address });
}

enum call_result builtin_policy_addRcpt(struct call *call)
{
	return change_recipient(call, CHANGE_ADD_RCPT);
}

enum call_result builtin_policy_discardRcpt(struct call *call)
{
	return change_recipient(call, CHANGE_DELETE_RCPT);
}
