#include "store/slices.h"

#include <string.h>

enum { ALL = RATE_SLICES + 1 };

static void move_on(struct slices *slices, int64_t to)
{
	if (to <= slices->last)
		return;
	if (to - slices->last >= ALL)
		memset(slices->counts, 0, sizeof(slices->counts));
	else
		for (int64_t i = slices->last + 1; i <= to; i++)
			slices->counts[i % ALL] = 0;
	slices->last = to;
}

int64_t slices_hit(struct slices *slices, int64_t now, uint32_t n)
{
	uint32_t *place;
	int64_t sum = 0;

	move_on(slices, now);
	place = &slices->counts[slices->last % ALL];
	if (__builtin_add_overflow(*place, n, place))
		*place = UINT32_MAX;
	for (unsigned i = 0; i < ALL; i++)
		sum += slices->counts[i];
	return sum;
}
