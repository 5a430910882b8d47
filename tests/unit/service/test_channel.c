#include "service/channel.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static int ends[2];

static void begin(void)
{
	cr_assert(channel_open(ends));
}

TestSuite(channel, .init = begin);

Test(channel, messages_come_whole_and_in_order)
{
	struct channel_message got;
	int passed;
	cr_expect_eq(channel_receive(ends[1], &got, &passed), CHANNEL_NOTHING);
	for (uint32_t i = 1; i < 4; i++)
		cr_assert(channel_send(ends[0], &(struct channel_message){ CHANNEL_LOAD, i, -1 },
				       -1));
	for (uint32_t i = 1; i < 4; i++) {
		cr_assert_eq(channel_receive(ends[1], &got, &passed), CHANNEL_MESSAGE);
		cr_expect(got.kind == CHANNEL_LOAD && got.program == i && got.code == -1);
		cr_expect_eq(passed, -1);
	}
	close(ends[0]);
	cr_expect_eq(channel_receive(ends[1], &got, &passed), CHANNEL_CLOSED);
}

Test(channel, a_descriptor_comes_along)
{
	struct channel_message got;
	char byte = 0;
	int passed, file = memfd_create("file", MFD_CLOEXEC);
	cr_assert_eq(write(file, "x", 1), 1);
	cr_assert(channel_send(ends[0], &(struct channel_message){ CHANNEL_LOAD, 7, 0 }, file));
	close(file);
	cr_assert_eq(channel_receive(ends[1], &got, &passed), CHANNEL_MESSAGE);
	cr_assert(passed >= 0);
	cr_expect(fcntl(passed, F_GETFD) & FD_CLOEXEC);
	cr_expect(pread(passed, &byte, 1, 0) == 1 && byte == 'x');
	close(passed);
}

Test(channel, what_is_no_message_ends_the_conversation)
{
	struct channel_message got;
	int passed;
	cr_assert_eq(send(ends[0], "short", 5, 0), 5);
	cr_expect_eq(channel_receive(ends[1], &got, &passed), CHANNEL_CLOSED);
}
