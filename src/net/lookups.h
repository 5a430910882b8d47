/* The DNS questions of one piece of work that is begun anew whenever an answer has come.
 *
 * The work asks for what it needs as if every answer were there. Where one is not, it goes back to
 * its caller, who waits and begins it again: then the same question has its answer. So a check that
 * asks a dozen times is plain code, no state machine. */
#ifndef NET_LOOKUPS_H
#define NET_LOOKUPS_H

#include "net/resolver.h"

struct lookups;

/* At most so many questions: one more is answered with a failure, and lookups_trouble() says so.
 * NULL when memory has ended. */
struct lookups *lookups_new(struct resolver *resolver, unsigned most);
/* The resolver must still be there. */
void lookups_free(struct lookups *lookups);

/* The answer, which lives as long as the lookups, or NULL: not there yet. */
const struct dns_answer *lookups_get(struct lookups *lookups, struct text name, int type);
/* Is there a question without an answer? */
bool lookups_open(const struct lookups *lookups);
/* So many have been asked. */
unsigned lookups_count(const struct lookups *lookups);
/* What no answer should hide. */
enum lookups_trouble { LOOKUPS_FINE, LOOKUPS_TOO_MANY, LOOKUPS_NO_MEMORY };
enum lookups_trouble lookups_trouble(const struct lookups *lookups);
/* Takes what has arrived. */
void lookups_process(struct lookups *lookups);
/* What to wait for; false when the request is full. */
bool lookups_wait(struct lookups *lookups, struct wait_request *request);

#endif
