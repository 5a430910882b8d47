#include "milter/machine.h"

#include "base/log.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define SECONDS(n) ((int64_t)(n)*1000000)

const struct milter_timeouts milter_timeouts_default = {
	.connect = SECONDS(5),
	.command = SECONDS(20),
	.content = SECONDS(60),
	.end = SECONDS(120),
};

/* From outside: neither nothing nor so much that ten times of it overflows. */
static int64_t timeout_clamp(int64_t timeout)
{
	return timeout < 1000 ? 1000 : timeout > SECONDS(86400) ? SECONDS(86400) : timeout;
}

static struct milter_timeouts timeouts_clamp(const struct milter_timeouts *timeouts)
{
	return (struct milter_timeouts){.connect = timeout_clamp(timeouts->connect),
					.command = timeout_clamp(timeouts->command),
					.content = timeout_clamp(timeouts->content),
					.end = timeout_clamp(timeouts->end)};
}

static void buffers_begin(struct milter_client *client)
{
	buffer_init(&client->out, OUT_CAP);
	buffer_init(&client->in, MILTER_FRAME_CAP + 4);
	buffer_init(&client->edits, EDITS_CAP);
	buffer_init(&client->body, BODY_CAP);
	buffer_init(&client->answer, MILTER_FRAME_CAP);
	for (unsigned i = 0; i < MACRO_STAGE_COUNT; i++)
		buffer_init(&client->macros[i], MILTER_PAYLOAD_MAX - 1);
}

static struct milter_client *client_begin(int fd, const struct milter_timeouts *timeouts)
{
	struct milter_client *client = memory_zeroed(1, sizeof(*client));

	if (!client)
		return NULL;
	client->fd = fd;
	client->timeouts = timeouts_clamp(timeouts ? timeouts : &milter_timeouts_default);
	client->row = &command_rows[COMMAND_OPTNEG];
	client->reply.letter = MILTER_CONTINUE;
	client->reply.changes = &client->no_changes;
	buffers_begin(client);
	return client;
}

struct milter_client *milter_client_new(const struct endpoint *endpoint,
					const struct milter_timeouts *timeouts)
{
	struct milter_client *client = client_begin(-1, timeouts);

	if (client)
		client->endpoint = *endpoint;
	return client;
}

struct milter_client *milter_client_adopt(int fd, const char *name,
					  const struct milter_timeouts *timeouts)
{
	struct milter_client *client = client_begin(fd, timeouts);

	if (client)
		snprintf(client->endpoint.name, sizeof(client->endpoint.name), "%s", name);
	return client;
}

static void buffer_drop(struct buffer *buffer)
{
	if (buffer->room > KEPT_MAX)
		buffer_free(buffer);
	buffer_clear(buffer);
}

void client_drop_body(struct milter_client *client)
{
	buffer_drop(&client->body);
	client->body_queued = 0;
}

void client_drop_edits(struct milter_client *client)
{
	buffer_drop(&client->edits);
}

void client_close(struct milter_client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	client->doing = DOING_NOTHING;
	client_drop_body(client);
	buffer_clear(&client->out);
	buffer_clear(&client->in);
	client_drop_edits(client);
	client->sent = 0;
}

void milter_client_free(struct milter_client *client)
{
	if (!client)
		return;
	client_close(client);
	buffer_free(&client->out);
	buffer_free(&client->in);
	buffer_free(&client->edits);
	buffer_free(&client->body);
	buffer_free(&client->answer);
	for (unsigned i = 0; i < MACRO_STAGE_COUNT; i++)
		buffer_free(&client->macros[i]);
	memory_free(client);
}

bool client_fail(struct milter_client *client, enum milter_failure_kind kind, const char *format,
		 ...)
{
	struct milter_failure *failure = &client->failure;
	size_t room = sizeof(failure->message);
	va_list arguments;
	int used;

	failure->kind = kind;
	used = snprintf(failure->message, room, "%s: ", client->endpoint.name);
	va_start(arguments, format);
	if (used >= 0 && (size_t)used < room)
		vsnprintf(failure->message + used, room - (size_t)used, format, arguments);
	va_end(arguments);
	if (kind != MILTER_FAILURE_ARGUMENT) {
		client->failed = true;
		client_close(client);
	}
	return false;
}

void client_warn(struct milter_client *client, const char *format, ...)
{
	char text[300];
	va_list arguments;

	if (client->warning_count++ >= WARNINGS_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_line(LOG_LEVEL_WARNING, "milter %s: %s", client->endpoint.name, text);
}

void client_message_reset(struct milter_client *client)
{
	client->open = client->message_over = false;
	client->skipped = 0;
	client->accepted_recipients = 0;
	for (unsigned i = MACRO_RCPT; i < MACRO_STAGE_COUNT; i++)
		buffer_clear(&client->macros[i]);
}

static const char *pairs_fault(const struct text *pairs, uint32_t pair_count)
{
	size_t size = 1; /* the letter of the stage */

	for (uint32_t i = 0; i < 2 * pair_count; i++) {
		if (i % 2 == 0 && pairs[i].length == 0)
			return "a macro needs a name";
		if (text_contains_byte(pairs[i], 0))
			return "a macro cannot hold a NUL byte";
		size += (size_t)pairs[i].length + 1;
	}
	return size > MILTER_PAYLOAD_MAX ? "the macros of a stage are longer than a packet can be"
					 : NULL;
}

bool milter_client_macros(struct milter_client *client, enum macro_stage stage,
			  const struct text *pairs, uint32_t pair_count)
{
	struct buffer *macros = &client->macros[stage];
	const char *fault = pairs_fault(pairs, pair_count);

	if (client->failed)
		return false;
	buffer_clear(macros);
	if (fault)
		return client_fail(client, MILTER_FAILURE_ARGUMENT, "%s", fault);
	for (uint32_t i = 0; i < 2 * pair_count; i++) {
		buffer_append_text(macros, pairs[i]);
		buffer_append_byte(macros, 0);
	}
	return !macros->failed ||
	       client_fail(client, MILTER_FAILURE_MEMORY, "no memory for macros");
}

const struct milter_reply *milter_client_reply(const struct milter_client *client)
{
	return &client->reply;
}

const struct milter_failure *milter_client_failure(const struct milter_client *client)
{
	return &client->failure;
}

const struct milter_options *milter_client_options(const struct milter_client *client)
{
	return &client->options;
}
