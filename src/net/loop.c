#include "net/loop.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/rubbish.h"
#include "base/system.h"
#include "base/wait.h"

enum { BATCH = 64 };

struct loop {
	int epoll;
	struct loop_watch alarm; /* the eventfd */
	void (*woken)(void *argument);
	void *argument;
	bool stopped;
	int64_t now;
	/* of the turn that runs: an ended watch is blotted out of it */
	struct epoll_event batch[BATCH];
	int batch_count, batch_at;
	/* a heap, the earliest at place 1 */
	struct loop_timer **timers;
	size_t timer_count, timers_begun, timer_room;
};

/* ---- waking ---- */

static void alarm_ready(struct loop_watch *watch, uint32_t events)
{
	struct loop *loop = (struct loop *)((char *)watch - offsetof(struct loop, alarm));
	(void)events;
	if (system_event_take(watch->fd))
		loop->woken(loop->argument);
}

void loop_wake(struct loop *loop)
{
	/* When it cannot be written it is full, and so ready to be read. */
	(void)system_event_raise(loop->alarm.fd);
}

struct loop *loop_new(void (*woken)(void *argument), void *argument)
{
	struct loop *loop = memory_zeroed(1, sizeof(*loop));
	if (!loop)
		return NULL;
	loop->woken = woken;
	loop->argument = argument;
	loop->now = clock_monotonic();
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	loop->alarm.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	loop->alarm.ready = alarm_ready;
	if (loop->epoll >= 0 && loop->alarm.fd >= 0 &&
	    loop_watch_begin(loop, &loop->alarm, EPOLLIN))
		return loop;
	loop_free(loop);
	return NULL;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	if (loop->alarm.fd >= 0)
		close(loop->alarm.fd);
	if (loop->epoll >= 0)
		close(loop->epoll);
	memory_free(loop->timers);
	memory_free(loop);
}

/* ---- descriptors ---- */

static bool control(struct loop *loop, int operation, struct loop_watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };
	return epoll_ctl(loop->epoll, operation, watch->fd, &event) == 0;
}

bool loop_watch_begin(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	return control(loop, EPOLL_CTL_ADD, watch, events);
}

bool loop_watch_change(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	return control(loop, EPOLL_CTL_MOD, watch, events);
}

void loop_watch_end(struct loop *loop, struct loop_watch *watch)
{
	control(loop, EPOLL_CTL_DEL, watch, 0);
	for (int i = loop->batch_at; i < loop->batch_count; i++)
		if (loop->batch[i].data.ptr == watch)
			loop->batch[i].data.ptr = NULL;
}

/* ---- moments ---- */

static void timer_put(struct loop *loop, struct loop_timer *timer, size_t place)
{
	loop->timers[place] = timer;
	timer->place = place;
}

static void timer_rise(struct loop *loop, struct loop_timer *timer, size_t place)
{
	for (; place > 1 && loop->timers[place / 2]->at > timer->at; place /= 2)
		timer_put(loop, loop->timers[place / 2], place);
	timer_put(loop, timer, place);
}

static void timer_sink(struct loop *loop, struct loop_timer *timer, size_t place)
{
	for (;;) {
		size_t child = place * 2;
		if (child < loop->timer_count &&
		    loop->timers[child + 1]->at < loop->timers[child]->at)
			child++;
		if (child > loop->timer_count || loop->timers[child]->at >= timer->at)
			break;
		timer_put(loop, loop->timers[child], place);
		place = child;
	}
	timer_put(loop, timer, place);
}

bool loop_timer_begin(struct loop *loop, struct loop_timer *timer)
{
	size_t needed = loop->timers_begun + 2; /* place 0 is not used */
	timer->place = 0;
	if (needed > loop->timer_room) {
		size_t room = needed * 2;
		void *grown = memory_resize(loop->timers, room * sizeof(struct loop_timer *));
		if (!grown)
			return false;
		loop->timers = grown;
		loop->timer_room = room;
	}
	loop->timers_begun++;
	return true;
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t at)
{
	bool later = timer->place && at > timer->at;
	timer->at = at;
	if (later)
		timer_sink(loop, timer, timer->place);
	else
		timer_rise(loop, timer, timer->place ? timer->place : ++loop->timer_count);
}

void loop_timer_clear(struct loop *loop, struct loop_timer *timer)
{
	size_t place = timer->place;
	if (!place)
		return;
	struct loop_timer *last = loop->timers[loop->timer_count--];
	timer->place = 0;
	if (last == timer)
		return;
	timer_rise(loop, last, place);
	timer_sink(loop, last, last->place);
}

void loop_timer_end(struct loop *loop, struct loop_timer *timer)
{
	loop_timer_clear(loop, timer);
	loop->timers_begun--;
}

int64_t loop_now(const struct loop *loop)
{
	return loop->now;
}

/* ---- running ---- */

/* Rounded up, so that the moment has come when epoll_wait says so. */
static int milliseconds_left(const struct loop *loop)
{
	enum { MOST = 60000 };
	if (loop->timer_count == 0)
		return -1;
	int64_t left = loop->timers[1]->at - clock_monotonic();
	if (left <= 0)
		return 0;
	return left > (int64_t)MOST * 1000 ? MOST : (int)((left + 999) / 1000);
}

/* One that fires now may set itself again to a moment that has passed: that one waits for the next
 * turn, or descriptors would never have theirs. */
static void timers_fire(struct loop *loop)
{
	for (size_t most = loop->timer_count; most > 0 && loop->timer_count; most--) {
		struct loop_timer *timer = loop->timers[1];
		if (timer->at > loop->now)
			return;
		loop_timer_clear(loop, timer);
		timer->fire(timer);
	}
}

static void batch_call(struct loop *loop)
{
	for (loop->batch_at = 0; loop->batch_at < loop->batch_count;) {
		const struct epoll_event *event = &loop->batch[loop->batch_at++];
		struct loop_watch *watch = event->data.ptr;
		if (watch)
			watch->ready(watch, event->events);
	}
	loop->batch_count = 0;
}

void loop_run(struct loop *loop)
{
	bool rubbish = false;
	clock_looks_often(true);
	rubbish_keep(true);
	while (!loop->stopped) {
		int patience = rubbish ? 0 : milliseconds_left(loop);
		int count = system_epoll(loop->epoll, loop->batch, BATCH, patience);
		loop->batch_count = count > 0 ? count : 0;
		loop->now = clock_monotonic();
		batch_call(loop);
		timers_fire(loop);
		rubbish = rubbish_sweep();
	}
	rubbish_keep(false);
	clock_looks_often(false);
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}
