/* What somebody who wrote this meant: words of other languages, slips of spelling. */
#ifndef COMPILER_HINT_H
#define COMPILER_HINT_H

#include "base/text.h"

struct hint {
	const char *written;
	const char *help;
};

/* The help for what was written; NULL when it is none of the `count` hints. */
const char *hint_for(struct text written, const struct hint *hints, size_t count);

#endif
