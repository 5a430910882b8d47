#include "service/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/system.h"
#include "service/activation.h"

__attribute__((format(printf, 2, 3))) static int fault(int code, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	return code;
}

/* ---- user and group ---- */

static int root_stays(bool foreground)
{
	if (foreground) {
		fault(0, "warning: running as root; the setting user names somebody to become");
		return EX_OK;
	}
	return fault(EX_CONFIG,
		     "started as root: set user to somebody who owns nothing (or to root)");
}

static int user_find(const char *name, uid_t *user, gid_t *group)
{
	const struct passwd *found = getpwnam(name);
	if (!found)
		return fault(EX_NOUSER, "there is no user %s", name);
	*user = found->pw_uid;
	*group = found->pw_gid;
	return EX_OK;
}

int group_find(const char *name, gid_t *group)
{
	const struct group *found = getgrnam(name);
	if (!found)
		return fault(EX_NOUSER, "there is no group %s", name);
	*group = found->gr_gid;
	return EX_OK;
}

int identity_check(const struct service_settings *settings)
{
	uid_t user;
	gid_t group;
	int code = settings->user ? user_find(settings->user, &user, &group) : EX_OK;
	if (settings->group && group_find(settings->group, &group) != 0)
		code = EX_NOUSER;
	if (settings->control_group && group_find(settings->control_group, &group) != 0)
		code = EX_NOUSER;
	return code;
}

int identity_find(const struct service_settings *settings, bool foreground,
		  struct identity *identity)
{
	*identity = (struct identity){ .user = geteuid(), .group = getegid() };
	if (geteuid() != 0) {
		if (settings->user || settings->group)
			fault(0,
			      "warning: not started as root, so user and group stay as they are");
		return EX_OK;
	}
	if (!settings->user)
		return root_stays(foreground);
	int code = user_find(settings->user, &identity->user, &identity->group);
	if (!code && settings->group)
		code = group_find(settings->group, &identity->group);
	if (code)
		return code;
	snprintf(identity->name, sizeof(identity->name), "%s", settings->user);
	identity->change = identity->user != 0;
	if (!identity->change)
		fault(0, "warning: running as root, as user says");
	return EX_OK;
}

int identity_become(const struct identity *identity)
{
	/* Nothing that is run from here on may gain what this process has not. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		fault(0, "warning: privileges can still be gained: %s", strerror(errno));
	if (!identity->change)
		return EX_OK;
	if (initgroups(identity->name, identity->group) != 0 || setgid(identity->group) != 0 ||
	    setuid(identity->user) != 0)
		return fault(EX_OSERR, "cannot become user %s: %s", identity->name,
			     strerror(errno));
	if (setuid(0) == 0 || geteuid() != identity->user || getegid() != identity->group)
		return fault(EX_OSERR, "user %s is still root", identity->name);
	return EX_OK;
}

/* ---- listeners ---- */

static const char *unix_path(const struct endpoint *endpoint)
{
	if (endpoint->address.ss_family != AF_UNIX)
		return NULL;
	return ((const struct sockaddr_un *)&endpoint->address)->sun_path;
}

static int listen_fault(const struct endpoint *endpoint, int error)
{
	if (error == EADDRINUSE)
		return fault(EX_UNAVAILABLE, "%s: somebody else is listening there",
			     endpoint->name);
	int code = error == EACCES || error == EPERM ? EX_NOPERM : EX_OSERR;
	return fault(code, "%s: %s", endpoint->name, strerror(error));
}

static int listener_open(const struct service_settings *settings, const struct endpoint *endpoint,
			 const struct identity *identity, int *listener)
{
	const char *path = unix_path(endpoint);
	*listener = activation_take(endpoint);
	if (*listener >= 0)
		return EX_OK;
	*listener = socket_listen(endpoint, (int)settings->backlog, (mode_t)settings->socket_mode);
	if (*listener < 0)
		return listen_fault(endpoint, errno);
	if (path && identity->change && lchown(path, identity->user, identity->group) != 0)
		return fault(EX_OSERR, "%s: cannot be given to user %s: %s", endpoint->name,
			     identity->name, strerror(errno));
	return EX_OK;
}

/* Of a socket whose file is ours to remove. */
static const char *own_path(const struct endpoint *endpoint)
{
	return activation_owns(endpoint) ? NULL : unix_path(endpoint);
}

/* Only what was opened here goes: another daemon's socket stays. */
static void listeners_abandon(const struct service_settings *settings, int *listeners)
{
	for (size_t i = 0; i < settings->listen.count; i++) {
		const char *path = own_path(&settings->listen.items[i]);
		if (path && listeners[i] >= 0)
			unlink(path);
	}
	listeners_close(settings, listeners);
}

int listeners_open(const struct service_settings *settings, const struct identity *identity,
		   int *listeners)
{
	for (size_t i = 0; i < settings->listen.count; i++)
		listeners[i] = -1;
	activation_begin();
	for (size_t i = 0; i < settings->listen.count; i++) {
		int code = listener_open(settings, &settings->listen.items[i], identity,
					 &listeners[i]);
		if (code) {
			listeners_abandon(settings, listeners);
			return code;
		}
	}
	if (activation_left())
		fault(0,
		      "warning: %u of the sockets that were handed over listen elsewhere than "
		      "listen says",
		      activation_left());
	return EX_OK;
}

void listeners_close(const struct service_settings *settings, int *listeners)
{
	for (size_t i = 0; i < settings->listen.count; i++) {
		if (listeners[i] >= 0)
			close(listeners[i]);
		listeners[i] = -1;
	}
}

void listeners_remove(const struct service_settings *settings)
{
	for (size_t i = 0; i < settings->listen.count; i++) {
		const char *path = own_path(&settings->listen.items[i]);
		if (path)
			unlink(path);
	}
}

/* ---- pid file ---- */

int pid_file_open(const char *path, int *fd)
{
	*fd = -1;
	if (!path)
		return EX_OK;
	*fd = system_open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0644);
	if (*fd < 0)
		return fault(EX_CANTCREAT, "%s: %s", path, strerror(errno));
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return fchmod(*fd, 0644) == 0 ? EX_OK : EX_OSERR; /* for all to read */
	close(*fd);
	*fd = -1;
	return fault(EX_UNAVAILABLE, "%s: another %s is running", path,
		     program_invocation_short_name);
}

void pid_file_write(int fd)
{
	char line[32];
	if (fd < 0)
		return;
	int length = snprintf(line, sizeof(line), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) != 0 || system_write_at(fd, line, (size_t)length, 0) != length)
		fault(0, "warning: the pid file cannot be written: %s", strerror(errno));
}

/* ---- background ---- */

int background_enter(void)
{
	int null = system_open("/dev/null", O_RDWR, 0);
	if (null < 0)
		return fault(EX_OSERR, "/dev/null: %s", strerror(errno));
	pid_t child = system_fork();
	if (child < 0)
		return fault(EX_OSERR, "no process for the background: %s", strerror(errno));
	if (child > 0)
		_exit(EX_OK);
	if (setsid() < 0 || chdir("/") != 0)
		return fault(EX_OSERR, "no way into the background: %s", strerror(errno));
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	return EX_OK;
}
