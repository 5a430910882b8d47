#include "service/worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "service/log_text.h"
#include "service/sandbox.h"

struct control {
	const struct worker_start *start;
	bool draining;
};

void descriptors_raise(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void reload(struct control *control)
{
	const struct service *service = control->start->service;
	struct buffer problems;
	struct afsl_chain *chain = NULL;
	buffer_init(&problems, (size_t)4 << 20);
	int code = service->load(service, &problems, &chain);
	/* What was good was told by the supervisor. */
	if (code)
		log_text(LOG_LEVEL_ERROR, &problems);
	if (!code && !service->host->set_chain(chain))
		code = EX_OSERR;
	if (code)
		log_line(LOG_LEVEL_ERROR, "not loaded again: the filters stay as they were");
	else
		log_line(LOG_LEVEL_INFO, "new sessions use the filters as they are now");
	afsl_chain_release(chain);
	buffer_free(&problems);
}

static void drain(struct control *control)
{
	if (control->draining)
		return;
	control->draining = true;
	control->start->service->host->drain();
	log_line(LOG_LEVEL_INFO, "no new sessions; waiting for %u to end",
		 control->start->service->host->sessions());
}

/* False: the worker has been stopped. */
static bool obey(struct control *control, char command)
{
	switch (command) {
	case WORKER_RELOAD:
		reload(control);
		return true;
	case WORKER_DRAIN:
		drain(control);
		return true;
	default:
		control->start->service->host->stop();
		return false;
	}
}

/* While draining, the sessions are counted now and then; 20 times a second costs nothing. */
static bool control_turn(struct control *control)
{
	struct pollfd commands = { .fd = control->start->commands, .events = POLLIN };
	char command;
	if (control->draining && control->start->service->host->sessions() == 0) {
		control->start->service->host->stop();
		return false;
	}
	if (poll(&commands, 1, control->draining ? 50 : -1) <= 0)
		return true;
	ssize_t got = read(commands.fd, &command, 1);
	if (got > 0)
		return obey(control, command);
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (control->draining) {
		/* The pipe stays readable at its end; do not spin on it. */
		poll(NULL, 0, 50);
		return true;
	}
	drain(control);
	return true;
}

static void *control_loop(void *argument)
{
	while (control_turn(argument)) {
	}
	return NULL;
}

static struct host_settings host_settings_of(const struct worker_start *start)
{
	const struct service_settings *settings = start->service->settings;
	return (struct host_settings){
		.listener = start->listener,
		.sessions_max = (unsigned)settings->sessions_max,
		.peer_sessions_max = (unsigned)settings->peer_sessions_max,
		.idle_timeout = (unsigned)settings->idle_timeout,
		.threads = (unsigned)settings->threads,
		.read_timeout = (unsigned)settings->read_timeout,
		.progress_interval = (unsigned)settings->progress_interval,
		/* For the handles of the sessions that are there, and for us. */
		.descriptor_reserve = 32,
		.second = start->service->second,
		.admits = start->service->admits,
	};
}

static void sandbox_report(struct sandbox sandbox)
{
	log_line(sandbox.calls && sandbox.files ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING,
		 "sandbox: system calls %s (seccomp), files %s (Landlock)",
		 sandbox.calls ? "bounded" : "open", sandbox.files ? "read only" : "open");
}

int worker_run(const struct worker_start *start)
{
	struct control control = { start, false };
	char title[16];
	struct host_settings settings = host_settings_of(start);
	pthread_t thread;
	snprintf(title, sizeof(title), "%s-worker", start->service->name);
	prctl(PR_SET_NAME, title, 0, 0, 0);
	signal(SIGPIPE, SIG_IGN);
	descriptors_raise();
	if (!afsl_set_name_servers(start->service->settings->name_servers))
		log_line(LOG_LEVEL_ERROR, "nameServers \"%s\" cannot be read: /etc/resolv.conf is used",
			 start->service->settings->name_servers);
	sandbox_report(sandbox_enter());
	if (pthread_create(&thread, NULL, control_loop, &control) != 0) {
		log_line(LOG_LEVEL_ERROR, "no thread for the commands");
		return EX_OSERR;
	}
	bool served = start->service->host->run(&settings, start->chain);
	/* Callbacks may still be running, and the thread may still be told things: no cleaning up
	 * here, the process ends. */
	return served ? EX_OK : EX_SOFTWARE;
}
