/* A daemon: its settings, how its filters are loaded, and the host that serves them. */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include "host/host.h"
#include "service/settings.h"
#include "service/sources.h"

struct service_program;

struct service {
	const char *name; /* of the program: in log lines and process lists */
	const struct host *host;
	const struct protocol *second; /* beside milter; host/protocol.h. NULL: none */
	bool (*admits)(const struct sockaddr_storage *peer); /* as in host/host.h; NULL: all */
	const struct service_settings *settings;
	bool foreground;
	bool strict; /* started by root: files that others can write are refused, now and later */
	const struct service_program *program; /* these two are for `load` */
	const void *command;
	/* Reads configuration and filters, never in the supervisor: from the disk in a process of
	 * its own, and from what that has read in each worker. 0, EX_DATAERR for a wrong script, or
	 * another code of sysexits.h; what there is to say is put into `problems`. */
	int (*load)(const struct service *service, struct sources *sources, struct buffer *problems,
		    struct afsl_chain **chain);
};

/* From checked settings to a daemon that serves, until it is told to end. Gives the exit code of
 * the process; what is wrong was printed or logged. */
int service_run(const struct service *service);

/* For those that read the command line: what a reload reads again must be found from "/". Copied
 * into the arena where it changes. */
const char *path_absolute(struct arena *arena, const char *path);
#endif
