/* Connections that were given back for the next one who wants that address: no handshake, no new
 * process on the other side. One table for the process; a connection is in it or in use, never
 * both. */
#ifndef NET_KEPT_H
#define NET_KEPT_H

#include <stdint.h>

enum { KEPT_MOST = 64 };

/* What is kept for one address, as the filter that gives a connection back has it. */
struct kept_bounds {
	int64_t most;	      /* at the same time */
	int64_t microseconds; /* unused */
};

/* A connection to `name` (of an endpoint) that is open and silent; -1 when there is none. Those
 * that were closed by the other side, or on which it has spoken out of turn, are closed on the way.
 */
int kept_take(const char *name);
/* Takes the descriptor over, which does not block; closes it when it is not silent or the address has
 * enough. When the table is full, the oldest one makes room. */
void kept_give(const char *name, int fd, struct kept_bounds bounds);
/* Closes those whose time is over; the time of the next one, or INT64_MAX. */
int64_t kept_expire(void);
/* How many there are. */
unsigned kept_count(void);
/* Closes all. */
void kept_forget(void);

#endif
