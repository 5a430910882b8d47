#include "authentication/dmarc.h"

#include "authentication/tags.h"

#include <stdio.h>

const char *dmarc_policy_name(enum dmarc_policy policy)
{
	static const char *const names[] = { "none", "quarantine", "reject" };

	return names[policy];
}

const char *dmarc_result_name(enum dmarc_result result)
{
	static const char *const names[] = { "none", "pass", "fail", "temperror", "permerror" };

	return names[result];
}

/* ---- records ---- */

bool dmarc_is_record(struct text text)
{
	struct text version = TEXT_EMPTY;
	int64_t equals = text_find(text, TEXT("="), 0);

	if (equals < 0 || !text_equals(text_trim(text_part(text, 0, (size_t)equals)), TEXT("v")))
		return false;
	text = text_part(text, (size_t)equals + 1, text.length);
	return list_next(&text, ';', &version) && text_equals(version, TEXT("DMARC1"));
}

static bool policy_of(struct text name, enum dmarc_policy *policy)
{
	for (enum dmarc_policy i = DMARC_POLICY_NONE; i <= DMARC_POLICY_REJECT; i++) {
		if (!text_equals_ignoring_case(
			    name, text_of_string(dmarc_policy_name(i), LIFETIME_PROGRAM)))
			continue;
		*policy = i;
		return true;
	}
	return false;
}

static bool has_report_address(const struct tags *tags)
{
	struct text rest = tags_value(tags, "rua"), one;

	while (list_next(&rest, ',', &one))
		if (one.length > 7 &&
		    text_equals_ignoring_case(text_part(one, 0, 7), TEXT("mailto:")))
			return true;
	return false;
}

/* A policy that cannot be read is none when reports are wanted (RFC 7489 6.6.3). */
static bool read_policies(const struct tags *tags, struct dmarc_record *record)
{
	const struct tag *policy = tags_find(tags, "p"), *sub = tags_find(tags, "sp");
	bool right = policy && policy_of(policy->value, &record->policy);

	record->subdomain_policy = record->policy;
	if (right && (!sub || policy_of(sub->value, &record->subdomain_policy)))
		return true;
	record->policy = record->subdomain_policy = DMARC_POLICY_NONE;
	return has_report_address(tags);
}

bool dmarc_record_read(struct text text, struct dmarc_record *record)
{
	struct tags tags;

	*record = (struct dmarc_record){ .percent = 100 };
	if (tags_read(text, &tags) || !read_policies(&tags, record))
		return false;
	record->strict_spf = text_equals_ignoring_case(tags_value(&tags, "aspf"), TEXT("s"));
	record->strict_dkim = text_equals_ignoring_case(tags_value(&tags, "adkim"), TEXT("s"));
	if (!number_read(tags_value(&tags, "pct"), &record->percent) || record->percent > 100)
		record->percent = 100;
	return true;
}

/* ---- where the policy stands ---- */

enum found { FOUND, FOUND_NOTHING, FOUND_SEVERAL, FOUND_FAILURE, FOUND_PENDING };

static enum found find_at(const struct dmarc_check *check, const struct domain_name *domain,
			  struct text *record)
{
	char name[sizeof("_dmarc.") + DOMAIN_UNICODE_MAX];
	const struct dns_answer *answer;
	unsigned count = 0;
	int length = snprintf(name, sizeof(name), "_dmarc.%.*s", TEXT_PRINTF(domain_text(domain)));

	answer =
		lookups_get(check->lookups, text_of(name, (size_t)length, LIFETIME_EVENT), DNS_TXT);
	if (!answer)
		return check->late ? FOUND_FAILURE : FOUND_PENDING;
	if (answer->outcome == DNS_FAILED)
		return FOUND_FAILURE;
	for (uint32_t i = 0; i < answer->count; i++) {
		if (!dmarc_is_record(answer->records[i].text))
			continue;
		*record = answer->records[i].text;
		count++;
	}
	return count == 0 ? FOUND_NOTHING : count == 1 ? FOUND : FOUND_SEVERAL;
}

/* The domain's own, else its organization's (RFC 7489 6.6.3). Both are asked for at once. */
static enum found find_policy(const struct dmarc_check *check, struct dmarc_verdict *verdict,
			      const struct domain_name *organization, struct text *record)
{
	struct text above = TEXT_EMPTY;
	bool same = text_equals(domain_text(&verdict->domain), domain_text(organization));
	enum found own = find_at(check, &verdict->domain, record), other = FOUND_NOTHING;

	if (!same && (own == FOUND_NOTHING || own == FOUND_PENDING))
		other = find_at(check, organization, &above);
	if (own == FOUND)
		verdict->policy_domain = verdict->domain;
	if (own != FOUND_NOTHING)
		return own;
	verdict->policy_domain = *organization;
	*record = above;
	return other;
}

/* ---- alignment ---- */

static bool is_aligned(const struct dmarc_verdict *verdict, const struct domain_name *organization,
		       struct text domain, bool strict)
{
	struct domain_name name, its;

