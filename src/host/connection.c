#include "host/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/wait.h"
#include "host/background.h"
#include "net/socket.h"

enum {
	/* More than this on its way out, and nothing more is taken in. */
	OUT_MUCH = 128 << 10,
	OUT_MOST = 256 << 20,
	OUT_KEPT = 1 << 20,
	/* So many microseconds, and it is the others' turn. The clock is read after so many units. */
	TURN = 100,
	TURN_UNITS = 8,
};

/* ---- patience ---- */

static void queue_leave(struct connection *connection)
{
	struct queue *queue = connection->queue;
	if (!queue)
		return;
	*(connection->before ? &connection->before->after : &queue->first) = connection->after;
	*(connection->after ? &connection->after->before : &queue->last) = connection->before;
	queue->count--;
	connection->queue = NULL;
}

static void queue_enter(struct queue *queue, struct connection *connection)
{
	queue_leave(connection);
	connection->before = queue->last;
	connection->after = NULL;
	*(queue->last ? &queue->last->after : &queue->first) = connection;
	queue->last = connection;
	queue->count++;
	connection->queue = queue;
	connection->since = loop_now(connection->reactor->loop);
}

static int64_t queue_next(const struct queue *queue)
{
	return queue->first ? queue->first->since + queue->patience : INT64_MAX;
}

/* Set early and looked at late: a connection that moves on leaves its moment in the timer. */
static void sweep_set(struct reactor *reactor)
{
	int64_t idle = queue_next(&reactor->idle), slow = queue_next(&reactor->slow);
	int64_t next = idle < slow ? idle : slow;
	if (reactor->slow.count > reactor->slow_most)
		next = 0;
	if (next != INT64_MAX && (!reactor->sweep.place || reactor->sweep.at > next))
		loop_timer_set(reactor->loop, &reactor->sweep, next);
}

static void queue_expire(struct reactor *reactor, struct queue *queue, size_t most)
{
	while (queue->first &&
	       (queue->count > most || queue_next(queue) <= loop_now(reactor->loop))) {
		struct connection *connection = queue->first;
		connection_close(connection);
		connection_turn(connection);
	}
}

static void sweep_fired(struct loop_timer *timer)
{
	char *reactor_bytes = (char *)timer - offsetof(struct reactor, sweep);
	struct reactor *reactor = (struct reactor *)(void *)reactor_bytes;
	queue_expire(reactor, &reactor->slow, reactor->slow_most);
	queue_expire(reactor, &reactor->idle, SIZE_MAX);
	sweep_set(reactor);
}

static void behind_enter(struct reactor *reactor, struct connection *connection)
{
	queue_enter(&reactor->behind, connection);
	if (!reactor->turn.place)
		loop_timer_set(reactor->loop, &reactor->turn, 0);
}

/* One goes on, then descriptors have their turn. */
static void turn_fired(struct loop_timer *timer)
{
	char *bytes = (char *)timer - offsetof(struct reactor, turn);
	struct reactor *reactor = (struct reactor *)(void *)bytes;
	struct connection *connection = reactor->behind.first;
	if (!connection)
		return;
	connection->behind = false;
	connection_turn(connection);
	if (reactor->behind.first && !timer->place)
		loop_timer_set(reactor->loop, timer, 0);
}

/* More bytes of the same unit are no reason for new patience; a unit that is complete and bytes
 * that the peer has read are one. */
static void queue_choose(struct connection *connection)
{
	struct reactor *reactor = connection->reactor;
	bool slow = input_is_unfinished(connection) || connection->unsent;
	if (connection->behind)
		behind_enter(reactor, connection);
	else if (connection->waiting)
		queue_enter(&reactor->busy, connection);
	else if (!slow)
		queue_enter(&reactor->idle, connection);
	else if (connection->queue != &reactor->slow || connection->taken)
		queue_enter(&reactor->slow, connection);
	connection->taken = false;
	sweep_set(reactor);
}

/* ---- the end ---- */

static void socket_close(struct connection *connection)
{
	if (connection->watch.fd < 0)
		return;
	loop_watch_end(connection->reactor->loop, &connection->watch);
	close(connection->watch.fd);
	connection->watch.fd = -1;
}

void connection_give_up(struct connection *connection)
{
	connection->gone = true;
	socket_close(connection);
	loop_timer_clear(connection->reactor->loop, &connection->deadline);
}

void connection_close(struct connection *connection)
{
	if (connection->gone)
		return;
	connection_give_up(connection);
	if (wait_cancel(connection))
		connection_leave(connection);
}

void connection_leave(struct connection *connection)
{
	if (connection->state)
		connection->protocol->gone(connection->state);
}

void connection_end(struct connection *connection)
{
	connection->ending = true;
}

