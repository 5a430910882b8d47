/* Module spf. */
#include "authentication/spf.h"
#include "builtins/answer.h"
#include "builtins/asking.h"
#include "builtins/builtins.h"

enum { SPF_ADDRESS, SPF_DOMAIN, SPF_SENDER, SPF_HELO, SPF_TIMEOUT };	      /* parameters */
enum { RESULT_RESULT, RESULT_MECHANISM, RESULT_PROBLEM, RESULT_EXPLANATION }; /* fields */

static enum call_result set_text(struct call *call, struct record *record, unsigned field,
				 const char *string)
{
	bool ok = true;

	record->fields[field].text =
		arena_copy(call_arena(call), text_of_string(string, LIFETIME_EVENT), &ok);
	return ok ? CALL_DONE : call_memory(call);
}

static enum call_result answer_verdict(struct call *call, const struct spf_verdict *verdict)
{
	struct record *record = record_new(call->import->result, call_arena(call));
	enum call_result result = record ? CALL_DONE : call_memory(call);

	if (result == CALL_DONE)
		result = set_text(call, record, RESULT_RESULT, spf_result_name(verdict->result));
	if (result == CALL_DONE)
		result = set_text(call, record, RESULT_MECHANISM, verdict->mechanism);
	if (result == CALL_DONE)
		result = set_text(call, record, RESULT_PROBLEM, verdict->problem);
	if (result == CALL_DONE)
		result = set_text(call, record, RESULT_EXPLANATION, verdict->explanation);
	call->result->record = record;
	return result;
}

enum call_result builtin_spf_check(struct call *call)
{
	const value *arguments = call->arguments;
	struct spf_check check = { .ip = arguments[SPF_ADDRESS].ip,
				   .domain = arguments[SPF_DOMAIN].text,
				   .sender = arguments[SPF_SENDER].text,
				   .helo = arguments[SPF_HELO].text,
				   .receiver = TEXT_EMPTY,
				   .now = clock_wall() / 1000000 };
	struct spf_verdict verdict;
	struct asking *asking;
	enum call_result result = asking_of(call, arguments[SPF_TIMEOUT].i, &asking);

	if (result != CALL_DONE)
		return result;
	if (ip_is_none(check.ip))
		return call_raise(call, "argument", 0, false, "an address that is none");
	spf_check(&check, asking->lookups, &verdict);
	if (verdict.result == SPF_PENDING && clock_monotonic() < asking->deadline)
		return asking_wait(call, asking);
	if (verdict.result == SPF_PENDING)
		verdict = (struct spf_verdict){ .result = SPF_TEMPERROR,
						.problem = "no answer in time" };
	result = asking_check(call, asking);
	return result == CALL_DONE ? answer_verdict(call, &verdict) : result;
}
