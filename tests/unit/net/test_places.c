#include "net/places.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

static bool is_called(const struct claim *claim)
{
	struct pollfd signal = { claim->signal, POLLIN, 0 };

	return poll(&signal, 1, 0) == 1;
}

Test(places, who_has_waited_longest_is_next)
{
	struct places *places = places_new(2);
	struct claim claims[5] = { { 0 } };

	cr_expect_eq(places_most(places), 2);
	cr_expect_eq(claim_place(&claims[0], places), CLAIM_GRANTED);
	cr_expect_eq(claim_place(&claims[1], places), CLAIM_GRANTED);
	for (int i = 2; i < 5; i++)
		cr_expect_eq(claim_place(&claims[i], places), CLAIM_WAITS);
	claim_end(&claims[3]);
	cr_expect(!is_called(&claims[2]) && !is_called(&claims[4]));
	claim_end(&claims[0]);
	cr_expect(is_called(&claims[2]) && !is_called(&claims[4]));
	cr_expect_eq(claim_place(&claims[4], places), CLAIM_WAITS);
	cr_expect_eq(claim_place(&claims[0], places), CLAIM_WAITS, "behind all who wait");
	cr_expect_eq(claim_place(&claims[2], places), CLAIM_GRANTED);
	cr_expect_eq(claim_place(&claims[2], places), CLAIM_GRANTED, "one place for one claim");
	claim_end(&claims[4]);
	claim_end(&claims[1]);
	cr_expect_eq(claim_place(&claims[0], places), CLAIM_GRANTED);
	claim_end(&claims[0]);
	claim_end(&claims[2]);
	claim_end(&claims[2]);
	for (int i = 0; i < 2; i++)
		cr_expect_eq(claim_place(&claims[i], places), CLAIM_GRANTED, "all are free again");
	for (int i = 0; i < 2; i++)
		claim_end(&claims[i]);
	places_release(places);
}

Test(places, one_that_is_granted_and_given_up_unseen_goes_on)
{
	struct places *places = places_new(1);
	struct claim first = { 0 }, second = { 0 }, third = { 0 };

	claim_place(&first, places);
	claim_place(&second, places);
	claim_place(&third, places);
	claim_end(&first);
	claim_end(&second);
	cr_expect_eq(claim_place(&third, places), CLAIM_GRANTED);
	claim_end(&third);
	places_release(places);
}

Test(places, a_granted_claim_may_move_and_outlive_its_maker)
{
	struct places *places = places_new(1);
	struct claim first = { 0 }, moved;

	claim_place(&first, places);
	moved = first;
	places_release(places);
	claim_end(&moved); /* the last one frees them: the sanitizer sees to it */
}

Test(places, without_places_nobody_waits)
{
	struct claim claim = { 0 };

	cr_expect_eq(claim_place(&claim, NULL), CLAIM_GRANTED);
	claim_end(&claim);
	places_release(NULL);
}

/* ---- threads ---- */

enum { THREADS = 8, TURNS = 2000, MOST = 3 };
static atomic_int inside, highest;

static void *come_and_go(void *places)
{
	struct claim claim = { 0 };

	for (int i = 0; i < TURNS; i++) {
		while (claim_place(&claim, places) != CLAIM_GRANTED)
			poll(&(struct pollfd){ claim.signal, POLLIN, 0 }, 1, 1000);
		int now = atomic_fetch_add(&inside, 1) + 1, before = atomic_load(&highest);
		while (now > before && !atomic_compare_exchange_weak(&highest, &before, now)) {
		}
		atomic_fetch_sub(&inside, 1);
		claim_end(&claim);
	}
	return NULL;
}

Test(places, threads_never_have_more_and_all_get_theirs)
{
	struct places *places = places_new(MOST);
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, come_and_go, places), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	cr_expect_leq(atomic_load(&highest), MOST);
	cr_expect_eq(atomic_load(&inside), 0);
	places_release(places);
}
