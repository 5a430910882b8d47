/* Sockets: every builtin moves what can be moved now, and hands up a wait request for the rest. */
#include "builtins/socket.h"
#include "builtins/builtins.h"
#include "builtins/mail_call.h"

#include "base/memory.h"
#include "net/kept.h"
#include "net/ports.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum { READ_SIZE = 16 * 1024, SOME_MAX = 64 * 1024 };

struct link {
	int fd;
	bool ended;	  /* the other side will send no more */
	bool spoiled;	  /* something has failed: an answer may still be on its way */
	bool reused;	  /* somebody has used the connection before */
	struct buffer in; /* read, and not yet taken by the script */
	struct claim claim;
	char name[sizeof(((struct endpoint *)0)->name)];
};

/* A call that waits finds here how far it has come. */
struct progress {
	int64_t deadline;
	size_t done; /* bytes written; bytes searched */
};

static void link_close(struct handle *handle)
{
	struct link *link = handle->state;

	if (link->fd >= 0)
		close(link->fd);
	claim_end(&link->claim);
	buffer_free(&link->in);
	memory_free(link);
	handle->state = NULL;
}

/* ---- failures ---- */

static enum call_result raise_closed(struct call *call, struct link *link)
{
	link->spoiled = true;
	return call_raise(call, "closed", 0, true, "%s: the other side closed the connection",
			  link->name);
}

static enum call_result raise_errno(struct call *call, struct link *link)
{
	link->spoiled = true;
	if (errno == ENOBUFS)
		return call_limit(call, LIMIT_socketBuffer);
	return call_raise(call, "closed", errno, true, "%s: %s", link->name, strerror(errno));
}

static enum call_result raise_long(struct call *call, struct link *link, const char *what,
				   int64_t max)
{
	link->spoiled = true;
	return call_raise(call, "protocol", 0, false, "%s: %s is longer than %lld bytes",
			  link->name, what, (long long)max);
}

/* ---- arguments ---- */

static enum call_result link_of(struct call *call, struct link **link)
{
	struct handle *handle = call->arguments[0].handle;

	*link = handle ? handle->state : NULL;
	if (*link)
		return CALL_DONE;
	return call_raise(call, "closed", 0, false, "the socket is not open");
}

static bool time_is_wrong(int64_t timeout)
{
	return timeout <= 0;
}

static int64_t deadline_after(int64_t timeout)
{
	int64_t longest = (int64_t)86400 * 1000000;

	return clock_monotonic() + (timeout < longest ? timeout : longest);
}

/* The call's own progress, made at its first turn. */
static enum call_result progress_of(struct call *call, int64_t timeout, struct progress **progress)
{
	*progress = *call->pending;
	if (*progress)
		return CALL_DONE;
	if (time_is_wrong(timeout))
		return call_raise(call, "argument", 0, false,
				  "a timeout must be longer than nothing");
	*progress = arena_zeroed(call_arena(call), sizeof(**progress));
	if (!*progress)
		return call_memory(call);
	(*progress)->deadline = deadline_after(timeout);
	*call->pending = *progress;
	return CALL_DONE;
}

static enum call_result wait_for(struct call *call, struct link *link, short events,
				 int64_t deadline)
{
	struct wait_request *wait;

	link->spoiled = clock_monotonic() >= deadline;
	if (link->spoiled)
		return call_raise(call, "timeout", 0, true, "%s: nothing moved in time",
				  link->name);
	wait = call_wait(call);
	wait_begin(wait, deadline);
	wait_add(wait, link->fd, events);
	return CALL_WAIT;
}

/* ---- connecting ---- */

/* Waits in the handle that it makes: when the event ends first, the handle is closed with it. What
 * fails closes it at once (builtin_socket_connect). */
struct connecting {
	struct progress progress;
	struct handle *handle;
	struct endpoint endpoint;
	bool reuse; /* one that was kept will do */
};

static enum call_result raise_connect(struct call *call, const struct connecting *connecting,
				      int error)
{
	return call_raise(call, "connect", error, error != EACCES, "%s: %s",
			  connecting->endpoint.name, connect_reason(&connecting->endpoint, error));
}

