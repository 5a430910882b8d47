/* The program of a daemon: from a command line to a configuration that is shown, tested or served,
 * and read again at each reload. */
#ifndef SERVICE_PROGRAM_H
#define SERVICE_PROGRAM_H

#include "service/service.h"

/* What a daemon brings. `command` is what its command line says, `configuration` a struct of its
 * own. */
struct service_program {
	const char *name;
	const char *part; /* what its chain is made of: "filter" */
	size_t size;	  /* of a configuration */
	/* 0, or a code of sysexits.h with what is wrong in `problems`; free() in any case. */
	int (*read)(const void *command, void *configuration, struct buffer *problems);
	void (*free)(void *configuration);
	int (*chain)(const void *configuration, struct buffer *problems, struct afsl_chain **chain,
		     size_t *parts);
	/* What does not go through the chain, in the process that serves; NULL: nothing. */
	int (*apply)(const void *configuration);
	void (*show)(const void *configuration, struct buffer *out);
	/* Fills in settings, host and what else the host is told. */
	void (*describe)(const void *configuration, struct service *service);
};

enum service_task { TASK_SERVE, TASK_TEST, TASK_SHOW };

/* Gives the exit code of the process. */
int service_program_run(const struct service_program *program, enum service_task task,
			const void *command, bool foreground);
/* At a reload: as service->load. */
int service_program_load(const struct service *service, struct buffer *problems,
			 struct afsl_chain **chain);

#endif
