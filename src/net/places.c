#include "net/places.h"

#include "base/memory.h"
#include "base/system.h"

#include <assert.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct places {
	pthread_mutex_t lock;
	int64_t most, taken;
	unsigned users;		     /* claims, and who has made it */
	struct claim *first, **last; /* who waits, the longest first */
};

struct places *places_new(int64_t most)
{
	struct places *places = memory_zeroed(1, sizeof(*places));

	if (!places)
		return NULL;
	pthread_mutex_init(&places->lock, NULL);
	places->most = most;
	places->users = 1;
	places->last = &places->first;
	return places;
}

int64_t places_most(const struct places *places)
{
	return places->most;
}

/* With the lock held, which is given back. */
static void leave(struct places *places)
{
	bool unused = --places->users == 0;

	pthread_mutex_unlock(&places->lock);
	if (!unused)
		return;
	pthread_mutex_destroy(&places->lock);
	memory_free(places);
}

void places_release(struct places *places)
{
	if (!places)
		return;
	pthread_mutex_lock(&places->lock);
	leave(places);
}

/* ---- with the lock held ---- */

static bool wait_in_line(struct claim *claim, struct places *places)
{
	claim->signal = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (claim->signal < 0)
		return false;
	claim->next = NULL;
	*places->last = claim;
	places->last = &claim->next;
	return true;
}

/* The place goes from hand to hand: nobody can come in between. */
static void serve_next(struct places *places)
{
	struct claim *claim = places->first;

	if (!claim) {
		places->taken--;
		return;
	}
	places->first = claim->next;
	if (!places->first)
		places->last = &places->first;
	claim->granted = true;
	(void)system_event_raise(claim->signal);
}

static void leave_line(struct claim *claim, struct places *places)
{
	struct claim **at = &places->first;

	while (*at != claim)
		at = &(*at)->next;
	*at = claim->next;
	if (!claim->next)
		places->last = at;
}

static enum claim_state begin(struct claim *claim, struct places *places)
{
	*claim = (struct claim){ .signal = -1, .granted = places->taken < places->most };
	if (!claim->granted && !wait_in_line(claim, places))
		return CLAIM_FAILED;
	places->taken += claim->granted;
	places->users++;
	claim->places = places;
	return claim->granted ? CLAIM_GRANTED : CLAIM_WAITS;
}

/* ---- claims ---- */

static void close_signal(struct claim *claim)
{
	if (claim->signal >= 0)
		close(claim->signal);
	claim->signal = -1;
}

enum claim_state claim_place(struct claim *claim, struct places *places)
{
	enum claim_state state;

	if (!claim->places && !places)
		return CLAIM_GRANTED;
	assert(!claim->places || claim->places == places);
	pthread_mutex_lock(&places->lock);
	if (!claim->places)
		state = begin(claim, places);
	else
		state = claim->granted ? CLAIM_GRANTED : CLAIM_WAITS;
	pthread_mutex_unlock(&places->lock);
	if (state == CLAIM_GRANTED)
		close_signal(claim);
	return state;
}

void claim_end(struct claim *claim)
{
	struct places *places = claim->places;

	if (!places)
		return;
	pthread_mutex_lock(&places->lock);
	if (claim->granted)
		serve_next(places);
	else
		leave_line(claim, places);
	leave(places);
	close_signal(claim);
	*claim = (struct claim){ .signal = -1 };
}
