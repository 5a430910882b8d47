#include "bridge.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const char *bridge_program, *bridge_milter;

long long now_ms(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

void pause_ms(long milliseconds)
{
	struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };
	nanosleep(&time, NULL);
}

static int connected(int family, const void *address, socklen_t length)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, address, length) == 0)
		return fd;
	close(fd);
	return -1;
}

static int socket_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return connected(AF_UNIX, &address, sizeof(address));
}

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)port),
				     .sin_addr = { htonl(INADDR_LOOPBACK) } };
}

/* One that nobody listens on now; 0 when there is none. */
static int free_port(void)
{
	struct sockaddr_in address = loopback(0);
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&address, length) == 0)
		getsockname(fd, (struct sockaddr *)&address, &length);
	close(fd);
	return ntohs(address.sin_port);
}

static bool listens(const char *path, pid_t pid)
{
	for (int i = 0; i < 1000; i++) {
		int fd = socket_to(path), status;
		if (fd >= 0) {
			close(fd);
			return true;
		}
		if (waitpid(pid, &status, WNOHANG) == pid)
			return false;
		pause_ms(10);
	}
	return false;
}

/* A crowd is a thousand connections to the test milter, too. */
static void descriptors_raise(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static pid_t run(const struct bridge *bridge, const char *log, const char *const *argv)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", bridge->folder, log);
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, 1);
	dup2(fd, 2);
	descriptors_raise();
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* ---- files ---- */

void bridge_file(const struct bridge *bridge, const char *name, const char *content)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", bridge->folder, name);
	FILE *file = fopen(path, "w");
	if (!file)
		abort();
	fputs(content, file);
	fclose(file);
}

void bridge_configure(const struct bridge *bridge, const char *config)
{
	static char text[65536];
	size_t length = (size_t)snprintf(text, sizeof(text), "bindIp none\nlisten unix:%s\n",
					 bridge->socket);
	for (const char *at = config; *at && length < sizeof(text) - 256; at++) {
		if (*at != '%')
			text[length++] = *at;
		else if (*++at == 'F')
			length += (size_t)sprintf(text + length, "%s", bridge->folder);
		else if (*at == 'P')
			length += (size_t)sprintf(text + length, "%d", bridge->port);
		else
			length += (size_t)sprintf(text + length, "unix:%s/%c", bridge->folder, *at);
	}
	text[length] = '\0';
	bridge_file(bridge, "conf", text);
}

static char *file_text(const struct bridge *bridge, const char *name)
{
	char path[160], *content = NULL;
	size_t size = 0;
	snprintf(path, sizeof(path), "%s/%s", bridge->folder, name);
	FILE *file = fopen(path, "r");
	if (!file)
		return NULL;
	if (getdelim(&content, &size, '\0', file) <= 0) {
		free(content);
		content = NULL;
	}
	fclose(file);
	return content;
}

size_t bridge_count(const struct bridge *bridge, const char *file, const char *text)
{
	char *content = file_text(bridge, file);
	size_t count = 0;
	for (const char *at = content; at && (at = strstr(at, text)); at++)
		count++;
	free(content);
	return count;
}

bool bridge_logged(const struct bridge *bridge, const char *file, const char *text)
{
	for (int i = 0; i < 300; i++) {
		if (bridge_count(bridge, file, text))
			return true;
		pause_ms(10);
	}
	return false;
}

/* ---- processes ---- */

bool bridge_start(struct bridge *bridge, const char *config)
{
	char path[128];
	*bridge = (struct bridge){ .pid = 0 };
	strcpy(bridge->folder, "/tmp/aximilter-test-XXXXXX");
	if (!mkdtemp(bridge->folder))
		return false;
	snprintf(bridge->socket, sizeof(bridge->socket), "%s/s", bridge->folder);
	snprintf(path, sizeof(path), "%s/spool", bridge->folder);
	mkdir(path, 0755);
	bridge->port = free_port();
	bridge_configure(bridge, config);
	snprintf(path, sizeof(path), "%s/conf", bridge->folder);
	const char *argv[] = { bridge_program, "--foreground", "-c", path, "-s", "threads 2", NULL };
	bridge->pid = run(bridge, "log", argv);
	return listens(bridge->socket, bridge->pid);
}

