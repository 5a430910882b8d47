#include "net/socket.h"
#include "net/ports.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/system.h"

static void option_set(int fd, int level, int name)
{
	int on = 1;

	setsockopt(fd, level, name, &on, sizeof(on));
}

/* Listeners hand TCP_NODELAY on to what they accept. */
int socket_open(const struct endpoint *endpoint)
{
	int family = endpoint->address.ss_family;
	int fd;

	if (!port_is_allowed(endpoint)) {
		errno = EACCES;
		return SOCKET_ERROR;
	}
	fd = system_socket(family, SOCK_STREAM);
	if (fd >= 0 && family != AF_UNIX)
		option_set(fd, IPPROTO_TCP, TCP_NODELAY);
	return fd;
}

static int close_keeping_errno(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
	return SOCKET_ERROR;
}

int socket_connect(const struct endpoint *endpoint)
{
	int fd = socket_open(endpoint);

	if (fd < 0)
		return SOCKET_ERROR;
	if (system_connect(fd, (const struct sockaddr *)&endpoint->address, endpoint->length) == 0)
		return fd;
	return close_keeping_errno(fd);
}

int socket_error(int fd)
{
	int error = 0;
	socklen_t length = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
		return errno;
	return error;
}

int socket_connected(int fd)
{
	struct pollfd set = { .fd = fd, .events = POLLOUT };

	if (system_poll(&set, 1, 0) <= 0)
		return 0;
	errno = socket_error(fd);
	return errno ? SOCKET_ERROR : 1;
}

/* A socket file whose owner has gone would make bind fail for ever. Only sockets are removed, and
 * only when nobody answers; another file in their place is no address in use. */
static int stale_remove(const struct endpoint *endpoint)
{
	const char *path = ((const struct sockaddr_un *)&endpoint->address)->sun_path;
	struct stat status;
	int fd;

	if (lstat(path, &status) < 0)
		return 0;
	if (!S_ISSOCK(status.st_mode)) {
		errno = EEXIST;
		return SOCKET_ERROR;
	}
	fd = socket_connect(endpoint);
	if (fd >= 0)
		close(fd);
	else if (errno == ECONNREFUSED)
		unlink(path);
	return 0;
}

/* The mode is set before bind, which leaves out what the umask forbids, and again after it: there
 * is no moment at which more is allowed. */
static int bind_unix(int fd, const struct endpoint *endpoint, mode_t mode)
{
	const char *path = ((const struct sockaddr_un *)&endpoint->address)->sun_path;

	if (stale_remove(endpoint) < 0 || fchmod(fd, mode) < 0 ||
	    bind(fd, (const struct sockaddr *)&endpoint->address, endpoint->length) < 0)
		return SOCKET_ERROR;
	return chmod(path, mode);
}

static int bind_inet(int fd, const struct endpoint *endpoint)
{
	option_set(fd, SOL_SOCKET, SO_REUSEADDR);
	/* Both families of one port can then be listened on, whatever the system's default is. */
	if (endpoint->address.ss_family == AF_INET6)
		option_set(fd, IPPROTO_IPV6, IPV6_V6ONLY);
	return bind(fd, (const struct sockaddr *)&endpoint->address, endpoint->length);
}

int socket_listen(const struct endpoint *endpoint, int backlog, mode_t mode)
{
	int fd = socket_open(endpoint), bound;

	if (fd < 0)
		return SOCKET_ERROR;
	bound = endpoint->address.ss_family == AF_UNIX ? bind_unix(fd, endpoint, mode)
						       : bind_inet(fd, endpoint);
	if (bound < 0 || listen(fd, backlog) < 0)
		return close_keeping_errno(fd);
	return fd;
}

ssize_t socket_read(int fd, struct buffer *into, size_t most)
{
	size_t left = into->cap - into->length;
	ssize_t got;
	char *end;

	if (most > left)
		most = left;
	end = most > 0 ? buffer_reserve(into, most) : NULL;
	if (!end) {
		errno = ENOBUFS;
		return SOCKET_ERROR;
	}
	option_set(fd, IPPROTO_TCP, TCP_QUICKACK);
	got = system_receive(fd, end, most);
	if (got > 0)
		into->length += (size_t)got;
	if (got == 0)
		return SOCKET_CLOSED;
	return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : got;
}

ssize_t socket_write(int fd, const void *bytes, size_t length)
{
	ssize_t sent;

	if (length == 0)
		return 0;
	sent = system_send(fd, bytes, length);
	return sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : sent;
}
