#include "service/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/wait.h"
#include "service/log_text.h"
#include "service/notify.h"

struct worker {
	pid_t pid; /* 0: does not run */
	int commands;
	int listener;
	const char *name; /* of the address */
	unsigned failures;
	int64_t started;
	int64_t start_at; /* when pid is 0 */
};

enum phase { PHASE_SERVING, PHASE_DRAINING, PHASE_STOPPING, PHASE_KILLING };

struct supervisor {
	const struct service *service;
	int *listeners; /* one for each address */
	struct afsl_chain *chain;
	struct worker *workers;
	size_t worker_count;
	enum phase phase;
	int64_t phase_ends;
	int signals;
};

enum {
	BACKOFF_LEAST = 10,
	BACKOFF_MOST = 5000,
	/* A worker that has lived so long has not failed to start. */
	LIFE_GOOD = 60000000,
	STOP_TIME = 10000000,
};

unsigned supervisor_backoff(unsigned failures)
{
	unsigned wait = BACKOFF_LEAST;
	while (failures-- > 1 && wait < BACKOFF_MOST)
		wait *= 2;
	return wait > BACKOFF_MOST ? BACKOFF_MOST : wait;
}

/* ---- workers ---- */

/* What the child has got of other workers must go: their pipes would never end otherwise. */
static void child_close_others(const struct supervisor *supervisor, const struct worker *own)
{
	close(supervisor->signals);
	for (size_t i = 0; i < supervisor->worker_count; i++) {
		const struct worker *worker = &supervisor->workers[i];
		if (worker == own)
			continue;
		if (worker->commands >= 0)
			close(worker->commands);
		close(worker->listener);
	}
}

__attribute__((noreturn)) static void child_run(struct supervisor *supervisor,
						const struct worker *own, int commands)
{
	struct worker_start start = { supervisor->service, supervisor->chain, own->listener,
				      commands };
	/* The terminal's signals are the supervisor's; libmilter ends at a HUP. */
	setpgid(0, 0);
	child_close_others(supervisor, own);
	int code = worker_run(&start);
	/* Threads of libmilter still run, so nothing they use may be taken apart. */
#ifdef __SANITIZE_ADDRESS__
	exit(code); /* what has leaked is told here */
#else
	_exit(code);
#endif
}

static bool worker_fork(struct supervisor *supervisor, struct worker *worker)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[1]);
		child_run(supervisor, worker, ends[0]);
	}
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return false;
	}
	worker->pid = pid;
	worker->commands = ends[1];
	return true;
}

static void worker_failed(struct worker *worker)
{
	worker->failures++;
	unsigned wait = supervisor_backoff(worker->failures);
	worker->start_at = clock_monotonic() + (int64_t)wait * 1000;
	log_line(LOG_LEVEL_ERROR, "%s: the worker is started again in %u ms", worker->name, wait);
}

static void worker_start(struct supervisor *supervisor, struct worker *worker)
{
	worker->started = clock_monotonic();
	if (worker_fork(supervisor, worker)) {
		log_line(LOG_LEVEL_INFO, "%s: served by process %ld", worker->name,
			 (long)worker->pid);
		return;
	}
	log_line(LOG_LEVEL_ERROR, "%s: no process: %s", worker->name, strerror(errno));
	worker_failed(worker);
}

static void worker_tell(const struct worker *worker, enum worker_command command)
{
	char byte = (char)command;
	if (worker->pid && write(worker->commands, &byte, 1) != 1)
		log_line(LOG_LEVEL_ERROR, "%s: the worker cannot be told: %s", worker->name,
			 strerror(errno));
}

static void workers_tell(const struct supervisor *supervisor, enum worker_command command)
{
	for (size_t i = 0; i < supervisor->worker_count; i++)
		worker_tell(&supervisor->workers[i], command);
}

static void worker_ended(struct supervisor *supervisor, struct worker *worker, int status)
{
	close(worker->commands);
	worker->commands = -1;
	worker->pid = 0;
	if (supervisor->phase != PHASE_SERVING)
		return;
	if (WIFSIGNALED(status))
		log_line(LOG_LEVEL_ERROR, "%s: the worker was ended by signal %d", worker->name,
			 WTERMSIG(status));
	else
		log_line(LOG_LEVEL_ERROR, "%s: the worker has ended with code %d", worker->name,
			 WEXITSTATUS(status));
	if (clock_monotonic() - worker->started > LIFE_GOOD)
		worker->failures = 0;
	worker_failed(worker);
}

static void children_reap(struct supervisor *supervisor)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < supervisor->worker_count; i++)
			if (supervisor->workers[i].pid == pid)
				worker_ended(supervisor, &supervisor->workers[i], status);
}

static size_t workers_running(const struct supervisor *supervisor)
{
	size_t running = 0;
	for (size_t i = 0; i < supervisor->worker_count; i++)
		running += supervisor->workers[i].pid != 0;
	return running;
}

/* ---- signals ---- */

/* Compiles here first: a bad script never reaches a worker, and a worker that is started later
 * begins with what was good last. */
