/* A filter of anybody's making against our client. The first two bytes choose the steps and how the
 * answers come: frame by frame, each when the client waits for one, or in pieces; the rest is what
 * the filter says. Sockets are replaced, so that nothing leaves the process. */
#include "fuzz.h"

#include "base/wait.h"
#include "milter/client.h"
#include "milter/packet.h"

#include <errno.h>
#include <stdlib.h>

static struct {
	const uint8_t *bytes;
	size_t size, at;
	size_t piece; /* so much at a time; 0: a frame */
	bool ready;   /* something may come */
	bool slow;    /* takes one byte for each writing */
} filter;

/* ---- instead of net/socket.c ---- */

static size_t frame_size(void)
{
	const uint8_t *at = filter.bytes + filter.at;
	size_t left = filter.size - filter.at, size = left;

	if (left >= 4)
		size = ((size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3]) + 4;
	return size < left ? size : left;
}

ssize_t socket_read(int fd, struct buffer *into, size_t most)
{
	size_t size = filter.piece ? filter.piece : frame_size();

	(void)fd;
	if (!filter.ready)
		return 0;
	filter.ready = false;
	if (filter.at == filter.size)
		return SOCKET_CLOSED;
	if (size > filter.size - filter.at)
		size = filter.size - filter.at;
	if (size > most)
		size = most;
	buffer_append(into, filter.bytes + filter.at, size);
	filter.at += size;
	return into->failed ? (errno = ENOBUFS, SOCKET_ERROR) : (ssize_t)size;
}

ssize_t socket_write(int fd, const void *bytes, size_t length)
{
	static bool turn;

	(void)fd, (void)bytes;
	turn = !turn;
	return !filter.slow ? (ssize_t)length : turn ? 1 : 0;
}

int socket_connect(const struct endpoint *endpoint)
{
	(void)endpoint;
	return errno = ECONNREFUSED, -1;
}

int socket_error(int fd)
{
	(void)fd;
	return 0;
}

int socket_connected(int fd)
{
	(void)fd;
	return 1;
}

/* ---- */

static struct arena arena;

static void check_reply(const struct milter_client *client)
{
	const struct milter_reply *reply = milter_client_reply(client);
	const struct changes *changes = reply->changes;

	if (!reply->letter || !strchr("cartdys4", reply->letter) ||
	    (reply->letter == MILTER_REPLYCODE && (reply->code < 400 || reply->code > 599)))
		abort();
	for (uint32_t i = 0; changes && i < changes->count; i++)
		if (changes->items[i].kind >= CHANGE_KIND_COUNT || !changes->items[i].foreign ||
		    text_contains_byte(changes->items[i].name, 0))
			abort();
}

/* False when the client cannot be used any more. */
static bool run(struct milter_client *client)
{
	struct wait_request wait;
	enum milter_status status;

	for (int turns = 0; turns < 100000; turns++) {
		status = milter_client_run(client, &arena, &wait);
		if (status == MILTER_READY)
			check_reply(client);
		if (status == MILTER_FAILED && !milter_client_failure(client)->message[0])
			abort();
		if (status != MILTER_WAIT)
			return status == MILTER_READY;
		if (wait.deadline < clock_monotonic())
			abort();
		filter.ready = true;
	}
	abort();
}

static const struct text parameters[] = { { "SIZE=10", 7, LIFETIME_PROGRAM } };
static const struct text macros[] = { { "i", 1, LIFETIME_PROGRAM }, { "Q1", 2, LIFETIME_PROGRAM } };

static bool message(struct milter_client *client, uint8_t how)
{
	static char body[70000];

	milter_client_macros(client, MACRO_MAIL, macros, 1);
	if (!milter_client_mail(client, TEXT("<a@example.net>"), parameters, 1) || !run(client) ||
	    !milter_client_rcpt(client, TEXT("<b@example.org>"), NULL, 0) || !run(client) ||
	    !milter_client_rcpt(client, TEXT("<c@example.org>"), NULL, 0) || !run(client))
		return false;
	if (how & 1 && (!milter_client_data(client) || !run(client)))
		return false;
	if (how & 2 &&
	    (!milter_client_header(client, TEXT("Subject"), TEXT(" hello\n you")) || !run(client)))
		return false;
	if (how & 4 && (!milter_client_end_of_headers(client) || !run(client)))
		return false;
	if (how & 8 &&
	    (!milter_client_body(client, text_of(body, how & 16 ? 70000 : 10, LIFETIME_EVENT)) ||
	     !run(client)))
		return false;
	if (how & 32)
		return milter_client_abort(client) && run(client);
	return milter_client_end_of_message(client) && run(client);
}

static void session(struct milter_client *client, uint8_t how)
{
	struct ip ip = { .bytes = { [10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 1 } };

	if (!milter_client_negotiate(client) || !run(client) ||
	    !milter_client_connect(client, TEXT("client.example"), CLIENT_INET, ip, TEXT_EMPTY,
				   25) ||
	    !run(client) || !milter_client_helo(client, TEXT("client.example")) || !run(client))
		return;
	if (how & 64 && (!milter_client_unknown(client, TEXT("FROB")) || !run(client)))
		return;
	if (message(client, how) && message(client, (uint8_t)~how) && milter_client_quit(client))
		run(client);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct milter_timeouts timeouts = milter_timeouts_default;
	struct milter_client *client;

	if (size < 2)
		return 0;
	if (!arena.cap)
		arena_init(&arena, (size_t)1 << 24, LIFETIME_EVENT);
	filter.bytes = bytes + 2, filter.size = size - 2, filter.at = 0, filter.ready = false;
	filter.piece = bytes[1] & 64 ? (bytes[1] & 63u) + 1 : 0;
	filter.slow = bytes[1] & 128 && !(bytes[0] & 16);
	client = milter_client_adopt(1 << 20, "fuzz", &timeouts); /* no such descriptor */
	if (!client)
		abort();
	session(client, bytes[0]);
	milter_client_free(client);
	arena_reset(&arena);
	return 0;
}
