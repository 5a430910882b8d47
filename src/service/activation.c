#include "service/activation.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST = 3, SOCKETS_MOST = 64 };

static struct {
	struct sockaddr_storage address;
	bool taken;
} sockets[SOCKETS_MOST];
static unsigned count;

static unsigned number_of(const char *name)
{
	const char *text = getenv(name);
	char *end;
	unsigned long number = text ? strtoul(text, &end, 10) : 0;
	return text && *text && !*end && number <= 0x7fffffff ? (unsigned)number : 0;
}

static void socket_keep(unsigned i)
{
	socklen_t length = sizeof(sockets[i].address);
	int fd = FIRST + (int)i;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	/* What is no socket has no address, so nobody takes it. */
	if (getsockname(fd, (struct sockaddr *)&sockets[i].address, &length) != 0)
		sockets[i].address.ss_family = AF_UNSPEC;
}

void activation_begin(void)
{
	unsigned handed =
		number_of("LISTEN_PID") == (unsigned)getpid() ? number_of("LISTEN_FDS") : 0;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	memset(sockets, 0, sizeof(sockets));
	count = handed < SOCKETS_MOST ? handed : SOCKETS_MOST;
	for (unsigned i = 0; i < count; i++)
		socket_keep(i);
}

static bool inet_equal(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in *left = (const struct sockaddr_in *)a;
	const struct sockaddr_in *right = (const struct sockaddr_in *)b;
	return left->sin_port == right->sin_port && left->sin_addr.s_addr == right->sin_addr.s_addr;
}

static bool inet6_equal(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in6 *left = (const struct sockaddr_in6 *)a;
	const struct sockaddr_in6 *right = (const struct sockaddr_in6 *)b;
	return left->sin6_port == right->sin6_port &&
	       memcmp(&left->sin6_addr, &right->sin6_addr, sizeof(left->sin6_addr)) == 0;
}

static bool path_equal(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_un *left = (const struct sockaddr_un *)a;
	const struct sockaddr_un *right = (const struct sockaddr_un *)b;
	return strncmp(left->sun_path, right->sun_path, sizeof(left->sun_path)) == 0;
}

static bool same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	switch (a->ss_family) {
	case AF_INET:
		return inet_equal(a, b);
	case AF_INET6:
		return inet6_equal(a, b);
	case AF_UNIX:
		return path_equal(a, b);
	default:
		return false;
	}
}

static int find(const struct endpoint *endpoint)
{
	for (unsigned i = 0; i < count; i++)
		if (same_address(&sockets[i].address, &endpoint->address))
			return (int)i;
	return -1;
}

int activation_take(const struct endpoint *endpoint)
{
	int i = find(endpoint);
	if (i < 0 || sockets[i].taken)
		return -1;
	int fd = FIRST + i;
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -1;
	sockets[i].taken = true;
	return fd;
}

bool activation_owns(const struct endpoint *endpoint)
{
	return find(endpoint) >= 0;
}

unsigned activation_left(void)
{
	unsigned left = 0;
	for (unsigned i = 0; i < count; i++)
		left += !sockets[i].taken;
	return left;
}
