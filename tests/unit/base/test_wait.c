#include "base/wait.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <unistd.h>

Test(wait, the_same_descriptor_is_merged)
{
	struct wait_request request;

	wait_begin(&request, 5);
	cr_assert(wait_add(&request, 3, POLLIN));
	cr_assert(wait_add(&request, 4, POLLIN));
	cr_assert(wait_add(&request, 3, POLLOUT));
	cr_assert_eq(request.count, 2);
	cr_assert_eq(request.descriptors[0].events, POLLIN | POLLOUT);
	cr_assert_eq(request.descriptors[1].events, POLLIN);
	cr_assert_eq(request.deadline, 5);
}

Test(wait, a_full_request_says_so)
{
	struct wait_request request;

	wait_begin(&request, 0);
	for (int fd = 0; fd < WAIT_DESCRIPTORS_MAX; fd++)
		cr_assert(wait_add(&request, fd, POLLIN));
	cr_assert(!wait_add(&request, 100, POLLIN));
	cr_assert(wait_add(&request, 7, POLLOUT), "one that is there already still fits");
	cr_assert_eq(request.count, WAIT_DESCRIPTORS_MAX);
}

Test(wait, ends_at_the_deadline_and_not_before)
{
	struct wait_request request;
	int64_t start = clock_monotonic();

	wait_begin(&request, start + 30000);
	wait_poll(&request);
	cr_assert_geq(clock_monotonic() - start, 30000);
	cr_assert_lt(clock_monotonic() - start, 5000000);
}

Test(wait, a_deadline_in_the_past_returns_at_once)
{
	struct wait_request request;
	int64_t start = clock_monotonic();

	wait_begin(&request, start - 1000000);
	wait_poll(&request);
	cr_assert_lt(clock_monotonic() - start, 1000000);
}

Test(wait, ends_when_a_descriptor_is_ready, .timeout = 300)
{
	struct wait_request request;
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(write(ends[1], "x", 1), 1);
	wait_begin(&request, clock_monotonic() + 60000000);
	wait_add(&request, ends[0], POLLIN);
	wait_poll(&request);
	cr_assert_lt(clock_monotonic(), request.deadline);
	close(ends[0]);
	close(ends[1]);
}

Test(wait, clocks_are_in_microseconds)
{
	int64_t wall = clock_wall();

	cr_assert_gt(wall, 1600000000LL * 1000000);
	cr_assert_lt(wall, 10000000000LL * 1000000);
	cr_assert_geq(clock_monotonic(), 0);
}
