/* The afsld that is tested. */
#ifndef TEST_SERVER_H
#define TEST_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

struct server {
	pid_t pid; /* of the supervisor; 0: does not run */
	char folder[64];
	char socket[96];
	char log[96];
};

extern const char *server_program; /* path of afsld */
extern const char *server_scripts; /* folder of the scripts */
extern const char *server_kind;	   /* native or libmilter */

/* Runs afsld on a UNIX socket of its own in a temporary folder; `arguments` end with NULL and stand
 * before the script. Returns when it accepts connections. */
bool server_start(struct server *server, const char *script, const char *const *arguments);
/* Sends the signal (0: none) and waits for the end: the exit code, -1 when it had to be killed. */
int server_stop(struct server *server, int signal);
/* Removes the folder. */
void server_clean(struct server *server);

/* Waits up to 3 s until the log holds this text. */
bool server_logged(const struct server *server, const char *text);
/* Does the log tell of a fault that a sanitizer found, or of a worker that a signal has ended?
 * Prints it. */
bool server_has_fault(const struct server *server, bool signals_too);
/* Prints what the daemon has logged, after a word on what went wrong. */
void server_tells(const struct server *server, const char *what);
/* The first worker's process. */
pid_t server_worker(const struct server *server);
/* A number after a label in /proc/PID/status, as "VmRSS:" or "Threads:". */
long process_status(pid_t pid, const char *label);

/* Runs afsld with these arguments to its end: exit code, and what it printed on both. */
int afsld_run(const char *const *arguments, char *output, size_t size);

#endif
