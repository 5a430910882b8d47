/* A mail server that speaks the milter protocol to the native server, in pieces of any size: what
 * comes back must be frames that every mail server understands, and nothing that a client said may
 * end a line in them. The first byte gives the size of pieces. */
#include "fuzz.h"
#include "scripts.h"

#include "base/wait.h"
#include "host/native_milter.h"
#include "milter/packet.h"

#include <netinet/in.h>
#include <stdlib.h>

/* ---- the connection that the protocol sees ---- */

struct connection {
	struct buffer out;
	struct served_chain *served;
	struct afsl_session *waits;
	int64_t deadline;
	bool refused, ends;
};

struct buffer *connection_out(struct connection *connection)
{
	return &connection->out;
}

void connection_flush(struct connection *connection)
{
	(void)connection;
}

void connection_end(struct connection *connection)
{
	connection->ends = true;
}

bool connection_next(struct connection *connection)
{
	return !connection->waits && !connection->ends;
}

void connection_wait(struct connection *connection, struct afsl_session *session)
{
	if (connection->waits)
		abort();
	connection->waits = session;
}

void connection_deadline(struct connection *connection, int64_t at)
{
	connection->deadline = at;
}

int64_t connection_now(const struct connection *connection)
{
	(void)connection;
	return clock_monotonic();
}

socklen_t connection_peer(const struct connection *connection, struct sockaddr_storage *address)
{
	(void)connection, (void)address;
	return 0;
}

struct served_chain *connection_served(const struct connection *connection)
{
	return connection->served;
}

unsigned long connection_number(const struct connection *connection)
{
	(void)connection;
	return 7;
}

bool connection_is_refused(const struct connection *connection)
{
	return connection->refused;
}

unsigned connection_progress_interval(const struct connection *connection)
{
	(void)connection;
	return 1;
}

/* ---- what came back ---- */

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* Lines of a header field's value are folded. */
static bool value_is_folded(struct text value)
{
	for (size_t i = 0; i < value.length; i++)
		if (value.data[i] == '\r' ||
		    (value.data[i] == '\n' &&
		     (i + 1 == value.length || !is_blank(value.data[i + 1]))))
			return false;
	return true;
}

static bool is_one_line(struct text text)
{
	return !text_contains_byte(text, '\r') && !text_contains_byte(text, '\n');
}

static bool header_is_good(struct text payload, bool indexed)
{
	struct cursor cursor = cursor_of(payload);
	struct text name, value;

	if (indexed)
		cursor_u32(&cursor);
	name = cursor_string(&cursor);
	value = cursor_string(&cursor);
	return cursor_done(&cursor) && name.length && is_one_line(name) &&
	       !text_contains_byte(name, ':') && value_is_folded(value);
}

static bool strings_are_good(struct text payload, unsigned most)
{
	struct cursor cursor = cursor_of(payload);
	unsigned count = 0;

	for (; cursor.rest.length && !cursor.failed; count++)
		if (!is_one_line(cursor_string(&cursor)))
			return false;
	return cursor_done(&cursor) && count >= 1 && count <= most;
}

/* "550 5.7.1 text", further lines behind "550-" and CR LF, and a NUL at the end alone. */
static bool reply_is_good(struct text payload)
{
	struct cursor cursor = cursor_of(payload);
	struct text text = cursor_string(&cursor);

	if (!cursor_done(&cursor) || text.length < 4 ||
	    (text.data[0] != '4' && text.data[0] != '5'))
		return false;
	for (size_t i = 0; i < text.length; i++) {
		char byte = text.data[i];

		if (byte == '\r' && i + 5 < text.length && text.data[i + 1] == '\n' &&
		    memcmp(text.data + i + 2, text.data, 3) == 0)
			i += 2;
		else if ((unsigned char)byte < ' ')
			return false;
	}
	return true;
}