static void connection_free(struct connection *connection)
{
	struct reactor *reactor = connection->reactor;
	wait_stop(connection);
	if (connection->state)
		connection->protocol->free(connection->state);
	socket_close(connection);
	reactor->hooks->ended(reactor, connection->peer);
	queue_leave(connection);
	loop_timer_end(reactor->loop, &connection->deadline);
	input_free(connection);
	if (connection->unsent)
		buffer_free(connection->unsent);
	memory_free(connection->unsent);
	served_chain_release(connection->served);
	memory_free(connection);
}

/* ---- out ---- */

struct buffer *connection_out(struct connection *connection)
{
	return connection->unsent ? connection->unsent : &connection->reactor->out;
}

bool connection_goes_on(const struct connection *connection)
{
	return !connection->waiting && !connection->gone && !connection->ending &&
	       !connection->unsent && connection->reactor->out.length < OUT_MUCH;
}

/* The first look begins to count: few have more than that to say. */
static bool turn_is_over(struct connection *connection)
{
	struct reactor *reactor = connection->reactor;
	int64_t now = clock_monotonic();
	if (connection->units == TURN_UNITS)
		reactor->turn_ends = now + TURN;
	return now >= reactor->turn_ends;
}

bool connection_next(struct connection *connection)
{
	if (!connection_goes_on(connection))
		return false;
	connection->behind = connection->units && connection->units % TURN_UNITS == 0 &&
			     turn_is_over(connection);
	connection->units++;
	return !connection->behind;
}

static void out_empty(struct reactor *reactor)
{
	if (reactor->out.room > OUT_KEPT)
		buffer_free(&reactor->out);
	buffer_clear(&reactor->out);
}

static bool unsent_keep(struct connection *connection, const char *bytes, size_t length)
{
	struct buffer *unsent = memory_zeroed(1, sizeof(*unsent));
	if (!unsent)
		return false;
	buffer_init(unsent, OUT_MOST);
	buffer_append(unsent, bytes, length);
	connection->unsent = unsent;
	return !unsent->failed;
}

static void unsent_send(struct connection *connection)
{
	struct buffer *unsent = connection->unsent;
	ssize_t sent = unsent->failed
			       ? SOCKET_ERROR
			       : socket_write(connection->watch.fd, unsent->data, unsent->length);
	if (sent < 0) {
		connection_close(connection);
		return;
	}
	buffer_consume(unsent, (size_t)sent);
	connection->taken |= sent > 0;
	if (unsent->length)
		return;
	buffer_free(unsent);
	memory_free(unsent);
	connection->unsent = NULL;
}

static void out_send(struct connection *connection)
{
	struct buffer *out = &connection->reactor->out;
	ssize_t sent = out->failed ? SOCKET_ERROR
				   : socket_write(connection->watch.fd, out->data, out->length);
	size_t rest = sent < 0 ? 0 : out->length - (size_t)sent;
	bool good = sent >= 0 && (!rest || unsent_keep(connection, out->data + sent, rest));
	out_empty(connection->reactor);
	if (!good)
		connection_close(connection);
}

void connection_flush(struct connection *connection)
{
	const struct buffer *out = &connection->reactor->out;
	if (connection->gone)
		out_empty(connection->reactor);
	else if (connection->unsent)
		unsent_send(connection);
	else if (out->length || out->failed)
		out_send(connection);
}

/* The peer's Nagle algorithm holds a small packet back until what it has sent is acknowledged: so
 * at once, where nothing of ours carries the acknowledgement. */
