/* Module dmarc. */
#include "authentication/dmarc.h"

#include "builtins/answer.h"
#include "builtins/asking.h"
#include "builtins/builtins.h"
#include "builtins/mail_call.h"

enum { CHECK_FROM, CHECK_SPF, CHECK_SPF_DOMAIN, CHECK_SIGNATURES, CHECK_TIMEOUT };

enum {
	RESULT_RESULT,
	RESULT_DISPOSITION,
	RESULT_POLICY,
	RESULT_DOMAIN,
	RESULT_POLICY_DOMAIN,
	RESULT_SPF_ALIGNED,
	RESULT_DKIM_ALIGNED,
	RESULT_PERCENT,
	RESULT_REASON,
};

/* Of dkim.Signature. */
enum { SIGNATURE_RESULT, SIGNATURE_REASON, SIGNATURE_DOMAIN };

static struct dmarc_identity identity_of(struct text result, struct text domain, bool dkim)
{
	return (struct dmarc_identity){ .domain = domain,
					.dkim = dkim,
					.passed = text_equals(result, TEXT("pass")),
					.unsure = text_equals(result, TEXT("temperror")) };
}

static bool take_identities(struct call *call, struct dmarc_check *check)
{
	const value *arguments = call->arguments;
	const struct list *signatures = arguments[CHECK_SIGNATURES].list;
	struct dmarc_identity *identities = arena_allocate(
		call_arena(call), ((size_t)signatures->length + 1) * sizeof(*identities));

	if (!identities)
		return false;
	identities[0] =
		identity_of(arguments[CHECK_SPF].text, arguments[CHECK_SPF_DOMAIN].text, false);
	for (uint32_t i = 0; i < signatures->length; i++) {
		const value *fields = signatures->items[i].record->fields;

		identities[i + 1] = identity_of(fields[SIGNATURE_RESULT].text,
						fields[SIGNATURE_DOMAIN].text, true);
	}
	check->identities = identities;
	check->identity_count = signatures->length + 1;
	return true;
}

/* More than two say no more than two. */
static void take_from(const struct list *list, struct dmarc_check *check, struct text from[2])
{
	check->from = from;
	check->from_count = list->length < 2 ? list->length : 2;
	for (unsigned i = 0; i < check->from_count; i++)
		from[i] = list->items[i].text;
}

static struct text keep_name(struct call *call, const struct domain_name *name, bool *ok)
{
	return arena_copy(call_arena(call), domain_text(name), ok);
}

static enum call_result answer_verdict(struct call *call, const struct dmarc_verdict *verdict)
{
	struct record *record = record_new(call->import->result, call_arena(call));
	value *fields = record ? record->fields : NULL;
	bool ok = record != NULL;

	if (!ok)
		return call_memory(call);
	fields[RESULT_RESULT].text =
		text_of_string(dmarc_result_name(verdict->result), LIFETIME_PROGRAM);
	fields[RESULT_DISPOSITION].text =
		text_of_string(dmarc_policy_name(verdict->disposition), LIFETIME_PROGRAM);
	fields[RESULT_POLICY].text =
		text_of_string(dmarc_policy_name(verdict->policy), LIFETIME_PROGRAM);
	fields[RESULT_DOMAIN].text = keep_name(call, &verdict->domain, &ok);
	fields[RESULT_POLICY_DOMAIN].text = keep_name(call, &verdict->policy_domain, &ok);
	fields[RESULT_SPF_ALIGNED].i = verdict->spf_aligned;
	fields[RESULT_DKIM_ALIGNED].i = verdict->dkim_aligned;
	fields[RESULT_PERCENT].i = verdict->percent;
	fields[RESULT_REASON].text = text_of_string(verdict->reason, LIFETIME_PROGRAM);
	call->result->record = record;
	return ok ? CALL_DONE : call_memory(call);
}

/* Drawn anew at each turn; the last one counts. */
static enum call_result draw(struct call *call, unsigned *chance)
{
	const struct context *context = context_of(call);
	uint64_t number;

	if (!context->outside->random(context->outside_argument, &number))
		return call_raise(call, "random", 0, true, "no random numbers are to be had");
	*chance = (unsigned)(number % 100);
	return CALL_DONE;
}

enum call_result builtin_dmarc_check(struct call *call)
{
	struct text from[2];
	struct dmarc_check check = { .late = false };
	struct dmarc_verdict verdict;
	struct asking *asking;
	enum call_result result = asking_of(call, call->arguments[CHECK_TIMEOUT].i, &asking);

	if (result == CALL_DONE)
		result = draw(call, &check.chance);
	if (result == CALL_DONE && !take_identities(call, &check))
		result = call_memory(call);
	if (result != CALL_DONE)
		return result;
	take_from(call->arguments[CHECK_FROM].list, &check, from);
	check.lookups = asking->lookups;
	check.late = clock_monotonic() >= asking->deadline;
	if (!dmarc_evaluate(&check, &verdict))
		return asking_wait(call, asking);
	result = asking_check(call, asking);
	return result == CALL_DONE ? answer_verdict(call, &verdict) : result;
}

enum call_result builtin_dmarc_authors(struct call *call)
{
	struct text from = call->arguments[0].text;
	enum call_result result = call_charge(call, from.length);
	struct authors authors;
	struct list *list = NULL;
	bool ok = true;

	if (result == CALL_DONE)
		list = answer_list(call, 0, &result);
	if (result != CALL_DONE || authors_read(from, &authors))
		return result;
	for (unsigned i = 0; i < authors.count && result == CALL_DONE; i++)
		result = list_add_text(call, list, keep_name(call, authors.domains + i, &ok));
	return ok ? result : call_memory(call);
}
