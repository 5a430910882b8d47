#include "service/supervisor.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/system.h"
#include "base/wait.h"
#include "service/control.h"
#include "service/loading.h"
#include "service/log_text.h"
#include "service/notify.h"
#include "service/status.h"

enum phase { PHASE_SERVING, PHASE_DRAINING, PHASE_STOPPING, PHASE_KILLING };

/* A change of the program that is under way: it is compiled, then all workers take it over. */
struct change {
	bool active;
	struct loading loading;	       /* while it is compiled */
	int64_t deadline;	       /* for the workers */
	int worst;		       /* of their codes */
	struct control_client *client; /* who asked; NULL: a signal */
	struct buffer problems;	       /* what there is to say at its end */
	bool again;		       /* a signal came meanwhile */
};

struct supervisor {
	const struct service *service;
	int *listeners; /* one for each address */
	struct programs programs;
	struct workers workers;
	struct control *control; /* NULL: there is none */
	struct change change;
	int64_t started;
	enum phase phase;
	int64_t phase_ends;
	int signals;
	struct pollfd *polls;
};

enum {
	STOP_TIME = 10000000,
	TAKE_OVER_TIME = 30000000,
	PROBLEMS_MAX = 4 << 20,
};

/* ---- changes of the program ---- */

static void change_begin(struct supervisor *supervisor, struct control_client *client)
{
	struct change *change = &supervisor->change;
	*change = (struct change){ .active = true, .client = client };
	buffer_init(&change->problems, PROBLEMS_MAX);
	notify_reloading();
}

static void reload(struct supervisor *supervisor, struct control_client *client);

/* What there is to say goes to the log, and to whoever asked. */
static void change_end(struct supervisor *supervisor, int code)
{
	struct change *change = &supervisor->change;
	log_text(code ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, &change->problems);
	if (code)
		log_line(LOG_LEVEL_ERROR, "not loaded again: the filters stay as they were");
	if (code)
		notify_status("the last reload failed: the filters are as before");
	else
		notify_status("program %u", supervisor->programs.current);
	notify_ready();
	if (!code)
		buffer_printf(&change->problems, "program %u\n", supervisor->programs.current);
	if (change->client)
		control_answer(change->client, code, buffer_text(&change->problems));
	buffer_free(&change->problems);
	change->active = false;
	if (change->again)
		reload(supervisor, NULL);
}

static void take_over(struct supervisor *supervisor)
{
	supervisor->change.deadline = clock_monotonic() + TAKE_OVER_TIME;
	workers_load(&supervisor->workers, programs_current(&supervisor->programs));
}

/* A worker that has not answered is served no more than one that has died: it goes on as it was. */
static void take_over_look(struct supervisor *supervisor)
{
	struct change *change = &supervisor->change;
	int code = workers_hear(&supervisor->workers);
	if (!change->active || change->loading.pid)
		return;
	if (code)
		change->worst = code;
	size_t left = workers_loading(&supervisor->workers);
	if (left && clock_monotonic() < change->deadline)
		return;
	if (left || change->worst)
		buffer_append_string(&change->problems,
				     "a worker keeps its old program: the log says why\n");
	change_end(supervisor, left ? EX_OSERR : change->worst);
}

static void loading_ended(struct supervisor *supervisor, int status)
{
	struct change *change = &supervisor->change;
	int sources;
	change->loading.status = status;
	int code = loading_end(&change->loading, &change->problems, &sources);
	if (!code && !programs_add(&supervisor->programs, sources))
		code = EX_OSERR;
	if (code)
		change_end(supervisor, code);
	else
		take_over(supervisor);
}

static void reload(struct supervisor *supervisor, struct control_client *client)
{
	change_begin(supervisor, client);
	if (!loading_begin(&supervisor->change.loading, supervisor->service, NULL)) {
		buffer_append_string(&supervisor->change.problems, "no process to compile in\n");
		change_end(supervisor, EX_OSERR);
	}
}

/* By a signal; while one is under way, the files are read once more after it. */
static void reload_signalled(struct supervisor *supervisor)
{
	if (supervisor->change.active)
		supervisor->change.again = true;
	else
		reload(supervisor, NULL);
}

static void rollback(struct supervisor *supervisor, struct control_client *client,
		     const struct kept_program *program)
{
	change_begin(supervisor, client);
	log_line(LOG_LEVEL_INFO, "going back from program %u to %u", supervisor->programs.current,
		 program->number);
	supervisor->programs.current = program->number;
	take_over(supervisor);
}

