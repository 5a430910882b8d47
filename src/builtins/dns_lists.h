/* Lists of addresses and of domains that are asked by DNS (RFC 5782). */
#ifndef BUILTINS_DNS_LISTS_H
#define BUILTINS_DNS_LISTS_H

#include "builtins/asking.h"

/* What is looked up in each list, and what no list names: an answer to that means that the list
 * answers to everything. */
struct list_subject {
	char name[DNS_NAME_MAX + 1], never[64];
};

struct list_inquiry {
	struct call *call;
	int64_t timeout;
	const struct text *zones;
	uint32_t zone_count;
	/* Called for each code of each list that names the subject, in the order of `zones`. */
	enum call_result (*listed)(struct list_inquiry *inquiry, struct text zone, struct ip code,
				   struct text reason);
	void *argument;
	uint32_t count; /* of such calls */
};

/* Raises "argument" for an address that is none. */
enum call_result list_subject_address(struct call *call, struct ip address,
				      struct list_subject *subject);
/* Asks all lists at once, waits, and reports. Raises "dns" when a list fails, or has not
 * answered in time, and none names the subject. */
enum call_result list_inquire(struct list_inquiry *inquiry, const struct list_subject *subject);

#endif
