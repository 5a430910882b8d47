/* What a rate keeps for a key: how many in each slice of time, the running one and those that reach
 * into the window. A window is RATE_SLICES slices: an event counts for the window at least, and for
 * one slice more at most. */
#ifndef STORE_SLICES_H
#define STORE_SLICES_H

#include <stdint.h>

enum { RATE_SLICES = 10 };

struct slices {	      /* all zero at first */
	int64_t last; /* number of the newest slice, counted from 1970 */
	uint32_t counts[RATE_SLICES + 1];
};

/* Adds `n` in the slice `now`, or in the newest when the clock has gone back: the sum of all. A
 * slice's count stops at UINT32_MAX. */
int64_t slices_hit(struct slices *slices, int64_t now, uint32_t n);

#endif
