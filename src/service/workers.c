#include "service/workers.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/system.h"
#include "base/wait.h"
#include "service/worker.h"

enum {
	BACKOFF_LEAST = 10,
	BACKOFF_MOST = 5000,
	/* A worker that has lived so long has not failed to start. */
	LIFE_GOOD = 60000000,
};

unsigned workers_backoff(unsigned failures)
{
	unsigned wait = BACKOFF_LEAST;
	while (failures-- > 1 && wait < BACKOFF_MOST)
		wait *= 2;
	return wait > BACKOFF_MOST ? BACKOFF_MOST : wait;
}

static struct worker_board *board_new(void)
{
	void *shared = mmap(NULL, sizeof(struct worker_board), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return shared == MAP_FAILED ? NULL : shared;
}

bool workers_init(struct workers *workers, const struct service *service, const int *listeners)
{
	const struct endpoint_list *listen = &service->settings->listen;
	*workers = (struct workers){ .service = service,
				     .items = memory_zeroed(listen->count, sizeof(struct worker)) };
	if (!workers->items)
		return false;
	workers->count = listen->count;
	for (size_t i = 0; i < listen->count; i++)
		workers->items[i] = (struct worker){ .channel = -1,
						     .listener = listeners[i],
						     .name = listen->items[i].name,
						     .board = board_new() };
	for (size_t i = 0; i < listen->count; i++)
		if (!workers->items[i].board)
			return false;
	return true;
}

void workers_free(struct workers *workers)
{
	for (size_t i = 0; i < workers->count; i++)
		if (workers->items[i].board)
			munmap(workers->items[i].board, sizeof(struct worker_board));
	memory_free(workers->items);
}

/* ---- their beginning ---- */

/* What the child has got of other workers must go: their channels would never end otherwise. */
static void child_forget(const struct workers *workers, const struct worker *own)
{
	workers->forget(workers->argument);
	for (size_t i = 0; i < workers->count; i++) {
		const struct worker *worker = &workers->items[i];
		if (worker == own)
			continue;
		if (worker->channel >= 0)
			close(worker->channel);
		close(worker->listener);
	}
}

__attribute__((noreturn)) static void child_run(const struct workers *workers,
						const struct worker *own,
						const struct kept_program *program, int channel)
{
	struct worker_start start = { .service = workers->service,
				      .board = own->board,
				      .program = program->number,
				      .sources = program->fd,
				      .listener = own->listener,
				      .channel = channel };
	/* The terminal's signals are the supervisor's; libmilter ends at a HUP. */
	setpgid(0, 0);
	child_forget(workers, own);
	int code = worker_run(&start);
	/* Threads of libmilter still run, so nothing they use may be taken apart. */
#ifdef __SANITIZE_ADDRESS__
	exit(code); /* what has leaked is told here */
#else
	_exit(code);
#endif
}

static bool worker_fork(const struct workers *workers, struct worker *worker,
			const struct kept_program *program)
{
	int ends[2];
	if (!channel_open(ends))
		return false;
	pid_t pid = system_fork();
	if (pid == 0) {
		close(ends[1]);
		child_run(workers, worker, program, ends[0]);
	}
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return false;
	}
	worker->pid = pid;
	worker->channel = ends[1];
	return true;
}

static void worker_failed(struct worker *worker)
{
	worker->failures++;
	worker->restarts++;
	unsigned wait = workers_backoff(worker->failures);
	worker->start_at = clock_monotonic() + (int64_t)wait * 1000;
	log_line(LOG_LEVEL_ERROR, "%s: the worker is started again in %u ms", worker->name, wait);
}

static void worker_start(const struct workers *workers, struct worker *worker,
			 const struct kept_program *program)
{
	worker->started = clock_monotonic();
	atomic_store(&worker->board->counters.open, 0);
	atomic_store(&worker->board->program, 0);
	if (worker_fork(workers, worker, program)) {
		log_line(LOG_LEVEL_INFO, "%s: served by process %ld", worker->name,
			 (long)worker->pid);
		return;
	}
	log_line(LOG_LEVEL_ERROR, "%s: no process: %s", worker->name, strerror(errno));
	worker_failed(worker);
}

