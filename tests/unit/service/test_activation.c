#include "service/activation.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Descriptors are handed over from 3 on: in a process of its own nobody else has them. */
static int in_process(int (*what)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(what());
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void hand_over(const char *count, int pid)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", pid);
	setenv("LISTEN_PID", number, 1);
	setenv("LISTEN_FDS", count, 1);
	activation_begin();
}

static struct endpoint endpoint_named(const char *name)
{
	struct endpoint endpoint;

	if (endpoint_parse(text_of_string(name, LIFETIME_EVENT), &endpoint))
		_exit(100);
	return endpoint;
}

/* A listener at that descriptor; gives its address, of a port that the system chose. */
static struct endpoint listener(int family, int as)
{
	static const struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;
	struct endpoint endpoint = { .address.ss_family = (sa_family_t)family };
	int fd = socket(family, SOCK_STREAM, 0);

	if (family == AF_INET) {
		((struct sockaddr_in *)&endpoint.address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		endpoint.length = sizeof(struct sockaddr_in);
	} else {
		((struct sockaddr_in6 *)&endpoint.address)->sin6_addr = loopback;
		endpoint.length = sizeof(struct sockaddr_in6);
	}
	if (bind(fd, (struct sockaddr *)&endpoint.address, endpoint.length) != 0 ||
	    listen(fd, 5) != 0 ||
	    getsockname(fd, (struct sockaddr *)&endpoint.address, &endpoint.length) != 0)
		_exit(101);
	if (fd != as && (dup2(fd, as) != as || close(fd) != 0))
		_exit(102);
	return endpoint;
}

static struct endpoint local_listener(const char *name, int as)
{
	struct endpoint endpoint = endpoint_named(name);
	int fd = socket_listen(&endpoint, 5, 0600);

	unlink(endpoint_path(&endpoint));
	if (fd != as && (dup2(fd, as) != as || close(fd) != 0))
		_exit(103);
	return endpoint;
}

static bool is_none_of(const struct endpoint *endpoint)
{
	return activation_take(endpoint) == -1 && !activation_owns(endpoint);
}

static int each_is_found_once(void)
{
	char path[64];

	snprintf(path, sizeof(path), "unix:/tmp/afsl-activation-%d", (int)getpid());
	for (int fd = 3; fd < 7; fd++)
		dup2(0, fd); /* what comes now is not given these numbers */
	struct endpoint v4 = listener(AF_INET, 3), other_v4 = v4;
	struct endpoint v6 = listener(AF_INET6, 4), other_v6 = v6;
	struct endpoint local = local_listener(path, 5),
			other = endpoint_named("unix:/tmp/afsl-no");
	dup2(open("/dev/null", O_RDONLY), 6); /* no socket */
	((struct sockaddr_in *)&other_v4.address)->sin_port ^= 1;
	((struct sockaddr_in6 *)&other_v6.address)->sin6_addr.s6_addr[0] = 0x20;
	hand_over("4", getpid());
	if (getenv("LISTEN_PID") || getenv("LISTEN_FDS"))
		return 1;
	if (!is_none_of(&other_v4) || !is_none_of(&other_v6) || !is_none_of(&other))
		return 2;
	((struct sockaddr_in6 *)&v6.address)->sin6_port ^= 1;
	if (!is_none_of(&v6))
		return 3;
	((struct sockaddr_in6 *)&v6.address)->sin6_port ^= 1;
	((struct sockaddr_in *)&v4.address)->sin_addr.s_addr = htonl(0x7f000002);
	if (!is_none_of(&v4))
		return 4;
	((struct sockaddr_in *)&v4.address)->sin_addr.s_addr = htonl(0x7f000001);
	if (activation_take(&v4) != 3 || activation_take(&v6) != 4 || activation_take(&local) != 5)
		return 5;
	if (activation_take(&v4) != -1 || !activation_owns(&v4))
		return 6;
	if (!(fcntl(3, F_GETFD) & FD_CLOEXEC) || !(fcntl(3, F_GETFL) & O_NONBLOCK))
		return 7;
	return activation_left() == 1 ? 0 : 8; /* what is no socket */
}

Test(activation, each_socket_is_found_once)
{
	cr_assert_eq(in_process(each_is_found_once), 0);
}

static int nothing_for_us(void)
{
	static const char *const counts[] = { "",	    "x", "1x", "99999999999999999999",
					      "4294967297", "0" };

	struct endpoint v4 = listener(AF_INET, 3);
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		hand_over(counts[i], getpid());
		if (activation_left() || !is_none_of(&v4))
			return (int)i + 1;
	}
	hand_over("1", getpid() + 1);
	if (activation_left())
		return 20;
	activation_begin();
	return activation_left() ? 21 : 0;
}

Test(activation, what_is_not_for_this_process)
{
	cr_assert_eq(in_process(nothing_for_us), 0);
}

static int too_many(void)
{
	hand_over("1000", getpid());
	return activation_left() == 64 ? 0 : 1;
}

Test(activation, no_more_than_there_is_room_for)
{
	cr_assert_eq(in_process(too_many), 0);
}