/* ---- phases ---- */

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
		workers_tell(&supervisor->workers, CHANNEL_DRAIN);
		listeners_close(settings, supervisor->listeners);
		return;
	case PHASE_DRAINING:
		log_line(LOG_LEVEL_WARNING, "sessions are cut off");
		phase_enter(supervisor, PHASE_STOPPING, STOP_TIME);
		workers_tell(&supervisor->workers, CHANNEL_STOP);
		return;
	default:
		phase_enter(supervisor, PHASE_KILLING, STOP_TIME);
		workers_kill(&supervisor->workers);
	}
}

/* ---- requests ---- */

static void status_answer(const struct supervisor *supervisor, struct control_client *client,
			  bool json)
{
	static const char *const phases[] = { "serving", "draining", "stopping", "stopping" };
	struct status status = { .service = supervisor->service,
				 .phase = phases[supervisor->phase],
				 .started = supervisor->started,
				 .workers = &supervisor->workers,
				 .programs = &supervisor->programs };
	struct buffer out;
	buffer_init(&out, PROBLEMS_MAX);
	if (json)
		status_print_json(&status, &out);
	else
		status_print(&status, &out);
	control_answer(client, out.failed ? EX_OSERR : EX_OK, buffer_text(&out));
	buffer_free(&out);
}

static void history_answer(const struct supervisor *supervisor, struct control_client *client,
			   bool json)
{
	struct buffer out;
	buffer_init(&out, PROBLEMS_MAX);
	if (json)
		history_print_json(&supervisor->programs, &out);
	else
		history_print(&supervisor->programs, &out);
	control_answer(client, out.failed ? EX_OSERR : EX_OK, buffer_text(&out));
	buffer_free(&out);
}

static void rollback_answer(struct supervisor *supervisor, struct control_client *client,
			    unsigned number)
{
	const struct programs *programs = &supervisor->programs;
	const struct kept_program *program =
		number ? programs_find(programs, number) : programs_before(programs);
	if (!program)
		control_answer(client, EX_DATAERR, TEXT("there is no such program\n"));
	else if (program->number == programs->current)
		control_answer(client, EX_OK, TEXT("it is the current one already\n"));
	else
		rollback(supervisor, client, program);
}

static void stop_answer(struct supervisor *supervisor, struct control_client *client)
{
	log_line(LOG_LEVEL_INFO, "told to stop");
	control_answer(client, EX_OK, TEXT("ending when the sessions have ended\n"));
	if (supervisor->phase == PHASE_SERVING)
		phase_next(supervisor);
}

/* "rollback 3": the number, or 0. */
static unsigned number_of(const char *line)
{
	static const char word[] = "rollback ";
	const char *digits = line + sizeof(word) - 1;
	if (strncmp(line, word, sizeof(word) - 1) != 0 || strlen(digits) > 9 ||
	    strspn(digits, "0123456789") != strlen(digits))
		return 0;
	return (unsigned)strtoul(digits, NULL, 10);
}

/* What changes something waits for its turn, or is told to. */
static void change_answer(struct supervisor *supervisor, struct control_client *client,
			  const char *line)
{
	unsigned number = number_of(line);
	if (supervisor->phase != PHASE_SERVING)
		control_answer(client, EX_UNAVAILABLE, TEXT("the daemon is ending\n"));
	else if (supervisor->change.active)
		control_answer(client, EX_TEMPFAIL, TEXT("another change is under way\n"));
	else if (strcmp(line, "reload") == 0)
		reload(supervisor, client);
	else if (strcmp(line, "rollback") == 0)
		rollback_answer(supervisor, client, 0);
	else if (number)
		rollback_answer(supervisor, client, number);
	else
		control_answer(client, EX_USAGE, TEXT("this is no request\n"));
}

static void request_take(void *argument, struct control_client *client, const char *line)
{
	struct supervisor *supervisor = argument;
	if (strcmp(line, "status") == 0 || strcmp(line, "status json") == 0)
		status_answer(supervisor, client, line[6] != '\0');
	else if (strcmp(line, "history") == 0 || strcmp(line, "history json") == 0)
		history_answer(supervisor, client, line[7] != '\0');
	else if (strcmp(line, "stop") == 0)
		stop_answer(supervisor, client);
	else
		change_answer(supervisor, client, line);
}

/* ---- signals ---- */

static void child_ended(struct supervisor *supervisor, pid_t pid, int status)
{
	if (supervisor->change.active && pid == supervisor->change.loading.pid)
		loading_ended(supervisor, status);
	else
		workers_ended(&supervisor->workers, pid, status,
			      supervisor->phase == PHASE_SERVING);
}

static void children_reap(struct supervisor *supervisor)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		child_ended(supervisor, pid, status);
}

