#include "message.h"

#include <criterion/criterion.h>

static void open_body(struct message *message, const char *text)
{
	buffer_init(&message->body, BUFFER_CAP_DEFAULT);
	for (; *text; text++) {
		if (*text == '\n')
			buffer_append_byte(&message->body, '\r');
		buffer_append_byte(&message->body, *text);
	}
}

/* Behind the last line of a field. */
static const char *field_end(const char *text)
{
	const char *end = strchr(text, '\n');

	while (end[1] == ' ' || end[1] == '\t')
		end = strchr(end + 1, '\n');
	return end;
}

static void insert(struct message *message, uint32_t position, struct text name, struct text raw)
{
	struct header header = { .name = name, .raw = raw };

	cr_assert(headers_insert(&message->headers, position, header));
}

void message_open(struct message *message, const char *text)
{
	const char *why;

	cr_assert(crypto_load(&why), "%s", why);
	arena_init(&message->arena, 64 << 20, LIFETIME_MESSAGE);
	headers_init(&message->headers, &message->arena);
	while (*text && *text != '\n') {
		const char *colon = strchr(text, ':'), *end = field_end(text);

		insert(message, message->headers.count,
		       text_of(text, (size_t)(colon - text), LIFETIME_EVENT),
		       text_of(colon + 1, (size_t)(end - colon - 1), LIFETIME_EVENT));
		text = end + 1;
	}
	open_body(message, *text ? text + 1 : text);
}

void message_close(struct message *message)
{
	buffer_free(&message->body);
	arena_reset(&message->arena);
}

void message_add(struct message *message, const char *name, const char *raw)
{
	insert(message, 0, text_of_string(name, LIFETIME_EVENT),
	       text_of_string(raw, LIFETIME_EVENT));
}

/* In pieces of every length, so that no seam matters. */
static struct dkim_bodies *hash_body(struct message *message, bool signing)
{
	struct dkim_bodies *bodies = dkim_bodies_new(&message->headers, true, signing);
	struct text rest = buffer_text(&message->body);

	cr_assert_not_null(bodies);
	for (size_t length = 1; rest.length; length = length % 7 + 1) {
		size_t part = length < rest.length ? length : rest.length;

		dkim_bodies_add(bodies, text_part(rest, 0, part));
		rest = text_part(rest, part, rest.length);
	}
	return bodies;
}

void message_verify(struct message *message, const struct zone_row *rows, size_t count, int64_t now,
		    struct dkim_check *check)
{
	struct zone zone = { rows, count, 0 };
	struct resolver *resolver = resolver_new_scripted(zone_answer, &zone);

	*check = (struct dkim_check){ .headers = &message->headers,
				      .bodies = hash_body(message, false),
				      .lookups = lookups_new(resolver, 50),
				      .now = now };
	cr_assert_eq(dkim_verify(check), DKIM_DONE);
	dkim_bodies_free(check->bodies);
	lookups_free(check->lookups);
	resolver_free(resolver);
}

const char *message_sign(struct message *message, struct dkim_signing signing)
{
	struct buffer made, field;
	const char *fault;
	bool ok = true;

	signing.headers = &message->headers;
	signing.bodies = hash_body(message, true);
	buffer_init(&made, BUFFER_CAP_DEFAULT);
	buffer_init(&field, BUFFER_CAP_DEFAULT);
	fault = dkim_sign(&signing, &made);
	buffer_append_byte(&field, ' ');
	buffer_append_text(&field, buffer_text(&made));
	if (!fault)
		insert(message, 0, TEXT("DKIM-Signature"),
		       arena_copy(&message->arena, buffer_text(&field), &ok));
	dkim_bodies_free(signing.bodies);
	buffer_free(&made);
	buffer_free(&field);
	return fault ? fault : "";
}
