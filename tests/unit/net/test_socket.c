#include "net/socket.h"

#include "base/memory.h"
#include "base/wait.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[64];

static void folder_make(void)
{
	strcpy(folder, "/tmp/test-net-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
}

static void folder_remove(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/s", folder);
	unlink(path);
	rmdir(folder);
}

static struct endpoint unix_endpoint(void)
{
	struct endpoint endpoint;
	char text[128];

	snprintf(text, sizeof(text), "unix:%s/s", folder);
	cr_assert_null(endpoint_parse(text_of_string(text, LIFETIME_EVENT), &endpoint));
	return endpoint;
}

static const char *unix_path(const struct endpoint *endpoint)
{
	return ((const struct sockaddr_un *)&endpoint->address)->sun_path;
}

/* A free port: port 0 is not for people, so it is set by hand. */
static int listen_free(const char *text, struct endpoint *endpoint)
{
	int fd;

	cr_assert_null(endpoint_parse(text_of_string(text, LIFETIME_EVENT), endpoint));
	((struct sockaddr_in *)&endpoint->address)->sin_port = 0;
	fd = socket_listen(endpoint, 8, 0);
	if (fd >= 0)
		getsockname(fd, (struct sockaddr *)&endpoint->address, &endpoint->length);
	return fd;
}

static void wait_ready(int fd, short events)
{
	struct pollfd set = {fd, events, 0};

	cr_assert_eq(poll(&set, 1, 2000), 1);
}

static int option(int fd, int level, int name)
{
	int on = 0;
	socklen_t length = sizeof(on);

	getsockopt(fd, level, name, &on, &length);
	return on;
}

static void is_open_well(int fd)
{
	cr_expect(fcntl(fd, F_GETFL) & O_NONBLOCK);
	cr_expect(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void pair_make(const char *text, int ends[2])
{
	struct endpoint endpoint;
	int listener = listen_free(text, &endpoint);

	cr_assert_geq(listener, 0);
	is_open_well(listener);
	ends[0] = socket_connect(&endpoint);
	cr_assert_geq(ends[0], 0);
	is_open_well(ends[0]);
	wait_ready(listener, POLLIN);
	ends[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	cr_assert_geq(ends[1], 0);
	wait_ready(ends[0], POLLOUT);
	cr_expect_eq(socket_error(ends[0]), 0);
	cr_expect_eq(socket_connected(ends[0]), 1);
	close(listener);
}

static void talk(int ends[2])
{
	struct buffer in;

	buffer_init(&in, 1000);
	cr_expect_eq(socket_read(ends[1], &in, 100), 0);
	cr_expect_eq(socket_write(ends[0], "hello", 5), 5);
	wait_ready(ends[1], POLLIN);
	cr_expect_eq(socket_read(ends[1], &in, 3), 3);
	cr_expect_eq(socket_read(ends[1], &in, 100), 2);
	cr_expect(text_equals_string(buffer_text(&in), "hello"));
	cr_expect_eq(socket_read(ends[1], &in, 100), 0);
	close(ends[0]);
	wait_ready(ends[1], POLLIN);
	cr_expect_eq(socket_read(ends[1], &in, 100), SOCKET_CLOSED);
	close(ends[1]);
	buffer_free(&in);
}

Test(socket, inet)
{
	int ends[2];

	pair_make("inet:1@127.0.0.1", ends);
	cr_expect(option(ends[0], IPPROTO_TCP, TCP_NODELAY));
	cr_expect(option(ends[1], IPPROTO_TCP, TCP_NODELAY), "a listener hands it on");
	talk(ends);
}

Test(socket, inet6)
{
	int probe = socket(AF_INET6, SOCK_STREAM, 0), ends[2];
	struct sockaddr_in6 any = {.sin6_family = AF_INET6};

	any.sin6_addr.s6_addr[15] = 1;
	if (probe < 0 || bind(probe, (struct sockaddr *)&any, sizeof(any)) < 0)
		cr_skip_test("no IPv6 on this machine");
	close(probe);
	pair_make("inet6:1@::1", ends);
	talk(ends);
}

Test(socket, both_families_share_a_port)
{
	struct endpoint endpoint, six;
	int four, fd;
	char text[64];

	four = listen_free("inet:1@0.0.0.0", &endpoint);
	snprintf(text, sizeof(text),
		 "inet6:%u@::", ntohs(((struct sockaddr_in *)&endpoint.address)->sin_port));
	cr_assert_null(endpoint_parse(text_of_string(text, LIFETIME_EVENT), &six));
	fd = socket_listen(&six, 8, 0);
	if (fd < 0 && errno == EAFNOSUPPORT)
		cr_skip_test("no IPv6 on this machine");
	cr_expect_geq(fd, 0, "%s", strerror(errno));
	close(fd);
	close(four);
}

Test(socket, local, .init = folder_make, .fini = folder_remove)
{
	struct endpoint endpoint = unix_endpoint();
	mode_t old = umask(0077);
	int listener = socket_listen(&endpoint, 8, 0660), ends[2];
	struct stat status;

	umask(old);
	cr_assert_geq(listener, 0);
	cr_assert_eq(stat(unix_path(&endpoint), &status), 0);
	cr_expect_eq(status.st_mode & 0777, 0660, "the umask does not count");
	ends[0] = socket_connect(&endpoint);
	cr_assert_geq(ends[0], 0);
	ends[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	cr_expect_eq(socket_connected(ends[0]), 1);
	talk(ends);
	close(listener);
}

Test(socket, a_stale_socket_is_removed, .init = folder_make, .fini = folder_remove)
{
	struct endpoint endpoint = unix_endpoint();
	int fd = socket_listen(&endpoint, 8, 0600);

	cr_assert_geq(fd, 0);
	close(fd); /* as after a crash: the file stays */
	fd = socket_listen(&endpoint, 8, 0600);
	cr_expect_geq(fd, 0, "%s", strerror(errno));
	close(fd);
}

Test(socket, one_in_use_is_not, .init = folder_make, .fini = folder_remove)
{
	struct endpoint endpoint = unix_endpoint();
	int first = socket_listen(&endpoint, 8, 0600), second, link;

	second = socket_listen(&endpoint, 8, 0600);
	cr_expect_eq(second, -1);
	cr_expect_eq(errno, EADDRINUSE);
	link = socket_connect(&endpoint);
	cr_expect_geq(link, 0, "the first still listens");
	close(link);
	close(first);
}

Test(socket, other_files_are_never_removed, .init = folder_make, .fini = folder_remove)
{
	struct endpoint endpoint = unix_endpoint();
	int file = open(unix_path(&endpoint), O_CREAT | O_WRONLY, 0600);

	close(file);
	cr_expect_eq(socket_listen(&endpoint, 8, 0600), -1);
	cr_expect_eq(errno, EEXIST);
	cr_expect_eq(access(unix_path(&endpoint), F_OK), 0);
}

Test(socket, a_full_backlog_is_in_use, .init = folder_make, .fini = folder_remove)
{
	struct endpoint endpoint = unix_endpoint();
	int first = socket_listen(&endpoint, 0, 0600), links[8];

	for (int i = 0; i < 8; i++)
		links[i] = socket_connect(&endpoint);
	cr_expect_eq(links[7], -1);
	cr_expect_eq(errno, EAGAIN);
	cr_expect_eq(socket_listen(&endpoint, 8, 0600), -1);
	for (int i = 0; i < 8; i++)
		if (links[i] >= 0)
			close(links[i]);
	close(first);
}

Test(socket, port_in_use)
{
	struct endpoint endpoint;
	int first = listen_free("inet:1@127.0.0.1", &endpoint);

	cr_expect_eq(socket_listen(&endpoint, 8, 0), -1);
	cr_expect_eq(errno, EADDRINUSE);
	close(first);
}

Test(socket, refused)
{
	struct endpoint endpoint;
	int listener = listen_free("inet:1@127.0.0.1", &endpoint), fd;

	close(listener);
	fd = socket_connect(&endpoint);
	if (fd < 0) {
		cr_expect_eq(errno, ECONNREFUSED);
		return;
	}
	wait_ready(fd, POLLOUT);
	cr_expect_eq(socket_connected(fd), -1);
	cr_expect_eq(errno, ECONNREFUSED);
	close(fd);
}

Test(socket, missing, .init = folder_make, .fini = folder_remove)
{
	struct endpoint endpoint = unix_endpoint();

	cr_expect_eq(socket_connect(&endpoint), -1);
	cr_expect_eq(errno, ENOENT);
}

Test(socket, a_full_socket_would_block)
{
	static char bytes[1 << 20];
	int ends[2], size = 4096;
	size_t sum = 0;
	ssize_t sent;

	pair_make("inet:1@127.0.0.1", ends);
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	while ((sent = socket_write(ends[0], bytes, sizeof(bytes))) > 0 && sum < 1u << 28)
		sum += (size_t)sent;
	cr_expect_eq(sent, 0);
	close(ends[0]);
	close(ends[1]);
}

Test(socket, writing_to_the_dead_raises_no_signal)
{
	int ends[2];
	ssize_t sent = 0;

	signal(SIGPIPE, SIG_DFL);
	pair_make("inet:1@127.0.0.1", ends);
	close(ends[1]);
	for (int i = 0; i < 100 && sent >= 0; i++) {
		sent = socket_write(ends[0], "x", 1);
		usleep(1000);
	}
	cr_expect_eq(sent, SOCKET_ERROR);
	cr_expect(errno == EPIPE || errno == ECONNRESET);
	close(ends[0]);
}

Test(socket, nothing_to_write_is_nothing)
{
	cr_expect_eq(socket_write(-1, "", 0), 0);
}

Test(socket, a_reset_is_an_error)
{
	struct linger now = {1, 0};
	struct buffer in;
	int ends[2];

	buffer_init(&in, 100);
	pair_make("inet:1@127.0.0.1", ends);
	setsockopt(ends[1], SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(ends[1]);
	wait_ready(ends[0], POLLIN);
	cr_expect_eq(socket_read(ends[0], &in, 100), SOCKET_ERROR);
	cr_expect_eq(errno, ECONNRESET);
	close(ends[0]);
	buffer_free(&in);
}

Test(socket, no_more_is_read_than_there_is_room)
{
	struct buffer in;
	int ends[2];

	buffer_init(&in, 8);
	pair_make("inet:1@127.0.0.1", ends);
	socket_write(ends[0], "0123456789", 10);
	wait_ready(ends[1], POLLIN);
	cr_expect_eq(socket_read(ends[1], &in, 1000), 8);
	cr_expect_eq(socket_read(ends[1], &in, 1000), SOCKET_ERROR);
	cr_expect_eq(errno, ENOBUFS);
	buffer_consume(&in, 8);
	cr_expect_eq(socket_read(ends[1], &in, 1000), 2, "the failure is not sticky");
	cr_expect(text_equals_string(buffer_text(&in), "89"));
	close(ends[0]);
	close(ends[1]);
	buffer_free(&in);
}

Test(socket, without_memory)
{
	struct buffer in;
	int ends[2];

	buffer_init(&in, 1000);
	pair_make("inet:1@127.0.0.1", ends);
	socket_write(ends[0], "x", 1);
	wait_ready(ends[1], POLLIN);
	memory_fail_at(1, false);
	cr_expect_eq(socket_read(ends[1], &in, 100), SOCKET_ERROR);
	memory_fail_at(0, false);
	cr_expect_eq(errno, ENOBUFS);
	close(ends[0]);
	close(ends[1]);
	buffer_free(&in);
}

static void ignore_signal(int number)
{
	(void)number;
}

/* The descriptor is non-blocking, so that EINTR hardly occurs; a blocking one shows that it is
 * handled. */
Test(socket, a_signal_interrupts_nothing)
{
	struct sigaction action = {.sa_handler = ignore_signal};
	struct buffer in;
	int ends[2];
	pid_t child;

	buffer_init(&in, 100);
	pair_make("inet:1@127.0.0.1", ends);
	fcntl(ends[1], F_SETFL, 0);
	sigaction(SIGUSR1, &action, NULL);
	child = fork();
	if (child == 0) {
		usleep(50 * 1000);
		kill(getppid(), SIGUSR1);
		usleep(50 * 1000);
		_exit(socket_write(ends[0], "x", 1) != 1);
	}
	cr_expect_eq(socket_read(ends[1], &in, 10), 1);
	close(ends[0]);
	close(ends[1]);
	buffer_free(&in);
}

/* A full backlog leaves TCP connections in the making. */
Test(socket, connecting_takes_its_time)
{
	struct endpoint endpoint;
	int first = listen_free("inet:1@127.0.0.1", &endpoint), links[12], waiting = 0;

	listen(first, 0);
	for (int i = 0; i < 12; i++)
		links[i] = socket_connect(&endpoint);
	usleep(50 * 1000);
	for (int i = 0; i < 12; i++)
		waiting += socket_connected(links[i]) == 0;
	cr_expect_gt(waiting, 5);
	for (int i = 0; i < 12; i++)
		close(links[i]);
	close(first);
}
