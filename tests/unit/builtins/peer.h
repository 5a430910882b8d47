/* The other side of a socket, in a process of its own, on a UNIX socket in a temporary folder. */
#ifndef TESTS_BUILTINS_PEER_H
#define TESTS_BUILTINS_PEER_H

#include "world.h"

struct peer {
	int process;
	char folder[32];
	char address[64]; /* "unix:/tmp/.../s" */
};

/* Serves one connection with `serve`, then ends; ends by itself after 20 s. Without `serve` nobody
 * accepts. */
void peer_start(struct peer *peer, void (*serve)(int fd));
/* The same for so many connections, one after the other. */
void peer_start_for(struct peer *peer, void (*serve)(int fd), unsigned count);
/* Waits for its end and tells its exit status. */
int peer_end(struct peer *peer);

/* world_call, waited for to its end; $ in the source stands for the address. */
void peer_world(struct world *world, const struct peer *peer, const char *source);
enum vm_status peer_call(struct world *world, const char *function);
/* The function must return true. */
void peer_holds(void (*serve)(int fd), const char *body);
/* The body must raise an error of that kind. */
void peer_raises(void (*serve)(int fd), const char *kind, const char *body);

#endif
