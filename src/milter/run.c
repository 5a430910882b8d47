/* The client's writing, reading and waiting. */
#include "milter/machine.h"

#include <errno.h>
#include <poll.h>

/* What one turn of the machine came to. */
enum turn { TURN_AGAIN, TURN_WAIT, TURN_FAILED };

static int64_t step_timeout(const struct milter_client *client)
{
	const char *timeouts = (const char *)&client->timeouts;

	return *(const int64_t *)(const void *)(timeouts + client->row->timeout);
}

void client_start_clock(struct milter_client *client)
{
	int64_t now = clock_monotonic(), timeout = step_timeout(client);

	client->deadline = now + timeout;
	client->last_deadline = now + timeout * STEP_TIMES_MAX;
	client->progress_count = 0;
}

/* The filter is alive: a whole frame has come. Single bytes change nothing, so that nobody can be
 * held by a trickle. */
static void clock_restart(struct milter_client *client)
{
	int64_t deadline = clock_monotonic() + step_timeout(client);

	client->deadline = deadline < client->last_deadline ? deadline : client->last_deadline;
}

static enum turn fail(struct milter_client *client, enum milter_failure_kind kind, const char *what)
{
	if (client->row->letter == MILTER_QUIT) {
		client_close(client);
		return TURN_AGAIN;
	}
	client_fail(client, kind, "%s at %s", what, client->row->name);
	return TURN_FAILED;
}

static enum turn fail_with_error(struct milter_client *client, enum milter_failure_kind kind)
{
	return fail(client, kind, strerror(errno));
}

/* ---- connecting ---- */

static enum turn turn_connect(struct milter_client *client)
{
	int connected;

	if (client->fd < 0)
		client->fd = socket_connect(&client->endpoint);
	if (client->fd < 0 && errno == EAGAIN)
		return TURN_WAIT; /* the backlog of a UNIX socket is full */
	if (client->fd < 0)
		return fail_with_error(client, MILTER_FAILURE_CONNECT);
	connected = socket_connected(client->fd);
	if (connected < 0)
		return fail_with_error(client, MILTER_FAILURE_CONNECT);
	if (connected == 0)
		return TURN_WAIT;
	client->doing = DOING_WRITE;
	return TURN_AGAIN;
}

/* ---- reading ---- */

/* TURN_AGAIN when bytes have come. */
static enum turn bytes_read(struct milter_client *client)
{
	ssize_t got = socket_read(client->fd, &client->in, READ_SIZE);

	if (got == SOCKET_CLOSED)
		return fail(client, MILTER_FAILURE_CLOSED, "the filter closed the connection");
	if (got < 0)
		return fail_with_error(client, errno == ENOBUFS ? MILTER_FAILURE_MEMORY
								: MILTER_FAILURE_CLOSED);
	return got > 0 ? TURN_AGAIN : TURN_WAIT;
}

static enum turn frame_handle(struct milter_client *client, const struct packet *packet,
			      struct text frame, uint32_t lawful, struct arena *arena, bool *last)
{
	switch (client_take_frame(client, packet, frame, lawful, arena)) {
	case FRAME_MORE:
		clock_restart(client);
		return TURN_AGAIN;
	case FRAME_LAST:
		*last = true;
		return TURN_AGAIN;
	default:
		return TURN_FAILED;
	}
}

/* All whole frames that are there. Bytes behind the last one of a step were never asked for: which
 * of the two was the answer, nobody can tell. */
static enum turn frames_take(struct milter_client *client, uint32_t lawful, struct arena *arena,
			     bool *last)
{
	struct text bytes = buffer_text(&client->in);
	enum packet_result result = PACKET_READY;
	size_t at = 0;

	while (!*last) {
		struct text rest = text_part(bytes, at, bytes.length);
		uint32_t allowed = client->early ? REPLY_PROGRESS : lawful;
		struct packet packet;
		size_t size;

		result = packet_read(rest, MILTER_FRAME_CAP, &packet, &size);
		if (result != PACKET_READY)
			break;
		client->early = false;
		if (frame_handle(client, &packet, text_part(rest, 0, size), allowed, arena, last) ==
		    TURN_FAILED)
			return TURN_FAILED;
		at += size;
	}
	if (result == PACKET_VIOLATION)
		return fail(client, MILTER_FAILURE_PROTOCOL, "a frame of impossible length");
	if (*last && at < bytes.length)
		return fail(client, MILTER_FAILURE_PROTOCOL, "more than one answer");
	buffer_consume(&client->in, at);
	return TURN_AGAIN;
}

static void step_end(struct milter_client *client)
{
	bool more = client_has_body(client) && client->reply.letter == MILTER_CONTINUE;

	client->doing = DOING_NOTHING;
	if (more)
		client_queue_body(client);
	else
		client_drop_body(client);
}

static enum turn turn_read(struct milter_client *client, struct arena *arena)
{
	enum turn turn = bytes_read(client);
	bool last = false;

	if (turn != TURN_AGAIN)
		return turn;
	turn = frames_take(client, client->row->replies, arena, &last);
	if (turn == TURN_AGAIN && last)
		step_end(client);
	return client->failed ? TURN_FAILED : turn;
}

