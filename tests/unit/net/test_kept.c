#include "net/kept.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* One end is kept, the other one stays here. */
static int keep_one(const char *name, int *kept)
{
	int ends[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
	if (kept)
		*kept = ends[0];
	kept_give(name, ends[0]);
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
	kept_give("x", ends[0]);
	cr_expect_eq(kept_count(), 0);
	cr_expect(!is_open(ends[0]));
	close(ends[1]);
}

Test(kept, there_are_never_too_many)
{
	int others[100];
	char name[16];

	for (int i = 0; i < KEPT_FOR_EACH + 1; i++)
		others[i] = keep_one("one", NULL);
	cr_expect_eq(kept_count(), KEPT_FOR_EACH);
	for (int i = KEPT_FOR_EACH + 1; i < 100; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		others[i] = keep_one(name, NULL);
	}
	cr_expect_eq(kept_count(), KEPT_MOST);
	kept_forget();
	cr_expect_eq(kept_count(), 0);
	for (int i = 0; i < 100; i++)
		close(others[i]);
}
