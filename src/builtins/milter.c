/* The milter dialogue as scripts hold it: one builtin sends one command or reads one answer. */
#include "builtins/builtins.h"
#include "builtins/conversation.h"
#include "builtins/mail_call.h"
#include "builtins/socket.h"

#include "base/memory.h"

#include <unistd.h>

static void conversation_free(struct conversation *conversation)
{
	milter_client_free(conversation->client);
	claim_end(&conversation->claim);
	memory_free(conversation);
}

static void conversation_close(struct handle *handle)
{
	struct conversation *conversation = handle->state;

	conversation_free(conversation);
	handle->state = NULL;
}

/* ---- failures ---- */

static enum call_result raise_failure(struct call *call, const struct milter_client *client)
{
	static const char *const kinds[] = {
		[MILTER_FAILURE_NONE] = "protocol",	[MILTER_FAILURE_CONNECT] = "connect",
		[MILTER_FAILURE_TIMEOUT] = "timeout",	[MILTER_FAILURE_CLOSED] = "closed",
		[MILTER_FAILURE_PROTOCOL] = "protocol", [MILTER_FAILURE_ARGUMENT] = "argument",
	};
	const struct milter_failure *failure = milter_client_failure(client);

	if (failure->kind == MILTER_FAILURE_MEMORY)
		return call_memory(call);
	return call_raise(call, kinds[failure->kind], 0, failure->kind != MILTER_FAILURE_ARGUMENT,
			  "%s", failure->message);
}

enum call_result conversation_of(struct call *call, struct conversation **conversation)
{
	struct handle *handle = call->arguments[0].handle;

	*conversation = handle ? handle->state : NULL;
	if (*conversation)
		return CALL_DONE;
	return call_raise(call, "closed", 0, false, "the conversation with the milter is not open");
}

enum call_result conversation_run(struct call *call, struct conversation *conversation)
{
	struct wait_request *wait = call_wait(call);

	switch (milter_client_run(conversation->client, call_arena(call), wait)) {
	case MILTER_WAIT:
		return CALL_WAIT;
	case MILTER_READY:
		return CALL_DONE;
	default:
		conversation->asked = false;
		return raise_failure(call, conversation->client);
	}
}

/* ---- beginning ---- */

static struct conversation *conversation_new(const struct socket_parts *parts,
					     const struct milter_timeouts *timeouts)
{
	struct conversation *conversation = memory_zeroed(1, sizeof(*conversation));

	if (!conversation)
		return NULL;
	conversation->client = milter_client_adopt(parts->fd, parts->name, timeouts);
	if (!conversation->client) {
		memory_free(conversation);
		return NULL;
	}
	conversation->claim = parts->claim;
	return conversation;
}

static enum call_result conversation_begin(struct call *call, struct socket_parts *parts)
{
	const struct milter_timeouts timeouts = { .connect = call->arguments[1].i,
						  .command = call->arguments[1].i,
						  .content = call->arguments[2].i,
						  .end = call->arguments[3].i };
	struct conversation *conversation = conversation_new(parts, &timeouts);

	if (!conversation) {
		close(parts->fd);
		claim_end(&parts->claim);
		return call_memory(call);
	}
	call->result->handle = call_new_handle(call, TYPE_MILTER, conversation, conversation_close);
	if (call->result->handle)
		return CALL_DONE;
	conversation_free(conversation);
	return call_limit(call, LIMIT_sockets);
}

enum call_result builtin_milter_open(struct call *call)
{
	struct socket_parts parts;
	enum call_result result;

	for (unsigned i = 1; i <= 3; i++)
		if (call->arguments[i].i <= 0)
			return call_raise(call, "argument", 0, false,
					  "a timeout must be longer than nothing");
	result = socket_take(call, call->arguments[0].handle, &parts);
	return result == CALL_DONE ? conversation_begin(call, &parts) : result;
}

/* ---- commands ---- */

/* What can be sent is sent at once: a script may speak to several filters before it listens. */
static enum call_result step_begun(struct call *call, struct conversation *conversation, bool begun)
{
	if (!begun)
		return raise_failure(call, conversation->client);
	conversation->asked = true;
	milter_client_flush(conversation->client);
	return CALL_DONE;
}

