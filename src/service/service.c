#include "service/service.h"

#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "service/process.h"
#include "service/supervisor.h"

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

static int serve_as(const struct service *service, const struct identity *identity,
		    struct afsl_chain *chain, int *listeners)
{
	int pid_file;
	int code = pid_file_open(service->settings->pid_file, &pid_file);
	if (!code && !service->foreground)
		code = background_enter();
	if (code)
		return code;
	pid_file_write(pid_file);
	log_begin(service);
	code = identity_become(identity);
	if (!code)
		code = supervisor_run(service, afsl_chain_keep(chain), listeners);
	if (pid_file >= 0)
		unlink(service->settings->pid_file);
	return code;
}

int service_run(const struct service *service, struct afsl_chain *chain)
{
	const struct service_settings *settings = service->settings;
	struct identity identity;
	int code = identity_find(settings, service->foreground, &identity);
	if (code)
		return code;
	int *listeners = memory_zeroed(settings->listen.count, sizeof(*listeners));
	if (!listeners)
		return EX_OSERR;
	code = listeners_open(settings, &identity, listeners);
	if (!code) {
		code = serve_as(service, &identity, chain, listeners);
		listeners_close(settings, listeners);
		listeners_remove(settings);
	}
	memory_free(listeners);
	return code;
}
