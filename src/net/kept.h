/* Connections that were given back for the next one who wants that address: no handshake, no new
 * process on the other side. One table for the process; a connection is in it or in use, never
 * both. */
#ifndef NET_KEPT_H
#define NET_KEPT_H

#include <stdbool.h>

enum {
	KEPT_MOST = 64,
	KEPT_FOR_EACH = 10, /* address */
	KEPT_SECONDS = 60,
};

/* A connection to `name` (of an endpoint) that is open and silent; -1 when there is none. Those
 * that were closed by the other side, or on which it has spoken out of turn, are closed on the way.
 */
int kept_take(const char *name);
/* Takes the descriptor over, which does not block; closes it when it is not silent or there are enough. */
void kept_give(const char *name, int fd);
/* How many there are. */
unsigned kept_count(void);
/* Closes all. */
void kept_forget(void);

#endif
