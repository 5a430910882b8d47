/* What other modules take from the module socket. */
#ifndef BUILTINS_SOCKET_H
#define BUILTINS_SOCKET_H

#include "net/places.h"
#include "net/socket.h"
#include "vm/vm.h"

/* For a connection to `name`: CALL_DONE once the filter has a place for it, CALL_WAIT before,
 * "busy" when it has none at the deadline. The claim is zeroed before the first call; whoever
 * has it ends it. */
enum call_result socket_place(struct call *call, struct claim *claim, int64_t deadline,
			      const char *name);

/* What an open socket is made of. */
struct socket_parts {
	int fd;
	struct claim claim;
	char name[sizeof(((struct endpoint *)0)->name)];
};

/* Out of its handle, which is closed from then on. CALL_DONE, or what the builtin returns: "closed"
 * when it is not open, "protocol" when bytes were read that the script has not taken. */
enum call_result socket_take(struct call *call, struct handle *handle, struct socket_parts *parts);

#endif