static void reload(struct supervisor *supervisor)
{
	const struct service *service = supervisor->service;
	struct buffer problems;
	struct afsl_chain *chain = NULL;
	buffer_init(&problems, (size_t)4 << 20);
	notify_reloading();
	if (service->load(service, &problems, &chain) == 0) {
		log_text(LOG_LEVEL_WARNING, &problems);
		afsl_chain_release(supervisor->chain);
		supervisor->chain = chain;
		workers_tell(supervisor, WORKER_RELOAD);
		notify_status("filters loaded again");
	} else {
		log_text(LOG_LEVEL_ERROR, &problems);
		log_line(LOG_LEVEL_ERROR, "not loaded again: the filters stay as they were");
		notify_status("the last reload failed: the filters are as before");
	}
	notify_ready();
	buffer_free(&problems);
}

static void phase_enter(struct supervisor *supervisor, enum phase phase, int64_t duration)
{
	supervisor->phase = phase;
	supervisor->phase_ends = clock_monotonic() + duration;
}

/* Each further signal to end, and each time limit, leads to the next phase. */
static void phase_next(struct supervisor *supervisor)
{
	const struct service_settings *settings = supervisor->service->settings;
	switch (supervisor->phase) {
	case PHASE_SERVING:
		notify_stopping();
		phase_enter(supervisor, PHASE_DRAINING, settings->drain_timeout * 1000000);
		workers_tell(supervisor, WORKER_DRAIN);
		listeners_close(settings, supervisor->listeners);
		return;
	case PHASE_DRAINING:
		log_line(LOG_LEVEL_WARNING, "sessions are cut off");
		phase_enter(supervisor, PHASE_STOPPING, STOP_TIME);
		workers_tell(supervisor, WORKER_STOP);
		return;
	default:
		phase_enter(supervisor, PHASE_KILLING, STOP_TIME);
		for (size_t i = 0; i < supervisor->worker_count; i++)
			if (supervisor->workers[i].pid)
				kill(supervisor->workers[i].pid, SIGKILL);
	}
}

static void signal_take(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;
	if (read(supervisor->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD)
		children_reap(supervisor);
	else if (info.ssi_signo == SIGHUP && supervisor->phase == PHASE_SERVING)
		reload(supervisor);
	else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
		phase_next(supervisor);
}

/* ---- the loop ---- */

static int64_t next_moment(const struct supervisor *supervisor)
{
	int64_t next = notify_alive();
	if (supervisor->phase != PHASE_SERVING)
		return supervisor->phase_ends < next ? supervisor->phase_ends : next;
	for (size_t i = 0; i < supervisor->worker_count; i++)
		if (!supervisor->workers[i].pid && supervisor->workers[i].start_at < next)
			next = supervisor->workers[i].start_at;
	return next;
}

static int milliseconds_until(int64_t moment)
{
	if (moment == INT64_MAX)
		return -1;
	int64_t left = (moment - clock_monotonic() + 999) / 1000;
	return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

static void moments_take(struct supervisor *supervisor)
{
	int64_t now = clock_monotonic();
	if (supervisor->phase != PHASE_SERVING) {
		if (now >= supervisor->phase_ends)
			phase_next(supervisor);
		return;
	}
	for (size_t i = 0; i < supervisor->worker_count; i++)
		if (!supervisor->workers[i].pid && now >= supervisor->workers[i].start_at)
			worker_start(supervisor, &supervisor->workers[i]);
}

static void serve(struct supervisor *supervisor)
{
	while (supervisor->phase == PHASE_SERVING || workers_running(supervisor)) {
		struct pollfd signals = { .fd = supervisor->signals, .events = POLLIN };
		if (poll(&signals, 1, milliseconds_until(next_moment(supervisor))) > 0)
			signal_take(supervisor);
		moments_take(supervisor);
	}
}

static int signals_open(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	/* Workers inherit the mask; what they want of it they unblock. */
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool workers_make(struct supervisor *supervisor)
{
	const struct endpoint_list *listen = &supervisor->service->settings->listen;
	supervisor->workers = memory_zeroed(listen->count, sizeof(*supervisor->workers));
	if (!supervisor->workers)
		return false;
	supervisor->worker_count = listen->count;
	for (size_t i = 0; i < listen->count; i++) {
		supervisor->workers[i].commands = -1;
		supervisor->workers[i].listener = supervisor->listeners[i];
		supervisor->workers[i].name = listen->items[i].name;
	}
	return true;
}

int supervisor_run(const struct service *service, struct afsl_chain *chain, int *listeners)
{
	struct supervisor supervisor = { .service = service,
					 .listeners = listeners,
					 .chain = chain,
					 .signals = signals_open() };
	int code = EX_OSERR;
	notify_begin();
	if (supervisor.signals >= 0 && workers_make(&supervisor)) {
		for (size_t i = 0; i < supervisor.worker_count; i++)
			worker_start(&supervisor, &supervisor.workers[i]);
		notify_ready();
		serve(&supervisor);
		log_line(LOG_LEVEL_INFO, "ended");
		code = EX_OK;
	}
	if (supervisor.signals >= 0)
		close(supervisor.signals);
	memory_free(supervisor.workers);
	afsl_chain_release(supervisor.chain);
	return code;
}
