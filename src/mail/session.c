#include "mail/session.h"

#include "base/memory.h"
#include "mail/recipients.h"

#include <assert.h>

static const struct mail_limits limits_default = { .headers = 10000,
						   .recipients = 50000,
						   .changes = CHANGES_LIMIT_DEFAULT,
						   .header_bytes = (size_t)4 << 20,
						   .whole = (size_t)32 << 20 };

const char *macro_stage_name(enum macro_stage stage)
{
	static const char *const names[MACRO_STAGE_COUNT] = {
		[MACRO_CONNECT] = "connect", [MACRO_HELO] = "helo", [MACRO_MAIL] = "mail",
		[MACRO_RCPT] = "rcpt",	     [MACRO_DATA] = "data", [MACRO_EOH] = "eoh",
		[MACRO_EOM] = "eom",
	};

	assert((unsigned)stage < MACRO_STAGE_COUNT);
	return names[stage];
}

#define NO_TEXT                                                                                    \
	{                                                                                          \
		"", 0, LIFETIME_PROGRAM                                                            \
	}

/* What every session has between its messages: an idle one has no memory for any. Nobody writes to
 * it. */
static const struct mail_message no_message = {
	.sender = NO_TEXT,
	.new_sender = NO_TEXT,
	.sender_parameters = NO_TEXT,
	.header_name = NO_TEXT,
	.header_raw = NO_TEXT,
	.chunk = NO_TEXT,
	.spam_level = -1,
	.virus_level = -1,
};

static void message_close(struct mail_session *session)
{
	session->message = (struct mail_message *)(uintptr_t)&no_message;
}

static bool message_open(struct mail_session *session)
{
	struct mail_message *message = arena_allocate(&session->message_arena, sizeof(*message));

	if (!message)
		return false;
	*message = no_message;
	headers_init(&message->received, &session->message_arena);
	headers_borrow(&message->foreign, &message->received);
	headers_borrow(&message->headers, &message->received);
	changes_init(&message->changes, &session->message_arena);
	message->changes.limit = session->limits->changes;
	message->next_header_id = 1;
	message->open = true;
	session->message = message;
	return true;
}

struct mail_session *mail_session_new(size_t session_cap, size_t message_cap)
{
	struct mail_session *session = memory_zeroed(1, sizeof(*session));

	if (!session)
		return NULL;
	arena_init(&session->session_arena, session_cap, LIFETIME_SESSION);
	arena_init(&session->message_arena, message_cap, LIFETIME_MESSAGE);
	session->client_name = session->client_path = session->helo = session->command = TEXT_EMPTY;
	session->limits = &limits_default;
	message_close(session);
	return session;
}

static void macros_free(struct macros **macros)
{
	for (unsigned stage = 0; macros && stage < MACRO_STAGE_COUNT; stage++) {
		if (!macros[stage])
			continue;
		memory_free(macros[stage]->items);
		memory_free(macros[stage]->bytes);
		memory_free(macros[stage]);
	}
	memory_free(macros);
}

void mail_session_free(struct mail_session *session)
{
	if (!session)
		return;
	mail_end(session);
	macros_free(session->macros);
	arena_reset(&session->session_arena);
	memory_free(session);
}

/* ---- facts of the session ---- */

/* Most names of hosts have room in it. */
enum { FIELD_ROOM = 32 };

/* The room of a field's memory stands before its bytes. */
static size_t field_room(const struct text *field)
{
	size_t room = 0;

	if (field->lifetime == LIFETIME_EVENT)
		memcpy(&room, field->data - sizeof(room), sizeof(room));
	return room;
}

static char *field_bytes(struct mail_session *session, const struct text *field, size_t size)
{
	size_t room = FIELD_ROOM;
	char *bytes;

	if (field_room(field) >= size)
		return (char *)(uintptr_t)field->data;
	while (room < size)
		room *= 2;
	bytes = arena_bytes(&session->session_arena, sizeof(room) + room);
	if (!bytes)
		return NULL;
	memcpy(bytes, &room, sizeof(room));
	return bytes + sizeof(room);
}

bool mail_set_text(struct mail_session *session, struct text *field, struct text value)
{
	char *bytes;

	if (!value.length && !field->length)
		return true;
	bytes = field_bytes(session, field, (size_t)value.length + 1);
	if (!bytes)
		return false;
	if (value.length)
		memmove(bytes, value.data, value.length);
	bytes[value.length] = '\0';
	*field = text_of(bytes, value.length, LIFETIME_EVENT);
	return true;
}

/* ---- macros ---- */

