/* The process that speaks with mail servers. */
#ifndef SERVICE_WORKER_H
#define SERVICE_WORKER_H

#include "service/service.h"

/* One byte each, from the supervisor. */
enum worker_command {
	WORKER_RELOAD = 'r', /* read configuration and scripts again; what is bad changes nothing */
	WORKER_DRAIN = 'd',  /* take no new sessions, end with the last one */
	WORKER_STOP = 's',   /* end */
};

struct worker_start {
	const struct service *service;
	struct afsl_chain *chain;
	int listener;
	int commands; /* when its other end closes, the worker drains: nobody is left to watch it */
};

/* Serves, and gives the exit code of the process. */
int worker_run(const struct worker_start *start);

/* As many descriptors as the system lets this process have. */
void descriptors_raise(void);

#endif
