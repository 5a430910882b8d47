/* The process that owns signals and listening sockets, and keeps a worker alive for each address.
 */
#ifndef SERVICE_SUPERVISOR_H
#define SERVICE_SUPERVISOR_H

#include "service/process.h"
#include "service/worker.h"

/* Until TERM or INT; gives the exit code of the process. The chain is taken over: workers begin
 * with it, also after a crash. `listeners`: one for each address; the supervisor closes them. */
int supervisor_run(const struct service *service, struct afsl_chain *chain, int *listeners);

/* Milliseconds to wait before a worker is started again after so many quick ends in a row. */
unsigned supervisor_backoff(unsigned failures);

#endif