static void signal_take(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;
	if (system_read(supervisor->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD)
		children_reap(supervisor);
	else if (info.ssi_signo == SIGHUP && supervisor->phase == PHASE_SERVING)
		reload_signalled(supervisor);
	else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
		phase_next(supervisor);
}

static sigset_t signals_taken(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	return set;
}

void supervisor_signals_hold(void)
{
	sigset_t set = signals_taken();
	/* Workers inherit the mask; what they want of it they unblock. */
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, SIG_IGN); /* log rotation sends these to daemons of all kinds */
	signal(SIGUSR2, SIG_IGN);
}

static int signals_open(void)
{
	sigset_t set = signals_taken();
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* ---- the loop ---- */

static void earliest(int64_t *next, int64_t moment)
{
	if (moment < *next)
		*next = moment;
}

static int64_t next_moment(const struct supervisor *supervisor)
{
	const struct change *change = &supervisor->change;
	int64_t next = notify_alive();
	if (supervisor->control)
		earliest(&next, control_deadline(supervisor->control));
	if (change->active)
		earliest(&next, change->loading.pid ? change->loading.deadline : change->deadline);
	earliest(&next, supervisor->phase == PHASE_SERVING
				? workers_next_start(&supervisor->workers)
				: supervisor->phase_ends);
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
	struct change *change = &supervisor->change;
	int64_t now = clock_monotonic();
	if (change->active && change->loading.pid && now >= change->loading.deadline) {
		kill(change->loading.pid, SIGKILL);
		change->loading.deadline = now + STOP_TIME;
	}
	take_over_look(supervisor);
	if (supervisor->phase == PHASE_SERVING)
		workers_start(&supervisor->workers, programs_current(&supervisor->programs));
	else if (now >= supervisor->phase_ends)
		phase_next(supervisor);
}

/* Signals, workers, and then whoever asks. */
static void turn(struct supervisor *supervisor)
{
	struct pollfd *polls = supervisor->polls;
	nfds_t count = 0, asked;
	polls[count++] = (struct pollfd){ .fd = supervisor->signals, .events = POLLIN };
	for (size_t i = 0; i < supervisor->workers.count; i++)
		if (supervisor->workers.items[i].loading)
			polls[count++] =
				(struct pollfd){ .fd = supervisor->workers.items[i].channel,
						 .events = POLLIN };
	asked = supervisor->control ? control_poll(supervisor->control, polls + count) : 0;
	system_poll(polls, count + asked, milliseconds_until(next_moment(supervisor)));
	if (polls[0].revents)
		signal_take(supervisor);
	if (supervisor->control)
		control_turn(supervisor->control, polls + count, asked);
	moments_take(supervisor);
}

static void serve(struct supervisor *supervisor)
{
	while (supervisor->phase == PHASE_SERVING || workers_running(&supervisor->workers))
		turn(supervisor);
}

/* ---- beginning and end ---- */

/* In a worker's process. */
static void forget(void *argument)
{
	struct supervisor *supervisor = argument;
	close(supervisor->signals);
	control_forget(supervisor->control);
}

static bool supervisor_init(struct supervisor *supervisor, const struct supervisor_start *start)
{
	size_t addresses = start->service->settings->listen.count;
	*supervisor = (struct supervisor){ .service = start->service,
					   .listeners = start->listeners,
					   .started = clock_wall(),
					   .signals = signals_open() };
	if (start->control >= 0) {
		supervisor->control = control_new(start->control, request_take, supervisor);
		if (!supervisor->control)
			return false;
	}
	supervisor->polls =
		memory_zeroed(1 + addresses + CONTROL_POLLS, sizeof(*supervisor->polls));
	if (!programs_init(&supervisor->programs,
			   (size_t)start->service->settings->keep_programs) ||
	    !programs_add(&supervisor->programs, start->sources) ||
	    !workers_init(&supervisor->workers, start->service, start->listeners))
		return false;
	supervisor->workers.forget = forget;
	supervisor->workers.argument = supervisor;
	return supervisor->signals >= 0 && supervisor->polls;
}

static void supervisor_free(struct supervisor *supervisor)
{
	if (supervisor->change.active)
		buffer_free(&supervisor->change.problems);
	if (supervisor->signals >= 0)
		close(supervisor->signals);
	control_free(supervisor->control);
	workers_free(&supervisor->workers);
	programs_free(&supervisor->programs);
	memory_free(supervisor->polls);
}

int supervisor_run(const struct supervisor_start *start)
{
	struct supervisor supervisor;
	int code = EX_OSERR;
	notify_begin();
	if (supervisor_init(&supervisor, start)) {
		workers_start(&supervisor.workers, programs_current(&supervisor.programs));
		notify_ready();
		serve(&supervisor);
		log_line(LOG_LEVEL_INFO, "ended");
		code = EX_OK;
	}
	supervisor_free(&supervisor);
	return code;
}
