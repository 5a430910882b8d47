/* Who may connect to the bridge by TCP. */
#ifndef BRIDGE_ACCESS_H
#define BRIDGE_ACCESS_H

#include "bridge/settings.h"

#include <sys/socket.h>

/* From now on; without words loopback alone. False when memory has ended: nothing has changed. */
bool access_set(const struct word_list *allow);
/* From any thread. UNIX sockets have permissions of their own. What is refused is logged. */
bool access_admits(const struct sockaddr_storage *peer);

#endif
