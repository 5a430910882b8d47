#include "peer.h"

#include "net/socket.h"

#include <errno.h>

struct peer peer;

int socket_connect(const struct endpoint *endpoint)
{
	(void)endpoint;
	return PEER_DESCRIPTOR;
}

int socket_open(const struct endpoint *endpoint)
{
	return socket_connect(endpoint);
}

int socket_connected(int fd)
{
	return fd == PEER_DESCRIPTOR ? 1 : -1;
}

int socket_error(int fd)
{
	return fd == PEER_DESCRIPTOR ? 0 : EBADF;
}

ssize_t socket_write(int fd, const void *bytes, size_t length)
{
	static bool turn;

	(void)fd, (void)bytes;
	turn = !turn;
	return !peer.slow ? (ssize_t)length : turn ? 1 : 0;
}

ssize_t socket_read(int fd, struct buffer *into, size_t most)
{
	size_t left = peer.size - peer.at;
	size_t size = peer.unit ? peer.unit(peer.bytes + peer.at, left) : peer.piece;

	(void)fd;
	if (!peer.ready)
		return 0;
	peer.ready = false;
	if (left == 0)
		return SOCKET_CLOSED;
	if (size > left)
		size = left;
	if (size > most)
		size = most;
	buffer_append(into, peer.bytes + peer.at, size);
	peer.at += size;
	return into->failed ? (errno = ENOBUFS, SOCKET_ERROR) : (ssize_t)size;
}
