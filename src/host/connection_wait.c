#include "host/connection.h"

#include <poll.h>

#include "base/memory.h"
#include "base/wait.h"
#include "host/background.h"

enum { RETRY = 10000 }; /* microseconds, where a descriptor cannot be watched */

/* A descriptor that an event waits for. */
struct waited {
	struct loop_watch watch;
	struct connection *connection; /* NULL: it cannot be watched */
};

struct waiting {
	struct errand errand; /* the session */
	bool away;	      /* it is in the background */
	bool cancelled;	      /* and given up, as soon as it is back */
	struct connection *connection;
	struct loop_timer timer;
	unsigned count;
	struct waited descriptors[AFSL_WAIT_MAX];
};

static struct waiting *waiting_take(struct reactor *reactor)
{
	struct waiting *waiting = reactor->spare_wait;
	if (!waiting)
		return memory_allocate(sizeof(*waiting));
	reactor->spare_wait = NULL;
	return waiting;
}

static void waiting_give_back(struct reactor *reactor, struct waiting *waiting)
{
	if (reactor->spare_wait)
		memory_free(waiting);
	else
		reactor->spare_wait = waiting;
}

void wait_stop(struct connection *connection)
{
	struct waiting *waiting = connection->waiting;
	struct reactor *reactor = connection->reactor;
	if (!waiting)
		return;
	for (unsigned i = 0; i < waiting->count; i++)
		if (waiting->descriptors[i].connection)
			loop_watch_end(reactor->loop, &waiting->descriptors[i].watch);
	loop_timer_end(reactor->loop, &waiting->timer);
	connection->waiting = NULL;
	waiting_give_back(reactor, waiting);
}

bool wait_cancel(struct connection *connection)
{
	struct waiting *waiting = connection->waiting;
	if (!waiting)
		return true;
	waiting->cancelled = waiting->away &&
			     !background_recall(connection->reactor->background, &waiting->errand);
	if (waiting->cancelled)
		return false;
	struct afsl_session *session = waiting->errand.session;
	wait_stop(connection);
	afsl_cancel(session);
	return true;
}

/* It was resumed. */
static void wait_settle(struct connection *connection, struct afsl_session *session)
{
	if (afsl_status(session) == AFSL_WAITING)
		connection_wait(connection, session);
	else
		connection->protocol->resume(connection->state);
}

/* Descriptors are let go first: the engine may close them. */
static void wait_over(struct connection *connection)
{
	struct afsl_session *session = connection->waiting->errand.session;
	wait_stop(connection);
	afsl_resume(session);
	wait_settle(connection, session);
	connection_turn(connection);
}

/* Back from the background. */
static void wait_back(struct waiting *waiting)
{
	struct connection *connection = waiting->connection;
	struct afsl_session *session = waiting->errand.session;
	bool cancelled = waiting->cancelled;
	wait_stop(connection);
	if (cancelled) {
		afsl_cancel(session);
		connection_leave(connection);
	} else {
		wait_settle(connection, session);
	}
	connection_turn(connection);
}

void reactor_woken(struct reactor *reactor)
{
	struct errand *errand;
	while ((errand = background_back(reactor->background)))
		wait_back((struct waiting *)errand);
}

static void waited_ready(struct loop_watch *watch, uint32_t events)
{
	(void)events;
	wait_over(((struct waited *)watch)->connection);
}

static void wait_expired(struct loop_timer *timer)
{
	char *waiting = (char *)timer - offsetof(struct waiting, timer);
	wait_over(((struct waiting *)(void *)waiting)->connection);
}

static uint32_t epoll_events(short events)
{
	return (events & POLLIN ? EPOLLIN : 0u) | (events & POLLOUT ? EPOLLOUT : 0u);
}

static bool waited_begin(struct waiting *waiting, unsigned i, const struct afsl_wait *wait)
{
	struct waited *waited = &waiting->descriptors[i];
	struct loop *loop = waiting->connection->reactor->loop;
	*waited = (struct waited){ { wait->fds[i], waited_ready }, waiting->connection };
	if (loop_watch_begin(loop, &waited->watch, epoll_events(wait->events[i])))
		return true;
	waited->connection = NULL;
	return false;
}

/* A descriptor that cannot be watched is looked at again and again. */
static int64_t waiting_begin(struct waiting *waiting, const struct afsl_wait *wait)
{
	bool all = true;
	waiting->count = wait->count;
	for (unsigned i = 0; i < wait->count; i++)
		all &= waited_begin(waiting, i, wait);
	int64_t soon = clock_monotonic() + RETRY;
	return all || wait->deadline < soon ? wait->deadline : soon;
}

void connection_wait(struct connection *connection, struct afsl_session *session)
{
	struct reactor *reactor = connection->reactor;
	struct waiting *waiting = waiting_take(reactor);
	if (waiting)
		waiting->timer.fire = wait_expired;
	if (!waiting || !loop_timer_begin(reactor->loop, &waiting->timer)) {
		memory_free(waiting);
		connection_give_up(connection);
		return;
	}
	waiting->errand.session = session;
	waiting->connection = connection;
	waiting->cancelled = false;
	waiting->count = 0;
	connection->waiting = waiting;
	waiting->away =
		afsl_computes(session) && background_give(reactor->background, &waiting->errand);
	if (!waiting->away)
		loop_timer_set(reactor->loop, &waiting->timer,
			       waiting_begin(waiting, afsl_wait(session)));
}

void reactor_free_waits(struct reactor *reactor)
{
	memory_free(reactor->spare_wait);
	reactor->spare_wait = NULL;
}
