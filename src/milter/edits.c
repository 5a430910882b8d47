/* The filter's modifications, taken apart once its verdict is there. */
#include "mail/session.h"
#include "milter/machine.h"

enum { REASON_MAX = 1000 };

struct decoder {
	struct milter_client *client;
	struct arena *arena;
	struct changes *changes;
	bool full;
};

static struct text string_or_rest(struct cursor *cursor)
{
	struct text rest = cursor->rest;

	if (text_contains_byte(rest, 0))
		return cursor_string(cursor);
	cursor->rest = text_part(rest, rest.length, rest.length);
	return rest;
}

/* The second of two strings, when there is one. */
static struct text optional_string(struct cursor *cursor)
{
	return cursor_done(cursor) ? TEXT_EMPTY : cursor_string(cursor);
}

static void header_read(struct cursor *cursor, char letter, struct change *change, bool blanks)
{
	if (letter != MILTER_ADD_HEADER)
		change->index = cursor_u32(cursor);
	change->kind = letter == MILTER_ADD_HEADER	? CHANGE_ADD_HEADER
		       : letter == MILTER_INSERT_HEADER ? CHANGE_INSERT_HEADER
							: CHANGE_CHANGE_HEADER;
	if (letter == MILTER_CHANGE_HEADER && change->index == 0)
		change->index = 1;
	change->name = cursor_string(cursor);
	change->value = cursor_string(cursor);
	change->blanks = blanks;
}

static void envelope_read(struct cursor *cursor, char letter, struct change *change)
{
	change->kind = letter == MILTER_DELETE_RCPT	? CHANGE_DELETE_RCPT
		       : letter == MILTER_CHANGE_SENDER ? CHANGE_CHANGE_SENDER
							: CHANGE_ADD_RCPT;
	change->name = cursor_string(cursor);
	if (letter == MILTER_ADD_RCPT_PARAMETERS || letter == MILTER_CHANGE_SENDER)
		change->value = optional_string(cursor);
}

/* False when the payload is not what the letter wants. */
static bool edit_read(const struct packet *packet, bool blanks, struct change *change)
{
	struct cursor cursor = cursor_of(packet->payload);

	*change = (struct change){.foreign = true, .name = TEXT_EMPTY, .value = TEXT_EMPTY};
	switch (packet->letter) {
	case MILTER_ADD_HEADER:
	case MILTER_INSERT_HEADER:
	case MILTER_CHANGE_HEADER:
		header_read(&cursor, packet->letter, change, blanks);
		break;
	case MILTER_QUARANTINE:
		change->kind = CHANGE_QUARANTINE;
		change->value = string_or_rest(&cursor);
		break;
	default:
		envelope_read(&cursor, packet->letter, change);
		break;
	}
	return cursor_done(&cursor);
}

/* A reason is one line that the MTA logs. */
static bool reason_clean(struct decoder *decoder, struct text *reason)
{
	uint32_t length = reason->length < REASON_MAX ? reason->length : REASON_MAX;
	char *bytes = arena_bytes(decoder->arena, length + 1u);

	if (!bytes)
		return false;
	for (uint32_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)reason->data[i];

		bytes[i] = byte < 0x20 || byte == 0x7f ? ' ' : (char)byte;
	}
	*reason = text_of(bytes, length, decoder->arena->lifetime);
	if (length == 0)
		*reason = TEXT("quarantined by the filter");
	return true;
}

/* Line breaks as folding and nothing else: no header can be smuggled in. */
static bool folding_clean(struct decoder *decoder, struct text *text)
{
	char *bytes;

	if (value_is_clean(*text))
		return true;
	bytes = arena_bytes(decoder->arena, (size_t)text->length * 2);
	if (!bytes)
		return false;
	*text = text_of(bytes, value_clean(*text, bytes), decoder->arena->lifetime);
	return true;
}