static bool frame_is_good(const struct packet *packet)
{
	switch (packet->letter) {
	case MILTER_CONTINUE:
	case MILTER_ACCEPT:
	case MILTER_REJECT:
	case MILTER_TEMPFAIL:
	case MILTER_DISCARD:
	case MILTER_SKIP:
	case MILTER_PROGRESS:
	case MILTER_SHUTDOWN:
		return packet->payload.length == 0;
	case MILTER_REPLYCODE:
		return reply_is_good(packet->payload);
	case MILTER_ADD_HEADER:
		return header_is_good(packet->payload, false);
	case MILTER_INSERT_HEADER:
	case MILTER_CHANGE_HEADER:
		return header_is_good(packet->payload, true);
	case MILTER_ADD_RCPT:
	case MILTER_DELETE_RCPT:
	case MILTER_QUARANTINE:
		return strings_are_good(packet->payload, 1);
	case MILTER_ADD_RCPT_PARAMETERS:
	case MILTER_CHANGE_SENDER:
		return strings_are_good(packet->payload, 2);
	case MILTER_OPTNEG:
		return packet->payload.length >= 12;
	default:
		return packet->letter == MILTER_REPLACE_BODY;
	}
}

static void check_answers(struct text bytes)
{
	struct packet packet;
	size_t size;

	for (size_t at = 0; at < bytes.length; at += size)
		if (packet_read(text_part(bytes, at, bytes.length), MILTER_PAYLOAD_MAX + 1, &packet,
				&size) != PACKET_READY ||
		    !frame_is_good(&packet))
			abort();
}

/* ---- */

static struct served_chain *served;

static void open_all(void)
{
	static const struct afsl_setting limits[] = { { "instructions", "2000" },
						      { "logLines", "5" } };
	struct afsl_load_options options = { .source = script_of_sinks,
					     .source_length = sizeof(script_of_sinks) - 1 };
	struct afsl_filter_options filter = { .limits = limits, .limit_count = 2 };
	struct afsl_program *program = afsl_program_load("sinks.afsl", &options, NULL);
	struct afsl_chain *chain = afsl_chain_new();

	if (!program || !chain || !afsl_chain_add(chain, program, &filter))
		abort();
	served = served_chain_new(chain);
	afsl_program_release(program);
	afsl_chain_release(chain);
}

/* Nothing in the script waits for long. */
static void settle(struct connection *connection, void *state)
{
	while (connection->waits) {
		struct afsl_session *session = connection->waits;

		if (connection->deadline)
			protocol_milter.expire(state);
		afsl_finish(session);
		connection->waits = NULL;
		protocol_milter.resume(state);
	}
}

/* As the server does: what is not taken comes again, in a place of its own, with more behind it. */
static void feed(struct connection *connection, void *state, const uint8_t *bytes, size_t size,
		 size_t step)
{
	size_t from = 0, to = 0;

	while (!connection->ends && to < size) {
		char *piece;
		size_t taken;

		to = size - to < step ? size : to + step;
		piece = malloc(to - from);
		if (!piece)
			abort();
		memcpy(piece, bytes + from, to - from);
		do {
			taken = protocol_milter.take(state,
						     text_of(piece, to - from, LIFETIME_EVENT));
			settle(connection, state);
			from += taken;
			memmove(piece, piece + taken, to - from);
		} while (taken && from < to && !connection->ends);
		free(piece);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct connection connection = { .refused = size && bytes[0] == 255 };
	void *state;

	if (size < 2)
		return 0;
	if (!served)
		open_all();
	connection.served = connection.refused ? NULL : served;
	buffer_init(&connection.out, (size_t)16 << 20);
	state = protocol_milter.open(&connection);
	if (!state)
		abort();
	feed(&connection, state, bytes + 1, size - 1, (size_t)bytes[0] * 4 + 1);
	protocol_milter.gone(state);
	if (connection.waits)
		afsl_finish(connection.waits);
	protocol_milter.free(state);
	check_answers(buffer_text(&connection.out));
	buffer_free(&connection.out);
	return 0;
}
