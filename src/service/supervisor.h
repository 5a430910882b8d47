/* The process that owns signals, listening sockets and the control socket, and keeps a worker alive
 * for each address. It reads no script and no configuration: others do that for it. */
#ifndef SERVICE_SUPERVISOR_H
#define SERVICE_SUPERVISOR_H

#include "service/service.h"

struct supervisor_start {
	const struct service *service;
	int sources;	/* of the program to begin with, for sources_map(); taken over */
	int *listeners; /* one for each address; the supervisor closes them */
	int control;	/* -1: there is no control socket; taken over */
};

/* From here on signals wait for supervisor_run(): to be called before anybody can reach the daemon,
 * who could send one that ends it half begun. */
void supervisor_signals_hold(void);
/* Until TERM or INT; gives the exit code of the process. */
int supervisor_run(const struct supervisor_start *start);

#endif
