/* An event loop: descriptors, moments in time, tasks, and calls from other threads.
 *
 * Everything that a loop holds is the owner's memory, usually a part of a larger struct: nothing is
 * allocated when something happens. One thread runs a loop, and all but loop_wake() is for that
 * thread alone. What is called may begin, change and end anything of the loop, itself included. */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

struct loop;

/* NULL when there is no memory or no descriptor. `woken` is called in the loop's thread after
 * loop_wake(); several wakes may become one call. */
struct loop *loop_new(void (*woken)(void *argument), void *argument);
/* All watches and timers must have ended. */
void loop_free(struct loop *loop);

/* Until loop_stop(). */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
/* From any thread. */
void loop_wake(struct loop *loop);
/* clock_monotonic() as it was when the loop last woke. */
int64_t loop_now(const struct loop *loop);

/* ---- descriptors ---- */

/* Level-triggered: called in each turn as long as the descriptor is ready for `events` (EPOLLIN,
 * EPOLLOUT); EPOLLHUP and EPOLLERR are told in any case. */
struct loop_watch {
	int fd;
	void (*ready)(struct loop_watch *watch, uint32_t events);
};
/* `fd` and `ready` are set before. False with errno: nothing is watched. */
bool loop_watch_begin(struct loop *loop, struct loop_watch *watch, uint32_t events);
bool loop_watch_change(struct loop *loop, struct loop_watch *watch, uint32_t events);
/* It is not called any more, even if it was ready in this turn. Before its descriptor is closed. */
void loop_watch_end(struct loop *loop, struct loop_watch *watch);

/* ---- moments ---- */

struct loop_timer {
	void (*fire)(struct loop_timer *timer); /* once for each loop_timer_set() */
	int64_t at;				/* clock_monotonic() */
	size_t place;				/* 0: not set */
};
/* Makes room for it; `fire` is set before. False when memory has ended. */
bool loop_timer_begin(struct loop *loop, struct loop_timer *timer);
/* Cannot fail. A moment that has passed comes in the next turn. */
void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t at);
void loop_timer_clear(struct loop *loop, struct loop_timer *timer);
void loop_timer_end(struct loop *loop, struct loop_timer *timer);

#endif
