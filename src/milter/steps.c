/* The client's steps: what may come when, and how it is written. */
#include "milter/machine.h"

enum { PATH_MAX_SENT = 107, NAME_MAX_SENT = 60000 };

/* ---- may it come? ---- */

static bool needs_recipient(enum command_id id)
{
	return command_rows[id].of_message && id != COMMAND_MAIL && id != COMMAND_RCPT &&
	       id != COMMAND_UNKNOWN;
}

static void steps_pass(struct milter_client *client, enum command_id id);

static bool step_allowed(struct milter_client *client, enum command_id id)
{
	const struct command_row *row = &command_rows[id];

	if (client->failed)
		return false;
	client->failure.kind = MILTER_FAILURE_NONE;
	if (client->doing != DOING_NOTHING && id != COMMAND_QUIT)
		return client_fail(client, MILTER_FAILURE_ARGUMENT,
				   "%s cannot be sent before the answer to %s was read", row->name,
				   client->row->name);
	steps_pass(client, id);
	if (!(row->from >> client->position & 1))
		return client_fail(client, MILTER_FAILURE_ARGUMENT, "%s comes %s", row->name,
				   row->when);
	if (needs_recipient(id) && !client->message_over && !client->session_over &&
	    client->accepted_recipients == 0)
		return client_fail(client, MILTER_FAILURE_ARGUMENT,
				   "%s cannot be sent: the filter has accepted no recipient; abort",
				   row->name);
	return true;
}

/* libmilter answers nothing any more when an unknown command comes between RCPT and the headers
 * and DATA does not follow. */
static bool unknown_would_hang(const struct milter_client *client)
{
	return (client->position == AT_RCPT || client->position == AT_DATA) &&
	       (client->options.steps & MILTER_NO_DATA || client->options.version < 4);
}

/* MAIL begins the next message, whatever became of the last one. */
static bool is_over(const struct milter_client *client, const struct command_row *row)
{
	bool message_over = client->message_over && row->letter != MILTER_MAIL;

	return client->session_over || (row->of_message && message_over);
}

static bool is_waived(const struct milter_client *client, enum command_id id)
{
	const struct command_row *row = &command_rows[id];

	if (id == COMMAND_OPTNEG)
		return false;
	return is_over(client, row) || client->options.steps & row->waiver ||
	       client->options.version < row->version || client->skipped >> id & 1 ||
	       (id == COMMAND_UNKNOWN && unknown_would_hang(client));
}

bool milter_client_wants(const struct milter_client *client, enum milter_command command)
{
	if (client->failed || client->position == AT_END)
		return false;
	if (client->position == AT_START)
		return true;
	for (unsigned id = 0; id < COMMAND_COUNT; id++)
		if (command_rows[id].letter == command)
			return !is_waived(client, (enum command_id)id);
	return false;
}

bool milter_client_awaits(const struct milter_client *client, enum milter_command command)
{
	for (unsigned id = 0; id < COMMAND_COUNT; id++)
		if (command_rows[id].letter == command)
			return command_rows[id].replies &&
			       !(client->options.steps & command_rows[id].no_reply);
	return false;
}

/* ---- arguments ---- */

/* One line of SMTP: what would end the line or the string must not be in it. */
static bool line_fits(struct milter_client *client, const char *what, struct text line)
{
	if (!text_contains_byte(line, 0) && !text_contains_byte(line, '\r') &&
	    !text_contains_byte(line, '\n'))
		return true;
	return client_fail(client, MILTER_FAILURE_ARGUMENT, "%s cannot hold NUL, CR or LF", what);
}

static bool lines_fit(struct milter_client *client, const char *what, struct text first,
		      const struct text *more, uint32_t count)
{
	size_t size = (size_t)first.length + 1;

	if (!line_fits(client, what, first))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		if (!line_fits(client, "a parameter", more[i]))
			return false;
		size += (size_t)more[i].length + 1;
	}
	if (size <= MILTER_PAYLOAD_MAX)
		return true;
	return client_fail(client, MILTER_FAILURE_ARGUMENT, "%s is longer than a packet can be",
			   what);
}

/* ---- writing ---- */

/* Names and values of the stage; once sent they are forgotten. A name without a value crashes
 * filters, an empty list says nothing: neither is ever sent. */
