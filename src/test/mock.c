#include "test/mock.h"

#include "base/memory.h"
#include "base/system.h"
#include "base/wait.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEER_BUFFER_MAX = 64 << 20, READ_SIZE = 64 << 10, SHOWN_MAX = 200 };

void mocks_init(struct mocks *mocks, struct arena *arena)
{
	*mocks = (struct mocks){ .arena = arena };
	mocks->last_place = &mocks->places;
	buffer_init(&mocks->fault, 64 << 10);
}

static void peer_close(struct peer *peer)
{
	if (peer->fd >= 0)
		close(peer->fd);
	peer->fd = -1;
}

void mocks_free(struct mocks *mocks)
{
	for (struct peer *peer = mocks->peers; peer; peer = peer->next) {
		peer_close(peer);
		buffer_free(&peer->in);
		buffer_free(&peer->out);
	}
	mocks->peers = NULL;
	for (struct mock_answer *row = mocks->answers; row; row = row->next)
		dns_answer_release(row->answer);
	mocks->answers = NULL;
	buffer_free(&mocks->fault);
}

/* The first one counts: what follows may come of it. */
void mock_fault(struct mocks *mocks, const char *format, ...)
{
	va_list arguments;

	if (mocks->fault.length)
		return;
	va_start(arguments, format);
	buffer_vprintf(&mocks->fault, format, arguments);
	va_end(arguments);
}

/* ---- places ---- */

/* A later mock takes the place of an earlier one; scripts of sockets are met one after the other.
 */
static void supersede(struct mocks *mocks, const char *name)
{
	for (struct mock_place *place = mocks->places; place; place = place->next)
		if (!mock_is_for_one(place) && strcmp(place->name, name) == 0)
			place->met = true;
}

struct mock_place *mock_add(struct mocks *mocks, enum place_kind kind, struct text address,
			    const char **fault)
{
	struct mock_place *place = arena_zeroed(mocks->arena, sizeof(*place));
	struct endpoint endpoint;

	*fault = endpoint_parse(address, &endpoint);
	if (*fault || !place)
		return NULL;
	place->kind = kind;
	place->name = arena_string(mocks->arena, text_of_string(endpoint.name, LIFETIME_EVENT));
	if (!place->name)
		return NULL;
	supersede(mocks, place->name);
	*mocks->last_place = place;
	mocks->last_place = &place->next;
	mocks->present = place;
	return place;
}

bool mock_exchange(struct mocks *mocks, enum exchange_kind kind, struct text bytes)
{
	struct exchange *exchange = arena_zeroed(mocks->arena, sizeof(*exchange));
	struct mock_place *place = mocks->present;
	bool ok = true;

	if (!place || !mock_is_for_one(place) || !exchange)
		return false;
	exchange->kind = kind;
	exchange->bytes = arena_copy(mocks->arena, bytes, &ok);
	if (place->last)
		place->last->next = exchange;
	else
		place->first = exchange;
	place->last = exchange;
	return ok;
}

/* Of connections that were kept, or of all others. */
static struct mock_place *find_place(struct mocks *mocks, const char *name, bool kept)
{
	struct mock_place *place = mocks->places;

	while (place && (strcmp(place->name, name) != 0 || place->met ||
			 (place->kind == PLACE_KEPT) != kept))
		place = place->next;
	return place;
}

struct mock_place *mock_find(struct mocks *mocks, struct text address)
{
	struct mock_place *found = NULL;
	struct endpoint endpoint;

	if (endpoint_parse(address, &endpoint))
		return NULL;
	for (struct mock_place *place = mocks->places; place; place = place->next)
		if (strcmp(place->name, endpoint.name) == 0)
			found = place;
	return found;
}

void mock_hear(struct mocks *mocks, struct mock_place *place, struct text line)
{
	struct heard *heard = arena_zeroed(mocks->arena, sizeof(*heard));
	bool ok = true;

	if (!heard)
		return;
	heard->line = arena_copy(mocks->arena, line, &ok);
	if (place->last_heard)
		place->last_heard->next = heard;
	else
		place->heard = heard;
	place->last_heard = heard;
	place->heard_count++;
}

/* ---- connecting ---- */

