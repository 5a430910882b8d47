#include "base/diagnostics.h"

enum { NEAREST_LENGTH_MAX = 64 };

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

/* Edits (insert, delete, replace, swap two neighbours) that make one word of the other, case
 * not counted: three rows of the usual table are enough. */
static unsigned edit_distance(struct text a, struct text b)
{
	unsigned rows[3][NEAREST_LENGTH_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *now = rows[2];

	for (unsigned j = 0; j <= b.length; j++)
		last[j] = j;
	for (unsigned i = 1; i <= a.length; i++) {
		unsigned *oldest = before;

		now[0] = i;
		for (unsigned j = 1; j <= b.length; j++) {
			char x = byte_lower(a.data[i - 1]), y = byte_lower(b.data[j - 1]);

			now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == byte_lower(b.data[j - 2]) &&
			    y == byte_lower(a.data[i - 2]) && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
		before = last;
		last = now;
		now = oldest;
	}
	return last[b.length];
}

const char *name_nearest(struct text wrong, const char *const *names, size_t count)
{
	unsigned limit = wrong.length / 3;
	const char *best = NULL;

	if (wrong.length > NEAREST_LENGTH_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		struct text name = text_of_string(names[i], LIFETIME_EVENT);
		unsigned distance;

		if (name.length > wrong.length + limit || wrong.length > name.length + limit)
			continue;
		if (name.length > NEAREST_LENGTH_MAX)
			continue;
		distance = edit_distance(wrong, name);
		if (distance < limit || (distance == limit && !best)) {
			best = names[i];
			limit = distance;
		}
	}
	return best;
}
