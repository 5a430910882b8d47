/* The process that owns signals and listening sockets, and keeps a worker alive for each address.
 */
#ifndef DAEMON_SUPERVISOR_H
#define DAEMON_SUPERVISOR_H

#include "daemon/process.h"
#include "daemon/worker.h"

struct supervisor_start {
	const struct command *command;
	const struct daemon_settings *settings;
	struct afsl_chain *chain; /* taken over: what workers begin with, also after a crash */
	int *listeners;		  /* one for each address; the supervisor closes them */
};

/* Until TERM or INT; gives the exit code of the process. */
int supervisor_run(const struct supervisor_start *start);

/* Milliseconds to wait before a worker is started again after so many quick ends in a row. */
unsigned supervisor_backoff(unsigned failures);

#endif
