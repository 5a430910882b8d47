/* What other modules take from the module socket. */
#ifndef BUILTINS_SOCKET_H
#define BUILTINS_SOCKET_H

#include "net/socket.h"
#include "vm/vm.h"

/* Does the configuration allow connections there? */
bool socket_is_allowed(struct call *call, const struct endpoint *endpoint);

/* The descriptor of an open socket, out of its handle, which is closed from then on. CALL_DONE with
 * *fd and its name, or what the builtin returns: "closed" when it is not open, "protocol" when bytes
 * were read that the script has not taken. */
enum call_result socket_take(struct call *call, struct handle *handle, int *fd,
			     char name[sizeof(((struct endpoint *)0)->name)]);

#endif
