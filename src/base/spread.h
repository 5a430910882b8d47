/* For tests that make allocations fail: a piece of an arena is else rarely one of the heap's. */
#ifndef BASE_SPREAD_H
#define BASE_SPREAD_H

/* From now on each piece of an arena is a block of its own, so that memory_fail_at() reaches every
 * one of them; process-wide. */
void arena_spread(void);

#endif
