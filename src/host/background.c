#include "host/background.h"

#include <pthread.h>
#include <sched.h>

#include "base/memory.h"
#include "host/priority.h"

struct errands {
	struct errand *first, **end;
};

struct background {
	struct loop *loop;
	pthread_mutex_t lock;
	pthread_cond_t given; /* or ended */
	struct errands waiting, back;
	struct errand *running;
	bool recalled; /* the running one does not wait for another turn */
	bool started, ended;
	pthread_t thread; /* when started */
};

/* ---- lists ---- */

static void errands_init(struct errands *errands)
{
	errands->first = NULL;
	errands->end = &errands->first;
}

static void errands_put(struct errands *errands, struct errand *errand)
{
	errand->next = NULL;
	*errands->end = errand;
	errands->end = &errand->next;
}

/* Takes it out of the list if it is there. */
static bool errands_remove(struct errands *errands, const struct errand *errand)
{
	struct errand **at = &errands->first;
	while (*at && *at != errand)
		at = &(*at)->next;
	if (!*at)
		return false;
	*at = errand->next;
	if (!*at)
		errands->end = at;
	return true;
}

static struct errand *errands_take(struct errands *errands)
{
	struct errand *first = errands->first;
	if (first)
		errands_remove(errands, first);
	return first;
}

/* ---- the thread ---- */

/* The next one whose turn it is, when somebody has given one; NULL: it is over. */
static struct errand *turn_begin(struct background *background)
{
	pthread_mutex_lock(&background->lock);
	while (!background->ended && !background->waiting.first)
		pthread_cond_wait(&background->given, &background->lock);
	struct errand *errand = background->ended ? NULL : errands_take(&background->waiting);
	background->running = errand;
	background->recalled = false;
	pthread_mutex_unlock(&background->lock);
	return errand;
}

/* Has it come back? Else it waits for its next turn. */
static bool turn_end(struct background *background, struct errand *errand)
{
	bool computes = afsl_computes(errand->session);
	pthread_mutex_lock(&background->lock);
	background->running = NULL;
	bool back = !computes || background->recalled;
	errands_put(back ? &background->back : &background->waiting, errand);
	pthread_mutex_unlock(&background->lock);
	return back;
}

static void *run(void *argument)
{
	struct background *background = argument;
	struct errand *errand;
	priority_patient();
	/* The reactor is woken when the lock is free again: it takes this thread's processor at
	 * once, and would wait for the lock until this one has it back. */
	while ((errand = turn_begin(background))) {
		sched_yield();
		afsl_resume(errand->session);
		if (turn_end(background, errand))
			loop_wake(background->loop);
	}
	return NULL;
}

/* ---- the reactor's side ---- */

struct background *background_new(struct loop *loop)
{
	struct background *background = memory_zeroed(1, sizeof(*background));
	if (!background)
		return NULL;
	background->loop = loop;
	errands_init(&background->waiting);
	errands_init(&background->back);
	pthread_mutex_init(&background->lock, NULL);
	pthread_cond_init(&background->given, NULL);
	return background;
}

void background_free(struct background *background)
{
	if (!background)
		return;
	pthread_mutex_lock(&background->lock);
	background->ended = true;
	pthread_cond_signal(&background->given);
	pthread_mutex_unlock(&background->lock);
	if (background->started)
		pthread_join(background->thread, NULL);
	pthread_cond_destroy(&background->given);
	pthread_mutex_destroy(&background->lock);
	memory_free(background);
}

/* Most servers never need it. */
static bool is_started(struct background *background)
{
	if (!background->started)
		background->started =
			pthread_create(&background->thread, NULL, run, background) == 0;
	return background->started;
}

bool background_give(struct background *background, struct errand *errand)
{
	if (!is_started(background))
		return false;
	pthread_mutex_lock(&background->lock);
	errands_put(&background->waiting, errand);
	pthread_cond_signal(&background->given);
	pthread_mutex_unlock(&background->lock);
	return true;
}

bool background_recall(struct background *background, struct errand *errand)
{
	pthread_mutex_lock(&background->lock);
	bool runs = background->running == errand;
	background->recalled |= runs;
	if (!runs && !errands_remove(&background->waiting, errand))
		errands_remove(&background->back, errand);
	pthread_mutex_unlock(&background->lock);
	return !runs;
}

struct errand *background_back(struct background *background)
{
	pthread_mutex_lock(&background->lock);
	struct errand *errand = errands_take(&background->back);
	pthread_mutex_unlock(&background->lock);
	return errand;
}