static void macros_write(struct milter_client *client, const struct command_row *row)
{
	struct buffer *macros = &client->macros[row->stage];
	struct text wanted = client->options.macros[milter_stage_of((enum macro_stage)row->stage)];
	struct cursor cursor = cursor_of(buffer_text(macros));
	size_t start = packet_begin(&client->out, MILTER_MACRO), empty;

	buffer_append_byte(&client->out, (char)row->letter);
	empty = client->out.length;
	while (!cursor_done(&cursor) && !cursor.failed) {
		struct text name = cursor_string(&cursor), value = cursor_string(&cursor);

		if (wanted.data && !macro_list_holds(wanted, name))
			continue;
		buffer_append_text(&client->out, name);
		buffer_append_byte(&client->out, 0);
		buffer_append_text(&client->out, value);
		buffer_append_byte(&client->out, 0);
	}
	if (client->out.length > empty)
		packet_end(&client->out, start);
	else if (!client->out.failed)
		client->out.length = start;
	buffer_clear(macros);
}

static void abort_write(struct milter_client *client)
{
	if (client->open && !client->session_over)
		packet_write(&client->out, MILTER_ABORT, TEXT_EMPTY);
}

/* A new HELO or MAIL ends what was open. Where nothing was, macros may be there already, of the
 * step on whose way a waived MAIL is passed. */
static void step_moves(struct milter_client *client, enum command_id id)
{
	if ((id == COMMAND_HELO || id == COMMAND_MAIL) && client->position != AT_CONNECTED) {
		abort_write(client);
		client_message_reset(client);
	}
	if (id == COMMAND_MAIL)
		client->open = true;
	if (client->row->to != AT_SAME)
		client->position = client->row->to;
}

/* True when the command is to be written; else the step is over with CONTINUE. Filters read the
 * macros of steps that they waived, but not those of commands that their version does not know. */
static bool step_enter(struct milter_client *client, enum command_id id)
{
	const struct command_row *row = &command_rows[id];
	bool waived;

	client->row = row;
	client->reply =
		(struct milter_reply){.letter = MILTER_CONTINUE, .changes = &client->no_changes};
	step_moves(client, id);
	waived = is_waived(client, id);
	client->awaits = row->replies && !(client->options.steps & row->no_reply);
	if (id == COMMAND_RCPT && (waived || !client->awaits))
		client->accepted_recipients++;
	if (row->stage >= 0 && (is_over(client, row) || client->options.version < row->version))
		buffer_clear(&client->macros[row->stage]);
	else if (row->stage >= 0)
		macros_write(client, row);
	if (waived && id == COMMAND_EOM)
		client_message_reset(client);
	return !waived;
}

/* Where a step that the filter waived is passed on the way to a later one. */
static const struct {
	enum command_id id;
	uint32_t at; /* positions, as bits */
} passages[] = {
	{COMMAND_CONNECT, 1u << AT_NEGOTIATED},
	{COMMAND_HELO, 1u << AT_CONNECTED},
	{COMMAND_MAIL, 1u << AT_CONNECTED},
	{COMMAND_RCPT, 1u << AT_MAIL},
	{COMMAND_DATA, 1u << AT_RCPT},
	{COMMAND_EOH, 1u << AT_RCPT | 1u << AT_DATA | 1u << AT_HEADER},
};

/* A caller need not tell of steps that the filter does not want to see; their macros go along. */
static void steps_pass(struct milter_client *client, enum command_id id)
{
	enum command_id last = id == COMMAND_UNKNOWN ? COMMAND_HELO : id;

	for (size_t i = 0; id <= COMMAND_EOM && i < sizeof(passages) / sizeof(*passages); i++)
		if (passages[i].id < last && passages[i].at >> client->position & 1 &&
		    client->options.steps & command_rows[passages[i].id].waiver)
			step_enter(client, passages[i].id);
}

/* The command is in `out`: what is to be done about it? */
static bool step_send(struct milter_client *client)
{
	bool wait = !client->awaits && client->row->gathered &&
		    client->out.length - client->sent <= GATHERED_MAX;

	if (client->out.failed)
		return client_fail(client, MILTER_FAILURE_MEMORY, "no memory for %s",
				   client->row->name);
	client_start_clock(client);
	client->checked = false;
	client->doing = wait ? DOING_NOTHING : DOING_WRITE;
	return true;
}

