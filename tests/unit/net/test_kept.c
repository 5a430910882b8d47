#include "net/kept.h"

#include "base/wait.h"
#include "net/idle.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FOR_EACH = 10 };
static struct kept_bounds bounds = { FOR_EACH, 60 * 1000000 };

/* One end is kept, the other one stays here. */
static int keep_one(const char *name, int *kept)
{
	int ends[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
	if (kept)
		*kept = ends[0];
	kept_give(name, ends[0], bounds);
	return ends[1];
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

Test(kept, each_is_taken_once_and_by_its_name)
{
	int first, second, a = keep_one("unix:/a", &first), b = keep_one("unix:/a", &second);

	cr_expect_eq(kept_count(), 2);
	cr_expect_eq(kept_take("unix:/b"), -1);
	cr_expect_eq(kept_take("unix:/a"), second, "the youngest");
	cr_expect_eq(kept_take("unix:/a"), first);
	cr_expect_eq(kept_take("unix:/a"), -1);
	close(a), close(b), close(first), close(second);
}

Test(kept, what_was_closed_or_has_spoken_is_not_given_out)
{
	int good, dead, loud, a = keep_one("x", &good), b = keep_one("x", &dead),
			      c = keep_one("x", &loud);

	close(b);
	cr_assert_eq(write(c, "late", 4), 4);
	cr_expect_eq(kept_take("x"), good);
	cr_expect(!is_open(dead) && !is_open(loud));
	cr_expect_eq(kept_count(), 0);
	close(a), close(c), close(good);
}

Test(kept, bytes_that_wait_when_it_is_given_end_it)
{
	int ends[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	cr_assert_eq(write(ends[1], "!", 1), 1);
	kept_give("x", ends[0], bounds);
	cr_expect_eq(kept_count(), 0);
	cr_expect(!is_open(ends[0]));
	close(ends[1]);
}

Test(kept, there_are_never_too_many)
{
	int others[100];
	char name[16];

	for (int i = 0; i < FOR_EACH + 1; i++)
		others[i] = keep_one("one", NULL);
	cr_expect_eq(kept_count(), FOR_EACH);
	for (int i = FOR_EACH + 1; i < 100; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		others[i] = keep_one(name, NULL);
	}
	cr_expect_eq(kept_count(), KEPT_MOST);
	kept_forget();
	cr_expect_eq(kept_count(), 0);
	for (int i = 0; i < 100; i++)
		close(others[i]);
}

Test(kept, each_has_its_own_time)
{
	int slow, quick, a, b;

	clock_stop();
	a = keep_one("x", &slow);
	bounds.microseconds = 1000000;
	b = keep_one("x", &quick);
	cr_expect_eq(kept_expire(), clock_monotonic() + 1000000);
	clock_skip(999999);
	cr_expect_eq(kept_expire(), clock_monotonic() + 1);
	cr_expect(is_open(quick));
	clock_skip(1);
	cr_expect_eq(kept_expire(), clock_monotonic() + 59000000);
	cr_expect(!is_open(quick) && is_open(slow));
	clock_skip(59000000);
	cr_expect_eq(kept_take("x"), -1);
	cr_expect(!is_open(slow));
	cr_expect_eq(kept_expire(), INT64_MAX);
	clock_go();
	close(a), close(b);
}

static bool timer_strikes(int milliseconds)
{
	struct pollfd timer = { idle_timer(), POLLIN, 0 };

	return poll(&timer, 1, milliseconds) == 1;
}

/* Nobody has to use the table for it. */
Test(kept, whoever_watches_the_timer_closes_them_in_time)
{
	int late, soon, a, b;

	cr_assert_geq(idle_timer(), 0);
	a = keep_one("x", &late);
	bounds.microseconds = 20000;
	b = keep_one("x", &soon);
	cr_assert(timer_strikes(5000));
	idle_close();
	cr_expect(!is_open(soon) && is_open(late));
	cr_expect(!timer_strikes(0), "60 seconds are to go");
	kept_forget();
	close(a), close(b);
}
