/* Answers that are still good, for all threads of the process. */
#ifndef NET_DNS_CACHE_H
#define NET_DNS_CACHE_H

#include "net/dns.h"

/* The answer, kept for the caller, or NULL. `now` is clock_monotonic(). */
struct dns_answer *dns_cache_find(struct text name, int type, int64_t now);
/* Keeps the answer for its time to live; an answer without one, and a failure, is not kept. */
void dns_cache_add(struct text name, int type, struct dns_answer *answer, int64_t now);
/* Forgets everything. */
void dns_cache_clear(void);

#endif
