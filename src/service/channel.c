#include "service/channel.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/system.h"

/* Room for one descriptor, aligned as the system wants it. */
union passing {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(int))];
};

bool channel_open(int ends[2])
{
	return system_socket_pair(SOCK_SEQPACKET, ends);
}

bool channel_send(int fd, const struct channel_message *message, int passed)
{
	union passing passing = { .bytes = { 0 } };
	struct iovec piece = { (void *)(uintptr_t)message, sizeof(*message) };
	struct msghdr whole = { .msg_iov = &piece, .msg_iovlen = 1 };
	if (passed >= 0) {
		whole.msg_control = passing.bytes;
		whole.msg_controllen = sizeof(passing.bytes);
		passing.head.cmsg_level = SOL_SOCKET;
		passing.head.cmsg_type = SCM_RIGHTS;
		passing.head.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&passing.head), &passed, sizeof(int));
	}
	return system_send_message(fd, &whole) == (ssize_t)sizeof(*message);
}

static int descriptor_of(struct msghdr *whole)
{
	const struct cmsghdr *head = CMSG_FIRSTHDR(whole);
	int fd = -1;
	if (head && head->cmsg_type == SCM_RIGHTS && head->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(head), sizeof(int));
	return fd;
}

enum channel_result channel_receive(int fd, struct channel_message *message, int *passed)
{
	union passing passing;
	struct iovec piece = { message, sizeof(*message) };
	struct msghdr whole = { .msg_iov = &piece,
				.msg_iovlen = 1,
				.msg_control = passing.bytes,
				.msg_controllen = sizeof(passing.bytes) };
	*passed = -1;
	ssize_t got = system_receive_message(fd, &whole);
	if (got < 0)
		return errno == EAGAIN ? CHANNEL_NOTHING : CHANNEL_CLOSED;
	*passed = descriptor_of(&whole);
	if (got == (ssize_t)sizeof(*message))
		return CHANNEL_MESSAGE;
	if (*passed >= 0)
		close(*passed);
	*passed = -1;
	return CHANNEL_CLOSED;
}