bool milter_start(struct bridge *bridge, int number, const char *const *arguments)
{
	char socket[128], address[140], log[128], own[16];
	const char *argv[40] = {
		bridge_milter, "-p", address, "--log", log, "--max-seconds", "300"
	};
	int count = 7;
	snprintf(socket, sizeof(socket), "%s/%d", bridge->folder, number);
	snprintf(address, sizeof(address), "unix:%s", socket);
	snprintf(log, sizeof(log), "%s/%d.log", bridge->folder, number);
	snprintf(own, sizeof(own), "%d.out", number);
	while (arguments && *arguments && count < 38)
		argv[count++] = *arguments++;
	bridge->milters[number - 1] = run(bridge, own, argv);
	return listens(socket, bridge->milters[number - 1]);
}

void milter_stop(struct bridge *bridge, int number)
{
	char path[128];
	pid_t *pid = &bridge->milters[number - 1];
	if (*pid > 0) {
		kill(*pid, SIGKILL);
		waitpid(*pid, NULL, 0);
	}
	*pid = 0;
	snprintf(path, sizeof(path), "%s/%d", bridge->folder, number);
	unlink(path);
}

int bridge_stop(struct bridge *bridge, int signal)
{
	int status;
	if (bridge->pid <= 0)
		return -1;
	kill(bridge->pid, signal);
	for (int i = 0; i < 2000; i++) {
		if (waitpid(bridge->pid, &status, WNOHANG) == bridge->pid) {
			bridge->pid = 0;
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		}
		pause_ms(10);
	}
	kill(bridge->pid, SIGKILL);
	waitpid(bridge->pid, &status, 0);
	bridge->pid = 0;
	return -1;
}

void bridge_clean(struct bridge *bridge)
{
	char command[128];
	for (int i = 1; i <= MILTERS; i++)
		milter_stop(bridge, i);
	snprintf(command, sizeof(command), "rm -rf '%s'", bridge->folder);
	if (system(command) != 0)
		puts("    the folder could not be removed");
}

pid_t bridge_worker(const struct bridge *bridge)
{
	char path[64];
	int child = 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", bridge->pid, bridge->pid);
	for (int i = 0; i < 300 && !child; i++) {
		FILE *file = fopen(path, "r");
		if (!file || fscanf(file, "%d", &child) != 1)
			child = 0;
		if (file)
			fclose(file);
		if (!child)
			pause_ms(10);
	}
	return child;
}

/* ---- a client ---- */

bool client_open(struct client *client, const struct bridge *bridge)
{
	client->held = 0;
	client->fd = socket_to(bridge->socket);
	return client->fd >= 0;
}

bool client_open_port(struct client *client, const struct bridge *bridge)
{
	struct sockaddr_in address = loopback(bridge->port);
	client->held = 0;
	client->fd = connected(AF_INET, &address, sizeof(address));
	return client->fd >= 0;
}

void client_close(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
}

bool client_send(struct client *client, const void *bytes, size_t length)
{
	for (size_t sent = 0; sent < length;) {
		ssize_t wrote =
			send(client->fd, (const char *)bytes + sent, length - sent, MSG_NOSIGNAL);
		if (wrote <= 0)
			return false;
		sent += (size_t)wrote;
	}
	return true;
}

static bool line_complete(struct client *client)
{
	char *end = memchr(client->rest, '\n', client->held);
	if (!end)
		return false;
	size_t length = (size_t)(end - client->rest);
	memcpy(client->line, client->rest, length);
	client->line[length && client->line[length - 1] == '\r' ? length - 1 : length] = '\0';
	client->held -= length + 1;
	memmove(client->rest, end + 1, client->held);
	return true;
}

const char *client_line(struct client *client)
{
	strcpy(client->line, "?");
	while (!line_complete(client)) {
		struct pollfd wait = { client->fd, POLLIN, 0 };
		if (poll(&wait, 1, 10000) != 1)
			return client->line;
		ssize_t got = recv(client->fd, client->rest + client->held,
				   sizeof(client->rest) - client->held, 0);
		if (got <= 0)
			return strcpy(client->line, "");
		client->held += (size_t)got;
	}
	return client->line;
}
