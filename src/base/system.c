#include "base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- faults ---- */

static struct {
	atomic_ulong nth, count;
	atomic_int error;
	atomic_bool sticky;
} faults[SYSTEM_CALL_COUNT];

void system_fail(enum system_call call, struct system_fault fault)
{
	atomic_store(&faults[call].count, 0);
	atomic_store(&faults[call].error, fault.error);
	atomic_store(&faults[call].sticky, fault.sticky);
	atomic_store(&faults[call].nth, fault.nth);
}

unsigned long system_count(enum system_call call)
{
	return atomic_load(&faults[call].count);
}

const char *system_call_name(enum system_call call)
{
#define SYSTEM_NAME(id, name) name,
	static const char *const names[] = { SYSTEM_CALLS(SYSTEM_NAME) };
#undef SYSTEM_NAME
	return names[call];
}

static bool is_struck(enum system_call call)
{
	unsigned long nth = atomic_load_explicit(&faults[call].nth, memory_order_relaxed);
	if (__builtin_expect(nth == 0, 1))
		return false;
	unsigned long now = atomic_fetch_add(&faults[call].count, 1) + 1;
	return now == nth || (now > nth && atomic_load(&faults[call].sticky));
}

/* True: this call fails, and errno says how. What moves bytes may be cut short instead. */
static bool fails(enum system_call call, size_t *size)
{
	if (!is_struck(call))
		return false;
	int error = atomic_load(&faults[call].error);
	if (!error) {
		if (size && *size > 1)
			*size = 1;
		return false;
	}
	errno = error;
	return true;
}

/* The call again and again, until it is not interrupted; a fault counts as a call. */
#define TRY(result, call, size, expression)                                                        \
	do {                                                                                       \
		(result) = fails(call, size) ? -1 : (expression);                                  \
	} while ((result) < 0 && errno == EINTR)

/* ---- files ---- */

int system_open(const char *path, int flags, mode_t mode)
{
	return system_open_at(AT_FDCWD, path, flags, mode);
}

int system_open_at(int folder, const char *path, int flags, mode_t mode)
{
	int fd;
	TRY(fd, SYSTEM_OPEN, NULL, openat(folder, path, flags | O_CLOEXEC, mode));
	return fd;
}

ssize_t system_read(int fd, void *bytes, size_t size)
{
	ssize_t got;
	TRY(got, SYSTEM_READ, &size, read(fd, bytes, size));
	return got;
}

ssize_t system_read_at(int fd, void *bytes, size_t size, off_t offset)
{
	ssize_t got;
	TRY(got, SYSTEM_READ, &size, pread(fd, bytes, size, offset));
	return got;
}

ssize_t system_write(int fd, const void *bytes, size_t size)
{
	ssize_t put;
	TRY(put, SYSTEM_WRITE, &size, write(fd, bytes, size));
	return put;
}

ssize_t system_write_at(int fd, const void *bytes, size_t size, off_t offset)
{
	ssize_t put;
	TRY(put, SYSTEM_WRITE, &size, pwrite(fd, bytes, size, offset));
	return put;
}

ssize_t system_read_whole(int fd, void *bytes, size_t size)
{
	size_t done = 0;
	while (done < size) {
		ssize_t got = system_read(fd, (char *)bytes + done, size - done);
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

bool system_write_whole(int fd, const void *bytes, size_t size)
{
	size_t done = 0;
	while (done < size) {
		ssize_t put = system_write(fd, (const char *)bytes + done, size - done);
		if (put < 0)
			return false;
		done += (size_t)put;
	}
	return true;
}

bool system_reserve(int fd, off_t size)
{
	int result;
	TRY(result, SYSTEM_WRITE, NULL, fallocate(fd, 0, 0, size));
	return result == 0 || errno == EOPNOTSUPP;
}

bool system_is_untouched(const struct stat *once, const struct stat *now)
{
	return once->st_dev == now->st_dev && once->st_ino == now->st_ino &&
	       once->st_size == now->st_size && once->st_mtim.tv_sec == now->st_mtim.tv_sec &&
	       once->st_mtim.tv_nsec == now->st_mtim.tv_nsec &&
	       once->st_ctim.tv_sec == now->st_ctim.tv_sec &&
	       once->st_ctim.tv_nsec == now->st_ctim.tv_nsec;
}

bool system_event_raise(int fd)
{
	int result;
	TRY(result, SYSTEM_WRITE, NULL, eventfd_write(fd, 1));
	return result == 0;
}

bool system_event_take(int fd)
{
	eventfd_t count;
	int result;
	TRY(result, SYSTEM_READ, NULL, eventfd_read(fd, &count));
	return result == 0;
}

/* ---- sockets ---- */

int system_socket(int family, int type)
{
	int fd;
	TRY(fd, SYSTEM_SOCKET, NULL, socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	return fd;
}

bool system_socket_pair(int type, int ends[2])
{
	return !fails(SYSTEM_SOCKET, NULL) &&
	       socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0;
}

/* An interrupted connect goes on by itself: asking again would be a second one. */
int system_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	if (fails(SYSTEM_CONNECT, NULL))
		return -1;
	int result = connect(fd, address, length);
	return result < 0 && (errno == EINPROGRESS || errno == EINTR) ? 0 : result;
}

int system_accept(int fd, struct sockaddr *address, socklen_t *length)
{
	int accepted;
	TRY(accepted, SYSTEM_ACCEPT, NULL,
	    accept4(fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC));
	return accepted;
}

ssize_t system_receive(int fd, void *bytes, size_t size)
{
	ssize_t got;
	TRY(got, SYSTEM_RECEIVE, &size, recv(fd, bytes, size, 0));
	return got;
}

ssize_t system_send(int fd, const void *bytes, size_t size)
{
	ssize_t put;
	TRY(put, SYSTEM_SEND, &size, send(fd, bytes, size, MSG_NOSIGNAL));
	return put;
}

ssize_t system_send_to(int fd, const void *bytes, size_t size, const struct sockaddr *address,
		       socklen_t length)
{
	ssize_t put;
	TRY(put, SYSTEM_SEND, NULL, sendto(fd, bytes, size, MSG_NOSIGNAL, address, length));
	return put;
}

ssize_t system_receive_message(int fd, struct msghdr *message)
{
	ssize_t got;
	TRY(got, SYSTEM_RECEIVE, NULL, recvmsg(fd, message, MSG_CMSG_CLOEXEC));
	return got;
}

ssize_t system_send_message(int fd, const struct msghdr *message)
{
	ssize_t put;
	TRY(put, SYSTEM_SEND, NULL, sendmsg(fd, message, MSG_NOSIGNAL));
	return put;
}

/* ---- waiting and processes ---- */

int system_poll(struct pollfd *set, nfds_t count, int milliseconds)
{
	int ready = fails(SYSTEM_POLL, NULL) ? -1 : poll(set, count, milliseconds);
	return ready < 0 && errno == EINTR ? 0 : ready;
}

int system_epoll(int fd, struct epoll_event *events, int count, int milliseconds)
{
	int ready = fails(SYSTEM_POLL, NULL) ? -1 : epoll_wait(fd, events, count, milliseconds);
	return ready < 0 && errno == EINTR ? 0 : ready;
}

pid_t system_fork(void)
{
	return fails(SYSTEM_FORK, NULL) ? -1 : fork();
}
