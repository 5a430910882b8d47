#include "host/native_session.h"

#include <netinet/in.h>

#include "base/log.h"
#include "host/milter_client.h"

static struct afsl_text text_out(struct text text)
{
	return (struct afsl_text){text.data, text.length};
}

/* ---- macros ---- */

/* Of one packet; far more than mail servers send. */
enum { PAIRS_MAX = 512 };

static const struct {
	char letter;
	enum afsl_event event;
} staged[] = {
	{MILTER_CONNECT, AFSL_CONNECT},	   {MILTER_HELO, AFSL_HELO},
	{MILTER_MAIL, AFSL_MAIL},	   {MILTER_RCPT, AFSL_RCPT},
	{MILTER_DATA, AFSL_DATA},	   {MILTER_EOH, AFSL_END_OF_HEADERS},
	{MILTER_EOM, AFSL_END_OF_MESSAGE},
};

/* Names and values in turn; one without its other half is left out. */
static size_t pairs_read(struct text payload, struct afsl_text pairs[2 * PAIRS_MAX])
{
	struct cursor cursor = cursor_of(payload);
	size_t count = 0;
	while (count < PAIRS_MAX && cursor.rest.length) {
		struct text name = cursor_string(&cursor), content = cursor_string(&cursor);
		if (cursor.failed)
			break;
		pairs[2 * count] = text_out(name);
		pairs[2 * count + 1] = text_out(content);
		count++;
	}
	return count;
}

static const char *pair_find(const struct afsl_text *pairs, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(pairs[2 * i].data, name) == 0)
			return pairs[2 * i + 1].data;
	return NULL;
}

static void queue_id_take(struct native_session *session, const char *id)
{
	size_t most = sizeof(session->queue_id) - 1;
	if (strncmp(id, session->queue_id, most) == 0)
		return;
	size_t length = strnlen(id, most);
	memcpy(session->queue_id, id, length);
	session->queue_id[length] = '\0';
	served_session_name(session->engine, connection_number(session->connection), id);
}

/* Postfix knows the id from the first recipient on, so only a new message forgets it. */
static void message_name(struct native_session *session, enum afsl_event event,
			 const struct afsl_text *pairs, size_t count)
{
	if (event < AFSL_MAIL)
		return;
	const char *id = pair_find(pairs, count, "i");
	if (id || event == AFSL_MAIL)
		queue_id_take(session, id ? id : "");
}

static void own_address_take(struct native_session *session, const struct afsl_text *pairs,
			     size_t count)
{
	struct sockaddr_storage own;
	const char *host = pair_find(pairs, count, "{daemon_addr}");
	if (!host)
		host = pair_find(pairs, count, "{if_addr}");
	session->own_known =
		host && milter_address_parse(host, pair_find(pairs, count, "{daemon_port}"), &own);
	if (!session->own_known)
		return;
	const struct sockaddr_in *inet = (const struct sockaddr_in *)&own;
	const struct sockaddr_in6 *inet6 = (const struct sockaddr_in6 *)&own;
	bool v4 = own.ss_family == AF_INET;
	session->own_family = (uint8_t)own.ss_family;
	session->own_port = v4 ? inet->sin_port : inet6->sin6_port;
	memcpy(session->own_address,
	       v4 ? (const void *)&inet->sin_addr : (const void *)&inet6->sin6_addr, v4 ? 4 : 16);
}

static bool macros_are_read(const struct native_session *session)
{
	const struct macro_lists *lists = &session->served->macros;
	return lists->any || lists->open || session->requests;
}

/* They are the engine's before the step that they belong to. */
static void macros_give(struct native_session *session, enum afsl_event event,
			const struct afsl_text *pairs, size_t count)
{
	if (macros_are_read(session) && !afsl_macros(session->engine, event, pairs, count))
		milter_hold(&session->held, event, AFSL_TEMPFAIL);
}

static void stage_take(struct native_session *session, enum afsl_event event, struct text payload)
{
	struct afsl_text pairs[2 * PAIRS_MAX];
	size_t count = pairs_read(payload, pairs);
	message_name(session, event, pairs, count);
	if (event == AFSL_CONNECT)
		own_address_take(session, pairs, count);
	macros_give(session, event, pairs, count);
	session->macro_stages |= (uint8_t)(1u << macro_stage_of_event(event));
}

bool native_macros(struct native_session *session, struct text payload)
{
	struct cursor cursor = cursor_of(payload);
	char letter = (char)cursor_byte(&cursor);
	if (cursor.failed)
		return false;
	if (session->state == STATE_NEW || session->refused)
		return true;
	for (size_t i = 0; i < sizeof(staged) / sizeof(staged[0]); i++)
		if (staged[i].letter == letter && native_engine(session))
			stage_take(session, staged[i].event, cursor.rest);
	return true;
}

/* A step whose macros have not come has none: those of an earlier message must not stay. */
static void macros_settle(struct native_session *session, enum afsl_event event)
{
	enum milter_stage stage = MILTER_STAGE_COUNT;
	if (event == AFSL_MAIL || macros_are_read(session))
		stage = macro_stage_of_event(event);
	if (stage == MILTER_STAGE_COUNT)
		return;
	uint8_t bit = (uint8_t)(1u << stage);
	if (!(session->macro_stages & bit)) {
		macros_give(session, event, NULL, 0);
		if (event == AFSL_MAIL)
			queue_id_take(session, "");
	}
	session->macro_stages &= (uint8_t)~bit;
}

/* ---- steps ---- */

