/* Large blocks that are over, in a thread that others wait for.
 *
 * The system takes memory back page by page, some 40 microseconds for each MiB: the messages of one
 * peer, ended at once, would hold up all others for milliseconds. So such a thread keeps what is
 * large and gives it back in steps, between what else it does. Everywhere else it goes at once. */
#ifndef BASE_RUBBISH_H
#define BASE_RUBBISH_H

#include "base/memory.h"

enum { RUBBISH_LARGE = 64 << 10 };

/* From now on the calling thread keeps it; false: no more, and what is left goes at once. */
void rubbish_keep(bool keep);
/* A small step, larger the more there is: however fast it comes, there is never more of it than
 * some steps. False when nothing is left. */
bool rubbish_sweep(void);

void rubbish_put(void *block, size_t size);

/* As memory_free(). The block has `size` bytes, or more. */
static inline void rubbish_free(void *block, size_t size)
{
	if (size < RUBBISH_LARGE)
		memory_free(block);
	else
		rubbish_put(block, size);
}

#endif
