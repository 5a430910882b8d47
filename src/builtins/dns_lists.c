/* Lists of addresses and of domains that are asked by DNS (RFC 5782). */
#include "builtins/answer.h"
#include "builtins/asking.h"
#include "builtins/builtins.h"

#include <stdio.h>

/* What is looked up in each list, and what no list names: an answer to that means that the list
 * answers to everything. */
struct subject {
	char name[DNS_NAME_MAX + 1], never[16];
};

struct inquiry {
	struct call *call;
	struct asking *asking;
	const struct subject *subject;
	struct list *found;
	const char *failure; /* of the first list that failed */
	struct text failed;
};

enum { LISTING_ZONE, LISTING_CODE, LISTING_REASON }; /* of the record dns.Listing */

static const struct dns_answer *look_up(const struct inquiry *inquiry, const char *label,
					struct text zone, int type)
{
	static const struct dns_answer no_name = { .outcome = DNS_NO_NAME };
	char name[2 * DNS_NAME_MAX + 4];
	int length = snprintf(name, sizeof(name), "%s.%.*s", label, TEXT_PRINTF(zone));

	if (zone.length > DNS_NAME_MAX)
		return &no_name;
	return lookups_get(inquiry->asking->lookups, text_of(name, (size_t)length, LIFETIME_EVENT),
			   type);
}

/* All questions to all lists at once. True when an answer is missing. */
static bool any_open(const struct inquiry *inquiry, const struct list *zones)
{
	bool open = false;

	for (uint32_t i = 0; i < zones->length; i++) {
		struct text zone = zones->items[i].text;

		open |= !look_up(inquiry, inquiry->subject->name, zone, DNS_A);
		open |= !look_up(inquiry, inquiry->subject->name, zone, DNS_TXT);
		open |= !look_up(inquiry, inquiry->subject->never, zone, DNS_A);
	}
	return open;
}

/* 127.255.255.x says why there is no answer: too many questions, a public resolver. */
static bool is_listing(struct ip code)
{
	const uint8_t *b = code.bytes + 12;

	return b[0] == 127 && !(b[1] == 255 && b[2] == 255);
}

static const char *failure_of(const struct inquiry *inquiry, struct text zone,
			      const struct dns_answer *answer)
{
	const struct dns_answer *never = look_up(inquiry, inquiry->subject->never, zone, DNS_A);

	if (answer->outcome == DNS_FAILED)
		return answer->reason;
	for (uint32_t i = 0; i < answer->count; i++)
		if (!is_listing(answer->records[i].ip))
			return "the list answers with a code that is no listing";
	return answer->count && never->count ? "the list names everything" : NULL;
}

static enum call_result add_listing(struct inquiry *inquiry, struct text zone, struct ip code)
{
	const struct dns_answer *reason = look_up(inquiry, inquiry->subject->name, zone, DNS_TXT);
	struct record *record =
		record_new(inquiry->found->object.type->element, call_arena(inquiry->call));

	if (!record)
		return call_memory(inquiry->call);
	record->fields[LISTING_ZONE].text = zone;
	record->fields[LISTING_CODE].ip = code;
	if (reason->count)
		record->fields[LISTING_REASON].text = reason->records[0].text;
	return list_add(inquiry->call, inquiry->found, (value){ .record = record });
}

static enum call_result read_list(struct inquiry *inquiry, struct text zone)
{
	const struct dns_answer *answer = look_up(inquiry, inquiry->subject->name, zone, DNS_A);
	const char *failure = failure_of(inquiry, zone, answer);
	enum call_result result = CALL_DONE;

	if (failure) {
		inquiry->failed = inquiry->failure ? inquiry->failed : zone;
		inquiry->failure = inquiry->failure ? inquiry->failure : failure;
		return CALL_DONE;
	}
	for (uint32_t i = 0; result == CALL_DONE && i < answer->count; i++)
		result = add_listing(inquiry, zone, answer->records[i].ip);
	return result;
}

static enum call_result inquire(struct call *call, const struct subject *subject)
{
	const struct list *zones = call->arguments[1].list;
	struct inquiry inquiry = { .call = call, .subject = subject };
	enum call_result result = asking_of(call, call->arguments[2].i, &inquiry.asking);

	if (result != CALL_DONE)
		return result;
	if (any_open(&inquiry, zones))
		return asking_wait(call, inquiry.asking);
	result = asking_check(call, inquiry.asking);
	if (result == CALL_DONE)
		inquiry.found = answer_list(call, 0, &result);
	for (uint32_t i = 0; result == CALL_DONE && i < zones->length; i++)
		result = read_list(&inquiry, zones->items[i].text);
	if (result == CALL_DONE && inquiry.failure && inquiry.found->length == 0)
		return asking_raise(call, inquiry.failed, inquiry.failure);
	return result;
}

enum call_result builtin_dns_blocklist(struct call *call)
{
	struct ip address = call->arguments[0].ip, never;
	struct subject subject;

	if (ip_is_none(address))
		return call_raise(call, "argument", 0, false, "an address that is none");
	/* RFC 5782 5: 127.0.0.1, and for IPv6 ::ffff:7f00:1, which is the same to us */
	ip_parse(TEXT("127.0.0.1"), &never);
	dns_reverse_name(address, "", subject.name, sizeof(subject.name));
	dns_reverse_name(never, "", subject.never, sizeof(subject.never));
	return inquire(call, &subject);
}

enum call_result builtin_dns_domainBlocklist(struct call *call)
{
	struct text domain = call->arguments[0].text;
	struct subject subject = { .never = "INVALID" };

	if (domain.length > DNS_NAME_MAX)
		return call_raise(call, "argument", 0, false, "the domain is too long for a name");
	snprintf(subject.name, sizeof(subject.name), "%.*s", TEXT_PRINTF(domain));
	return inquire(call, &subject);
}