static void string_write(struct milter_client *client, struct text string)
{
	buffer_append_text(&client->out, string);
	buffer_append_byte(&client->out, 0);
}

/* A command whose payload is strings. */
static bool step_with_lines(struct milter_client *client, enum command_id id, const char *what,
			    struct text first, const struct text *more, uint32_t count)
{
	size_t start;

	if (!step_allowed(client, id) || !lines_fit(client, what, first, more, count))
		return false;
	if (!step_enter(client, id))
		return true;
	start = packet_begin(&client->out, (char)client->row->letter);
	string_write(client, first);
	for (uint32_t i = 0; i < count; i++)
		string_write(client, more[i]);
	packet_end(&client->out, start);
	return step_send(client);
}

static bool step_alone(struct milter_client *client, enum command_id id)
{
	if (!step_allowed(client, id))
		return false;
	if (!step_enter(client, id))
		return true;
	packet_write(&client->out, (char)client->row->letter, TEXT_EMPTY);
	return step_send(client);
}

/* ---- the steps ---- */

/* Everything is always offered: with less, real filters hang up. */
bool milter_client_negotiate(struct milter_client *client)
{
	static const struct milter_options offer = {.version = MILTER_VERSION,
						    .actions = MILTER_ACTIONS_ALL,
						    .steps = MILTER_STEPS_ALL};

	if (!step_allowed(client, COMMAND_OPTNEG))
		return false;
	step_enter(client, COMMAND_OPTNEG);
	options_write(&client->out, &offer);
	if (!step_send(client))
		return false;
	client->doing = DOING_CONNECT;
	return true;
}

static void address_write(struct milter_client *client, enum client_family family, struct ip ip,
			  struct text path, uint16_t port)
{
	char address[IP_PRINTED_MAX];
	bool is_path = family == CLIENT_UNIX && path.length > 0 && path.length <= PATH_MAX_SENT;

	if (family == CLIENT_UNIX ? !is_path : family == CLIENT_UNKNOWN || ip_is_none(ip)) {
		buffer_append_byte(&client->out, 'U');
		return;
	}
	buffer_append_byte(&client->out, is_path ? 'L' : ip_is_v4(ip) ? '4' : '6');
	buffer_append_u16(&client->out, is_path ? 0 : port);
	if (is_path)
		string_write(client, path);
	else
		string_write(client, text_of(address, ip_print(ip, address), LIFETIME_EVENT));
}

bool milter_client_connect(struct milter_client *client, struct text host,
			   enum client_family family, struct ip ip, struct text path, uint16_t port)
{
	size_t start;

	if (!step_allowed(client, COMMAND_CONNECT) ||
	    !lines_fit(client, "the host name", host, NULL, 0) ||
	    !line_fits(client, "the client's path", path))
		return false;
	if (host.length > NAME_MAX_SENT)
		return client_fail(client, MILTER_FAILURE_ARGUMENT, "the host name is too long");
	if (!step_enter(client, COMMAND_CONNECT))
		return true;
	start = packet_begin(&client->out, MILTER_CONNECT);
	string_write(client, host);
	address_write(client, family, ip, path, port);
	packet_end(&client->out, start);
	return step_send(client);
}

bool milter_client_helo(struct milter_client *client, struct text name)
{
	return step_with_lines(client, COMMAND_HELO, "the HELO name", name, NULL, 0);
}

bool milter_client_mail(struct milter_client *client, struct text sender,
			const struct text *parameters, uint32_t count)
{
	return step_with_lines(client, COMMAND_MAIL, "the sender", sender, parameters, count);
}

bool milter_client_rcpt(struct milter_client *client, struct text recipient,
			const struct text *parameters, uint32_t count)
{
	return step_with_lines(client, COMMAND_RCPT, "the recipient", recipient, parameters, count);
}

bool milter_client_data(struct milter_client *client)
{
	return step_alone(client, COMMAND_DATA);
}

bool milter_client_unknown(struct milter_client *client, struct text line)
{
	return step_with_lines(client, COMMAND_UNKNOWN, "the command", line, NULL, 0);
}

static struct text until_nul(struct text text)
{
	const char *nul = text.length ? memchr(text.data, 0, text.length) : NULL;

	return nul ? text_part(text, 0, (size_t)(nul - text.data)) : text;
}