/* `step` with the bytes that it will copy charged. */
#define STEP(length, step)                                                                         \
	do {                                                                                       \
		struct conversation *conversation;                                                 \
		enum call_result result = conversation_of(call, &conversation);                    \
		if (result == CALL_DONE)                                                           \
			result = call_charge(call, (length));                                      \
		if (result != CALL_DONE)                                                           \
			return result;                                                             \
		struct milter_client *client = conversation->client;                               \
		return step_begun(call, conversation, (step));                                     \
	} while (0)

enum call_result builtin_milter_negotiate(struct call *call)
{
	STEP(0, milter_client_negotiate(client));
}

enum call_result builtin_milter_connect(struct call *call)
{
	struct text host = call->arguments[1].text;
	struct ip ip = call->arguments[2].ip;
	enum client_family family = ip_is_none(ip) ? CLIENT_UNKNOWN
				    : ip_is_v4(ip) ? CLIENT_INET
						   : CLIENT_INET6;
	int64_t port = call->arguments[3].i;

	if (port < 0 || port > 65535)
		return call_raise(call, "argument", 0, false, "a port is from 0 to 65535");
	STEP(host.length,
	     milter_client_connect(client, host, family, ip, TEXT_EMPTY, (uint16_t)port));
}

enum call_result builtin_milter_connectUnix(struct call *call)
{
	struct text host = call->arguments[1].text, path = call->arguments[2].text;

	STEP(host.length,
	     milter_client_connect(client, host, CLIENT_UNIX, (struct ip){ 0 }, path, 0));
}

enum call_result builtin_milter_connectUnknown(struct call *call)
{
	struct text host = call->arguments[1].text;

	STEP(host.length,
	     milter_client_connect(client, host, CLIENT_UNKNOWN, (struct ip){ 0 }, TEXT_EMPTY, 0));
}

enum call_result builtin_milter_helo(struct call *call)
{
	struct text name = call->arguments[1].text;

	STEP(name.length, milter_client_helo(client, name));
}

typedef bool address_step(struct milter_client *client, struct text address,
			  const struct text *parameters, uint32_t count);

static enum call_result address_begin(struct call *call, address_step *step)
{
	const struct list *list = call->arguments[2].list;
	struct text *parameters =
		arena_allocate(call_arena(call), ((size_t)list->length + 1) * sizeof(*parameters));
	size_t length = call->arguments[1].text.length;

	if (!parameters)
		return call_memory(call);
	for (uint32_t i = 0; i < list->length; i++) {
		parameters[i] = list->items[i].text;
		length += parameters[i].length;
	}
	STEP(length, step(client, call->arguments[1].text, parameters, list->length));
}

enum call_result builtin_milter_mail(struct call *call)
{
	return address_begin(call, milter_client_mail);
}

enum call_result builtin_milter_rcpt(struct call *call)
{
	return address_begin(call, milter_client_rcpt);
}

enum call_result builtin_milter_data(struct call *call)
{
	STEP(0, milter_client_data(client));
}

enum call_result builtin_milter_unknown(struct call *call)
{
	struct text line = call->arguments[1].text;

	STEP(line.length, milter_client_unknown(client, line));
}

enum call_result builtin_milter_header(struct call *call)
{
	struct text name = call->arguments[1].text, raw = call->arguments[2].text;

	STEP((size_t)name.length + raw.length, milter_client_header(client, name, raw));
}

enum call_result builtin_milter_endOfHeaders(struct call *call)
{
	STEP(0, milter_client_end_of_headers(client));
}

enum call_result builtin_milter_body(struct call *call)
{
	struct text bytes = call->arguments[1].text;

	STEP(bytes.length, milter_client_body(client, bytes));
}

enum call_result builtin_milter_endOfMessage(struct call *call)
{
	STEP(0, milter_client_end_of_message(client));
}

/* ---- macros ---- */

static bool stage_find(struct text name, enum macro_stage *stage)
{
	for (unsigned i = 0; i < MACRO_STAGE_COUNT; i++) {
		*stage = (enum macro_stage)i;
		if (text_equals_string(name, macro_stage_name(*stage)))
			return true;
	}
	return false;
}

static enum call_result macros_send(struct call *call, struct conversation *conversation,
				    enum macro_stage stage, const struct text *pairs,
				    uint32_t count)
{
	size_t length = 0;
	enum call_result result;

	for (uint32_t i = 0; i < 2 * count; i++)
		length += pairs[i].length;
	result = call_charge(call, length);
	if (result == CALL_DONE && !milter_client_macros(conversation->client, stage, pairs, count))
		return raise_failure(call, conversation->client);
	return result;
}