void workers_start(struct workers *workers, const struct kept_program *program)
{
	int64_t now = clock_monotonic();
	for (size_t i = 0; i < workers->count; i++)
		if (!workers->items[i].pid && now >= workers->items[i].start_at)
			worker_start(workers, &workers->items[i], program);
}

int64_t workers_next_start(const struct workers *workers)
{
	int64_t next = INT64_MAX;
	for (size_t i = 0; i < workers->count; i++)
		if (!workers->items[i].pid && workers->items[i].start_at < next)
			next = workers->items[i].start_at;
	return next;
}

/* ---- their end ---- */

static void end_log(const struct worker *worker, int status)
{
	if (WIFSIGNALED(status))
		log_line(LOG_LEVEL_ERROR, "%s: the worker was ended by signal %d", worker->name,
			 WTERMSIG(status));
	else
		log_line(LOG_LEVEL_ERROR, "%s: the worker has ended with code %d", worker->name,
			 WEXITSTATUS(status));
}

static void worker_ended(struct worker *worker, int status, bool again)
{
	close(worker->channel);
	worker->channel = -1;
	worker->pid = 0;
	worker->loading = 0;
	atomic_store(&worker->board->counters.open, 0);
	if (!again)
		return;
	end_log(worker, status);
	if (clock_monotonic() - worker->started > LIFE_GOOD)
		worker->failures = 0;
	worker_failed(worker);
}

bool workers_ended(struct workers *workers, pid_t pid, int status, bool again)
{
	for (size_t i = 0; i < workers->count; i++)
		if (workers->items[i].pid == pid) {
			worker_ended(&workers->items[i], status, again);
			return true;
		}
	return false;
}

size_t workers_running(const struct workers *workers)
{
	size_t running = 0;
	for (size_t i = 0; i < workers->count; i++)
		running += workers->items[i].pid != 0;
	return running;
}

void workers_kill(const struct workers *workers)
{
	for (size_t i = 0; i < workers->count; i++)
		if (workers->items[i].pid)
			kill(workers->items[i].pid, SIGKILL);
}

/* ---- what is said between them and us ---- */

static bool worker_tell(const struct worker *worker, const struct channel_message *message,
			int passed)
{
	if (channel_send(worker->channel, message, passed))
		return true;
	log_line(LOG_LEVEL_ERROR, "%s: the worker cannot be told: %s", worker->name,
		 strerror(errno));
	return false;
}

void workers_tell(struct workers *workers, enum channel_kind kind)
{
	struct channel_message message = { .kind = kind };
	for (size_t i = 0; i < workers->count; i++)
		if (workers->items[i].pid)
			worker_tell(&workers->items[i], &message, -1);
}

void workers_load(struct workers *workers, const struct kept_program *program)
{
	struct channel_message message = { .kind = CHANNEL_LOAD, .program = program->number };
	for (size_t i = 0; i < workers->count; i++) {
		struct worker *worker = &workers->items[i];
		if (worker->pid && worker_tell(worker, &message, program->fd))
			worker->loading = program->number;
	}
}

size_t workers_loading(const struct workers *workers)
{
	size_t loading = 0;
	for (size_t i = 0; i < workers->count; i++)
		loading += workers->items[i].loading != 0;
	return loading;
}

static int worker_hear(struct worker *worker)
{
	struct channel_message message;
	int passed, worst = EX_OK;
	/* What has closed will be reaped. */
	while (worker->pid &&
	       channel_receive(worker->channel, &message, &passed) == CHANNEL_MESSAGE) {
		if (passed >= 0)
			close(passed);
		if (message.kind != CHANNEL_LOADED || message.program != worker->loading)
			continue;
		worker->loading = 0;
		if (message.code)
			worst = message.code;
	}
	return worst;
}

int workers_hear(struct workers *workers)
{
	int worst = EX_OK;
	for (size_t i = 0; i < workers->count; i++) {
		int code = worker_hear(&workers->items[i]);
		if (code)
			worst = code;
	}
	return worst;
}
