#include "builtins/asking.h"
#include "builtins/mail_call.h"

static void forget(void *lookups)
{
	lookups_free(lookups);
}

enum call_result asking_raise(struct call *call, struct text name, const char *reason)
{
	return call_raise(call, "dns", 0, true, "%.*s: %s", TEXT_PRINTF(name), reason);
}

static enum call_result begin(struct call *call, int64_t timeout, struct asking **asking)
{
	struct context *context = context_of(call);
	int64_t limit = call_limit_value(call, LIMIT_dnsQuestions);
	unsigned left =
		limit > context->dns_questions ? (unsigned)(limit - context->dns_questions) : 0;

	if (timeout <= 0)
		return call_raise(call, "argument", 0, false,
				  "a timeout must be longer than nothing");
	if (!context->resolver)
		context->resolver = resolver_new();
	if (!context->resolver)
		return asking_raise(call, TEXT("resolver"), "no name server is configured");
	*asking = arena_zeroed(call_arena(call), sizeof(**asking));
	if (!*asking)
		return call_memory(call);
	(*asking)->lookups = lookups_new(context->resolver, left);
	if (!(*asking)->lookups || !arena_defer(call_arena(call), forget, (*asking)->lookups))
		return call_memory(call);
	(*asking)->deadline =
		clock_monotonic() + (timeout < INT64_MAX / 4 ? timeout : INT64_MAX / 4);
	*call->pending = *asking;
	return CALL_DONE;
}

enum call_result asking_of(struct call *call, int64_t timeout, struct asking **asking)
{
	*asking = *call->pending;
	if (!*asking)
		return begin(call, timeout, asking);
	lookups_process((*asking)->lookups);
	return CALL_DONE;
}

enum call_result asking_check(struct call *call, struct asking *asking)
{
	unsigned count = lookups_count(asking->lookups);

	context_of(call)->dns_questions += count - asking->counted;
	asking->counted = count;
	if (lookups_trouble(asking->lookups) == LOOKUPS_TOO_MANY)
		return call_limit(call, LIMIT_dnsQuestions);
	if (lookups_trouble(asking->lookups) == LOOKUPS_NO_MEMORY)
		return call_memory(call);
	return call_charge(call, (size_t)count * 64);
}

enum call_result asking_wait(struct call *call, struct asking *asking)
{
	enum call_result result = asking_check(call, asking);
	struct wait_request *wait;

	if (result != CALL_DONE)
		return result;
	if (clock_monotonic() >= asking->deadline)
		return asking_raise(call, TEXT("dns"), "no answer in time");
	wait = call_wait(call);
	wait_begin(wait, asking->deadline);
	lookups_wait(asking->lookups, wait);
	return CALL_WAIT;
}