static struct link *link_new(struct call *call, const struct endpoint *endpoint)
{
	struct link *link = memory_zeroed(1, sizeof(*link));

	if (!link)
		return NULL;
	link->fd = -1;
	snprintf(link->name, sizeof(link->name), "%s", endpoint->name);
	buffer_init(&link->in, (size_t)call_limit_value(call, LIMIT_socketBuffer));
	return link;
}

static enum call_result handle_make(struct call *call, struct connecting *connecting)
{
	struct link *link = link_new(call, &connecting->endpoint);

	if (!link)
		return call_memory(call);
	connecting->handle = call_new_handle(call, TYPE_SOCKET, link, link_close);
	if (connecting->handle)
		return CALL_DONE;
	memory_free(link);
	return call_limit(call, LIMIT_sockets);
}

static enum call_result connect_begin(struct call *call, struct connecting **out)
{
	struct connecting *connecting = arena_zeroed(call_arena(call), sizeof(*connecting));
	const char *fault;

	if (!connecting)
		return call_memory(call);
	fault = endpoint_parse(call->arguments[0].text, &connecting->endpoint);
	if (fault)
		return call_raise(call, "argument", 0, false, "%s", fault);
	if (time_is_wrong(call->arguments[1].i))
		return call_raise(call, "argument", 0, false,
				  "a timeout must be longer than nothing");
	connecting->progress.deadline = deadline_after(call->arguments[1].i);
	*out = connecting;
	return handle_make(call, connecting);
}

/* A UNIX socket whose backlog is full gives EAGAIN and nothing to poll for. */
static enum call_result connect_again(struct call *call, const struct connecting *connecting)
{
	int64_t soon = clock_monotonic() + 20 * 1000;

	if (soon >= connecting->progress.deadline)
		return call_raise(call, "timeout", 0, true, "%s: nobody accepts the connection",
				  connecting->endpoint.name);
	wait_begin(call_wait(call), soon);
	return CALL_WAIT;
}

enum call_result socket_place(struct call *call, struct claim *claim, int64_t deadline,
			      const char *name)
{
	struct places *places = context_of(call)->means->places;
	enum claim_state state = claim_place(claim, places);
	struct wait_request *wait;

	if (state == CLAIM_GRANTED)
		return CALL_DONE;
	if (state == CLAIM_FAILED)
		return call_raise(call, "connect", errno, true, "%s: %s", name, strerror(errno));
	if (clock_monotonic() >= deadline)
		return call_raise(call, "busy", 0, true,
				  "%s: all %lld connections of the filter are in use", name,
				  (long long)places_most(places));
	wait = call_wait(call);
	wait_begin(wait, deadline);
	wait_add(wait, claim->signal, POLLIN);
	return CALL_WAIT;
}

/* Connections to the mocked world of a test are of that test alone. */
static bool is_live(const struct call *call)
{
	return context_of(call)->outside == &outside_live;
}

static int open_connection(const struct call *call, const struct connecting *connecting,
			   struct link *link)
{
	const struct context *context = context_of(call);
	void *argument = context->outside_argument;
	int fd = -1;

	if (connecting->reuse)
		fd = context->outside->reuse(argument, &connecting->endpoint);
	link->reused = fd >= 0;
	return fd >= 0 ? fd : context->outside->connect(argument, &connecting->endpoint);
}

static enum call_result connect_go_on(struct call *call, struct connecting *connecting)
{
	struct link *link = connecting->handle->state;
	enum call_result result =
		socket_place(call, &link->claim, connecting->progress.deadline, link->name);
	int connected;

	if (result != CALL_DONE)
		return result;
	if (link->fd < 0)
		link->fd = open_connection(call, connecting, link);
	if (link->fd < 0 && errno == EAGAIN)
		return connect_again(call, connecting);
	connected = link->fd < 0 ? SOCKET_ERROR : socket_connected(link->fd);
	if (connected < 0)
		return raise_connect(call, connecting, errno);
	if (connected == 0)
		return wait_for(call, link, POLLOUT, connecting->progress.deadline);
	call->result->handle = connecting->handle;
	return CALL_DONE;
}

