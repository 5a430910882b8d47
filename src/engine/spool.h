/* A message's body between two filters: in memory up to a size, beyond it in an unlinked file. */
#ifndef ENGINE_SPOOL_H
#define ENGINE_SPOOL_H

#include "base/buffer.h"

enum { SPOOL_CHUNK = 65535 };

struct spool {
	struct buffer memory;
	size_t memory_most, most;
	int fd; /* -1: all is in memory */
	uint64_t size;
	const char *fault; /* why it cannot be used: sticky until the next clear */
};

void spool_init(struct spool *spool);
void spool_free(struct spool *spool);
/* Empty, within these bounds. */
void spool_clear(struct spool *spool, size_t memory_most, size_t most);
/* False with `fault` set. */
bool spool_add(struct spool *spool, struct text piece);
/* Up to SPOOL_CHUNK bytes from `offset`, into `room`, or a view of the memory; length 0 at the end.
 * False with `fault` set. */
bool spool_read(struct spool *spool, uint64_t offset, char room[SPOOL_CHUNK], struct text *piece);

#endif
