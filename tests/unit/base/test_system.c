#include "base/system.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int ends[2];

static void begin(void)
{
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
}

TestSuite(system, .init = begin);

static struct system_fault fault(unsigned long nth, int error, bool sticky)
{
	return (struct system_fault){ nth, error, sticky };
}

Test(system, nth_call_fails_once)
{
	char byte;
	system_fail(SYSTEM_SEND, fault(2, ENOSPC, false));
	cr_expect_eq(system_send(ends[0], "a", 1), 1);
	errno = 0;
	cr_expect_eq(system_send(ends[0], "b", 1), -1);
	cr_expect_eq(errno, ENOSPC);
	cr_expect_eq(system_send(ends[0], "c", 1), 1);
	cr_expect_eq(system_count(SYSTEM_SEND), 3);
	cr_expect(system_receive(ends[1], &byte, 1) == 1 && byte == 'a');
	cr_expect(system_receive(ends[1], &byte, 1) == 1 && byte == 'c');
}

Test(system, nth_call_and_later_ones_fail)
{
	system_fail(SYSTEM_WRITE, fault(1, EIO, true));
	for (int i = 0; i < 3; i++)
		cr_expect_eq(system_write(ends[0], "a", 1), -1);
	system_fail(SYSTEM_WRITE, fault(0, 0, false));
	cr_expect_eq(system_write(ends[0], "a", 1), 1);
}

Test(system, an_interruption_is_another_try)
{
	system_fail(SYSTEM_SEND, fault(1, EINTR, false));
	cr_expect_eq(system_send(ends[0], "ab", 2), 2);
	cr_expect_eq(system_count(SYSTEM_SEND), 2);
	struct pollfd set = { .fd = ends[1], .events = POLLIN };
	system_fail(SYSTEM_POLL, fault(1, EINTR, false));
	cr_expect_eq(system_poll(&set, 1, 0), 0);
	cr_expect_eq(system_poll(&set, 1, 0), 1);
}

Test(system, a_call_cut_short_moves_one_byte)
{
	char bytes[8];
	system_fail(SYSTEM_SEND, fault(1, 0, true));
	cr_expect_eq(system_send(ends[0], "abc", 3), 1);
	cr_expect_eq(system_receive(ends[1], bytes, 8), 1);
}

Test(system, whole_pieces_survive_short_calls_and_interruptions)
{
	char bytes[16] = "";
	int pair[2];
	cr_assert_eq(pipe(pair), 0);
	system_fail(SYSTEM_WRITE, fault(1, 0, true));
	cr_expect(system_write_whole(pair[1], "hello, you", 10));
	cr_expect_eq(system_count(SYSTEM_WRITE), 10);
	close(pair[1]);
	system_fail(SYSTEM_READ, fault(3, EINTR, false));
	cr_expect_eq(system_read_whole(pair[0], bytes, 4), 4);
	system_fail(SYSTEM_READ, fault(1, 0, true));
	cr_expect_eq(system_read_whole(pair[0], bytes + 4, sizeof(bytes) - 4), 6);
	cr_expect_str_eq(bytes, "hello, you");
	system_fail(SYSTEM_READ, fault(1, EIO, false));
	cr_expect_eq(system_read_whole(pair[0], bytes, 1), -1);
}

Test(system, descriptors_close_on_exec)
{
	int fds[] = { system_open("/dev/null", O_RDONLY, 0), system_socket(AF_UNIX, SOCK_STREAM) };
	for (size_t i = 0; i < 2; i++) {
		cr_expect(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
		close(fds[i]);
	}
	system_fail(SYSTEM_OPEN, fault(1, EMFILE, false));
	cr_expect_eq(system_open("/dev/null", O_RDONLY, 0), -1);
	cr_expect_eq(errno, EMFILE);
}