static int peer_new(struct mocks *mocks, struct mock_place *place)
{
	struct peer *peer = arena_zeroed(mocks->arena, sizeof(*peer));
	int ends[2];

	if (!peer || !system_socket_pair(SOCK_STREAM, ends))
		return SOCKET_ERROR;
	peer->place = place;
	peer->fd = ends[1];
	peer->next_exchange = place->first;
	buffer_init(&peer->in, PEER_BUFFER_MAX);
	buffer_init(&peer->out, PEER_BUFFER_MAX);
	peer->next = mocks->peers;
	mocks->peers = peer;
	place->met = mock_is_for_one(place);
	return ends[0];
}

static int refuse(int error)
{
	errno = error;
	return SOCKET_ERROR;
}

static int mocked_connect(void *argument, const struct endpoint *endpoint)
{
	struct mocks *mocks = argument;
	struct mock_place *place = find_place(mocks, endpoint->name, false);

	if (!place) {
		mock_fault(mocks,
			   "the script connects to %s, which this test has not mocked\n"
			   "      write: mock.socket(\"%s\"); mock.expects(\"...\"); "
			   "mock.sends(\"...\");\n"
			   "         or: mock.milter(\"%s\");",
			   endpoint->name, endpoint->name, endpoint->name);
		return refuse(ECONNREFUSED);
	}
	if (place->kind == PLACE_REFUSES)
		return refuse(ECONNREFUSED);
	if (place->kind != PLACE_ALLOWED)
		return peer_new(mocks, place);
	mocks->live = true;
	return socket_connect(endpoint);
}

static int mocked_reuse(void *argument, const struct endpoint *endpoint)
{
	struct mock_place *place = find_place(argument, endpoint->name, true);

	return place ? peer_new(argument, place) : SOCKET_ERROR;
}

/* Whoever connects by himself finds no script to play: HTTP has mocks of its own. */
static int mocked_open(void *argument, const struct endpoint *endpoint)
{
	struct mocks *mocks = argument;
	const struct mock_place *place = find_place(mocks, endpoint->name, false);

	if (!place || place->kind != PLACE_ALLOWED)
		return refuse(ECONNREFUSED);
	mocks->live = true;
	return outside_live.open(NULL, endpoint);
}

/* ---- addresses ---- */

bool mock_add_fact(struct mocks *mocks, struct ip address, struct text path, struct text value)
{
	struct mock_fact *fact = arena_zeroed(mocks->arena, sizeof(*fact));
	bool ok = true;

	if (!fact)
		return false;
	fact->address = address;
	fact->path = arena_copy(mocks->arena, path, &ok);
	fact->value = arena_copy(mocks->arena, value, &ok);
	fact->next = mocks->facts;
	mocks->facts = fact;
	return ok;
}

/* Of an address that is mocked with one path, the others are not known. */
static bool mocked_geoip(void *argument, struct ip address, struct text path, struct text *found)
{
	struct mocks *mocks = argument;
	char shown[IP_PRINTED_MAX];
	bool known = false;

	for (const struct mock_fact *fact = mocks->facts; fact; fact = fact->next) {
		if (ip_compare(fact->address, address) != 0)
			continue;
		known = true;
		if (text_equals(fact->path, path)) {
			*found = fact->value;
			return true;
		}
	}
	ip_print(address, shown);
	if (!known)
		mock_fault(mocks,
			   "the script asks for %.*s of %s, which this test has not mocked\n"
			   "      write: mock.geoip(\"%s\", \"%.*s\", \"...\");",
			   TEXT_PRINTF(path), shown, shown, TEXT_PRINTF(path));
	return true;
}

/* ---- clock, chance, names ---- */

void mock_set_clock(struct mocks *mocks, int64_t now)
{
	mocks->clock_stands = true;
	mocks->clock = now;
	mocks->clock_offset = clock_skipped();
}

static int64_t mocked_now(void *argument)
{
	const struct mocks *mocks = argument;

	if (mocks->clock_stands)
		return mocks->clock + clock_skipped() - mocks->clock_offset;
	return clock_wall();
}

static bool mocked_random(void *argument, uint64_t *number)
{
	struct mocks *mocks = argument;

	if (!mocks->number_count)
		return outside_live.random(NULL, number);
	*number = (uint64_t)mocks->numbers[mocks->next_number++ % mocks->number_count];
	return true;
}

/* ---- private keys ---- */

