/* The program of a daemon: from a command line to a configuration that is shown, tested or served,
 * and read again at each reload. */
#ifndef SERVICE_PROGRAM_H
#define SERVICE_PROGRAM_H

#include "service/command.h"
#include "service/service.h"

/* What a daemon brings. `command` is what its command line says, `configuration` a struct of its
 * own. */
struct service_program {
	const char *name;
	const char *part; /* what its chain is made of: "filter" */
	size_t size;	  /* of a configuration */
	/* A daemon changes its folder, and files are read again at each reload; NULL: nothing but
	 * the configuration's name is a path. */
	void (*make_absolute)(void *command);
	/* 0, or a code of sysexits.h with what is wrong in `problems`; free() in any case. All
	 * files come from `sources`, which outlive the configuration. */
	int (*read)(const void *command, struct sources *sources, void *configuration,
		    struct buffer *problems);
	void (*free)(void *configuration);
	int (*chain)(const void *configuration, struct buffer *problems, struct afsl_chain **chain,
		     size_t *parts);
	/* What does not go through the chain, in the process that serves; NULL: nothing. */
	int (*apply)(const void *configuration);
	void (*show)(const void *configuration, struct buffer *out);
	/* Fills in settings, host and what else the host is told. */
	void (*describe)(const void *configuration, struct service *service);
};

/* For main(): what was parsed, and how that went. `command` is handed to the program's functions,
 * and `common` is a part of it. Gives the exit code of the process. */
int service_program_main(const struct service_program *program, enum command_result parsed,
			 struct service_command *common, void *command);
/* As service->load. */
int service_program_load(const struct service *service, struct sources *sources,
			 struct buffer *problems, struct afsl_chain **chain);

#endif
