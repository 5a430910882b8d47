#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/system.h"
#include "base/wait.h"
#include "host/counters.h"
#include "host/native_milter.h"
#include "host/peers.h"
#include "host/priority.h"
#include "host/protocol.h"
#include "host/reactor.h"

enum {
	PAUSE = 100000, /* microseconds without accepting when descriptors have ended */
	/* So many of the sessions may stand in the middle of a packet. */
	SLOW_SHARE = 2,
};

/* One thread: connections, and its own look at the listener. */
struct server_thread {
	struct reactor reactor;
	struct loop_watch listener;
	struct loop_timer pause;
	bool listening;
	bool drained;
	pthread_t thread;
};

static struct {
	struct host_settings settings;
	struct server_thread *threads;
	struct peers *peers;
	rlim_t descriptors;
	bool tcp;
	struct served_slot served;
	pthread_mutex_t lock; /* of `running`: there are loops to be woken */
	bool running;
	atomic_uint sessions, listeners;
	atomic_ulong numbers, refusals;
	atomic_bool drained, stopped;
} server = {.served = SERVED_SLOT_EMPTY, .lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- admission ---- */

/* A new descriptor takes the lowest free number, so its number tells how many are in use. */
static bool descriptors_are_few(int fd, rlim_t reserve)
{
	return (rlim_t)fd + reserve >= server.descriptors;
}

static void listener_begin(struct server_thread *thread)
{
	thread->listening =
		loop_watch_begin(thread->reactor.loop, &thread->listener, EPOLLIN | EPOLLEXCLUSIVE);
}

static void listener_end(struct server_thread *thread)
{
	if (thread->listening)
		loop_watch_end(thread->reactor.loop, &thread->listener);
	thread->listening = false;
}

/* The others stay in the backlog until something ends. */
static void listener_pause(struct server_thread *thread)
{
	listener_end(thread);
	loop_timer_set(thread->reactor.loop, &thread->pause,
		       loop_now(thread->reactor.loop) + PAUSE);
}

/* Is there a descriptor to spare again? */
static void listener_try(struct server_thread *thread)
{
	int fd = fcntl(server.settings.listener, F_DUPFD_CLOEXEC, 0);
	bool few = fd < 0 || descriptors_are_few(fd, server.settings.descriptor_reserve / 2);
	if (fd >= 0)
		close(fd);
	if (!few)
		listener_begin(thread);
	if (!thread->listening)
		listener_pause(thread);
}

static void pause_fired(struct loop_timer *timer)
{
	char *thread = (char *)timer - offsetof(struct server_thread, pause);
	listener_try((struct server_thread *)(void *)thread);
}

static void session_begin(struct server_thread *thread, int fd, const struct sockaddr_storage *from)
{
	unsigned of_peer;
	struct arrival arrival = {
		.fd = fd, .tcp = server.tcp, .number = atomic_fetch_add(&server.numbers, 1) + 1};
	unsigned all = atomic_fetch_add(&server.sessions, 1) + 1;
	arrival.peer = peers_enter(server.peers, from, &of_peer);
	bool refused = all > server.settings.sessions_max ||
		       of_peer > server.settings.peer_sessions_max ||
		       descriptors_are_few(fd, server.settings.descriptor_reserve);
	counters_session_begun(refused);
	if (refused)
		served_refused(&server.refusals, atomic_load(&server.sessions));
	if (connection_begin(&thread->reactor, &arrival, refused ? NULL : served_slot_get(&server.served)))
		return;
	peers_leave(server.peers, arrival.peer);
	counters_session_ended();
	atomic_fetch_sub(&server.sessions, 1);
}

static void listener_ready(struct loop_watch *watch, uint32_t events)
{
	char *bytes = (char *)watch - offsetof(struct server_thread, listener);
	struct server_thread *thread = (struct server_thread *)(void *)bytes;
	struct sockaddr_storage from = {0};
	socklen_t length = sizeof(from);
	(void)events;
	int fd = system_accept(watch->fd, (struct sockaddr *)&from, &length);
	if (fd >= 0 && server.settings.admits && !server.settings.admits(&from))
		close(fd);
	else if (fd >= 0)
		session_begin(thread, fd, &from);
	else if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
		return;
	if (fd < 0 || descriptors_are_few(fd, server.settings.descriptor_reserve / 2))
		listener_pause(thread);
}

static void session_ended(struct reactor *reactor, struct peer *peer)
{
	struct server_thread *thread = (struct server_thread *)(void *)reactor;
	peers_leave(server.peers, peer);
	counters_session_ended();
	atomic_fetch_sub(&server.sessions, 1);
	/* There is room now. */
	if (thread->pause.place)
		loop_timer_set(reactor->loop, &thread->pause, 0);
}

static const struct protocol *protocol_of(unsigned char first)
{
	return first == 0 || !server.settings.second ? &protocol_milter : server.settings.second;
}

/* ---- threads ---- */

/* The last one closes it: whoever shares the listener gets what is in its backlog, and without
 * anybody mail servers hear at once that nobody is there. */
static void thread_drain(struct server_thread *thread)
{
	if (thread->drained)
		return;
	thread->drained = true;
	listener_end(thread);
	loop_timer_clear(thread->reactor.loop, &thread->pause);
	if (atomic_fetch_sub(&server.listeners, 1) == 1)
		close(server.settings.listener);
}

static void thread_woken(void *argument)
{
	struct server_thread *thread = argument;
	reactor_woken(&thread->reactor);
	if (atomic_load(&server.drained))
		thread_drain(thread);
	if (atomic_load(&server.stopped))
		loop_stop(thread->reactor.loop);
}

static bool thread_init(struct server_thread *thread)
{
	static const struct reactor_hooks hooks = {protocol_of, session_ended};
	struct reactor_settings settings = {&server.settings, &hooks, 0};
	settings.slow_most = server.settings.sessions_max / SLOW_SHARE + 1;
	thread->listener = (struct loop_watch){server.settings.listener, listener_ready};
	thread->pause.fire = pause_fired;
	if (!reactor_init(&thread->reactor, &settings, thread_woken, thread) ||
	    !loop_timer_begin(thread->reactor.loop, &thread->pause))
		return false;
	listener_begin(thread);
	return thread->listening;
}

static void thread_end(struct server_thread *thread)
{
	thread_drain(thread);
	loop_timer_end(thread->reactor.loop, &thread->pause);
	reactor_free(&thread->reactor);
}

static void *thread_run(void *argument)
{
	struct server_thread *thread = argument;
	priority_prompt();
	loop_run(thread->reactor.loop);
	return NULL;
}

/* The first thread is the caller's own. */
static unsigned threads_start(void)
{
	unsigned count = 1;
	while (count < server.settings.threads &&
	       pthread_create(&server.threads[count].thread, NULL, thread_run,
			      &server.threads[count]) == 0)
		count++;
	return count;
}

static void threads_wake(void)
{
	pthread_mutex_lock(&server.lock);
	for (unsigned i = 0; server.running && i < server.settings.threads; i++)
		loop_wake(server.threads[i].reactor.loop);
	pthread_mutex_unlock(&server.lock);
}

/* ---- the interface ---- */

static bool native_set_chain(struct afsl_chain *chain)
{
	return served_slot_set(&server.served, chain);
}

static void listener_learn(void)
{
	struct sockaddr_storage address = {0};
	socklen_t length = sizeof(address);
	int on = 1;
	getsockname(server.settings.listener, (struct sockaddr *)&address, &length);
	server.tcp = address.ss_family == AF_INET || address.ss_family == AF_INET6;
	/* Inherited by what is accepted. */
	if (server.tcp)
		setsockopt(server.settings.listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static bool native_begin(const struct host_settings *settings, struct afsl_chain *chain)
{
	struct rlimit limit = {.rlim_cur = RLIM_INFINITY};
	server.settings = *settings;
	getrlimit(RLIMIT_NOFILE, &limit);
	server.descriptors = limit.rlim_cur;
	listener_learn();
	server.peers = peers_new();
	server.threads = memory_zeroed(settings->threads, sizeof(*server.threads));
	if (!server.threads || !server.peers || !native_set_chain(chain))
		return false;
	atomic_store(&server.listeners, settings->threads);
	for (unsigned i = 0; i < settings->threads; i++)
		if (!thread_init(&server.threads[i]))
			return false;
	return true;
}

static void running_set(bool running)
{
	pthread_mutex_lock(&server.lock);
	server.running = running;
	pthread_mutex_unlock(&server.lock);
}

static void native_end(void)
{
	running_set(false);
	for (unsigned i = 0; server.threads && i < server.settings.threads; i++)
		if (server.threads[i].reactor.loop)
			thread_end(&server.threads[i]);
	memory_free(server.threads);
	peers_free(server.peers);
	served_slot_clear(&server.served);
	server.threads = NULL;
	server.peers = NULL;
}

static bool native_run(const struct host_settings *settings, struct afsl_chain *chain)
{
	bool served = native_begin(settings, chain);
	if (served) {
		running_set(true);
		unsigned count = threads_start();
		threads_wake(); /* it may have been drained or stopped before */
		thread_run(&server.threads[0]);
		for (unsigned i = 1; i < count; i++)
			pthread_join(server.threads[i].thread, NULL);
	} else {
		log_line(LOG_LEVEL_ERROR, "cannot serve: %s", strerror(errno));
	}
	native_end();
	return served;
}

static void native_drain(void)
{
	atomic_store(&server.drained, true);
	threads_wake();
}

static void native_stop(void)
{
	atomic_store(&server.stopped, true);
	native_drain();
}

static unsigned native_sessions(void)
{
	return atomic_load(&server.sessions);
}

const struct host host_native = {
	.name = "native",
	.run = native_run,
	.set_chain = native_set_chain,
	.drain = native_drain,
	.stop = native_stop,
	.sessions = native_sessions,
};
