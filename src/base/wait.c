#include "base/wait.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "base/system.h"

/* Of this thread: where its clocks stand, and how far they were moved. */
static _Thread_local struct {
	bool stands;
	int64_t monotonic, wall, skipped;
} standing;

/* Of this thread: what it saw last of the monotonic clock, while that serves as the coarse one. */
static _Thread_local struct {
	bool serves;
	int64_t seen;
} last;

static int64_t read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_monotonic(void)
{
	if (__builtin_expect(standing.stands, 0))
		return standing.monotonic + standing.skipped;
	return last.seen = read_clock(CLOCK_MONOTONIC);
}

/* Apart, so that who needs it not has no room for it on its stack. */
static __attribute__((noinline)) int64_t read_coarse_clock(void)
{
	return read_clock(CLOCK_MONOTONIC_COARSE);
}

int64_t clock_coarse(void)
{
	if (__builtin_expect(standing.stands, 0))
		return standing.monotonic + standing.skipped;
	return last.serves ? last.seen : read_coarse_clock();
}

void clock_looks_often(bool often)
{
	last.serves = often;
	if (often)
		clock_monotonic();
}

int64_t clock_wall(void)
{
	if (__builtin_expect(standing.stands, 0))
		return standing.wall + standing.skipped;
	return read_clock(CLOCK_REALTIME);
}

void clock_stop(void)
{
	standing.monotonic = clock_monotonic();
	standing.wall = clock_wall();
	standing.skipped = 0;
	standing.stands = true;
}

void clock_go(void)
{
	standing.stands = false;
}

void clock_skip(int64_t microseconds)
{
	standing.skipped += microseconds;
}

int64_t clock_skipped(void)
{
	return standing.skipped;
}

void wait_begin(struct wait_request *request, int64_t deadline)
{
	request->count = 0;
	request->deadline = deadline;
}

bool wait_add(struct wait_request *request, int fd, short events)
{
	for (unsigned i = 0; i < request->count; i++) {
		if (request->descriptors[i].fd == fd) {
			request->descriptors[i].events |= events;
			return true;
		}
	}
	if (request->count == WAIT_DESCRIPTORS_MAX)
		return false;
	request->descriptors[request->count++] = (struct wait_descriptor){ fd, events };
	return true;
}

/* Rounded up, so that the deadline has passed when poll says timeout. */
static int milliseconds_until(int64_t deadline)
{
	int64_t left = deadline - clock_monotonic();

	if (left <= 0)
		return 0;
	return left > 3600LL * 1000000 ? 3600 * 1000 : (int)((left + 999) / 1000);
}

void wait_poll(const struct wait_request *request)
{
	struct pollfd set[WAIT_DESCRIPTORS_MAX];
	int ready;

	for (unsigned i = 0; i < request->count; i++)
		set[i] = (struct pollfd){ .fd = request->descriptors[i].fd,
					  .events = request->descriptors[i].events };
	do {
		ready = system_poll(set, request->count, milliseconds_until(request->deadline));
	} while (ready == 0 && clock_monotonic() < request->deadline);
}