static enum call_result connect_with(struct call *call, bool reuse)
{
	struct connecting *connecting = *call->pending;
	enum call_result result = CALL_DONE;

	if (!connecting)
		result = connect_begin(call, &connecting);
	if (result != CALL_DONE)
		return result;
	connecting->reuse = reuse;
	*call->pending = connecting;
	result = connect_go_on(call, connecting);
	if (result != CALL_WAIT && result != CALL_DONE && connecting->handle->state)
		link_close(connecting->handle);
	return result;
}

enum call_result builtin_socket_connect(struct call *call)
{
	return connect_with(call, false);
}

enum call_result builtin_socket_reuse(struct call *call)
{
	return connect_with(call, true);
}

/* ---- writing ---- */

enum call_result builtin_socket_write(struct call *call)
{
	struct text data = call->arguments[1].text;
	struct progress *progress;
	struct link *link;
	enum call_result result = link_of(call, &link);

	if (result == CALL_DONE && !*call->pending)
		result = call_charge(call, data.length);
	if (result == CALL_DONE)
		result = progress_of(call, call->arguments[2].i, &progress);
	if (result != CALL_DONE)
		return result;
	while (progress->done < data.length) {
		ssize_t sent = socket_write(link->fd, data.data + progress->done,
					    data.length - progress->done);

		link->ended = link->ended || sent < 0;
		if (sent < 0)
			return raise_errno(call, link);
		if (sent == 0)
			return wait_for(call, link, POLLOUT, progress->deadline);
		progress->done += (size_t)sent;
	}
	return CALL_DONE;
}

/* ---- reading ---- */

/* The next bytes: CALL_DONE when there are more than before or the end was reached. */
static enum call_result more_bytes(struct call *call, struct link *link,
				   const struct progress *progress)
{
	ssize_t got = socket_read(link->fd, &link->in, READ_SIZE);

	if (got == SOCKET_CLOSED)
		link->ended = true;
	else if (got < 0)
		return raise_errno(call, link);
	else if (got == 0)
		return wait_for(call, link, POLLIN, progress->deadline);
	return CALL_DONE;
}

/* The first `length` bytes become the result; `skip` more are dropped. */
static enum call_result take(struct call *call, struct link *link, size_t length, size_t skip)
{
	enum call_result result = call_charge(call, length);

	if (result == CALL_DONE)
		result = call_return_text(call, link->in.data, length);
	if (result == CALL_DONE)
		buffer_consume(&link->in, length + skip);
	return result;
}

static enum call_result read_begin(struct call *call, struct link **link, int64_t max,
				   int64_t timeout, struct progress **progress)
{
	enum call_result result = link_of(call, link);

	if (result == CALL_DONE && (max < 0 || max > call_limit_value(call, LIMIT_socketBuffer)))
		return call_raise(call, "argument", 0, false,
				  "the number of bytes must be from 0 to %lld",
				  (long long)call_limit_value(call, LIMIT_socketBuffer));
	return result == CALL_DONE ? progress_of(call, timeout, progress) : result;
}

enum call_result builtin_socket_read(struct call *call)
{
	int64_t wanted = call->arguments[1].i;
	struct progress *progress;
	struct link *link;
	enum call_result result = read_begin(call, &link, wanted, call->arguments[2].i, &progress);

	while (result == CALL_DONE && link->in.length < (size_t)wanted) {
		if (link->ended)
			return raise_closed(call, link);
		result = more_bytes(call, link, progress);
	}
	return result == CALL_DONE ? take(call, link, (size_t)wanted, 0) : result;
}

enum call_result builtin_socket_readSome(struct call *call)
{
	int64_t max = call->arguments[1].i;
	struct progress *progress;
	struct link *link;
	enum call_result result = read_begin(call, &link, max, call->arguments[2].i, &progress);
	size_t length;

	while (result == CALL_DONE && link->in.length == 0 && !link->ended)
		result = more_bytes(call, link, progress);
	if (result != CALL_DONE)
		return result;
	length = link->in.length < (size_t)max ? link->in.length : (size_t)max;
	return take(call, link, length, 0);
}

