/* The processes that serve, one for each address: begun, told, and begun again when they die. */
#ifndef SERVICE_WORKERS_H
#define SERVICE_WORKERS_H

#include <poll.h>
#include <sys/types.h>

#include "host/counters.h"
#include "service/channel.h"
#include "service/programs.h"
#include "service/service.h"

/* Where a worker writes what others may know of it: memory that it shares with the supervisor. */
struct worker_board {
	struct host_counters counters;
	atomic_uint program; /* that new sessions use; 0: none yet */
};

struct worker {
	pid_t pid; /* 0: does not run */
	int channel;
	int listener;
	const char *name; /* of the address */
	unsigned failures;
	unsigned long restarts;
	int64_t started;
	int64_t start_at; /* when pid is 0 */
	struct worker_board *board;
	unsigned loading; /* the program that it was told to load and has not answered; 0: none */
};

struct workers {
	const struct service *service;
	struct worker *items;
	size_t count;
	/* In a new worker's process: closes what is the supervisor's. */
	void (*forget)(void *argument);
	void *argument;
};

/* False when memory has ended; workers_free() in any case. */
bool workers_init(struct workers *workers, const struct service *service, const int *listeners);
void workers_free(struct workers *workers);

/* Begins those that are due to begin, with this program. */
void workers_start(struct workers *workers, const struct kept_program *program);
/* When the next one is due; INT64_MAX: all run. */
int64_t workers_next_start(const struct workers *workers);
/* A process has ended. With `again` its worker is begun again after a while. False: it was none of
 * these. */
bool workers_ended(struct workers *workers, pid_t pid, int status, bool again);
size_t workers_running(const struct workers *workers);

void workers_tell(struct workers *workers, enum channel_kind kind);
/* A new program, for all that run. Each answers, or dies. */
void workers_load(struct workers *workers, const struct kept_program *program);
/* How many have not answered yet. */
size_t workers_loading(const struct workers *workers);
/* Takes answers that have come: the worst of their codes. */
int workers_hear(struct workers *workers);
void workers_kill(const struct workers *workers);

/* Milliseconds to wait before a worker is started again after so many quick ends in a row. */
unsigned workers_backoff(unsigned failures);

#endif