/* Folds as LF alone, at most `most` bytes. */
static void value_write(struct milter_client *client, struct text value, size_t most)
{
	for (uint32_t i = 0; i < value.length && most > 0; i++) {
		if (value.data[i] == '\r' && i + 1 < value.length && value.data[i + 1] == '\n')
			continue;
		buffer_append_byte(&client->out, value.data[i]);
		most--;
	}
}

/* As Postfix does: what follows a NUL, or does not fit into a packet, is not seen by the filter. A
 * field without a name is not sent at all: libmilter would end the session. */
bool milter_client_header(struct milter_client *client, struct text name, struct text raw)
{
	size_t start;

	name = until_nul(name);
	raw = until_nul(raw);
	if (!step_allowed(client, COMMAND_HEADER) || !line_fits(client, "a header name", name))
		return false;
	if (name.length > NAME_MAX_SENT)
		return client_fail(client, MILTER_FAILURE_ARGUMENT, "the header name is too long");
	if (!step_enter(client, COMMAND_HEADER) || name.length == 0)
		return true;
	if (!(client->options.steps & MILTER_HEADER_BLANKS) && raw.length && raw.data[0] == ' ')
		raw = text_part(raw, 1, raw.length);
	start = packet_begin(&client->out, MILTER_HEADER);
	string_write(client, name);
	value_write(client, raw, MILTER_PAYLOAD_MAX - 2 - name.length);
	buffer_append_byte(&client->out, 0);
	packet_end(&client->out, start);
	return step_send(client);
}

bool milter_client_end_of_headers(struct milter_client *client)
{
	return step_alone(client, COMMAND_EOH);
}

static void chunk_write(struct milter_client *client, struct text chunk)
{
	packet_write(&client->out, MILTER_BODY, chunk);
	if (step_send(client) && client_has_body(client))
		client->doing = DOING_WRITE;
}

void client_queue_body(struct milter_client *client)
{
	struct text rest = buffer_text(&client->body);
	size_t end = client->body_queued + MILTER_PAYLOAD_MAX;

	if (end > rest.length)
		end = rest.length;
	rest = text_part(rest, client->body_queued, end);
	client->body_queued = end;
	chunk_write(client, rest);
}

bool milter_client_body(struct milter_client *client, struct text bytes)
{
	size_t first = bytes.length < MILTER_PAYLOAD_MAX ? bytes.length : MILTER_PAYLOAD_MAX;

	if (!step_allowed(client, COMMAND_BODY))
		return false;
	if (!step_enter(client, COMMAND_BODY) || bytes.length == 0)
		return true;
	client_drop_body(client);
	buffer_append_text(&client->body, text_part(bytes, first, bytes.length));
	if (client->body.failed)
		return client_fail(client, MILTER_FAILURE_MEMORY, "no memory for the body");
	chunk_write(client, text_part(bytes, 0, first));
	return !client->failed;
}

bool milter_client_end_of_message(struct milter_client *client)
{
	return step_alone(client, COMMAND_EOM);
}

bool milter_client_abort(struct milter_client *client)
{
	if (!step_allowed(client, COMMAND_ABORT))
		return false;
	client->row = &command_rows[COMMAND_ABORT];
	client->reply =
		(struct milter_reply){.letter = MILTER_CONTINUE, .changes = &client->no_changes};
	client->awaits = false;
	abort_write(client);
	client_message_reset(client);
	buffer_clear(&client->macros[MACRO_MAIL]);
	if (client->position > AT_CONNECTED)
		client->position = AT_CONNECTED;
	return client->out.length == client->sent || step_send(client);
}

bool milter_client_quit(struct milter_client *client)
{
	if (client->fd < 0 || client->failed || client->doing == DOING_CONNECT) {
		client_close(client);
		client->failed = false;
		client->position = AT_END;
	}
	if (!step_allowed(client, COMMAND_QUIT))
		return false;
	client->row = &command_rows[COMMAND_QUIT];
	client->reply =
		(struct milter_reply){.letter = MILTER_CONTINUE, .changes = &client->no_changes};
	client->awaits = false;
	client->position = AT_END;
	client_drop_body(client);
	if (client->fd < 0)
		return true;
	abort_write(client);
	client_message_reset(client);
	packet_write(&client->out, MILTER_QUIT, TEXT_EMPTY);
	return step_send(client);
}
