#include "service/workers.h"

#include <criterion/criterion.h>

Test(workers, waits_longer_each_time_and_never_gives_up)
{
	cr_assert_eq(workers_backoff(1), 10);
	cr_assert_eq(workers_backoff(2), 20);
	cr_assert_eq(workers_backoff(3), 40);
	cr_assert_eq(workers_backoff(9), 2560);
	cr_assert_eq(workers_backoff(10), 5000);
	cr_assert_eq(workers_backoff(4000000000u), 5000);
	cr_assert_eq(workers_backoff(0), 10);
}