	if (domain_to_ascii(domain, &name))
		return false;
	if (text_equals(domain_text(&name), domain_text(&verdict->domain)))
		return true;
	return !strict && !domain_organizational(domain_text(&name), &its) &&
	       text_equals(domain_text(&its), domain_text(organization));
}

static void align(const struct dmarc_check *check, const struct dmarc_record *record,
		  const struct domain_name *organization, struct dmarc_verdict *verdict)
{
	bool unsure = false;

	for (unsigned i = 0; i < check->identity_count; i++) {
		const struct dmarc_identity *one = check->identities + i;
		bool strict = one->dkim ? record->strict_dkim : record->strict_spf;

		if (!(one->passed || one->unsure) ||
		    !is_aligned(verdict, organization, one->domain, strict))
			continue;
		unsure |= one->unsure;
		verdict->dkim_aligned |= one->passed && one->dkim;
		verdict->spf_aligned |= one->passed && !one->dkim;
	}
	if (verdict->dkim_aligned || verdict->spf_aligned)
		verdict->result = DMARC_PASS;
	else
		verdict->result = unsure ? DMARC_TEMPERROR : DMARC_FAIL;
	if (verdict->result == DMARC_TEMPERROR)
		verdict->reason = "SPF or DKIM has no answer";
	else if (verdict->result == DMARC_FAIL)
		verdict->reason = "neither SPF nor DKIM stands for the domain";
}

/* ---- one domain ---- */

static void conclude(struct dmarc_verdict *verdict, enum dmarc_result result, const char *reason)
{
	verdict->result = result;
	verdict->reason = reason;
	verdict->policy_domain.length = 0;
}

/* What is spared by pct= meets the next lower policy (RFC 7489 6.6.4). */
static void dispose(const struct dmarc_check *check, struct dmarc_verdict *verdict)
{
	if (verdict->result != DMARC_FAIL)
		return;
	verdict->disposition = verdict->policy;
	if (check->chance < verdict->percent || verdict->policy == DMARC_POLICY_NONE)
		return;
	verdict->disposition--;
	verdict->reason = "neither SPF nor DKIM stands for the domain; spared by pct=";
}

static void apply_record(const struct dmarc_check *check, struct text text,
			 const struct domain_name *organization, struct dmarc_verdict *verdict)
{
	struct dmarc_record record;
	bool own = text_equals(domain_text(&verdict->domain), domain_text(&verdict->policy_domain));

	if (!dmarc_record_read(text, &record)) {
		conclude(verdict, DMARC_PERMERROR, "the policy cannot be read");
		return;
	}
	verdict->policy = own ? record.policy : record.subdomain_policy;
	verdict->percent = record.percent;
	align(check, &record, organization, verdict);
	dispose(check, verdict);
}

static bool evaluate_domain(const struct dmarc_check *check, const struct domain_name *domain,
			    struct dmarc_verdict *verdict)
{
	struct domain_name organization;
	struct text record = TEXT_EMPTY;

	*verdict = (struct dmarc_verdict){ .domain = *domain, .percent = 100, .reason = "" };
	if (domain_organizational(domain_text(domain), &organization))
		organization = *domain;
	switch (find_policy(check, verdict, &organization, &record)) {
	case FOUND_PENDING:
		return false;
	case FOUND_FAILURE:
		conclude(verdict, DMARC_TEMPERROR, "the policy cannot be looked up");
		break;
	case FOUND_SEVERAL:
		conclude(verdict, DMARC_NONE, "the domain has more than one policy");
		break;
	case FOUND_NOTHING:
		conclude(verdict, DMARC_NONE, "the domain has no policy");
		break;
	case FOUND:
		apply_record(check, record, &organization, verdict);
	}
	return true;
}

/* ---- all authors ---- */

static const char *read_from(const struct dmarc_check *check, struct authors *authors)
{
	if (check->from_count == 0)
		return "no From field";
	if (check->from_count > 1)
		return "more than one From field";
	return authors_read(check->from[0], authors);
}

/* The strictest counts (RFC 7489 6.6.1). */
static unsigned severity(const struct dmarc_verdict *verdict)
{
	static const unsigned of_result[] = { [DMARC_PASS] = 0,
					      [DMARC_NONE] = 1,
					      [DMARC_FAIL] = 2,
					      [DMARC_PERMERROR] = 3,
					      [DMARC_TEMPERROR] = 4 };

	if (verdict->disposition == DMARC_POLICY_NONE)
		return of_result[verdict->result];
	return 5 + (unsigned)verdict->disposition;
}

bool dmarc_evaluate(const struct dmarc_check *check, struct dmarc_verdict *verdict)
{
	struct authors authors;
	const char *fault = read_from(check, &authors);
	bool answered = true;

	*verdict = (struct dmarc_verdict){ .result = DMARC_PERMERROR, .percent = 100 };
	verdict->reason = fault;
	for (unsigned i = 0; !fault && i < authors.count; i++) {
		struct dmarc_verdict one;

		answered &= evaluate_domain(check, authors.domains + i, &one);
		if (i == 0 || severity(&one) > severity(verdict))
			*verdict = one;
	}
	return answered;
}
