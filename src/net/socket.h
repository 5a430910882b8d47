/* Sockets that never block, and the addresses that people write. */
#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include "base/buffer.h"
#include "base/ip.h"

#include <sys/socket.h>

/* Where something listens. */
struct endpoint {
	struct sockaddr_storage address;
	socklen_t length;
	char name[160]; /* as shown in messages: inet:8891@127.0.0.1, unix:/run/x */
};

/* "inet:PORT@HOST", "inet:PORT" (loopback), "inet6:PORT@HOST", "inet://HOST:PORT",
 * "inet://[::1]:PORT", "unix:PATH", "local:PATH", "local://PATH", "unix://PATH", "/PATH", and
 * Postfix's "inet:HOST:PORT". HOST is an address or "localhost": names are never looked up here.
 * NULL, or what is wrong with it and how to write it. */
const char *endpoint_parse(struct text text, struct endpoint *endpoint);
/* From an address as the system has it; false when its family is unknown. */
bool endpoint_of(const struct sockaddr *address, socklen_t length, struct endpoint *endpoint);
void endpoint_of_address(struct ip ip, uint16_t port, struct endpoint *endpoint);
/* The path of a UNIX socket; NULL: it is an address and port. */
const char *endpoint_path(const struct endpoint *endpoint);
void endpoint_address(const struct endpoint *endpoint, struct ip *ip, uint16_t *port);

/* All descriptors are non-blocking and close on exec; TCP ones have TCP_NODELAY. -1 sets errno. */
int socket_connect(const struct endpoint *endpoint); /* begun: wait for POLLOUT, then socket_error */
/* For who connects it himself. As above, EACCES when the process may not connect there (ports.h). */
int socket_open(const struct endpoint *endpoint);
int socket_error(int fd); /* SO_ERROR: 0 when connected */
/* Has the connecting come to an end? 1 connected, 0 not yet, -1 failed (errno). Does not wait. */
int socket_connected(int fd);
/* A listener; an old UNIX socket that nobody answers on is removed first. `mode` for UNIX sockets. EEXIST: a file that is
 * no socket is in the way. */
int socket_listen(const struct endpoint *endpoint, int backlog, mode_t mode);

/* >0 bytes moved, 0 would block, -1 error (errno), -2 the peer has closed (reads). EINTR is handled. */
enum { SOCKET_ERROR = -1, SOCKET_CLOSED = -2 };
ssize_t socket_read(int fd, struct buffer *into, size_t most); /* sets TCP_QUICKACK first on TCP */
ssize_t socket_write(int fd, const void *bytes, size_t length); /* no SIGPIPE */

#endif
