/* What lies outside of the process, as builtins reach it: the real world, or in tests a mocked one.
 * Nothing here blocks; for what takes its time the builtins wait as usual. Names are asked of the
 * context's resolver, which has a mocked form of its own (net/resolver.h). */
#ifndef BUILTINS_OUTSIDE_H
#define BUILTINS_OUTSIDE_H

#include "net/socket.h"

struct outside {
	/* A descriptor that connects or is connected, non-blocking, of whoever asked; -1 sets
	 * errno. */
	int (*connect)(void *argument, const struct endpoint *endpoint);
	/* Microseconds since 1970. */
	int64_t (*now)(void *argument);
	/* Fills it with what is not to be guessed; false sets errno. */
	bool (*random)(void *argument, uint64_t *number);
};

extern const struct outside outside_live;
/* The clock and chance are real, all else is refused: of scripts that are loaded to be tested. */
extern const struct outside outside_closed;

#endif
