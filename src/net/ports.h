/* The TCP ports that a process connects to: any, until it is told which. */
#ifndef NET_PORTS_H
#define NET_PORTS_H

#include "net/socket.h"

enum { PORTS = 65536 };

struct ports {
	bool bounded; /* to those of the set; false: any port */
	uint64_t set[PORTS / 64];
};

void ports_add(struct ports *ports, uint16_t port);
/* Of an address of TCP; UNIX sockets have none. */
void ports_add_endpoint(struct ports *ports, const struct endpoint *endpoint);
/* Without looking at `bounded`. */
bool ports_have(const struct ports *ports, uint16_t port);
/* The least port of `these` that `those` do not allow; -1: all are allowed, 0: "any" is not. */
int ports_beyond(const struct ports *these, const struct ports *those);

/* For the whole process, which has no other threads yet. It keeps a copy. */
void ports_bound(const struct ports *ports);
/* May this process connect there? What it may not is logged, once for each port. */
bool port_is_allowed(const struct endpoint *endpoint);
/* Why a connection there has failed with this errno: as strerror(), or that its port is not
 * allowed. */
const char *connect_reason(const struct endpoint *endpoint, int error);

#endif
