#include "play.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void play_begin(struct play *play, bool split)
{
	*play = (struct play){.split = split, .fd = -1, .timeouts = milter_timeouts_default};
	arena_init(&play->arena, (size_t)64 << 20, LIFETIME_MESSAGE);
	buffer_init(&play->got, (size_t)16 << 20);
}

void play_end(struct play *play)
{
	milter_client_free(play->client);
	if (play->fd >= 0)
		close(play->fd);
	arena_reset(&play->arena);
	buffer_free(&play->got);
}

bool play_fail(struct play *play, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(play->why, sizeof(play->why), format, arguments);
	va_end(arguments);
	return false;
}

/* ---- connecting ---- */

static int listener_open(struct endpoint *endpoint)
{
	struct sockaddr_in *address = (struct sockaddr_in *)&endpoint->address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*endpoint = (struct endpoint){.length = sizeof(*address), .name = "the fake filter"};
	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)address, endpoint->length) < 0 || listen(fd, 4) < 0 ||
	    getsockname(fd, (struct sockaddr *)address, &endpoint->length) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void buffers_shrink(int fd)
{
	int size = 2048;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

bool play_connect(struct play *play)
{
	struct endpoint endpoint;
	int listener, fd, on = 1;

	if (play->client)
		return true;
	listener = listener_open(&endpoint);
	if (play->small)
		buffers_shrink(listener);
	fd = socket_connect(&endpoint);
	if (play->small)
		buffers_shrink(fd);
	play->fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	close(listener);
	if (fd < 0 || play->fd < 0)
		return play_fail(play, "no connection: %s", strerror(errno));
	setsockopt(play->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	play->client = milter_client_adopt(fd, endpoint.name, &play->timeouts);
	return play->client || play_fail(play, "no memory");
}

bool play_connect_to(struct play *play, struct text where)
{
	struct endpoint endpoint = {0};
	const char *fault = NULL;
	int listener = -1;

	if (text_equals_string(where, "missing"))
		fault = endpoint_parse(TEXT("unix:/nonexistent/milter.sock"), &endpoint);
	else if (text_equals_string(where, "unroutable"))
		fault = endpoint_parse(TEXT("inet:9@192.0.2.1"), &endpoint);
	else
		listener = listener_open(&endpoint);
	if (fault)
		return play_fail(play, "%s", fault);
	if (text_equals_string(where, "silent"))
		play->fd = listener; /* never accepts: the backlog does */
	else if (listener >= 0)
		close(listener);
	play->clogged = true;
	play->client = milter_client_new(&endpoint, &play->timeouts);
	return play->client || play_fail(play, "no memory");
}

/* ---- moving bytes ---- */

static void filter_read(struct play *play)
{
	while (play->fd >= 0 && !play->clogged && !play->ended) {
		ssize_t got = socket_read(play->fd, &play->got, 1 << 16);

		if (got == 0)
			return;
		play->ended = got < 0;
	}
}

static void client_run(struct play *play, struct wait_request *wait)
{
	wait->count = 0;
	if (play->client && play->begun)
		play->status = milter_client_run(play->client, &play->arena, wait);
	if (play->status != MILTER_WAIT)
		play->begun = false;
}

void play_pump(struct play *play, int ms)
{
	struct pollfd set[WAIT_DESCRIPTORS_MAX + 1];
	struct wait_request wait;
	nfds_t count = 0;

	client_run(play, &wait);
	filter_read(play);
	if (ms == 0 || play->got.length > 0)
		return;
	for (unsigned i = 0; i < wait.count && play->begun; i++)
		set[count++] =
			(struct pollfd){wait.descriptors[i].fd, wait.descriptors[i].events, 0};
	if (play->fd >= 0 && !play->clogged && !play->ended)
		set[count++] = (struct pollfd){play->fd, POLLIN, 0};
	poll(set, count, ms);
	client_run(play, &wait);
	filter_read(play);
}

bool play_settle(struct play *play)
{
	int64_t end = clock_monotonic() + 20 * 1000000;

	while (play->begun && clock_monotonic() < end) {
		struct wait_request wait;

		client_run(play, &wait);
		filter_read(play);
		if (play->begun && play->got.length == 0)
			play_pump(play, 5);
	}
	return !play->begun || play_fail(play, "the step does not end");
}

static bool piece_send(struct play *play, const char *bytes, size_t length)
{
	int64_t end = clock_monotonic() + 20 * 1000000;

	for (size_t done = 0; done < length;) {
		ssize_t sent = socket_write(play->fd, bytes + done, length - done);

		if (sent < 0) /* the client may have had enough */
			return true;
		done += (size_t)sent;
		if (sent == 0)
			play_pump(play, 1);
		if (clock_monotonic() > end)
			return play_fail(play, "the client does not read");
	}
	return true;
}

/* Where to cut next: single bytes, but the middle of what is very long in pieces of a few. */
static size_t piece_length(size_t at, size_t length)
{
	enum { EDGE = 20000, PIECE = 61 };

	return at > EDGE && length - at > EDGE ? PIECE : 1;
}

bool play_send(struct play *play, struct text bytes)
{
	size_t piece;

	if (!play->split)
		return piece_send(play, bytes.data, bytes.length);
	for (size_t at = 0; at < bytes.length; at += piece) {
		piece = piece_length(at, bytes.length);
		if (!piece_send(play, bytes.data + at, piece))
			return false;
		play_pump(play, 0);
	}
	return true;
}

bool play_frame(struct play *play, struct packet *packet, size_t *size)
{
	int64_t end = clock_monotonic() + 10 * 1000000;

	for (;;) {
		enum packet_result result =
			packet_read(buffer_text(&play->got), MILTER_PAYLOAD_MAX + 1, packet, size);

		if (result == PACKET_READY)
			return true;
		if (result == PACKET_VIOLATION)
			return play_fail(play, "the client sent a frame of impossible length");
		if (play->ended)
			return play_fail(play, "the client has closed");
		if (clock_monotonic() > end)
			return play_fail(play, "nothing comes from the client");
		/* what has come so far is part of a frame: wait for more */
		struct pollfd set = {play->fd, POLLIN, 0};

		play_pump(play, 0);
		poll(&set, 1, play->begun ? 1 : 10);
	}
}