static void acknowledge(const struct connection *connection)
{
	int on = 1;
	bool silent = !connection->reactor->out.length && !connection->gone;
	if (connection->tcp && silent)
		setsockopt(connection->watch.fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

/* ---- turns ---- */

static void interest_set(struct connection *connection, uint32_t wanted)
{
	if (connection->interest == wanted)
		return;
	connection->interest = wanted;
	if (!loop_watch_change(connection->reactor->loop, &connection->watch, wanted))
		connection_close(connection);
}

/* While an event waits, only bytes that have really come are a reason to look away. */
static void interest_choose(struct connection *connection)
{
	if (connection->gone)
		return;
	if (connection->unsent)
		interest_set(connection, EPOLLOUT);
	else if (!connection->waiting || connection->interest & EPOLLOUT)
		interest_set(connection, EPOLLIN);
}

void connection_turn(struct connection *connection)
{
	bool stopped;
	/* What was held back until the answers were out goes on as soon as they are: the peer may
	 * have no more to say, and nothing would wake us. */
	do {
		input_take(connection);
		stopped = !connection_goes_on(connection);
		connection_flush(connection);
	} while (stopped && connection_goes_on(connection));
	if (connection->ending && !connection->unsent && !connection->waiting)
		connection_close(connection);
	connection->units = 0;
	connection->behind = connection->behind && connection_goes_on(connection);
	interest_choose(connection);
	if (connection->gone && !connection->waiting) {
		out_empty(connection->reactor);
		connection_free(connection);
		return;
	}
	input_settle(connection);
	queue_choose(connection);
}

static void bytes_ready(struct connection *connection)
{
	input_read(connection);
	input_take(connection);
	acknowledge(connection);
}

static void socket_ready(struct loop_watch *watch, uint32_t events)
{
	struct connection *connection = (struct connection *)watch;
	if (connection->behind)
		return;
	if (events & EPOLLIN && connection->waiting && !(events & EPOLLHUP)) {
		interest_set(connection, connection->interest & ~(uint32_t)EPOLLIN);
		return;
	}
	if (connection->waiting && events & (EPOLLHUP | EPOLLERR))
		connection_close(connection);
	else if (connection->unsent)
		unsent_send(connection);
	else
		bytes_ready(connection);
	connection_turn(connection);
}

/* ---- beginning ---- */

void connection_deadline(struct connection *connection, int64_t at)
{
	if (at)
		loop_timer_set(connection->reactor->loop, &connection->deadline, at);
	else
		loop_timer_clear(connection->reactor->loop, &connection->deadline);
}

static void deadline_fired(struct loop_timer *timer)
{
	char *bytes = (char *)timer - offsetof(struct connection, deadline);
	struct connection *connection = (struct connection *)(void *)bytes;
	connection->protocol->expire(connection->state);
	connection_turn(connection);
}

bool connection_begin(struct reactor *reactor, const struct arrival *arrival,
		      struct served_chain *served)
{
	struct connection *connection = memory_zeroed(1, sizeof(*connection));
	if (!connection)
		goto fail;
	*connection = (struct connection){ .watch = { arrival->fd, socket_ready },
					   .interest = EPOLLIN,
					   .reactor = reactor,
					   .served = served,
					   .peer = arrival->peer,
					   .number = arrival->number,
					   .deadline.fire = deadline_fired,
					   .refused = !served,
					   .tcp = arrival->tcp };
	if (!loop_timer_begin(reactor->loop, &connection->deadline))
		goto fail;
	if (!loop_watch_begin(reactor->loop, &connection->watch, EPOLLIN)) {
		loop_timer_end(reactor->loop, &connection->deadline);
		goto fail;
	}
	queue_enter(&reactor->idle, connection);
	sweep_set(reactor);
	return true;
fail:
	memory_free(connection);
	close(arrival->fd);
	served_chain_release(served);
	return false;
}

bool reactor_init(struct reactor *reactor, const struct reactor_settings *settings,
		  void (*woken)(void *argument), void *argument)
{
	const struct host_settings *host = settings->host;
	*reactor = (struct reactor){ .settings = host, .hooks = settings->hooks };
	reactor->idle.patience = (int64_t)host->idle_timeout * 1000000;
	reactor->slow.patience = (int64_t)host->read_timeout * 1000000;
	reactor->slow_most = settings->slow_most;
	buffer_init(&reactor->out, OUT_MOST);
	reactor->sweep.fire = sweep_fired;
	reactor->turn.fire = turn_fired;
	reactor->loop = loop_new(woken, argument);
	reactor->background = reactor->loop ? background_new(reactor->loop) : NULL;
	return reactor->background && loop_timer_begin(reactor->loop, &reactor->sweep) &&
	       loop_timer_begin(reactor->loop, &reactor->turn);
}

void reactor_free(struct reactor *reactor)
{
	background_free(reactor->background);
	struct queue *queues[] = { &reactor->idle, &reactor->slow, &reactor->busy,
				   &reactor->behind };
	for (size_t i = 0; i < sizeof(queues) / sizeof(*queues); i++)
		while (queues[i]->first)
			connection_free(queues[i]->first);
	reactor_free_blocks(reactor);
	reactor_free_waits(reactor);
	buffer_free(&reactor->out);
	loop_free(reactor->loop);
	reactor->loop = NULL;
}

/* ---- what a protocol may ask ---- */

int64_t connection_now(const struct connection *connection)
{
	return loop_now(connection->reactor->loop);
}

socklen_t connection_peer(const struct connection *connection, struct sockaddr_storage *address)
{
	socklen_t length = sizeof(*address);
	if (connection->watch.fd < 0 ||
	    getpeername(connection->watch.fd, (struct sockaddr *)address, &length) != 0)
		return 0;
	return length < sizeof(*address) ? length : sizeof(*address);
}

struct served_chain *connection_served(const struct connection *connection)
{
	return connection->served;
}

unsigned long connection_number(const struct connection *connection)
{
	return connection->number;
}

bool connection_is_refused(const struct connection *connection)
{
	return connection->refused;
}

unsigned connection_progress_interval(const struct connection *connection)
{
	return connection->reactor->settings->progress_interval;
}
