/* The calls to the system that can be interrupted, cut short or refused, in one place.
 *
 * Each is like the call that it is named for, with two things more: an interruption (EINTR) is no
 * result but another try, and a test can make the nth call of a kind fail or move one byte only.
 * All descriptors that come from here close on exec; sockets do not block. */
#ifndef BASE_SYSTEM_H
#define BASE_SYSTEM_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#define SYSTEM_CALLS(CALL)                                                                         \
	CALL(OPEN, "open")                                                                         \
	CALL(READ, "read")                                                                         \
	CALL(WRITE, "write")                                                                       \
	CALL(RECEIVE, "receive")                                                                   \
	CALL(SEND, "send")                                                                         \
	CALL(SOCKET, "socket")                                                                     \
	CALL(CONNECT, "connect")                                                                   \
	CALL(ACCEPT, "accept")                                                                     \
	CALL(POLL, "poll")                                                                         \
	CALL(FORK, "fork")

#define SYSTEM_ENUM(id, name) SYSTEM_##id,
enum system_call { SYSTEM_CALLS(SYSTEM_ENUM) SYSTEM_CALL_COUNT };
#undef SYSTEM_ENUM

/* ---- files ---- */

int system_open(const char *path, int flags, mode_t mode);
/* Below a folder that is open. */
int system_open_at(int folder, const char *path, int flags, mode_t mode);
ssize_t system_read(int fd, void *bytes, size_t size);
ssize_t system_read_at(int fd, void *bytes, size_t size, off_t offset);
ssize_t system_write(int fd, const void *bytes, size_t size);
ssize_t system_write_at(int fd, const void *bytes, size_t size, off_t offset);
/* Until `size` bytes have come or the file ends: how many came, or -1. */
ssize_t system_read_whole(int fd, void *bytes, size_t size);
/* All of them, or false. */
bool system_write_whole(int fd, const void *bytes, size_t size);

/* Sees to it that so many bytes of the file have their room on the disk, where the file system can.
 * Who writes through a map needs that: a full disk would end his process. */
bool system_reserve(int fd, off_t size);

/* Is it the same file, untouched? To be asked of what stat() said once and says now. */
struct stat;
bool system_is_untouched(const struct stat *once, const struct stat *now);

/* An eventfd moves its whole count or nothing: these are never cut short. */
bool system_event_raise(int fd);
bool system_event_take(int fd);

/* ---- sockets ---- */

int system_socket(int family, int type);
/* Two UNIX sockets that are connected with each other. */
bool system_socket_pair(int type, int ends[2]);
/* 0 also when it is under way. */
int system_connect(int fd, const struct sockaddr *address, socklen_t length);
int system_accept(int fd, struct sockaddr *address, socklen_t *length);
ssize_t system_receive(int fd, void *bytes, size_t size);
/* Whoever has gone is an error and no signal. */
ssize_t system_send(int fd, const void *bytes, size_t size);
/* To an address, without a connection. */
ssize_t system_send_to(int fd, const void *bytes, size_t size, const struct sockaddr *address,
		       socklen_t length);
/* With descriptors beside the bytes. */
ssize_t system_receive_message(int fd, struct msghdr *message);
ssize_t system_send_message(int fd, const struct msghdr *message);

/* ---- waiting and processes ---- */

/* An interruption counts as nothing ready: the caller looks at its clock anyway. */
int system_poll(struct pollfd *set, nfds_t count, int milliseconds);
/* The same for whoever has an epoll descriptor. */
struct epoll_event;
int system_epoll(int fd, struct epoll_event *events, int count, int milliseconds);
pid_t system_fork(void);

/* ---- faults, for tests ---- */

struct system_fault {
	unsigned long nth; /* of the calls of this kind from now on; 0: none fails */
	int error;	   /* the errno; 0: one byte is moved, whatever was asked for */
	bool sticky;	   /* and all later ones too */
};

/* For the whole process, and the processes that it makes. */
void system_fail(enum system_call call, struct system_fault fault);
/* Calls counted since then. */
unsigned long system_count(enum system_call call);
const char *system_call_name(enum system_call call);

#endif
