/* The process that speaks with mail servers. */
#ifndef SERVICE_WORKER_H
#define SERVICE_WORKER_H

#include "service/service.h"

struct worker_board;

struct worker_start {
	const struct service *service;
	struct worker_board *board; /* what is told here others can see */
	unsigned program;	    /* its number */
	int sources;		    /* what it is made of, for sources_map() */
	int listener;
	int channel; /* when its other end closes, the worker drains: nobody is left to watch it */
};

/* Serves, and gives the exit code of the process. */
int worker_run(const struct worker_start *start);

/* As many descriptors as the system lets this process have. */
void descriptors_raise(void);

#endif
