/* The checks that the vendor's scripts call: each leaves its results in variables. */
#include "authentication/spf.h"
#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "builtins/dns_lists.h"
#include "builtins/mail_call.h"

#include <stdio.h>

/* Time for one check, within the event's own. */
static const int64_t check_time_us = 10 * 1000000;

enum { NAMES_MAX = 10, ZONES_MAX = 32, ZONES_LENGTH = 1024 };

/* Made at the first check, in the session's arena. */
struct policy_checks {
	char spf_result[16];
	char spf_explanation[512];
	uint32_t spf_mail;   /* the message that SPF was asked for; the session's mail_count */
	bool spf_of_session; /* asked before there was a message */
	char reverse_result[16];
	char lists[ZONES_LENGTH];
	char list_result[IP_PRINTED_MAX];
	char list_explanation[512];
};

static struct policy_checks *checks_of(struct call *call)
{
	struct context *context = context_of(call);

	if (!context->checks)
		context->checks =
			arena_zeroed(&mail_of(call)->session_arena, sizeof(*context->checks));
	return context->checks;
}

static void keep_line(char *into, size_t size, struct text text)
{
	snprintf(into, size, "%.*s", TEXT_PRINTF(text));
}

/* A copy: the next check writes in the same place. */
static enum call_result answer_kept(struct call *call, const char *kept)
{
	return call_return_text(call, kept, strlen(kept));
}

/* ---- SPF ---- */

static void keep_spf(struct policy_checks *checks, const struct mail_session *mail,
		     const struct spf_verdict *verdict)
{
	snprintf(checks->spf_result, sizeof(checks->spf_result), "%s",
		 spf_result_name(verdict->result));
	snprintf(checks->spf_explanation, sizeof(checks->spf_explanation), "%s",
		 verdict->explanation);
	checks->spf_of_session = !mail->message->open;
	checks->spf_mail = mail->mail_count;
}

enum call_result builtin_policy_checkSPF(struct call *call)
{
	const struct mail_session *mail = mail_of(call);
	struct policy_checks *checks = checks_of(call);
	struct spf_check check = { .ip = mail->client_ip,
				   .sender = TEXT_EMPTY,
				   .helo = mail->helo,
				   .receiver = TEXT_EMPTY,
				   .now = clock_wall() / 1000000 };
	struct spf_verdict verdict = { .result = SPF_NONE };
	struct asking *asking;
	enum call_result result;

	if (!checks)
		return call_limit(call, LIMIT_sessionMemory);
	if (mail->message->open)
		check.sender = address_bare(mail->message->sender);
	check.domain = check.sender.length ? address_domain(mail->message->sender) : mail->helo;
	result = asking_of(call, check_time_us, &asking);
	if (result != CALL_DONE)
		return result;
	if (!ip_is_none(check.ip))
		spf_check(&check, asking->lookups, &verdict);
	if (verdict.result == SPF_PENDING && clock_monotonic() < asking->deadline)
		return asking_wait(call, asking);
	if (verdict.result == SPF_PENDING)
		verdict = (struct spf_verdict){ .result = SPF_TEMPERROR };
	result = asking_check(call, asking);
	if (result == CALL_DONE)
		keep_spf(checks, mail, &verdict);
	return result;
}

/* A result never speaks of another message. */
static enum call_result answer_spf(struct call *call, bool explanation)
{
	const struct policy_checks *checks = context_of(call)->checks;
	const struct mail_session *mail = mail_of(call);

	if (!checks || (!checks->spf_of_session &&
			(!mail->message->open || checks->spf_mail != mail->mail_count)))
		return answer_text(call, TEXT_EMPTY);
	return answer_kept(call, explanation ? checks->spf_explanation : checks->spf_result);
}

enum call_result read_SPFResult(struct call *call)
{
	return answer_spf(call, false);
}

enum call_result read_SPFExplanation(struct call *call)
{
	return answer_spf(call, true);
}

/* ---- reverse DNS ---- */

