#include "cli/deliver.h"

#include "cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The message while changes are applied to it. */
struct edited {
	struct arena *arena;
	struct field *fields;
	size_t count;
	size_t above; /* fields above the MTA's own Received, which we do not have */
	struct text body;
	struct buffer new_body;
	bool body_replaced;
	bool failed;
};

static struct text text_from(struct afsl_text text)
{
	return text_of(text.data, text.length, LIFETIME_PROGRAM);
}

static struct field changed_field(struct edited *edited, const struct afsl_change *change)
{
	struct field field = { text_from(change->name), text_from(change->value) };
	char *copy;

	if (change->blanks)
		return field;
	copy = arena_bytes(edited->arena, (size_t)field.raw.length + 1);
	if (!copy) {
		edited->failed = true;
		return field;
	}
	copy[0] = ' ';
	if (field.raw.length)
		memcpy(copy + 1, field.raw.data, field.raw.length);
	field.raw = text_of(copy, (size_t)field.raw.length + 1, LIFETIME_PROGRAM);
	return field;
}

static void insert_field(struct edited *edited, size_t position, const struct afsl_change *change)
{
	struct field field = changed_field(edited, change);

	if (position > edited->count)
		position = edited->count;
	memmove(edited->fields + position + 1, edited->fields + position,
		(edited->count - position) * sizeof(field));
	edited->fields[position] = field;
	edited->count++;
}

/* The MTA counts from 0 what stands there, its own Received among them. */
static void insert_at(struct edited *edited, const struct afsl_change *change)
{
	bool above = change->index <= edited->above;

	insert_field(edited, above ? change->index : change->index - 1, change);
	edited->above += above;
}

static void remove_field(struct edited *edited, size_t position)
{
	memmove(edited->fields + position, edited->fields + position + 1,
		(edited->count - position - 1) * sizeof(*edited->fields));
	edited->count--;
}

/* The nth field of that name; `count` when there is none. */
static size_t find_field(const struct edited *edited, struct text name, size_t n)
{
	for (size_t i = 0; i < edited->count; i++)
		if (text_equals_ignoring_case(edited->fields[i].name, name) && --n == 0)
			return i;
	return edited->count;
}

static void change_field(struct edited *edited, const struct afsl_change *change)
{
	size_t at = find_field(edited, text_from(change->name), change->index ? change->index : 1);

	if (change->value.length == 0) {
		if (at < edited->count)
			remove_field(edited, at);
	} else if (at < edited->count) {
		edited->fields[at] = changed_field(edited, change);
	} else {
		insert_field(edited, at, change);
	}
}

static void replace_body(struct edited *edited, const struct afsl_change *change)
{
	if (!change->more)
		buffer_clear(&edited->new_body);
	edited->body_replaced = true;
	buffer_append(&edited->new_body, change->value.data, change->value.length);
}

/* ---- the envelope ---- */

static struct text bare(struct text address)
{
	if (address.length >= 2 && address.data[0] == '<' &&
	    address.data[address.length - 1] == '>')
		return text_part(address, 1, address.length - 1);
	return address;
}

static void remove_rcpt(struct delivery *delivery, struct text address)
{
	size_t kept = 0;

	for (size_t i = 0; i < delivery->rcpt_count; i++)
		if (!text_equals(delivery->rcpts[i], address))
			delivery->rcpts[kept++] = delivery->rcpts[i];
	delivery->rcpt_count = kept;
}

static bool first_envelope(const struct envelope *envelope, struct outcome *outcome,
			   struct delivery *delivery)
{
	size_t room = outcome->recipient_count + envelope->rcpt_count + outcome->change_count + 1;

	delivery->sender = envelope->from;
	delivery->rcpts = arena_allocate(&outcome->arena, room * sizeof(*delivery->rcpts));
	if (!delivery->rcpts)
		return false;
	for (size_t i = 0; i < outcome->recipient_count; i++) {
		enum afsl_verdict_kind kind = outcome->recipients[i].verdict;

		if (kind != AFSL_REJECT && kind != AFSL_TEMPFAIL)
			delivery->rcpts[delivery->rcpt_count++] = outcome->recipients[i].address;
	}
	/* A filter that has accepted the message does not hear of the others. */
	for (size_t i = outcome->recipient_count;
	     outcome->verdict.kind == AFSL_ACCEPT && i < envelope->rcpt_count; i++)
		delivery->rcpts[delivery->rcpt_count++] = envelope->rcpts[i];
	return true;
}

