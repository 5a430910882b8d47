/* How many connections there may be at the same time. A further one waits for a place, and who has
 * waited longest gets the next one. Safe under threads. */
#ifndef NET_PLACES_H
#define NET_PLACES_H

#include <stdbool.h>
#include <stdint.h>

struct places;

/* NULL when memory has ended. */
struct places *places_new(int64_t most);
/* Claims keep it as long as they need it. */
void places_release(struct places *places);
int64_t places_most(const struct places *places);

/* One wish for a place. Zeroed: none. It may be moved once it is granted, and not before. */
struct claim {
	struct places *places;
	struct claim *next; /* in the queue */
	int signal;	    /* becomes readable when the place is there; only while it waits */
	bool granted;
};

enum claim_state { CLAIM_GRANTED, CLAIM_WAITS, CLAIM_FAILED };

/* Begins it, or tells how it stands: again and again until the place is there. Without places,
 * NULL, it is granted. A failure (no descriptor to wait for) leaves errno, and may be tried again.
 */
enum claim_state claim_place(struct claim *claim, struct places *places);
/* Gives the place back, or the wish up; harmless when there is none. */
void claim_end(struct claim *claim);

#endif
