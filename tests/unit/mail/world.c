#include "world.h"

#include <stdio.h>

struct mail_session *world_message(const char *const *fields)
{
	struct mail_session *mail = mail_session_new(1 << 20, 32 << 20);

	mail_begin(mail, t("<from@example.net>"), NULL, 0);
	for (; *fields; fields++) {
		struct text field = t(*fields);
		size_t colon = (size_t)text_find(field, TEXT(":"), 0);

		mail_add_header(mail, text_part(field, 0, colon),
				text_part(field, colon + 1, field.length));
	}
	return mail;
}

enum mail_result world_change(struct mail_session *mail, enum change_kind kind, uint32_t index,
			      const char *name, const char *value, bool foreign)
{
	const char *why = NULL;

	return mail_change(mail,
			   (struct change){.kind = kind,
					   .index = index,
					   .name = t(name),
					   .value = t(value),
					   .foreign = foreign},
			   &why);
}

bool world_add(struct mail_session *mail, const char *name, const char *value)
{
	return world_change(mail, CHANGE_ADD_HEADER, 0, name, value, false) == MAIL_DONE;
}

bool world_insert(struct mail_session *mail, uint32_t index, const char *name, const char *value)
{
	return world_change(mail, CHANGE_INSERT_HEADER, index, name, value, false) == MAIL_DONE;
}

bool world_set(struct mail_session *mail, const char *name, uint32_t index, const char *value)
{
	return world_change(mail, CHANGE_CHANGE_HEADER, index, name, value, false) == MAIL_DONE;
}

/* ---- texts of lists ---- */

struct paper {
	char bytes[16384];
	size_t length;
};

static void write_field(struct paper *paper, struct text name, struct text raw)
{
	paper->length +=
		(size_t)snprintf(paper->bytes + paper->length, sizeof(paper->bytes) - paper->length,
				 "%.*s:%.*s|", TEXT_PRINTF(name), TEXT_PRINTF(raw));
}

const char *world_view(const struct mail_session *mail)
{
	static struct paper paper;

	paper.length = 0;
	paper.bytes[0] = '\0';
	for (uint32_t i = 0; i < mail->message->headers.count; i++)
		write_field(&paper, mail->message->headers.items[i].name,
			    mail->message->headers.items[i].raw);
	return paper.bytes;
}

const char *world_plan(const struct changes *plan)
{
	static struct paper paper;
	static const char letters[] = "+ic+-sbq";

	paper.length = 0;
	paper.bytes[0] = '\0';
	for (uint32_t i = 0; i < plan->count; i++) {
		const struct change *change = plan->items + i;

		paper.length += (size_t)snprintf(paper.bytes + paper.length,
						 sizeof(paper.bytes) - paper.length, "%c",
						 letters[change->kind]);
		if (change->kind == CHANGE_INSERT_HEADER || change->kind == CHANGE_CHANGE_HEADER)
			paper.length += (size_t)snprintf(paper.bytes + paper.length,
							 sizeof(paper.bytes) - paper.length, "%u ",
							 change->index);
		write_field(&paper, change->name, change->value);
	}
	return paper.bytes;
}

/* ---- an MTA, as milter.md has measured them ---- */

struct field {
	struct text name, raw;
	bool own;  /* the MTA's own Received: filters do not count it; Postfix leaves out the first
		    * field,  which is its own until somebody inserts above it */
	bool gone; /* Sendmail keeps the place of a deleted field */
	char bytes[256];
};

struct queue {
	struct field fields[256];
	unsigned count;
	enum mta mta;
};

static void queue_insert(struct queue *queue, unsigned at, const struct change *change)
{
	struct field *field;

	memmove(queue->fields + at + 1, queue->fields + at,
		(queue->count - at) * sizeof(*queue->fields));
	/* Texts point into their own field: they move with it. */
	for (unsigned i = at + 1; i <= queue->count; i++)
		if (queue->fields[i].raw.data == queue->fields[i - 1].bytes)
			queue->fields[i].raw.data = queue->fields[i].bytes;
	field = queue->fields + at;
	*field = (struct field){.name = change->name};
	snprintf(field->bytes, sizeof(field->bytes), "%s%.*s", change->blanks ? "" : " ",
		 TEXT_PRINTF(change->value));
	queue->count++;
}

static void queue_fix(struct queue *queue)
{
	for (unsigned i = 0; i < queue->count; i++)
		if (queue->fields[i].bytes[0])
			queue->fields[i].raw = t(queue->fields[i].bytes);
}

static void queue_remove(struct queue *queue, unsigned at)
{
	if (queue->mta == MTA_SENDMAIL) {
		queue->fields[at].gone = true;
		return;
	}
	queue->count--;
	memmove(queue->fields + at, queue->fields + at + 1,
		(queue->count - at) * sizeof(*queue->fields));
}

static int queue_find(const struct queue *queue, struct text name, unsigned nth)
{
	for (unsigned i = 0; i < queue->count; i++)
		if ((queue->mta == MTA_POSTFIX ? i > 0 : !queue->fields[i].own) &&
		    text_equals_ignoring_case(queue->fields[i].name, name) && --nth == 0)
			return (int)i;
	return -1;
}

static void queue_change(struct queue *queue, const struct change *change)
{
	int at = queue_find(queue, change->name, change->index ? change->index : 1);
	struct field *field;

	if (at < 0) {
		if (change->value.length)
			queue_insert(queue, queue->count, change);
		return;
	}
	if (change->value.length == 0) {
		queue_remove(queue, (unsigned)at);
		return;
	}
	field = queue->fields + at;
	field->name = change->name;
	snprintf(field->bytes, sizeof(field->bytes), "%s%.*s", change->blanks ? "" : " ",
		 TEXT_PRINTF(change->value));
}

static void queue_apply(struct queue *queue, const struct change *change)
{
	unsigned at = change->index > queue->count ? queue->count : change->index;

	switch (change->kind) {
	case CHANGE_ADD_HEADER:
		queue_insert(queue, queue->count, change);
		break;
	case CHANGE_INSERT_HEADER:
		queue_insert(queue, at, change);
		break;
	case CHANGE_CHANGE_HEADER:
		queue_change(queue, change);
		break;
	default:
		break;
	}
	queue_fix(queue);
}

const char *world_deliver(const struct mail_session *first, const struct changes *plan,
			  enum mta mta)
{
	static struct queue queue;
	static struct paper paper;
	const struct headers *received = &first->message->received;

	queue = (struct queue){.mta = mta, .count = 1};
	queue.fields[0] =
		(struct field){.name = TEXT("Received"), .raw = TEXT(" mta"), .own = true};
	for (uint32_t i = 0; i < received->count; i++)
		queue.fields[queue.count++] = (struct field){.name = received->items[i].name,
							     .raw = received->items[i].raw};
	for (uint32_t i = 0; i < plan->count; i++)
		queue_apply(&queue, plan->items + i);
	paper.length = 0;
	paper.bytes[0] = '\0';
	for (unsigned i = 0; i < queue.count; i++)
		if (!queue.fields[i].own && !queue.fields[i].gone)
			write_field(&paper, queue.fields[i].name, queue.fields[i].raw);
	return paper.bytes;
}
