/* How many sessions each address has. */
#ifndef HOST_PEERS_H
#define HOST_PEERS_H

#include <sys/socket.h>

struct peers;
struct peer;

struct peers *peers_new(void);
void peers_free(struct peers *peers);

/* One session more from that address, and how many it has then. NULL for addresses that are
 * nobody's (UNIX sockets) and when memory has ended: then there is 1. From any thread. */
struct peer *peers_enter(struct peers *peers, const struct sockaddr_storage *from, unsigned *count);
void peers_leave(struct peers *peers, struct peer *peer); /* NULL is fine */

#endif