static struct sockaddr *own_address(const struct native_session *session,
				    struct sockaddr_storage *own)
{
	struct sockaddr_in *inet = (struct sockaddr_in *)own;
	struct sockaddr_in6 *inet6 = (struct sockaddr_in6 *)own;
	if (!session->own_known)
		return NULL;
	*own = (struct sockaddr_storage){.ss_family = session->own_family};
	bool v4 = session->own_family == AF_INET;
	*(v4 ? &inet->sin_port : &inet6->sin6_port) = session->own_port;
	memcpy(v4 ? (void *)&inet->sin_addr : (void *)&inet6->sin6_addr, session->own_address,
	       v4 ? 4 : 16);
	return (struct sockaddr *)own;
}

/* Apart: its addresses would be on the stack of each step. */
static __attribute__((noinline)) enum step_result on_connect(struct native_session *session, struct text payload,
				   enum afsl_status *status)
{
	struct milter_client_told told;
	struct sockaddr_storage own;
	if (!milter_client_read(payload, &told))
		return STEP_WRONG;
	struct afsl_client client = {.address =
					     told.length ? (struct sockaddr *)&told.address : NULL,
				     .address_length = told.length,
				     .name = told.name.data,
				     .server_address = own_address(session, &own)};
	*status = afsl_connect(session->engine, &client);
	return STEP_DONE;
}

static enum step_result on_helo(struct native_session *session, struct text payload,
				enum afsl_status *status)
{
	struct cursor cursor = cursor_of(payload);
	struct text name = cursor_string(&cursor);
	if (payload.length == 0)
		return STEP_WRONG;
	if (cursor.failed)
		return STEP_NONE;
	/* The protocol does not tell HELO from EHLO. */
	*status = afsl_helo(session->engine, text_out(name), true);
	return STEP_DONE;
}

typedef enum afsl_status raise_path(struct afsl_session *, struct afsl_text,
				    const struct afsl_text *, size_t);

static enum step_result on_path(struct native_session *session, struct text payload,
				raise_path *raise, enum afsl_status *status)
{
	/* Far more than an SMTP command can hold. */
	enum { PARAMETERS_MAX = 256 };
	struct afsl_text parameters[PARAMETERS_MAX];
	size_t count = 0;
	struct cursor cursor = cursor_of(payload);
	struct text address = cursor_string(&cursor);
	if (cursor.failed)
		return STEP_WRONG;
	while (count < PARAMETERS_MAX && cursor.rest.length) {
		struct text parameter = cursor_string(&cursor);
		if (cursor.failed)
			break;
		parameters[count++] = text_out(parameter);
	}
	*status = raise(session->engine, text_out(address), parameters, count);
	return STEP_DONE;
}

/* What stood after the colon. A mail server that eats the one blank leaves tabs and line ends. The
 * NUL before the value is ours to write on: the name has its length. */
static struct text header_raw(const struct native_session *session, struct text value)
{
	bool as_it_was = session->plan.steps & MILTER_HEADER_BLANKS;
	if (as_it_was || value.length == 0 || value.data[0] == '\t' || value.data[0] == '\n')
		return value;
	char *blank = (char *)(uintptr_t)value.data - 1;
	*blank = ' ';
	return text_of(blank, value.length + 1, LIFETIME_EVENT);
}

static enum step_result on_header(struct native_session *session, struct text payload,
				  enum afsl_status *status)
{
	struct cursor cursor = cursor_of(payload);
	struct text name = cursor_string(&cursor), content = cursor_string(&cursor);
	if (cursor.failed)
		return STEP_WRONG;
	struct text raw = header_raw(session, content);
	*status = afsl_header(session->engine, text_out(name), text_out(raw));
	return STEP_DONE;
}

static enum step_result on_body(struct native_session *session, struct text payload,
				enum afsl_status *status)
{
	if (payload.length == 0)
		return STEP_WRONG;
	*status = afsl_body(session->engine, text_out(payload));
	return STEP_DONE;
}

static enum step_result on_unknown(struct native_session *session, struct text payload,
				   enum afsl_status *status)
{
	const char *end = payload.length ? memchr(payload.data, 0, payload.length) : NULL;
	size_t length = end ? (size_t)(end - payload.data) : payload.length;
	*status = afsl_unknown_command(session->engine, text_out(text_part(payload, 0, length)));
	return STEP_DONE;
}

enum afsl_status native_end_of_message(struct native_session *session)
{
	session->event = AFSL_END_OF_MESSAGE;
	macros_settle(session, AFSL_END_OF_MESSAGE);
	return afsl_end_of_message(session->engine);
}

static enum step_result on_end(struct native_session *session, struct text payload,
			       enum afsl_status *status)
{
	session->ends = payload.length > 0;
	if (session->ends) {
		session->event = AFSL_BODY;
		return on_body(session, payload, status);
	}
	*status = native_end_of_message(session);
	return STEP_DONE;
}

enum step_result native_step(struct native_session *session, char letter, struct text payload,
			     enum afsl_status *status)
{
	if (letter != MILTER_EOM)
		macros_settle(session, session->event);
	switch (letter) {
	case MILTER_CONNECT:
		return on_connect(session, payload, status);
	case MILTER_HELO:
		return on_helo(session, payload, status);
	case MILTER_MAIL:
		return on_path(session, payload, afsl_mail, status);
	case MILTER_RCPT:
		return on_path(session, payload, afsl_rcpt, status);
	case MILTER_DATA:
		*status = afsl_data(session->engine);
		return STEP_DONE;
	case MILTER_HEADER:
		return on_header(session, payload, status);
	case MILTER_EOH:
		*status = afsl_end_of_headers(session->engine);
		return STEP_DONE;
	case MILTER_BODY:
		return on_body(session, payload, status);
	case MILTER_EOM:
		return on_end(session, payload, status);
	default:
		return on_unknown(session, payload, status);
	}
}
