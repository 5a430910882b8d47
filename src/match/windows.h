/* Where windows may begin in a text: the few bytes in a row by which literals are found. Many
 * places are looked at at once, in one of the ways that the processor has. */
#ifndef MATCH_WINDOWS_H
#define MATCH_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WINDOW = 4, WINDOW_BUCKETS = 8 };

/* Which buckets the bytes of windows are in (the filter of Teddy in Hyperscan): at a place where a
 * window of a bucket begins, all its bytes say that bucket. */
struct windows {
	bool beyond_ascii;			   /* some bytes are */
	uint8_t low[WINDOW][16], high[WINDOW][16]; /* by half bytes: both must say so */
	uint8_t six[WINDOW][64];		   /* by the lower six bits */
};

/* Byte `at` of a window in `bucket` may be `byte`. Nothing is marked in zeroed windows. */
void windows_mark(struct windows *windows, unsigned at, char byte, unsigned bucket);

struct windows_way {
	const char *name;
	unsigned block; /* places looked at at once; WINDOW - 1 bytes behind them are read */
	/* The first block at or after `at`, in steps of a block and not after `last`, in which a
	 * window may begin: bit i of *places says at its byte i. None, and a place after `last`,
	 * where there is no such block. */
	size_t (*next)(const struct windows *windows, const char *bytes, size_t at, size_t last,
		       uint64_t *places);
};

/* The ways that this processor has, the widest first; NULL behind them. */
const struct windows_way *windows_way(unsigned number);

#endif
