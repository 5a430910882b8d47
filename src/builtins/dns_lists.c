#include "builtins/dns_lists.h"
#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "net/domain.h"

#include <stdio.h>

static const struct dns_answer *look_up(struct asking *asking, const char *label, struct text zone,
					int type)
{
	static const struct dns_answer no_name = { .outcome = DNS_NO_NAME };
	char name[2 * DNS_NAME_MAX + 4];
	int length = snprintf(name, sizeof(name), "%s.%.*s", label, TEXT_PRINTF(zone));

	if (zone.length > DNS_NAME_MAX)
		return &no_name;
	return lookups_get(asking->lookups, text_of(name, (size_t)length, LIFETIME_EVENT), type);
}

/* All questions to all lists at once. True when an answer is missing. */
static bool any_open(const struct list_inquiry *inquiry, struct asking *asking,
		     const struct list_subject *subject)
{
	bool open = false;

	for (uint32_t i = 0; i < inquiry->zone_count; i++) {
		open |= !look_up(asking, subject->name, inquiry->zones[i], DNS_A);
		open |= !look_up(asking, subject->name, inquiry->zones[i], DNS_TXT);
		open |= !look_up(asking, subject->never, inquiry->zones[i], DNS_A);
	}
	return open;
}

/* 127.255.255.x says why there is no answer: too many questions, a public resolver. */
static bool is_listing(struct ip code)
{
	const uint8_t *b = code.bytes + 12;

	return b[0] == 127 && !(b[1] == 255 && b[2] == 255);
}

/* A listing is worth nothing before it is known that the list does not name everything. */
static const char *failure_of(const struct dns_answer *answer, const struct dns_answer *never)
{
	if (answer->outcome == DNS_FAILED)
		return answer->reason;
	for (uint32_t i = 0; i < answer->count; i++)
		if (!is_listing(answer->records[i].ip))
			return "the list answers with a code that is no listing";
	if (answer->count && never->outcome == DNS_FAILED)
		return never->reason;
	return answer->count && never->count ? "the list names everything" : NULL;
}

/* When the time is over, for what is not there. */
static const struct dns_answer *look_up_late(struct asking *asking, const char *label,
					     struct text zone, int type)
{
	static const struct dns_answer late = { .outcome = DNS_FAILED,
						.reason = "no answer in time" };
	const struct dns_answer *answer = look_up(asking, label, zone, type);

	return answer ? answer : &late;
}

static enum call_result report_codes(struct list_inquiry *inquiry, struct text zone,
				     const struct dns_answer *codes, const struct dns_answer *why)
{
	struct text reason = why->count ? why->records[0].text : TEXT_EMPTY;
	enum call_result result = CALL_DONE;

	for (uint32_t i = 0; result == CALL_DONE && i < codes->count; i++) {
		inquiry->count++;
		result = inquiry->listed(inquiry, zone, codes->records[i].ip, reason);
	}
	return result;
}

static enum call_result report(struct list_inquiry *inquiry, struct asking *asking,
			       const struct list_subject *subject)
{
	enum call_result result = CALL_DONE;
	struct text failed = TEXT_EMPTY;
	const char *reason = NULL;

	for (uint32_t i = 0; result == CALL_DONE && i < inquiry->zone_count; i++) {
		struct text zone = inquiry->zones[i];
		const struct dns_answer *codes = look_up_late(asking, subject->name, zone, DNS_A);
		const struct dns_answer *why = look_up_late(asking, subject->name, zone, DNS_TXT);
		const char *failure =
			failure_of(codes, look_up_late(asking, subject->never, zone, DNS_A));

		if (!failure) {
			result = report_codes(inquiry, zone, codes, why);
		} else if (!reason) {
			reason = failure;
			failed = zone;
		}
	}
	if (result == CALL_DONE && reason && inquiry->count == 0)
		return asking_raise(inquiry->call, failed, reason);
	return result;
}

enum call_result list_inquire(struct list_inquiry *inquiry, const struct list_subject *subject)
{
	struct asking *asking;
	enum call_result result = asking_of(inquiry->call, inquiry->timeout, &asking);

	if (result != CALL_DONE)
		return result;
	if (any_open(inquiry, asking, subject) && clock_monotonic() < asking->deadline)
		return asking_wait(inquiry->call, asking);
	result = asking_check(inquiry->call, asking);
	return result == CALL_DONE ? report(inquiry, asking, subject) : result;
}

enum call_result list_subject_address(struct call *call, struct ip address,
				      struct list_subject *subject)
{
	/* RFC 5782 5: 127.0.0.1, and for IPv6 ::ffff:7f00:1 */
	static const char never_v4[] = "1.0.0.127", never_v6[] = "1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0."
								 "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0";

	if (ip_is_none(address))
		return call_raise(call, "argument", 0, false, "an address that is none");
	dns_reverse_name(address, "", subject->name, sizeof(subject->name));
	snprintf(subject->never, sizeof(subject->never), "%s",
		 ip_is_v4(address) ? never_v4 : never_v6);
	return CALL_DONE;
}

/* ---- the functions ---- */

enum { LISTING_ZONE, LISTING_CODE, LISTING_REASON }; /* of the record dns.Listing */

static enum call_result add_listing(struct list_inquiry *inquiry, struct text zone, struct ip code,
				    struct text reason)
{
	struct call *call = inquiry->call;
	struct list *found = call->result->list;
	struct record *record = record_new(found->object.type->element, call_arena(call));

	if (!record)
		return call_memory(call);
	record->fields[LISTING_ZONE].text = zone;
	record->fields[LISTING_CODE].ip = code;
	record->fields[LISTING_REASON].text = reason;
	return list_add(call, found, (value){ .record = record });
}

static enum call_result answer_listings(struct call *call, const struct list_subject *subject)
{
	const struct list *zones = call->arguments[1].list;
	struct list_inquiry inquiry = { .call = call,
					.timeout = call->arguments[2].i,
					.zone_count = zones->length,
					.listed = add_listing };
	struct text *names = arena_allocate(call_arena(call), zones->length * sizeof(*names) + 1);
	enum call_result result;

	if (!names)
		return call_memory(call);
	for (uint32_t i = 0; i < zones->length; i++)
		names[i] = zones->items[i].text;
	inquiry.zones = names;
	answer_list(call, 0, &result);
	return result == CALL_DONE ? list_inquire(&inquiry, subject) : result;
}

enum call_result builtin_dns_blocklist(struct call *call)
{
	struct list_subject subject;
	enum call_result result = list_subject_address(call, call->arguments[0].ip, &subject);

	return result == CALL_DONE ? answer_listings(call, &subject) : result;
}

enum call_result builtin_dns_domainBlocklist(struct call *call)
{
	struct text domain = call->arguments[0].text;
	struct list_subject subject = { .never = "INVALID" };

	struct domain_name ascii;

	if (domain.length > DOMAIN_UNICODE_MAX)
		return call_raise(call, "argument", 0, false, "the domain is too long for a name");
	/* What cannot be a name is in no list. */
	if (!domain_to_ascii(domain, &ascii))
		snprintf(subject.name, sizeof(subject.name), "%.*s",
			 TEXT_PRINTF(domain_text(&ascii)));
	return answer_listings(call, &subject);
}