bool mock_add_key(struct mocks *mocks, struct text path, struct text pem)
{
	struct mock_key *key = arena_zeroed(mocks->arena, sizeof(*key));
	bool ok = key != NULL;

	if (!key)
		return false;
	key->path = arena_copy(mocks->arena, path, &ok);
	key->pem = arena_copy(mocks->arena, pem, &ok);
	key->next = mocks->keys;
	mocks->keys = key;
	return ok;
}

static const char *mocked_private_key(void *argument, struct text path, struct buffer *out)
{
	struct mocks *mocks = argument;

	for (const struct mock_key *key = mocks->keys; key; key = key->next) {
		if (!text_equals(key->path, path))
			continue;
		buffer_append_text(out, key->pem);
		return NULL;
	}
	mock_fault(mocks, "the key %.*s is not mocked: mock.privateKey(\"%.*s\", ...)",
		   TEXT_PRINTF(path), TEXT_PRINTF(path));
	return "it is not mocked";
}

const struct outside outside_mocked = {
	.connect = mocked_connect,
	.reuse = mocked_reuse,
	.open = mocked_open,
	.http = mocked_http,
	.geoip = mocked_geoip,
	.now = mocked_now,
	.random = mocked_random,
	.private_key = mocked_private_key,
};

/* ---- names ---- */

