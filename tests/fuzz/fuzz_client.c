/* A filter of anybody's making against our client. The first two bytes choose the steps and how the
 * answers come: frame by frame, each when the client waits for one, or in pieces; the rest is what
 * the filter says. */
#include "fuzz.h"
#include "peer.h"

#include "base/wait.h"
#include "milter/client.h"
#include "milter/packet.h"

#include <stdlib.h>

/* A frame, as its length says. */
static size_t frame_size(const uint8_t *at, size_t left)
{
	return left < 4 ? left
			: ((size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3]) +
				  4;
}

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
		peer.ready = true;
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
	peer = (struct peer){ .bytes = bytes + 2,
			      .size = size - 2,
			      .piece = (bytes[1] & 63u) + 1,
			      .unit = bytes[1] & 64 ? NULL : frame_size,
			      .slow = bytes[1] & 128 && !(bytes[0] & 16) };
	client = milter_client_adopt(PEER_DESCRIPTOR, "fuzz", &timeouts);
	if (!client)
		abort();
	session(client, bytes[0]);
	milter_client_free(client);
	arena_reset(&arena);
	return 0;
}
