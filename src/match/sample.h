/* A text that fits a pattern, or a piece of one: made by reading the pattern from left to right.
 * The reading is rough; who needs to know asks PCRE2. */
#ifndef MATCH_SAMPLE_H
#define MATCH_SAMPLE_H

#include "base/text.h"

enum { SAMPLE_MAX = 64, SAMPLE_DEPTH_MAX = 32 };

struct sample {
	char bytes[SAMPLE_MAX];
	uint32_t length;
	uint32_t starts[SAMPLE_DEPTH_MAX]; /* where the open groups began */
	unsigned depth;
	uint32_t last; /* where the last atom or group begins */
	bool lean;     /* without what may be left out */
	bool failed;   /* too long, too deep, or not understood */
};

struct sample sample_of(struct text pattern, uint32_t from, uint32_t to, bool lean);

/* ---- reading a pattern ---- */

/* NUL behind its end. */
static inline char pattern_peek(struct text pattern, uint32_t at)
{
	return at < pattern.length ? pattern.data[at] : '\0';
}

/* Where the class that begins at `at` ends: behind its ]. */
uint32_t pattern_class_end(struct text pattern, uint32_t at);
/* "(" and what says of which kind the group is; 0 when it is one that is not looked into. */
uint32_t pattern_group_head(struct text pattern, uint32_t at);
/* Behind * + ? {...}, not behind a second sign that makes it lazy or possessive. */
uint32_t pattern_quantifier_end(struct text pattern, uint32_t at);

#endif
