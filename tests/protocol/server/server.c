#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const char *server_program;
const char *server_scripts;
const char *server_kind = "native";

static void pause_ms(long milliseconds)
{
	struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };
	nanosleep(&time, NULL);
}

static bool answers(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool answered = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return answered;
}

static void child_exec(const struct server *server, const char *script,
		       const char *const *arguments)
{
	char path[512], listen[128];
	const char *argv[32];
	int count = 0;
	int log = open(server->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(log, 1);
	dup2(log, 2);
	snprintf(listen, sizeof(listen), "unix:%s", server->socket);
	snprintf(path, sizeof(path), "%s/%s.afsl", server_scripts, script);
	argv[count++] = server_program;
	argv[count++] = "--foreground";
	argv[count++] = "--server";
	argv[count++] = server_kind;
	argv[count++] = "--listen";
	argv[count++] = listen;
	argv[count++] = "--set";
	argv[count++] = "threads=2"; /* on any machine */
	for (; arguments && *arguments && count < 30; arguments++)
		argv[count++] = *arguments;
	argv[count++] = script[0] == '/' ? script : path;
	argv[count] = NULL;
	execv(server_program, (char *const *)(uintptr_t)argv);
	_exit(127);
}

bool server_start(struct server *server, const char *script, const char *const *arguments)
{
	*server = (struct server){ 0 };
	strcpy(server->folder, "/tmp/afsld-test-XXXXXX");
	if (!mkdtemp(server->folder))
		return false;
	snprintf(server->socket, sizeof(server->socket), "%s/s", server->folder);
	snprintf(server->log, sizeof(server->log), "%s/log", server->folder);
	server->pid = fork();
	if (server->pid == 0)
		child_exec(server, script, arguments);
	/* Often, so that what is not ready when the first call is answered is found out. */
	const struct timespec moment = { 0, 100000 };
	for (int i = 0; i < 100000; i++) {
		int status;
		if (answers(server->socket))
			return true;
		if (waitpid(server->pid, &status, WNOHANG) == server->pid) {
			server->pid = 0;
			return false;
		}
		nanosleep(&moment, NULL);
	}
	return false;
}

int server_stop(struct server *server, int signal)
{
	int status;
	if (server->pid <= 0)
		return -1;
	if (signal)
		kill(server->pid, signal);
	for (int i = 0; i < 1500; i++) {
		if (waitpid(server->pid, &status, WNOHANG) == server->pid) {
			server->pid = 0;
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		}
		pause_ms(10);
	}
	kill(server->pid, SIGKILL);
	waitpid(server->pid, &status, 0);
	server->pid = 0;
	return -1;
}

void server_clean(struct server *server)
{
	unlink(server->socket);
	unlink(server->log);
	rmdir(server->folder);
}

static bool log_holds(const struct server *server, const char *text)
{
	char *content = NULL;
	size_t size = 0;
	FILE *file = fopen(server->log, "r");
	if (!file)
		return false;
	ssize_t length = getdelim(&content, &size, '\0', file);
	bool found = length > 0 && strstr(content, text);
	free(content);
	fclose(file);
	return found;
}

bool server_logged(const struct server *server, const char *text)
{
	for (int i = 0; i < 300; i++) {
		if (log_holds(server, text))
			return true;
		pause_ms(10);
	}
	return false;
}

bool server_has_fault(const struct server *server, bool signals_too)
{
	char line[4096];
	bool fault = false;
	FILE *file = fopen(server->log, "r");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		if (strstr(line, "Sanitizer") || strstr(line, "runtime error") ||
		    (signals_too && strstr(line, "ended by signal")))
			fault = true;
		if (fault)
			printf("    %s", line);
	}
	fclose(file);
	return fault;
}

void server_tells(const struct server *server, const char *what)
{
	char line[4096];
	FILE *file = fopen(server->log, "r");
	printf("    the daemon %s; its log:\n", what);
	while (file && fgets(line, sizeof(line), file))
		printf("    | %s", line);
	if (file)
		fclose(file);
}

static pid_t first_child(const struct server *server)
{
	char path[64];
	int child = 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", server->pid, server->pid);
	FILE *file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%d", &child) != 1)
		child = 0;
	fclose(file);
	return child;
}

/* The supervisor listens before it has a worker. */
pid_t server_worker(const struct server *server)
{
	pid_t worker = 0;
	for (int i = 0; i < 300 && !(worker = first_child(server)); i++)
		pause_ms(10);
	return worker;
}

long process_status(pid_t pid, const char *label)
{
	char path[64], line[256];
	long number = -1;
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	FILE *file = fopen(path, "r");
	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, label, strlen(label)) == 0)
			number = atol(line + strlen(label));
	fclose(file);
	return number;
}

int afsld_run(const char *const *arguments, char *output, size_t size)
{
	int ends[2], status;
	size_t used = 0;
	if (pipe(ends) != 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		const char *argv[32] = { server_program };
		for (int i = 0; i < 30 && arguments[i]; i++)
			argv[i + 1] = arguments[i];
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		execv(server_program, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(ends[1]);
	ssize_t got;
	while (used + 1 < size && (got = read(ends[0], output + used, size - used - 1)) > 0)
		used += (size_t)got;
	output[used] = '\0';
	close(ends[0]);
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
