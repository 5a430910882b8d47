#include "service/control.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/system.h"
#include "base/wait.h"
#include "service/file.h"

enum {
	LINE_MAX_ASKED = 128,
	PATIENCE = 5000000, /* microseconds for the question, and again for taking the answer */
	ANSWER_MAX = 8 << 20,
	GROUPS_MAX = 256,
};

enum client_state { CLIENT_NONE, CLIENT_ASKS, CLIENT_WAITS, CLIENT_HEARS };

struct control_client {
	enum client_state state;
	bool allowed;
	int fd;
	int64_t deadline; /* not while it waits for us */
	char line[LINE_MAX_ASKED];
	size_t length;
	struct buffer answer;
};

struct control {
	int fd;
	control_request *request;
	void *argument;
	struct control_client clients[CONTROL_CLIENTS_MAX];
};

/* ---- the socket ---- */

static int fault(const char *path, int code, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, path, why);
	return code;
}

/* `group` may ask, beside root and the daemon's own user; -1: nobody else. */
static int owner_set(const char *path, const struct identity *identity, gid_t group)
{
	if (!identity->change && group == (gid_t)-1)
		return EX_OK; /* it is its owner's by birth */
	if (lchown(path, identity->change ? identity->user : (uid_t)-1, group) != 0)
		return fault(path, EX_OSERR, strerror(errno));
	return EX_OK;
}

int control_open(const struct service_settings *settings, const struct identity *identity, int *fd)
{
	struct endpoint endpoint;
	char name[256];
	gid_t group = (gid_t)-1;
	*fd = -1;
	if (!settings->control)
		return EX_OK;
	if (settings->control_group && group_find(settings->control_group, &group) != 0)
		return EX_NOUSER;
	if ((size_t)snprintf(name, sizeof(name), "unix:%s", settings->control) >= sizeof(name) ||
	    endpoint_parse(text_of_string(name, LIFETIME_EVENT), &endpoint))
		return fault(settings->control, EX_CONFIG, "this is no path of a socket");
	const char *why = file_distrust(settings->control);
	if (why)
		return fault(settings->control, EX_CONFIG, why);
	*fd = socket_listen(&endpoint, CONTROL_CLIENTS_MAX, settings->control_group ? 0660 : 0600);
	if (*fd < 0)
		return fault(settings->control, errno == EADDRINUSE ? EX_UNAVAILABLE : EX_CANTCREAT,
			     errno == EADDRINUSE ? "somebody else is listening there"
						 : strerror(errno));
	return owner_set(settings->control, identity, group);
}

void control_remove(const struct service_settings *settings)
{
	if (settings->control)
		unlink(settings->control);
}

/* ---- who asks ---- */

/* One of the groups that its process had when it connected? */
static bool is_of_group(int fd, gid_t first, gid_t group)
{
	gid_t groups[GROUPS_MAX];
	socklen_t size = sizeof(groups);
	if (first == group)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) != 0)
		return false;
	for (size_t i = 0; i < size / sizeof(*groups); i++)
		if (groups[i] == group)
			return true;
	return false;
}

/* The socket's permissions say the same, but whoever once had it open, or changed them, is asked
 * again. */
static bool is_allowed(const struct control *control, int fd)
{
	struct ucred peer;
	struct stat status;
	struct sockaddr_un address;
	socklen_t size = sizeof(peer), length = sizeof(address);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
		return false;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	/* The group is that of the socket's file. */
	return getsockname(control->fd, (struct sockaddr *)&address, &length) == 0 &&
	       stat(address.sun_path, &status) == 0 && (status.st_mode & S_IWGRP) &&
	       is_of_group(fd, peer.gid, status.st_gid);
}

/* ---- clients ---- */

static void client_end(struct control_client *client)
{
	close(client->fd);
	buffer_free(&client->answer);
	client->state = CLIENT_NONE;
}

static void client_begin(struct control *control)
{
	int fd = system_accept(control->fd, NULL, NULL);
	if (fd < 0)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct control_client *client = &control->clients[i];
		if (client->state != CLIENT_NONE)
			continue;
		*client = (struct control_client){ .state = CLIENT_ASKS,
						   .allowed = is_allowed(control, fd),
						   .fd = fd,
						   .deadline = clock_monotonic() + PATIENCE };
		buffer_init(&client->answer, ANSWER_MAX);
		return;
	}
	close(fd);
}

