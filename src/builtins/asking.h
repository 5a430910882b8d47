/* Builtins that ask the DNS: the questions of one call, and waiting for them. */
#ifndef BUILTINS_ASKING_H
#define BUILTINS_ASKING_H

#include "builtins/context.h"
#include "net/lookups.h"

struct asking {
	struct lookups *lookups; /* go with the event: so do the answers' texts */
	int64_t deadline;
	unsigned counted;
};

/* The call's own, begun at its first turn and found again at the next; what has arrived meanwhile
 * has been taken. */
enum call_result asking_of(struct call *call, int64_t timeout, struct asking **asking);
/* Some answer is missing: waits, or raises "dns" when the time is over. Strikes LIMIT_dnsQuestions
 * when too much was asked. */
enum call_result asking_wait(struct call *call, struct asking *asking);
/* Has the call asked too much? Look before a result is used. */
enum call_result asking_check(struct call *call, struct asking *asking);
/* Raises "dns" for an answer that is a failure. */
enum call_result asking_raise(struct call *call, struct text name, const char *reason);

#endif