static bool macros_reserve(struct mail_session *session, struct macros *macros, uint32_t count,
			   size_t bytes)
{
	void *grown;

	if (bytes > session->session_arena.cap)
		return false;
	if (count > macros->room) {
		grown = memory_resize(macros->items, count * sizeof(*macros->items));
		if (!grown)
			return false;
		macros->items = grown;
		macros->room = count;
	}
	if (bytes > macros->bytes_room) {
		grown = memory_resize(macros->bytes, bytes);
		if (!grown)
			return false;
		macros->bytes = grown;
		macros->bytes_room = bytes;
	}
	return true;
}

static struct text macros_copy(char **to, struct text original)
{
	struct text copy = text_of(*to, original.length, LIFETIME_EVENT);

	if (original.length)
		memcpy(*to, original.data, original.length);
	(*to)[original.length] = '\0';
	*to += original.length + 1;
	return copy;
}

const struct macros *mail_macros(const struct mail_session *session, enum macro_stage stage)
{
	static const struct macros none;

	return session->macros && session->macros[stage] ? session->macros[stage] : &none;
}

/* From a stage on. */
static void macros_forget(struct mail_session *session, unsigned stage, bool early_too)
{
	for (; session->macros && stage < MACRO_STAGE_COUNT; stage++) {
		struct macros *macros = session->macros[stage];

		if (macros && (early_too || !macros->early))
			macros->count = 0;
	}
}

static struct macros *macros_of(struct mail_session *session, enum macro_stage stage)
{
	if (!session->macros)
		session->macros = memory_zeroed(MACRO_STAGE_COUNT, sizeof(*session->macros));
	if (session->macros && !session->macros[stage])
		session->macros[stage] = memory_zeroed(1, sizeof(struct macros));
	return session->macros ? session->macros[stage] : NULL;
}

bool mail_set_macros(struct mail_session *session, enum macro_stage stage, const struct text *pairs,
		     uint32_t pair_count)
{
	struct macros *macros;
	size_t bytes = 0;
	char *to;

	macros_forget(session, stage, true);
	if (pair_count == 0)
		return true;
	macros = macros_of(session, stage);
	if (!macros)
		return false;
	for (uint32_t i = 0; i < 2 * pair_count; i++)
		bytes += (size_t)pairs[i].length + 1;
	if (!macros_reserve(session, macros, pair_count, bytes))
		return false;
	to = macros->bytes;
	for (uint32_t i = 0; i < pair_count; i++) {
		macros->items[i].name = macros_copy(&to, pairs[2 * i]);
		macros->items[i].value = macros_copy(&to, pairs[2 * i + 1]);
	}
	macros->count = pair_count;
	macros->early = stage == MACRO_MAIL || !session->message->open;
	return true;
}

bool mail_request_macros(struct mail_session *session, enum macro_stage stage, struct text names)
{
	struct macro_requests *requests = session->requests;

	if (!requests) {
		requests = arena_zeroed(&session->session_arena, sizeof(*requests));
		for (unsigned i = 0; requests && i < MACRO_STAGE_COUNT; i++)
			requests->names[i] = TEXT_EMPTY;
		session->requests = requests;
	}
	if (!requests || !mail_set_text(session, &requests->names[stage], names))
		return false;
	requests->made[stage] = true;
	return true;
}

const struct text *mail_requested_macros(const struct mail_session *session, enum macro_stage stage)
{
	const struct macro_requests *requests = session->requests;

	return requests && requests->made[stage] ? &requests->names[stage] : NULL;
}

/* "i" is "{i}"; longer names have their braces. */
static struct text macro_bare(struct text name)
{
	bool braced = name.length == 3 && name.data[0] == '{' && name.data[2] == '}';

	return braced ? text_part(name, 1, 2) : name;
}

bool mail_macro(const struct mail_session *session, struct text name, struct text *value)
{
	struct text bare = macro_bare(name);

	for (unsigned stage = MACRO_STAGE_COUNT; stage-- > 0;) {
		const struct macros *macros = mail_macros(session, (enum macro_stage)stage);

		for (uint32_t i = 0; i < macros->count; i++) {
			if (text_equals(macro_bare(macros->items[i].name), bare)) {
				*value = macros->items[i].value;
				return true;
			}
		}
	}
	return false;
}

/* ---- messages ---- */

void mail_end(struct mail_session *session)
{
	macros_forget(session, MACRO_MAIL, false);
	if (session->message->open)
		buffer_free(&session->message->whole);
	arena_reset(&session->message_arena);
	message_close(session);
}

static bool copy_parameters(struct arena *arena, const struct text *parameters, uint32_t count,
			    struct text **copies)
{
	bool ok = true;

	*copies = NULL;
	if (count == 0)
		return true;
	*copies = arena_allocate(arena, count * sizeof(**copies));
	for (uint32_t i = 0; *copies && i < count; i++)
		(*copies)[i] = arena_copy(arena, parameters[i], &ok);
	return *copies && ok;
}