static void apply(struct edited *edited, struct outcome *outcome, struct delivery *delivery,
		  const struct afsl_change *change)
{
	switch (change->kind) {
	case AFSL_ADD_HEADER:
		insert_field(edited, edited->count, change);
		break;
	case AFSL_INSERT_HEADER:
		insert_at(edited, change);
		break;
	case AFSL_CHANGE_HEADER:
		change_field(edited, change);
		break;
	case AFSL_ADD_RCPT:
		delivery->rcpts[delivery->rcpt_count++] = bare(text_from(change->name));
		break;
	case AFSL_DELETE_RCPT:
		remove_rcpt(delivery, bare(text_from(change->name)));
		break;
	case AFSL_CHANGE_SENDER:
		delivery->sender = bare(text_from(change->name));
		break;
	case AFSL_REPLACE_BODY:
		replace_body(edited, change);
		break;
	case AFSL_QUARANTINE:
		delivery->quarantine = arena_string(&outcome->arena, text_from(change->value));
		break;
	}
}

/* Folding is LF inside; on the wire every line ends with CR LF. */
static void write_field(struct buffer *out, const struct field *field)
{
	buffer_append_text(out, field->name);
	buffer_append_byte(out, ':');
	for (size_t i = 0; i < field->raw.length; i++) {
		if (field->raw.data[i] == '\n' && (i == 0 || field->raw.data[i - 1] != '\r'))
			buffer_append_byte(out, '\r');
		buffer_append_byte(out, field->raw.data[i]);
	}
	buffer_append(out, "\r\n", 2);
}

static void write_content(const struct edited *edited, struct buffer *out)
{
	for (size_t i = 0; i < edited->count; i++)
		write_field(out, &edited->fields[i]);
	buffer_append(out, "\r\n", 2);
	buffer_append_text(out, edited->body_replaced ? buffer_text(&edited->new_body)
						      : edited->body);
}

bool deliver(const struct envelope *envelope, const struct message *message,
	     struct outcome *outcome, struct delivery *delivery)
{
	size_t room = message->field_count + outcome->change_count + 1;
	struct edited edited = { .arena = &outcome->arena, .count = message->field_count };

	*delivery = (struct delivery){ 0 };
	buffer_init(&delivery->content, (size_t)1 << 30);
	buffer_init(&edited.new_body, (size_t)1 << 30);
	edited.body = buffer_text(&message->body);
	edited.fields = arena_allocate(&outcome->arena, room * sizeof(*edited.fields));
	if (!edited.fields || !first_envelope(envelope, outcome, delivery))
		return false;
	if (message->field_count)
		memcpy(edited.fields, message->fields, message->field_count * sizeof(*edited.fields));
	for (size_t i = 0; i < outcome->change_count; i++)
		apply(&edited, outcome, delivery, &outcome->changes[i]);
	write_content(&edited, &delivery->content);
	edited.failed |= edited.new_body.failed;
	buffer_free(&edited.new_body);
	return !edited.failed && !delivery->content.failed;
}

void delivery_free(struct delivery *delivery)
{
	buffer_free(&delivery->content);
}

/* ---- in a file ---- */

static bool put_content(FILE *out, const struct buffer *content)
{
	return write_text(out, buffer_text(content)) &&
	       fflush(out) == 0;
}

bool delivery_write(const struct delivery *delivery, const char *path)
{
	FILE *out;
	struct stat facts;
	bool ok;
	int error;

	if (strcmp(path, "-") == 0)
		return put_content(stdout, &delivery->content);
	out = fopen(path, "wbe");
	if (!out)
		return false;
	ok = put_content(out, &delivery->content);
	error = errno;
	if (!ok && fstat(fileno(out), &facts) == 0 && S_ISREG(facts.st_mode))
		unlink(path);
	fclose(out);
	errno = error;
	return ok;
}