/* NULL: an answer is missing. */
static const char *reverse_result(struct asking *asking, struct ip client)
{
	int type = ip_is_v4(client) ? DNS_A : DNS_AAAA;
	const struct dns_answer *names, *back;
	bool leads = false, open = false, failed = false;
	char name[128];

	if (ip_is_none(client))
		return "fail";
	dns_reverse_name(client, NULL, name, sizeof(name));
	names = lookups_get(asking->lookups, text_of_string(name, LIFETIME_EVENT), DNS_PTR);
	if (!names || names->outcome == DNS_FAILED)
		return names ? "temperror" : NULL;
	for (uint32_t i = 0; i < names->count && i < NAMES_MAX; i++) {
		back = lookups_get(asking->lookups, names->records[i].text, type);
		open |= !back;
		failed |= back && back->outcome == DNS_FAILED;
		leads |= back && dns_answer_has(back, client);
	}
	if (leads)
		return "pass";
	if (open)
		return NULL;
	return failed ? "temperror" : names->count ? "neutral" : "fail";
}

enum call_result builtin_policy_checkReverseDNS(struct call *call)
{
	struct policy_checks *checks = checks_of(call);
	struct asking *asking;
	const char *found;
	enum call_result result;

	if (!checks)
		return call_limit(call, LIMIT_sessionMemory);
	result = asking_of(call, check_time_us, &asking);
	if (result != CALL_DONE)
		return result;
	found = reverse_result(asking, mail_of(call)->client_ip);
	if (!found && clock_monotonic() < asking->deadline)
		return asking_wait(call, asking);
	result = asking_check(call, asking);
	if (result == CALL_DONE)
		snprintf(checks->reverse_result, sizeof(checks->reverse_result), "%s",
			 found ? found : "temperror");
	return result;
}

enum call_result read_ReverseDNSResult(struct call *call)
{
	const struct policy_checks *checks = context_of(call)->checks;

	return answer_kept(call, checks ? checks->reverse_result : "");
}

/* ---- lists ---- */

enum call_result write_DNSBLServer(struct call *call)
{
	struct policy_checks *checks = checks_of(call);

	if (!checks)
		return call_limit(call, LIMIT_sessionMemory);
	if (call->arguments[0].text.length >= ZONES_LENGTH)
		return call_raise(call, "argument", 0, false, "DNSBLServer holds at most %d bytes",
				  ZONES_LENGTH - 1);
	keep_line(checks->lists, sizeof(checks->lists), call->arguments[0].text);
	return CALL_DONE;
}

static unsigned split_zones(struct text text, struct text zones[ZONES_MAX])
{
	unsigned count = 0;
	size_t at = 0;

	while (count < ZONES_MAX && text_next_word(text, &at, &zones[count]))
		count++;
	return count;
}

/* The first listing counts. */
static enum call_result keep_listing(struct list_inquiry *inquiry, struct text zone, struct ip code,
				     struct text reason)
{
	struct policy_checks *checks = inquiry->argument;

	(void)zone;
	if (inquiry->count > 1)
		return CALL_DONE;
	ip_print(code, checks->list_result);
	keep_line(checks->list_explanation, sizeof(checks->list_explanation), reason);
	return CALL_DONE;
}

enum call_result builtin_policy_checkDNSBL(struct call *call)
{
	struct policy_checks *checks = checks_of(call);
	struct text zones[ZONES_MAX];
	struct list_subject subject;
	struct list_inquiry inquiry = { .call = call,
					.timeout = check_time_us,
					.zones = zones,
					.listed = keep_listing,
					.argument = checks };
	enum call_result result;

	if (!checks)
		return call_limit(call, LIMIT_sessionMemory);
	checks->list_result[0] = checks->list_explanation[0] = '\0';
	inquiry.zone_count = split_zones(text_of_string(checks->lists, LIFETIME_SESSION), zones);
	if (ip_is_none(mail_of(call)->client_ip))
		return CALL_DONE; /* no list names a client without an address */
	result = list_subject_address(call, mail_of(call)->client_ip, &subject);
	return result == CALL_DONE ? list_inquire(&inquiry, &subject) : result;
}

enum call_result read_DNSBLResult(struct call *call)
{
	const struct policy_checks *checks = context_of(call)->checks;

	return answer_kept(call, checks ? checks->list_result : "");
}

enum call_result read_DNSBLExplanation(struct call *call)
{
	const struct policy_checks *checks = context_of(call)->checks;

	return answer_kept(call, checks ? checks->list_explanation : "");
}