/* Up to a delimiter; what was searched once is not searched again. */
static enum call_result read_to(struct call *call, struct text delimiter, int64_t max,
				int64_t timeout, const char *what, bool is_line)
{
	struct progress *progress;
	struct link *link;
	enum call_result result = read_begin(call, &link, max, timeout, &progress);

	while (result == CALL_DONE) {
		struct text bytes = buffer_text(&link->in);
		int64_t at = text_find(bytes, delimiter, progress->done);
		size_t length = at < 0 ? bytes.length : (size_t)at;

		if (is_line && at > 0 && bytes.data[at - 1] == '\r')
			length--;
		if (length > (size_t)max + (at < 0 ? delimiter.length : 0))
			return raise_long(call, link, what, max);
		if (at >= 0)
			return take(call, link, length, (size_t)at + delimiter.length - length);
		if (link->ended)
			return raise_closed(call, link);
		progress->done =
			bytes.length < delimiter.length ? 0 : bytes.length - delimiter.length + 1;
		result = more_bytes(call, link, progress);
	}
	return result;
}

enum call_result builtin_socket_readLine(struct call *call)
{
	return read_to(call, TEXT("\n"), call->arguments[1].i, call->arguments[2].i, "the line",
		       true);
}

enum call_result builtin_socket_readUntil(struct call *call)
{
	struct text delimiter = call->arguments[1].text;

	if (delimiter.length == 0)
		return call_raise(call, "argument", 0, false, "the delimiter is empty");
	return read_to(call, delimiter, call->arguments[2].i, call->arguments[3].i, "what was read",
		       false);
}

enum call_result builtin_socket_readAll(struct call *call)
{
	int64_t max = call->arguments[1].i;
	struct progress *progress;
	struct link *link;
	enum call_result result = read_begin(call, &link, max, call->arguments[2].i, &progress);

	while (result == CALL_DONE && !link->ended) {
		if (link->in.length > (size_t)max)
			return raise_long(call, link, "what was read", max);
		result = more_bytes(call, link, progress);
	}
	return result == CALL_DONE ? take(call, link, link->in.length, 0) : result;
}

/* ---- the end ---- */

enum call_result builtin_socket_isOpen(struct call *call)
{
	struct handle *handle = call->arguments[0].handle;
	struct link *link = handle ? handle->state : NULL;

	call->result->i = link && !link->ended;
	return CALL_DONE;
}

enum call_result builtin_socket_close(struct call *call)
{
	struct handle *handle = call->arguments[0].handle;

	if (handle && handle->state)
		link_close(handle);
	return CALL_DONE;
}

enum call_result builtin_socket_isReused(struct call *call)
{
	struct handle *handle = call->arguments[0].handle;
	struct link *link = handle ? handle->state : NULL;

	call->result->i = link && link->reused;
	return CALL_DONE;
}

enum call_result builtin_socket_keep(struct call *call)
{
	struct handle *handle = call->arguments[0].handle;
	struct link *link = handle ? handle->state : NULL;

	if (!link)
		return CALL_DONE;
	if (is_live(call) && !link->ended && !link->spoiled && link->in.length == 0) {
		kept_give(link->name, link->fd,
			  (struct kept_bounds){ call_limit_value(call, LIMIT_connections),
						call_limit_value(call, LIMIT_connectionIdle) *
							1000 });
		link->fd = -1;
	}
	link_close(handle);
	return CALL_DONE;
}

enum call_result socket_take(struct call *call, struct handle *handle, struct socket_parts *parts)
{
	struct link *link = handle ? handle->state : NULL;

	if (!link || link->ended)
		return call_raise(call, "closed", 0, false, "the socket is not open");
	if (link->in.length > 0)
		return call_raise(call, "protocol", 0, false,
				  "%s: the other side has spoken first, a milter does not",
				  link->name);
	memcpy(parts->name, link->name, sizeof(link->name));
	parts->fd = link->fd;
	parts->claim = link->claim;
	link->fd = -1;
	link->claim = (struct claim){ 0 };
	link_close(handle);
	return CALL_DONE;
}
