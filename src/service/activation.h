/* Listening sockets that a service manager has opened and handed over (systemd's LISTEN_FDS). They
 * stay the manager's: it keeps them over a restart, and removes the file of a UNIX socket. */
#ifndef SERVICE_ACTIVATION_H
#define SERVICE_ACTIVATION_H

#include "net/socket.h"

/* Takes what was handed over to this process, once; what it hands on to others is nothing. */
void activation_begin(void);
/* The socket that listens at that address, non-blocking and close on exec; -1: none was handed
 * over. Each is given once. */
int activation_take(const struct endpoint *endpoint);
/* Was that address handed over? */
bool activation_owns(const struct endpoint *endpoint);
/* How many have not been taken. */
unsigned activation_left(void);

#endif
