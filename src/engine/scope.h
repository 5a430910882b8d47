/* Which recipients a filter is for, and what it decides about messages that are only partly for it.
 */
#ifndef ENGINE_SCOPE_H
#define ENGINE_SCOPE_H

#include "afsl.h"
#include "base/text.h"

/* Names without regard to case, sorted. */
struct scope_names {
	char **items;
	size_t count;
};

struct scope {
	unsigned apply_on; /* AFSL_APPLY_..., joined; 0: local or not makes no difference */
	enum afsl_mixed mixed;
	uint64_t size_most;
	struct scope_names local_domains, domains, accounts;
};

/* Nothing is left out. */
bool scope_is_everything(const struct afsl_scope *wanted);
/* NULL when memory has ended. */
struct scope *scope_new(const struct afsl_scope *wanted);
void scope_free(struct scope *scope);

/* An address as it came, with angle brackets if any. */
bool scope_includes(const struct scope *scope, struct text recipient);
/* Is it narrower than "every recipient"? */
bool scope_is_narrow(const struct scope *scope);

#endif
