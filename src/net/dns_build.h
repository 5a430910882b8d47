/* How an answer comes into being: one block that holds it, its records and their bytes. */
#ifndef NET_DNS_BUILD_H
#define NET_DNS_BUILD_H

#include "base/buffer.h"
#include "net/dns.h"

/* Offsets into the bytes: they move while they grow. */
struct dns_draft_record {
	struct ip ip;
	uint32_t number;
	uint32_t from, last, to;
};

struct dns_draft {
	struct buffer bytes;
	struct buffer records; /* of struct dns_draft_record */
};

void dns_draft_init(struct dns_draft *draft);
/* Begins a record at the end of the bytes; its fields are appended to them. */
void dns_draft_begin(struct dns_draft *draft, struct dns_draft_record *record);
/* Ends the record and puts a NUL behind it. */
void dns_draft_end(struct dns_draft *draft, struct dns_draft_record *record);
/* The answer; the draft is freed in any case. NULL when memory has ended. */
struct dns_answer *dns_draft_finish(struct dns_draft *draft, enum dns_outcome outcome,
				    uint32_t ttl);
/* The form of a type's fields: "x" when there is no row. */
const char *dns_form_of(int type);

#endif
