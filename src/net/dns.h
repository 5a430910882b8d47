/* What the DNS has answered to one question: read from the wire, never changed, counted. */
#ifndef NET_DNS_H
#define NET_DNS_H

#include "base/ip.h"

enum dns_type {
#define DNS_TYPE(name, number, form) DNS_##name = number,
#include "net/dns_types.def"
#undef DNS_TYPE
};

/* "no such name" and "no such record" are answers; a failure is none (RFC 2308). */
enum dns_outcome { DNS_FOUND, DNS_NO_RECORD, DNS_NO_NAME, DNS_FAILED };

enum { DNS_NAME_MAX = 253 };

struct dns_record {
	struct ip ip;	  /* A and AAAA; else none */
	uint32_t number;  /* the first field when it is a number: preference, priority; else 0 */
	struct text text; /* all fields as a zone file has them, without escapes; NUL-terminated */
	struct text last; /* the last field: an MX's host, say */
};

struct dns_answer {
	enum dns_outcome outcome;
	const char *reason; /* of a failure: a constant */
	uint32_t ttl;	    /* seconds for which it may be kept; 0: not at all */
	uint32_t count;
	const struct dns_record *records; /* in the order in which they came */
};

/* "MX" (any case) or "TYPE64"; -1 when it is neither. */
int dns_type_of(struct text name);
/* Can it stand in a question? Labels of 1 to 63 bytes, printable ASCII, 253 bytes in all; one point
 * at the end is allowed, and so is "." for the root. */
bool dns_name_is_valid(struct text name);
/* The name under which an address is looked up: 1.2.0.192.in-addr.arpa (RFC 1035 3.5, RFC
 * 3596 2.5). With another `zone` the name in a list by address, and "" gives the labels alone. NULL
 * when `out` is too small. */
const char *dns_reverse_name(struct ip ip, const char *zone, char *out, size_t size);

/* Reads a response to the question (`name`, `type`): follows aliases, takes no record of another
 * owner. NULL when memory has ended. */
struct dns_answer *dns_answer_read(const uint8_t *wire, size_t length, struct text name, int type);
/* An answer without records. */
struct dns_answer *dns_answer_failed(const char *reason);
/* When memory has ended: it always is there, and is kept and released like any other. */
struct dns_answer *dns_answer_no_memory(void);
struct dns_answer *dns_answer_none(enum dns_outcome outcome);
/* One made by hand, for tests: each record in the form of struct dns_record's text. NULL when one
 * does not fit the type or memory has ended. */
struct dns_answer *dns_answer_made(int type, const struct text *records, uint32_t count);
/* Is the address among an answer's? */
bool dns_answer_has(const struct dns_answer *answer, struct ip address);
struct dns_answer *dns_answer_keep(struct dns_answer *answer);
void dns_answer_release(struct dns_answer *answer);

#endif