void control_answer(struct control_client *client, int code, struct text text)
{
	client->state = CLIENT_HEARS;
	client->deadline = clock_monotonic() + PATIENCE;
	if (code)
		buffer_printf(&client->answer, "failed %d\n", code);
	else
		buffer_append_string(&client->answer, "ok\n");
	buffer_append_text(&client->answer, text);
	/* Half an answer would be taken for a whole one, none is not. */
	if (client->answer.failed)
		client_end(client);
}

/* What goes on behind the line, or was no text, is nothing that a client of ours says. */
static bool line_is_whole(struct control_client *client)
{
	char *end = memchr(client->line, '\n', client->length);
	if (!end)
		return false;
	*end = '\0';
	for (const char *at = client->line; at < end; at++)
		if (*at < ' ' || *at > '~')
			client->line[0] = '\0';
	return true;
}

static void client_asks(struct control *control, struct control_client *client)
{
	ssize_t got = system_receive(client->fd, client->line + client->length,
				     sizeof(client->line) - client->length);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0) {
		client_end(client);
		return;
	}
	client->length += (size_t)got;
	if (!client->allowed) {
		control_answer(client, EX_NOPERM, TEXT("this is not for you\n"));
	} else if (line_is_whole(client)) {
		client->state = CLIENT_WAITS;
		control->request(control->argument, client, client->line);
	} else if (client->length == sizeof(client->line)) {
		control_answer(client, EX_USAGE, TEXT("the line is too long\n"));
	}
}

static void client_hears(struct control_client *client)
{
	ssize_t put = system_send(client->fd, client->answer.data, client->answer.length);
	if (put < 0 && errno == EAGAIN)
		return;
	if (put > 0)
		buffer_consume(&client->answer, (size_t)put);
	if (put <= 0 || client->answer.length == 0)
		client_end(client);
}

/* ---- the loop ---- */

struct control *control_new(int fd, control_request *request, void *argument)
{
	struct control *control = memory_zeroed(1, sizeof(*control));
	if (control)
		*control = (struct control){ .fd = fd, .request = request, .argument = argument };
	return control;
}

void control_forget(struct control *control)
{
	if (!control)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i].state != CLIENT_NONE)
			client_end(&control->clients[i]);
	close(control->fd);
}

/* What was answered last is given a chance to leave: "stop" ends all this. */
void control_free(struct control *control)
{
	if (!control)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i].state == CLIENT_HEARS)
			client_hears(&control->clients[i]);
	control_forget(control);
	memory_free(control);
}

nfds_t control_poll(const struct control *control, struct pollfd *set)
{
	nfds_t count = 0;
	size_t busy = 0;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		const struct control_client *client = &control->clients[i];
		busy += client->state != CLIENT_NONE;
		if (client->state == CLIENT_ASKS || client->state == CLIENT_HEARS)
			set[count++] =
				(struct pollfd){ .fd = client->fd,
						 .events = client->state == CLIENT_ASKS ? POLLIN
											: POLLOUT };
	}
	/* More wait in the backlog. */
	if (busy < CONTROL_CLIENTS_MAX)
		set[count++] = (struct pollfd){ .fd = control->fd, .events = POLLIN };
	return count;
}

static void client_turn(struct control *control, struct control_client *client)
{
	if (client->state == CLIENT_ASKS)
		client_asks(control, client);
	else if (client->state == CLIENT_HEARS)
		client_hears(client);
}

static void ready(struct control *control, int fd)
{
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i].state != CLIENT_NONE && control->clients[i].fd == fd) {
			client_turn(control, &control->clients[i]);
			return;
		}
	if (fd == control->fd)
		client_begin(control);
}

void control_turn(struct control *control, const struct pollfd *set, nfds_t count)
{
	int64_t now = clock_monotonic();
	for (nfds_t i = 0; i < count; i++)
		if (set[i].revents)
			ready(control, set[i].fd);
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct control_client *client = &control->clients[i];
		if ((client->state == CLIENT_ASKS || client->state == CLIENT_HEARS) &&
		    now >= client->deadline)
			client_end(client);
	}
}

int64_t control_deadline(const struct control *control)
{
	int64_t next = INT64_MAX;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		const struct control_client *client = &control->clients[i];
		if ((client->state == CLIENT_ASKS || client->state == CLIENT_HEARS) &&
		    client->deadline < next)
			next = client->deadline;
	}
	return next;
}
