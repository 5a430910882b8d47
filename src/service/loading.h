/* Reading and compiling in a process of its own: whatever a script does to the compiler, neither
 * the supervisor nor a session notices. */
#ifndef SERVICE_LOADING_H
#define SERVICE_LOADING_H

#include "service/process.h"
#include "service/service.h"

struct loading {
	pid_t pid; /* 0: none runs */
	int64_t deadline;
	int problems, sources; /* files without a name that it writes into */
	int status;	       /* of its end, once the caller has waited for it */
};

/* Begins; `identity`: whom the process becomes first, NULL when that was done. False: errno. */
bool loading_begin(struct loading *loading, const struct service *service,
		   const struct identity *identity);
/* After its end: 0, EX_DATAERR for a wrong script, or another code of sysexits.h. What it had to
 * say is appended to `problems`; *sources is a file for sources_map(), the caller's to close, or
 * -1. */
int loading_end(struct loading *loading, struct buffer *problems, int *sources);
/* Both, and the time between: for the start. */
int loading_whole(const struct service *service, const struct identity *identity,
		  struct buffer *problems, int *sources);

#endif