/* ---- writing ---- */

/* While we write, a filter may say that it is alive, and must not be blocked by our not listening;
 * an answer to what it cannot have read whole is none. */
static enum turn unasked_read(struct milter_client *client)
{
	bool last = false;
	enum turn turn = bytes_read(client);

	if (turn != TURN_AGAIN)
		return turn == TURN_WAIT ? TURN_AGAIN : turn;
	if (client->row->letter == MILTER_QUIT) {
		buffer_clear(&client->in);
		return TURN_AGAIN;
	}
	turn = frames_take(client, REPLY_PROGRESS, NULL, &last);
	if (turn == TURN_AGAIN && client->in.length > 0 && client->sent == 0)
		return fail(client, MILTER_FAILURE_PROTOCOL, "an answer that nothing asked for");
	return turn;
}

static enum turn bytes_write(struct milter_client *client)
{
	while (client->sent < client->out.length) {
		ssize_t sent = socket_write(client->fd, client->out.data + client->sent,
					    client->out.length - client->sent);

		if (sent < 0)
			return fail_with_error(client, MILTER_FAILURE_CLOSED);
		if (sent == 0)
			return TURN_WAIT;
		client->sent += (size_t)sent;
	}
	client->sent = 0;
	buffer_clear(&client->out);
	return TURN_AGAIN;
}

/* What was sent stays in front until all is: moving it for each write would be quadratic. */
static bool may_stay_unsent(const struct milter_client *client)
{
	return !client->awaits && client->row->letter != MILTER_QUIT &&
	       client->out.length <= GATHERED_MAX;
}

/* All is written: what comes now? */
static enum turn write_end(struct milter_client *client)
{
	client->early = client->in.length > 0;
	if (client->awaits) {
		client->doing = DOING_READ;
		return TURN_WAIT; /* an answer cannot be there yet */
	}
	if (client->row->letter == MILTER_QUIT) {
		client->doing = DOING_CLOSE;
		client->deadline = clock_monotonic() + QUIT_WAIT;
		shutdown(client->fd, SHUT_WR);
	} else {
		step_end(client);
	}
	return TURN_AGAIN;
}

/* The first turn of a step without an answer does not listen: its cost would be one call for each
 * header field. */
static enum turn turn_write(struct milter_client *client)
{
	enum turn turn = TURN_AGAIN;

	if (client->awaits || client->checked)
		turn = unasked_read(client);
	client->checked = true;
	if (turn == TURN_AGAIN && client->doing == DOING_WRITE)
		turn = bytes_write(client);
	if (turn == TURN_FAILED || client->doing != DOING_WRITE)
		return turn;
	if (turn == TURN_WAIT && !may_stay_unsent(client))
		return TURN_WAIT;
	return write_end(client);
}

void milter_client_flush(struct milter_client *client)
{
	if (client->doing == DOING_CONNECT)
		turn_connect(client);
	if (client->doing == DOING_WRITE && !client->checked)
		turn_write(client);
}

/* ---- the end ---- */

/* The filter is given a moment to close first, so that nothing of what it still sends is answered
 * with a reset. */
static enum turn turn_close(struct milter_client *client)
{
	while (clock_monotonic() < client->deadline) {
		enum turn turn = bytes_read(client);

		if (turn == TURN_WAIT || client->doing == DOING_NOTHING)
			return turn;
		buffer_clear(&client->in);
	}
	client_close(client);
	return TURN_AGAIN;
}

/* ---- running ---- */

static enum turn turn_make(struct milter_client *client, struct arena *arena)
{
	switch (client->doing) {
	case DOING_CONNECT:
		return turn_connect(client);
	case DOING_WRITE:
		return turn_write(client);
	case DOING_READ:
		return turn_read(client, arena);
	case DOING_CLOSE:
		return turn_close(client);
	default:
		return TURN_AGAIN;
	}
}

static enum milter_status wait_fill(struct milter_client *client, struct wait_request *wait)
{
	int64_t now = clock_monotonic();

	if (now >= client->deadline) {
		if (fail(client, MILTER_FAILURE_TIMEOUT, "no answer in time") == TURN_FAILED)
			return MILTER_FAILED;
		return MILTER_READY;
	}
	wait_begin(wait, client->deadline);
	if (client->fd < 0) {
		if (now + BACKLOG_WAIT < client->deadline)
			wait->deadline = now + BACKLOG_WAIT;
		return MILTER_WAIT;
	}
	if (client->doing == DOING_CONNECT)
		wait_add(wait, client->fd, POLLOUT);
	else
		wait_add(wait, client->fd,
			 client->doing == DOING_WRITE ? POLLIN | POLLOUT : POLLIN);
	return MILTER_WAIT;
}

enum milter_status milter_client_run(struct milter_client *client, struct arena *arena,
				     struct wait_request *wait)
{
	while (!client->failed && client->doing != DOING_NOTHING)
		if (turn_make(client, arena) == TURN_WAIT)
			return wait_fill(client, wait);
	return client->failed ? MILTER_FAILED : MILTER_READY;
}
