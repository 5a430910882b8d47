#include "host/counters.h"
#include "host/libmilter_server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/system.h"
#include "host/libmilter_events.h"

/* libmilter hands its callbacks nothing of ours, so what all sessions share is global. */
static struct {
	struct host_settings settings;
	struct served_slot served;
	atomic_uint sessions;
	atomic_ulong numbers, refusals;
	atomic_bool drained, ended;
	struct sockaddr_storage idle; /* then: the address of the listener that nobody knows */
	socklen_t idle_length;
} server = {.served = SERVED_SLOT_EMPTY};

/* ---- admission ---- */

/* A new descriptor takes the lowest free number, so its number tells how many are in use. */
static enum admission admission_of_descriptors(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return ADMIT;
	int fd = fcntl(server.settings.listener, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return errno == EMFILE || errno == ENFILE ? ADMIT_NOT : ADMIT;
	close(fd);
	rlim_t reserve = server.settings.descriptor_reserve;
	if ((rlim_t)fd + reserve / 2 >= limit.rlim_cur)
		return ADMIT_NOT;
	return (rlim_t)fd + reserve >= limit.rlim_cur ? ADMIT_REFUSED : ADMIT;
}

enum admission server_admission(void)
{
	enum admission answer = admission_of_descriptors();
	if (answer == ADMIT && atomic_load(&server.sessions) >= server.settings.sessions_max)
		answer = ADMIT_REFUSED;
	if (answer != ADMIT)
		served_refused(&server.refusals, atomic_load(&server.sessions));
	return answer;
}

/* ---- sessions ---- */

struct libmilter_session *server_session_begin(SMFICTX *context, bool refused)
{
	struct libmilter_session *session = libmilter_session_new(
		refused ? NULL : served_slot_get(&server.served), atomic_fetch_add(&server.numbers, 1) + 1);
	if (!session)
		return NULL;
	if (smfi_setpriv(context, session) != MI_SUCCESS) {
		libmilter_session_free(session);
		return NULL;
	}
	atomic_fetch_add(&server.sessions, 1);
	counters_session_begun(refused);
	return session;
}

void server_session_end(SMFICTX *context, struct libmilter_session *session)
{
	smfi_setpriv(context, NULL);
	libmilter_session_free(session);
	counters_session_ended();
	atomic_fetch_sub(&server.sessions, 1);
}

unsigned server_progress_interval(void)
{
	return server.settings.progress_interval;
}

/* ---- the interface ---- */

static bool server_set_chain(struct afsl_chain *chain)
{
	return served_slot_set(&server.served, chain);
}

static bool server_run(const struct host_settings *settings, struct afsl_chain *chain)
{
	char connection[32];
	server.settings = *settings;
	snprintf(connection, sizeof(connection), "fd:%d", settings->listener);
	if (!server_set_chain(chain)) {
		log_line(LOG_LEVEL_ERROR, "no memory to serve");
		return false;
	}
	if (smfi_register(libmilter_events()) != MI_SUCCESS ||
	    smfi_setconn(connection) != MI_SUCCESS ||
	    smfi_settimeout((int)settings->read_timeout) != MI_SUCCESS) {
		log_line(LOG_LEVEL_ERROR, "libmilter cannot be set up");
		return false;
	}
	bool served = smfi_main() == MI_SUCCESS;
	atomic_store(&server.ended, true);
	return served;
}

/* Connects and hangs up: whoever polls that listener looks round. */
static void listener_wake(const struct sockaddr_storage *address, socklen_t length)
{
	int fd = system_socket(address->ss_family, SOCK_STREAM);
	if (fd < 0)
		return;
	system_connect(fd, (const struct sockaddr *)address, length);
	close(fd);
}

/* A listener that nobody knows; an address without a name makes the kernel choose one. */
static int idle_listener(void)
{
	struct sockaddr *address = (struct sockaddr *)&server.idle;
	int fd = system_socket(AF_UNIX, SOCK_STREAM);
	if (fd < 0)
		return -1;
	server.idle = (struct sockaddr_storage){.ss_family = AF_UNIX};
	server.idle_length = sizeof(server.idle);
	if (bind(fd, address, sizeof(sa_family_t)) == 0 && listen(fd, 16) == 0 &&
	    getsockname(fd, address, &server.idle_length) == 0)
		return fd;
	close(fd);
	return -1;
}

/* libmilter goes on polling its listener, so it gets the idle one in the same place. What has
 * queued at the real one waits for whoever shares it. The poll that is under way watches the real
 * one for up to 5 s more and keeps it alive. A call there wakes it, and then it looks at what
 * stands in that place by now: that must be ready too, or it sleeps again. */
static void server_drain(void)
{
	struct sockaddr_storage real;
	socklen_t length = sizeof(real);
	if (atomic_exchange(&server.drained, true))
		return;
	bool known = getsockname(server.settings.listener, (struct sockaddr *)&real, &length) == 0;
	int fd = idle_listener();
	if (fd < 0)
		return;
	dup3(fd, server.settings.listener, O_CLOEXEC);
	close(fd);
	listener_wake(&server.idle, server.idle_length);
	if (known)
		listener_wake(&real, length);
}

/* smfi_stop() waits for a lock that is held while the listener polls, so its signal is sent to
 * libmilter's own thread instead, and the listener is woken until it has seen it. */
static void server_stop(void)
{
	enum { PATIENCE = 600 };
	server_drain();
	kill(getpid(), SIGTERM);
	for (int i = 0; i < PATIENCE && !atomic_load(&server.ended); i++) {
		listener_wake(&server.idle, server.idle_length);
		system_poll(NULL, 0, 10);
	}
}

static unsigned server_sessions(void)
{
	return atomic_load(&server.sessions);
}

const struct host host_libmilter = {
	.name = "libmilter",
	.calls_itself = true,
	.run = server_run,
	.set_chain = server_set_chain,
	.drain = server_drain,
	.stop = server_stop,
	.sessions = server_sessions,
};
