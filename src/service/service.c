#include "service/service.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "service/control.h"
#include "service/loading.h"
#include "service/process.h"
#include "service/supervisor.h"

/* Nobody but the daemon's user reads what it makes; sockets get the modes that the settings say. */
enum { UMASK = 077 };

const char *path_absolute(struct arena *arena, const char *path)
{
	char *real = path ? realpath(path, NULL) : NULL;
	if (!real)
		return path;
	char *copy = arena_string(arena, text_of_string(real, LIFETIME_PROGRAM));
	free(real);
	return copy ? copy : path;
}

static void log_begin(const struct service *service)
{
	const struct service_settings *settings = service->settings;
	bool syslog = settings->log == LOG_TARGET_SYSLOG ||
		      (settings->log == LOG_TARGET_AUTO && !service->foreground);
	log_open(service->name, syslog, (enum log_level)settings->log_level);
}

/* What has to be open before the daemon is somebody else. */
struct opened {
	int *listeners;
	int control, pid_file;
	int sources; /* of the program to begin with */
};

static int serve_as(const struct service *service, const struct identity *identity,
		    struct opened *opened)
{
	struct supervisor_start start = { service, opened->sources, opened->listeners,
					  opened->control };
	int code = service->foreground ? EX_OK : background_enter();
	if (code)
		return code;
	pid_file_write(opened->pid_file);
	log_begin(service);
	code = identity_become(identity);
	return code ? code : supervisor_run(&start);
}

static int listen_and_serve(const struct service *service, const struct identity *identity,
			    struct opened *opened)
{
	const struct service_settings *settings = service->settings;
	int code = listeners_open(settings, identity, opened->listeners);
	if (code)
		return code;
	code = serve_as(service, identity, opened);
	listeners_close(settings, opened->listeners);
	listeners_remove(settings);
	return code;
}

/* The listeners come last: whoever can speak to the daemon can control it, too. */
static int open_and_serve(const struct service *service, const struct identity *identity,
			  struct opened *opened)
{
	const struct service_settings *settings = service->settings;
	supervisor_signals_hold();
	int code = pid_file_open(settings->pid_file, &opened->pid_file);
	if (code)
		return code;
	code = control_open(settings, identity, &opened->control);
	if (!code)
		code = listen_and_serve(service, identity, opened);
	if (opened->control >= 0)
		control_remove(settings);
	if (opened->pid_file >= 0)
		unlink(settings->pid_file);
	return code;
}

/* Compiled before anything is opened: what is wrong is said to whoever starts the daemon. */
static int first_load(const struct service *service, const struct identity *identity, int *sources)
{
	struct buffer problems;
	buffer_init(&problems, (size_t)4 << 20);
	int code = loading_whole(service, identity, &problems, sources);
	fwrite(problems.data, 1, problems.length, stderr);
	buffer_free(&problems);
	return code == EX_DATAERR ? EX_CONFIG : code;
}

int service_run(const struct service *service)
{
	const struct service_settings *settings = service->settings;
	struct opened opened = { .control = -1, .pid_file = -1 };
	struct identity identity;
	umask(UMASK);
	/* A file that may not grow is an error like a full disk. */
	signal(SIGXFSZ, SIG_IGN);
	int code = identity_find(settings, service->foreground, &identity);
	if (!code)
		code = first_load(service, &identity, &opened.sources);
	if (code)
		return code;
	opened.listeners = memory_zeroed(settings->listen.count, sizeof(*opened.listeners));
	if (!opened.listeners)
		return EX_OSERR;
	code = open_and_serve(service, &identity, &opened);
	memory_free(opened.listeners);
	return code;
}