static const char *type_name(int type)
{
	static const struct {
		int type;
		const char *name;
	} types[] = {
#define DNS_TYPE(name, number, form) { number, #name },
#include "net/dns_types.def"
#undef DNS_TYPE
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (types[i].type == type)
			return types[i].name;
	return "TYPE";
}

/* Of a name that is mocked for one type, there is nothing of the others. */
static struct dns_answer *mocked_answer(void *argument, struct text name, int type)
{
	struct mocks *mocks = argument;
	bool known = false;

	for (const struct mock_answer *row = mocks->answers; row; row = row->next) {
		if (!text_equals_ignoring_case(row->name, name))
			continue;
		if (row->type == type)
			return dns_answer_keep(row->answer);
		known = true;
	}
	if (known)
		return dns_answer_none(DNS_NO_RECORD);
	mock_fault(mocks,
		   "the script asks the DNS for %.*s %s, which this test has not mocked\n"
		   "      write: mock.dns(\"%.*s\", \"%s\", [\"...\"]);",
		   TEXT_PRINTF(name), type_name(type), TEXT_PRINTF(name), type_name(type));
	return dns_answer_failed("the question is not mocked");
}

struct resolver *mock_resolver(struct mocks *mocks)
{
	return resolver_new_scripted(mocked_answer, mocks);
}

bool mock_add_answer(struct mocks *mocks, struct text name, int type, const struct text *records,
		     uint32_t count)
{
	struct mock_answer *row = arena_zeroed(mocks->arena, sizeof(*row));
	bool ok = true;

	if (!row)
		return false;
	if (!records)
		row->answer = dns_answer_failed("it is mocked to fail");
	else if (count)
		row->answer = dns_answer_made(type, records, count);
	else
		row->answer = dns_answer_none(DNS_NO_NAME);
	if (!row->answer)
		return false;
	row->type = type;
	row->name = arena_copy(mocks->arena, name, &ok);
	row->next = mocks->answers;
	mocks->answers = row;
	return ok;
}

/* ---- sockets that play a script ---- */

static void wrong_bytes(struct mocks *mocks, struct peer *peer, struct text expected)
{
	struct buffer got, wanted;

	buffer_init(&got, 8192);
	buffer_init(&wanted, 8192);
	buffer_append_visible(&got, buffer_text(&peer->in), SHOWN_MAX);
	buffer_append_visible(&wanted, expected, SHOWN_MAX);
	mock_fault(mocks, "%s was sent \"%.*s\"\n      it expects \"%.*s\"", peer->place->name,
		   TEXT_PRINTF(buffer_text(&got)), TEXT_PRINTF(buffer_text(&wanted)));
	buffer_free(&got);
	buffer_free(&wanted);
}

/* True when the bytes have come, and are taken. */
static bool meets(struct mocks *mocks, struct peer *peer, struct text expected)
{
	struct text got = buffer_text(&peer->in);
	uint32_t length = got.length < expected.length ? got.length : expected.length;

	if (!text_equals(text_part(got, 0, length), text_part(expected, 0, length))) {
		wrong_bytes(mocks, peer, expected);
		peer->closing = true;
		return false;
	}
	if (got.length < expected.length)
		return false;
	buffer_consume(&peer->in, expected.length);
	return true;
}

/* True when all up to the bytes has come, and is taken. */
static bool takes(struct mocks *mocks, struct peer *peer, struct text until)
{
	struct text got = buffer_text(&peer->in);
	int64_t at = text_find(got, until, 0);

	if (at < 0)
		return false;
	mock_hear(mocks, peer->place, text_part(got, 0, (size_t)at + until.length));
	buffer_consume(&peer->in, (size_t)at + until.length);
	return true;
}

static bool listens(const struct exchange *exchange)
{
	return exchange->kind == EXCHANGE_EXPECTS || exchange->kind == EXCHANGE_TAKES;
}

/* A script without expects takes whatever it is sent. */
static bool expects_anything(const struct mock_place *place)
{
	const struct exchange *exchange = place->first;

	while (exchange && !listens(exchange))
		exchange = exchange->next;
	return exchange != NULL;
}

static void play_script(struct mocks *mocks, struct peer *peer)
{
	while (peer->next_exchange && !peer->closing) {
		const struct exchange *exchange = peer->next_exchange;

		if (exchange->kind == EXCHANGE_EXPECTS && !meets(mocks, peer, exchange->bytes))
			return;
		if (exchange->kind == EXCHANGE_TAKES && !takes(mocks, peer, exchange->bytes))
			return;
		if (exchange->kind == EXCHANGE_SENDS)
			buffer_append_text(&peer->out, exchange->bytes);
		peer->closing = exchange->kind == EXCHANGE_CLOSES;
		peer->next_exchange = exchange->next;
	}
	if (!expects_anything(peer->place))
		buffer_clear(&peer->in);
	else if (peer->in.length && !peer->closing)
		wrong_bytes(mocks, peer, TEXT("nothing more"));
}

/* ---- all of them ---- */

static bool receive(struct peer *peer)
{
	bool moved = false;
	char bytes[READ_SIZE];
	ssize_t got;

	while ((got = system_read(peer->fd, bytes, sizeof(bytes))) > 0) {
		buffer_append(&peer->in, bytes, (size_t)got);
		moved = true;
	}
	return moved;
}

static bool transmit(struct peer *peer)
{
	bool moved = false;

	while (peer->out.length) {
		ssize_t sent = socket_write(peer->fd, peer->out.data, peer->out.length);

		if (sent < 0)
			buffer_clear(&peer->out);
		if (sent <= 0)
			break;
		buffer_consume(&peer->out, (size_t)sent);
		moved = true;
	}
	return moved;
}

static bool peer_run(struct mocks *mocks, struct peer *peer)
{
	bool moved = receive(peer);

	if (!peer->closing && peer->place->kind == PLACE_MILTER)
		mock_milter_play(mocks, peer);
	else if (!peer->closing)
		play_script(mocks, peer);
	moved |= transmit(peer);
	if (!peer->closing || peer->out.length)
		return moved;
	peer_close(peer);
	return true;
}

bool mocks_run(struct mocks *mocks)
{
	bool moved = false;

	for (struct peer *peer = mocks->peers; peer; peer = peer->next)
		if (peer->fd >= 0)
			moved |= peer_run(mocks, peer);
	return moved;
}

static void check_played(struct mocks *mocks, const struct mock_place *place,
			 const struct exchange *left)
{
	struct buffer wanted;

	while (left && !listens(left))
		left = left->next;
	if (!left)
		return;
	buffer_init(&wanted, 8192);
	buffer_append_visible(&wanted, left->bytes, SHOWN_MAX);
	mock_fault(mocks, "%s %s \"%.*s\"", place->name,
		   place->met ? "was not sent" : "was never asked; it expects",
		   TEXT_PRINTF(buffer_text(&wanted)));
	buffer_free(&wanted);
}

void mocks_finish(struct mocks *mocks)
{
	mocks_run(mocks);
	for (const struct mock_place *place = mocks->places; place; place = place->next)
		if (!place->met)
			check_played(mocks, place, place->first);
	for (const struct peer *peer = mocks->peers; peer; peer = peer->next)
		check_played(mocks, peer->place, peer->next_exchange);
}