/* Is it among these names, separated by blanks? */
static bool is_named(struct text names, struct text name)
{
	for (uint32_t from = 0; from < names.length;) {
		uint32_t to = from;

		while (to < names.length && names.data[to] != ' ')
			to++;
		if (text_equals(text_part(names, from, to), name))
			return true;
		from = to + 1;
	}
	return false;
}

/* The host asks for macros of its own: the filter is told what the script asked for, if it asked.
 */
static uint32_t macros_pick(const struct mail_session *mail, enum macro_stage stage,
			    struct text *pairs)
{
	const struct macros *macros = mail_macros(mail, stage);
	const struct text *requested = mail_requested_macros(mail, stage);
	uint32_t count = 0;

	for (uint32_t i = 0; i < macros->count; i++) {
		const struct macro *macro = &macros->items[i];

		if (requested && !is_named(*requested, macro->name))
			continue;
		pairs[2 * count] = macro->name;
		pairs[2 * count++ + 1] = macro->value;
	}
	return count;
}

static enum call_result macros_forward(struct call *call, struct conversation *conversation,
				       enum macro_stage stage)
{
	const struct macros *macros = mail_macros(mail_of(call), stage);
	struct text *pairs =
		arena_allocate(call_arena(call), ((size_t)macros->count + 1) * 2 * sizeof(*pairs));

	if (!pairs)
		return call_memory(call);
	return macros_send(call, conversation, stage, pairs,
			   macros_pick(mail_of(call), stage, pairs));
}

/* Steps that the script did without: their macros have come all the same. */
static bool stage_is_left_out(struct call *call, enum macro_stage stage)
{
	return context_of(call)->request.left_out >> event_of_stage(stage) & 1;
}

enum call_result builtin_milter_forwardMacros(struct call *call)
{
	struct conversation *conversation;
	enum call_result result = conversation_of(call, &conversation);
	enum macro_stage last;

	if (result != CALL_DONE || !macros_of_step(call, &last))
		return result;
	for (unsigned i = 0; result == CALL_DONE && i <= last; i++)
		if (i == last || stage_is_left_out(call, (enum macro_stage)i))
			result = macros_forward(call, conversation, (enum macro_stage)i);
	return result;
}

enum call_result builtin_milter_macros(struct call *call)
{
	const struct map *map = call->arguments[2].map;
	const struct map_entry *entry;
	struct conversation *conversation;
	enum call_result result = conversation_of(call, &conversation);
	uint32_t position = 0, count = 0;
	enum macro_stage stage;
	struct text *pairs;

	if (result != CALL_DONE)
		return result;
	if (!stage_find(call->arguments[1].text, &stage))
		return call_raise(
			call, "argument", 0, false,
			"the stages of macros are connect, helo, mail, rcpt, data, eoh, eom");
	pairs = arena_allocate(call_arena(call), ((size_t)map->length + 1) * 2 * sizeof(*pairs));
	if (!pairs)
		return call_memory(call);
	while ((entry = map_next(map, &position))) {
		pairs[2 * count] = entry->key.text;
		pairs[2 * count++ + 1] = entry->item.text;
	}
	return macros_send(call, conversation, stage, pairs, count);
}

/* ---- the end ---- */

/* Sends and does not wait for an answer; but what is sent may have to wait. */
static enum call_result farewell(struct call *call, struct conversation *conversation,
				 bool (*step)(struct milter_client *client))
{
	if (!*call->pending && !step(conversation->client))
		return raise_failure(call, conversation->client);
	*call->pending = conversation;
	conversation->asked = false;
	return conversation_run(call, conversation);
}

enum call_result builtin_milter_abort(struct call *call)
{
	struct conversation *conversation;
	enum call_result result = conversation_of(call, &conversation);

	return result == CALL_DONE ? farewell(call, conversation, milter_client_abort) : result;
}

enum call_result builtin_milter_quit(struct call *call)
{
	struct handle *handle = call->arguments[0].handle;
	enum call_result result;

	if (!handle || !handle->state)
		return CALL_DONE;
	result = farewell(call, handle->state, milter_client_quit);
	if (result != CALL_WAIT)
		conversation_close(handle);
	return result;
}

enum call_result builtin_milter_close(struct call *call)
{
	struct handle *handle = call->arguments[0].handle;

	if (handle && handle->state)
		conversation_close(handle);
	return CALL_DONE;
}