static bool edit_clean(struct decoder *decoder, struct change *change)
{
	if (change->kind == CHANGE_QUARANTINE)
		return reason_clean(decoder, &change->value);
	return !change_is_header(change->kind) || folding_clean(decoder, &change->value);
}

/* MTAs pass over these with a warning, and so do we. */
static bool edit_is_void(const struct change *change)
{
	return address_bare(change->name).length == 0 &&
	       (change->kind == CHANGE_ADD_RCPT || change->kind == CHANGE_DELETE_RCPT);
}

static bool fail(struct decoder *decoder, const char *what)
{
	if (decoder->full)
		return client_fail(decoder->client, MILTER_FAILURE_MEMORY,
				   "the filter's changes are more than a message may have");
	return client_fail(decoder->client, MILTER_FAILURE_PROTOCOL, "a broken change: %s", what);
}

static bool edit_add(struct decoder *decoder, const struct packet *packet)
{
	bool blanks = decoder->client->options.steps & MILTER_HEADER_BLANKS;
	struct change change;
	const char *fault;

	if (!edit_read(packet, blanks, &change))
		return fail(decoder, reply_row_find(packet->letter)->name);
	if (edit_is_void(&change)) {
		client_warn(decoder->client, "passed over: a recipient without an address");
		return true;
	}
	decoder->full = !edit_clean(decoder, &change);
	fault = decoder->full ? "" : change_fault(&change);
	if (fault)
		return fail(decoder, fault);
	decoder->full = !changes_add(decoder->changes, change);
	return !decoder->full || fail(decoder, "");
}

/* The length of the run of body pieces at the start of `frames`; `*bytes` of them all. */
static size_t body_run(struct text frames, size_t *bytes)
{
	struct packet packet;
	size_t at = 0, size;

	*bytes = 0;
	while (packet_read(text_part(frames, at, frames.length), MILTER_FRAME_CAP, &packet,
			   &size) == PACKET_READY &&
	       packet.letter == MILTER_REPLACE_BODY) {
		at += size;
		*bytes += packet.payload.length;
	}
	return at;
}

static bool body_add(struct decoder *decoder, struct text run, size_t bytes, bool more)
{
	struct change change = {
		.kind = CHANGE_REPLACE_BODY, .foreign = true, .more = more, .name = TEXT_EMPTY};
	char *body = arena_bytes(decoder->arena, bytes + 1);
	size_t at = 0, length = 0, size;

	while (body && at < run.length) {
		struct packet packet = {0};

		packet_read(text_part(run, at, run.length), MILTER_FRAME_CAP, &packet, &size);
		if (packet.payload.length)
			memcpy(body + length, packet.payload.data, packet.payload.length);
		length += packet.payload.length;
		at += size;
	}
	change.value = text_of(body, length, decoder->arena->lifetime);
	decoder->full = !body || !changes_add(decoder->changes, change);
	return !decoder->full || fail(decoder, "");
}

static bool edits_add(struct decoder *decoder, struct text frames)
{
	bool more = false;
	size_t at = 0;

	while (at < frames.length) {
		struct text rest = text_part(frames, at, frames.length);
		size_t bytes, size = body_run(rest, &bytes);
		struct packet packet;

		if (size > 0) {
			if (!body_add(decoder, text_part(rest, 0, size), bytes, more))
				return false;
			more = true;
		} else {
			packet_read(rest, MILTER_FRAME_CAP, &packet, &size);
			if (!edit_add(decoder, &packet))
				return false;
		}
		at += size;
	}
	return true;
}

bool client_decode_edits(struct milter_client *client, struct arena *arena)
{
	struct decoder decoder = {.client = client, .arena = arena};

	decoder.changes = arena_allocate(arena, sizeof(*decoder.changes));
	decoder.full = !decoder.changes;
	if (decoder.full)
		return fail(&decoder, "");
	changes_init(decoder.changes, arena);
	if (!edits_add(&decoder, buffer_text(&client->edits)))
		return false;
	client->reply.changes = decoder.changes;
	return true;
}
