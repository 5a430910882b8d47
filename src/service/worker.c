#include "service/worker.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/system.h"
#include "net/idle.h"
#include "net/resolver.h"
#include "service/channel.h"
#include "service/log_text.h"
#include "service/sandbox.h"
#include "service/workers.h"

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

/* ---- programs ---- */

/* 0, or a code of sysexits.h. What the supervisor has found good is good here too, as long as
 * memory lasts. */
static int chain_make(const struct service *service, int file, struct afsl_chain **chain)
{
	struct buffer problems;
	struct sources sources;
	int code = EX_OSERR;
	buffer_init(&problems, (size_t)4 << 20);
	if (sources_map(&sources, file))
		code = service->load(service, &sources, &problems, chain);
	if (code)
		log_text(LOG_LEVEL_ERROR, &problems);
	sources_free(&sources);
	buffer_free(&problems);
	return code;
}

static void reload(struct control *control, const struct channel_message *told, int file)
{
	const struct service *service = control->start->service;
	struct channel_message answer = { .kind = CHANNEL_LOADED, .program = told->program };
	struct afsl_chain *chain = NULL;
	answer.code = chain_make(service, file, &chain);
	if (!answer.code && !service->host->set_chain(chain))
		answer.code = EX_OSERR;
	afsl_chain_release(chain);
	if (answer.code) {
		log_line(LOG_LEVEL_ERROR, "not loaded again: the filters stay as they were");
	} else {
		atomic_store(&control->start->board->program, told->program);
		log_line(LOG_LEVEL_INFO,
			 "new sessions use the filters as they are now (program %u)",
			 told->program);
	}
	channel_send(control->start->channel, &answer, -1);
}

/* ---- commands ---- */

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
static bool obey(struct control *control, const struct channel_message *told, int passed)
{
	switch (told->kind) {
	case CHANNEL_LOAD:
		reload(control, told, passed);
		return true;
	case CHANNEL_DRAIN:
		drain(control);
		return true;
	default:
		control->start->service->host->stop();
		return false;
	}
}

static bool hear(struct control *control)
{
	struct channel_message told;
	int passed;
	bool go_on = true;
	switch (channel_receive(control->start->channel, &told, &passed)) {
	case CHANNEL_MESSAGE:
		go_on = obey(control, &told, passed);
		if (passed >= 0)
			close(passed);
		return go_on;
	case CHANNEL_NOTHING:
		return true;
	default:
		/* The channel stays readable at its end; do not spin on it. */
		if (control->draining)
			system_poll(NULL, 0, 50);
		drain(control);
		return true;
	}
}

/* While draining, the sessions are counted now and then; 20 times a second costs nothing. */
static bool control_turn(struct control *control)
{
	struct pollfd watched[] = { { .fd = control->start->channel, .events = POLLIN },
				    { .fd = idle_timer(), .events = POLLIN } };
	if (control->draining && control->start->service->host->sessions() == 0) {
		control->start->service->host->stop();
		return false;
	}
	if (system_poll(watched, 2, control->draining ? 50 : -1) <= 0)
		return true;
	if (watched[1].revents)
		idle_close();
	return !watched[0].revents || hear(control);
}

static void *control_loop(void *argument)
{
	while (control_turn(argument)) {
	}
	return NULL;
}

/* The mail server needs processors too. */
static unsigned threads_usual(void)
{
	cpu_set_t usable;
	int half = sched_getaffinity(0, sizeof(usable), &usable) == 0 ? CPU_COUNT(&usable) / 2 : 1;
	return half < 1 ? 1 : half < THREADS_MOST ? (unsigned)half : THREADS_MOST;
}

static struct host_settings host_settings_of(const struct worker_start *start)
{
	const struct service_settings *settings = start->service->settings;
	return (struct host_settings){
		.listener = start->listener,
		.sessions_max = (unsigned)settings->sessions_max,
		.peer_sessions_max = (unsigned)settings->peer_sessions_max,
		.idle_timeout = (unsigned)settings->idle_timeout,
		.threads = settings->threads ? (unsigned)settings->threads : threads_usual(),
		.read_timeout = (unsigned)settings->read_timeout,
		.progress_interval = (unsigned)settings->progress_interval,
		/* For the handles of the sessions that are there, and for us. */
		.descriptor_reserve = 32,
		.second = start->service->second,
		.admits = start->service->admits,
	};
}

/* False when nothing may be served in it. */
static bool sandbox_report(struct sandbox sandbox, const struct ports *ports)
{
	if (sandbox.failed) {
		log_line(LOG_LEVEL_ERROR,
			 "no sandbox can be made: descriptors or memory have ended");
		return false;
	}
	log_line(sandbox.calls && sandbox.files && sandbox.ports ? LOG_LEVEL_INFO
								 : LOG_LEVEL_WARNING,
		 "sandbox: system calls %s (seccomp), files %s, listening %s, connecting to %s "
		 "(Landlock)",
		 sandbox.calls ? "bounded" : "open", sandbox.files ? "read only" : "open",
		 sandbox.ports ? "nowhere" : "open",
		 !ports->bounded ? "any port"
		 : sandbox.ports ? "the configured ports"
				 : "the configured ports by our own check alone");
	return true;
}

/* What is configured, and what we need ourselves. */
static bool sandbox_make(const struct worker_start *start)
{
	const struct service *service = start->service;
	struct ports ports = service->settings->ports;
	struct sockaddr_storage own;
	socklen_t length = sizeof(own);
	struct endpoint endpoint;
	resolver_ports(&ports);
	if (service->host->calls_itself &&
	    getsockname(start->listener, (struct sockaddr *)&own, &length) == 0 &&
	    endpoint_of((struct sockaddr *)&own, length, &endpoint))
		ports_add_endpoint(&ports, &endpoint);
	struct sandbox_room room = { .stores = service->settings->stores,
				     .ports = &ports,
				     .listens = service->host->calls_itself };
	return sandbox_report(sandbox_enter(&room), &ports);
}

static void become_worker(const struct worker_start *start)
{
	char title[16];
	snprintf(title, sizeof(title), "%s-worker", start->service->name);
	prctl(PR_SET_NAME, title, 0, 0, 0);
	signal(SIGPIPE, SIG_IGN);
	descriptors_raise();
	counters_use(&start->board->counters);
	if (!afsl_set_name_servers(start->service->settings->name_servers))
		log_line(LOG_LEVEL_ERROR,
			 "nameServers \"%s\" cannot be read: /etc/resolv.conf is used",
			 start->service->settings->name_servers);
}

int worker_run(const struct worker_start *start)
{
	struct control control = { start, false };
	struct host_settings settings = host_settings_of(start);
	struct afsl_chain *chain = NULL;
	pthread_t thread;
	become_worker(start);
	/* Before the sandbox: scripts may load libraries. */
	int code = chain_make(start->service, start->sources, &chain);
	if (code)
		return code;
	atomic_store(&start->board->program, start->program);
	if (!sandbox_make(start))
		return EX_OSERR;
	if (pthread_create(&thread, NULL, control_loop, &control) != 0) {
		log_line(LOG_LEVEL_ERROR, "no thread for the commands");
		return EX_OSERR;
	}
	bool served = start->service->host->run(&settings, chain);
	afsl_chain_release(chain);
	/* Callbacks may still be running, and the thread may still be told things: no more cleaning
	 * up here, the process ends. */
	return served ? EX_OK : EX_SOFTWARE;
}
