#include "service/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/system.h"
#include "base/wait.h"

static struct {
	struct sockaddr_un address;
	socklen_t length; /* 0: nobody listens */
	int64_t interval; /* microseconds between signs of life; 0: nobody watches */
	int64_t next;
} manager;

/* An absolute path, or a name outside of the file system behind "@". */
static void take_address(const char *name)
{
	size_t length = name ? strlen(name) : 0;

	if (length < 2 || (*name != '/' && *name != '@') ||
	    length >= sizeof(manager.address.sun_path))
		return;
	manager.address.sun_family = AF_UNIX;
	memcpy(manager.address.sun_path, name, length);
	if (*name == '@')
		manager.address.sun_path[0] = '\0';
	manager.length =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (*name == '/'));
}

static int64_t number_of(const char *name)
{
	const char *value = getenv(name);

	return value ? strtoll(value, NULL, 10) : 0;
}

void notify_begin(void)
{
	int64_t watchdog = number_of("WATCHDOG_USEC"), watched = number_of("WATCHDOG_PID");

	take_address(getenv("NOTIFY_SOCKET"));
	/* twice as often as it must be, as the manual asks for */
	if (watchdog > 0 && (watched == 0 || watched == (int64_t)getpid()))
		manager.interval = watchdog / 2;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static void say(const char *state)
{
	int fd;

	if (!manager.length)
		return;
	fd = system_socket(AF_UNIX, SOCK_DGRAM);
	if (fd < 0)
		return;
	/* a manager that does not listen changes nothing of ours */
	system_send_to(fd, state, strlen(state), (const struct sockaddr *)&manager.address,
		       manager.length);
	close(fd);
}

void notify_ready(void)
{
	say("READY=1");
}

void notify_reloading(void)
{
	char state[64];

	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld",
		 (long long)clock_monotonic());
	say(state);
}

void notify_stopping(void)
{
	say("STOPPING=1");
}

void notify_status(const char *format, ...)
{
	char state[256] = "STATUS=";
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(state + strlen(state), sizeof(state) - strlen(state), format, arguments);
	va_end(arguments);
	say(state);
}

int64_t notify_alive(void)
{
	int64_t now;

	if (!manager.interval)
		return INT64_MAX;
	now = clock_monotonic();
	if (now >= manager.next) {
		say("WATCHDOG=1");
		manager.next = now + manager.interval;
	}
	return manager.next;
}
