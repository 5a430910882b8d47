/* What a handler waits for, handed up to whoever drives the session. */
#ifndef BASE_WAIT_H
#define BASE_WAIT_H

#include <stdbool.h>
#include <stdint.h>

enum { WAIT_DESCRIPTORS_MAX = 16 };

struct wait_descriptor {
	int fd;
	short events; /* POLLIN, POLLOUT as for poll(2) */
};

struct wait_request {
	struct wait_descriptor descriptors[WAIT_DESCRIPTORS_MAX];
	unsigned count;   /* 0: wait for the deadline alone */
	int64_t deadline; /* clock_monotonic() at which to resume in any case */
};

/* An empty request that ends at `deadline`. */
void wait_begin(struct wait_request *request, int64_t deadline);
/* False when the request is full. The same descriptor twice is merged. */
bool wait_add(struct wait_request *request, int fd, short events);
/* Blocks this thread until something is ready or the deadline is reached: for
 * drivers that own a thread (the CLI, libmilter), never for builtins. */
void wait_poll(const struct wait_request *request);

/* Microseconds. Monotonic for deadlines, wall for what people read. */
int64_t clock_monotonic(void);
int64_t clock_wall(void);
/* The monotonic clock as it stood at the last tick, some milliseconds ago: costs next to nothing.
 */
int64_t clock_coarse(void);
/* This thread reads the monotonic clock all the time, as a loop does in each turn: what it saw last is coarse enough.
 */
void clock_looks_often(bool often);
/* For tests: both clocks of this thread stand until clock_go, and are moved by hand. */
void clock_stop(void);
void clock_go(void);
void clock_skip(int64_t microseconds);
int64_t clock_skipped(void); /* since clock_stop */

#endif