bool mail_begin(struct mail_session *session, struct text sender, const struct text *parameters,
		uint32_t count)
{
	struct mail_message *message;
	bool ok = true;

	mail_end(session);
	session->mail_count++;
	for (unsigned stage = MACRO_MAIL; session->macros && stage < MACRO_STAGE_COUNT; stage++)
		if (session->macros[stage])
			session->macros[stage]->early = false;
	if (!message_open(session))
		return false;
	message = session->message;
	message->sender = arena_copy(&session->message_arena, sender, &ok);
	ok = ok &&
	     copy_parameters(&session->message_arena, parameters, count, &message->parameters);
	message->parameter_count = ok ? count : 0;
	return ok;
}

static bool recipients_grow(struct mail_session *session)
{
	struct mail_message *message = session->message;
	uint32_t room = message->recipient_room ? message->recipient_room * 2 : 4;
	struct recipient *grown;

	if (!message->open || message->recipient_count >= session->limits->recipients)
		return false;
	if (message->recipient_count < message->recipient_room)
		return true;
	grown = arena_allocate(&session->message_arena, room * sizeof(*grown));
	if (!grown)
		return false;
	if (message->recipient_count)
		memcpy(grown, message->recipients, message->recipient_count * sizeof(*grown));
	message->recipients = grown;
	message->recipient_room = room;
	return true;
}

bool mail_add_recipient(struct mail_session *session, struct text address,
			const struct text *parameters, uint32_t count)
{
	struct mail_message *message = session->message;
	struct arena *arena = &session->message_arena;
	struct recipient recipient = { .parameter_count = count, .at_mta = true };
	bool ok = true;

	if (!recipients_grow(session))
		return false;
	recipient.address = arena_copy(arena, address, &ok);
	recipient.verdict.enhanced = recipient.verdict.text = TEXT_EMPTY;
	if (!ok || !copy_parameters(arena, parameters, count, &recipient.parameters))
		return false;
	message->recipients[message->recipient_count++] = recipient;
	return recipients_note_last(session);
}

/* A field that is received after the filter has made changes comes before what it has appended. */
static bool receive_header(struct headers *headers, const struct header *header)
{
	return headers_insert(headers, headers->count - headers->appended, *header);
}

bool mail_show_header(struct mail_session *session, struct text name, struct text raw)
{
	struct mail_message *message = session->message;
	size_t bytes = message->field_bytes + name.length + raw.length;

	if (!message->open || message->field_count >= session->limits->headers ||
	    bytes > session->limits->header_bytes)
		return false;
	message->field_count++;
	message->field_bytes = bytes;
	session->total_size += (uint64_t)name.length + raw.length + strlen(":\r\n");
	message->header_name = name;
	message->header_raw = raw;
	return true;
}

static bool pass_header(struct mail_session *session, const struct header *header)
{
	struct mail_message *message = session->message;
	struct headers *received = &message->received;

	if (!mail_show_header(session, header->name, header->raw) ||
	    !headers_insert(received, received->count, *header))
		return false;
	header = received->items + received->count - 1;
	/* the copy: a handler may be put aside longer than the caller's bytes stay */
	message->header_name = header->name;
	message->header_raw = header->raw;
	if (!message->foreign_header_changes)
		headers_borrow(&message->foreign, received);
	else if (!receive_header(&message->foreign, header))
		return false;
	if (!message->own_header_changes)
		headers_borrow(&message->headers, &message->foreign);
	else if (!receive_header(&message->headers, header))
		return false;
	return true;
}

bool mail_add_header(struct mail_session *session, struct text name, struct text raw)
{
	struct header header = { .name = name, .raw = raw, .id = session->message->next_header_id };

	if (!session->message->open)
		return false;
	session->message->next_header_id++;
	return pass_header(session, &header);
}

bool mail_pass_header(struct mail_session *session, const struct header *header)
{
	struct header passed = {
		.name = header->name, .raw = header->raw, .id = header->id, .top = header->top
	};

	if (!session->message->open)
		return false;
	if (header->id >= session->message->next_header_id)
		session->message->next_header_id = header->id + 1;
	return pass_header(session, &passed);
}

/* ---- addresses ---- */

struct text address_bare(struct text raw)
{
	int64_t route_end;

	if (raw.length && raw.data[0] == '<') {
		bool closed = raw.length > 1 && raw.data[raw.length - 1] == '>';

		raw = text_part(raw, 1, raw.length - (closed ? 1u : 0u));
	}
	if (raw.length && raw.data[0] == '@') {
		route_end = text_find(raw, TEXT(":"), 0);
		if (route_end >= 0)
			raw = text_part(raw, (size_t)route_end + 1, raw.length);
	}
	return raw;
}

struct text address_domain(struct text raw)
{
	struct text bare = address_bare(raw);

	for (size_t i = bare.length; i-- > 0;)
		if (bare.data[i] == '@')
			return text_part(bare, i + 1, bare.length);
	return text_part(bare, bare.length, bare.length);
}
