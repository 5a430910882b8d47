/* Recording a change: it goes into the log, and into the message as changed so far. */
#include "mail/recipients.h"
#include "mail/session.h"

#include <assert.h>

/* " value": all that follows the colon. */
static bool value_to_raw(struct arena *arena, const struct change *change, struct text *raw)
{
	size_t length = (size_t)change->value.length + 1;
	char *bytes;

	*raw = change->value;
	if (change->blanks)
		return true;
	bytes = arena_bytes(arena, length);
	if (!bytes)
		return false;
	bytes[0] = ' ';
	if (change->value.length)
		memcpy(bytes + 1, change->value.data, change->value.length);
	*raw = text_of(bytes, length, arena->lifetime);
	return true;
}

/* Line breaks as they go out; a copy only when something is wrong with them. */
static bool clean_value(struct arena *arena, struct change *change)
{
	char *bytes;

	if (value_is_clean(change->value))
		return true;
	bytes = arena_bytes(arena, 2 * (size_t)change->value.length);
	if (!bytes)
		return false;
	change->value = text_of(bytes, value_clean(change->value, bytes), arena->lifetime);
	return true;
}

/* ---- header fields ---- */

/* The place that milter's index means: 0 is above the MTA's own Received, which is not in the list,
 * 1 is below it. */
static uint32_t insert_position(const struct headers *headers, uint32_t index, bool *top)
{
	*top = index <= headers->tops;
	if (*top)
		return index;
	return index - 1 < headers->count ? index - 1 : headers->count;
}

static bool insert_at(struct headers *headers, uint32_t position, struct header header, bool append)
{
	uint32_t appended = headers->appended;

	if (!headers_insert(headers, position, header))
		return false;
	if (append && headers->appended == appended)
		headers->appended++;
	return true;
}

static int64_t position_of_id(const struct headers *headers, uint32_t id)
{
	for (uint32_t i = 0; i < headers->count; i++)
		if (headers->items[i].id == id)
			return i;
	return -1;
}

/* One edit of one list. What stands at `position` is meant, or would stand behind it. */
struct edit {
	enum { EDIT_NOTHING, EDIT_INSERT, EDIT_APPEND, EDIT_REPLACE, EDIT_REMOVE } kind;
	uint32_t position;
	struct header header;
};

static bool edit_list(struct headers *headers, const struct edit *edit)
{
	switch (edit->kind) {
	case EDIT_INSERT:
	case EDIT_APPEND:
		return insert_at(headers, edit->position, edit->header, edit->kind == EDIT_APPEND);
	case EDIT_REPLACE:
		return headers_replace(headers, edit->position, edit->header.name,
				       edit->header.raw);
	case EDIT_REMOVE:
		return headers_remove(headers, edit->position);
	default:
		return true;
	}
}

static struct edit plan_insert(const struct headers *headers, const struct change *change,
			       struct header header)
{
	struct edit edit = {.kind = EDIT_INSERT};
	bool end = change->index > headers->tops && change->index - 1 > headers->count;

	edit.position = insert_position(headers, change->index, &header.top);
	edit.header = header;
	edit.kind = end ? EDIT_APPEND : EDIT_INSERT;
	return edit;
}

static struct edit plan_change(const struct headers *headers, const struct change *change,
			       struct header header)
{
	int64_t found = headers_find(headers, change->name, change->index ? change->index : 1);

	if (found >= 0)
		return (struct edit){.kind = change->value.length ? EDIT_REPLACE : EDIT_REMOVE,
				     .position = (uint32_t)found,
				     .header = header};
	return (struct edit){.kind = change->value.length ? EDIT_APPEND : EDIT_NOTHING,
			     .position = headers->count,
			     .header = header};
}

static struct edit plan_edit(const struct headers *headers, const struct change *change,
			     struct header header)
{
	if (change->kind == CHANGE_INSERT_HEADER)
		return plan_insert(headers, change, header);
	if (change->kind == CHANGE_CHANGE_HEADER)
		return plan_change(headers, change, header);
	return (struct edit){.kind = EDIT_APPEND, .position = headers->count, .header = header};
}

/* Where, in the filter's own view, the edit of the third party's view belongs. */
static struct edit mirror_edit(const struct mail_message *message, struct edit edit)
{
	const struct headers *from = &message->foreign, *to = &message->headers;
	int64_t found = -1;

	if (edit.kind == EDIT_APPEND) {
		edit.position = to->count;
	} else if (edit.kind == EDIT_INSERT) {
		for (uint32_t i = edit.position; i-- > 0 && found < 0;)
			found = position_of_id(to, from->items[i].id);
		edit.position = found >= 0 ? (uint32_t)found + 1 : 0;
		if (!edit.header.top && edit.position < to->tops) /* not among the filter's own */
			edit.position = to->tops;
	} else if (edit.kind != EDIT_NOTHING) {
		found = position_of_id(to, from->items[edit.position].id);
		edit.position = (uint32_t)(found < 0 ? 0 : found);
		edit.kind = found < 0 ? EDIT_NOTHING : edit.kind;
	}
	return edit;
}

static bool apply_foreign(struct mail_message *message, const struct change *change,
			  struct header header)
{
	struct edit edit = plan_edit(&message->foreign, change, header);
	struct edit mirrored = edit;

	if (message->own_header_changes)
		mirrored = mirror_edit(message, edit);
	if (!edit_list(&message->foreign, &edit))
		return false;
	message->foreign_header_changes = !message->foreign.borrowed;
	if (message->own_header_changes)
		return edit_list(&message->headers, &mirrored);
	headers_borrow(&message->headers, &message->foreign);
	return true;
}

static bool apply_own(struct mail_message *message, const struct change *change,
		      struct header header)
{
	struct edit edit = plan_edit(&message->headers, change, header);
	bool done = edit_list(&message->headers, &edit);

	/* A list that is still borrowed would change under our feet if it counted as our own. */
	message->own_header_changes = !message->headers.borrowed;
	return done;
}

static bool apply_header(struct mail_session *session, const struct change *change)
{
	struct mail_message *message = session->message;
	struct header header = {.name = change->name, .id = message->next_header_id, .added = true};

	if (!value_to_raw(&session->message_arena, change, &header.raw))
		return false;
	message->next_header_id++;
	return change->foreign ? apply_foreign(message, change, header)
			       : apply_own(message, change, header);
}

/* ---- the rest ---- */

static bool apply_sender(struct mail_message *message, const struct change *change)
{
	message->new_sender = change->name;
	message->sender_parameters = change->value;
	message->sender_changed = true;
	message->sender_foreign = change->foreign;
	return true;
}

/* A piece goes on where the last one of the same origin ended; anything else begins the body anew.
 */
static bool apply_body(struct mail_message *message, const struct change *change)
{
	if (!change->more || !message->body_replaced || message->body_foreign != change->foreign)
		message->body_first = message->changes.count - 1;
	message->body_replaced = true;
	message->body_foreign = change->foreign;
	return true;
}

static bool apply(struct mail_session *session, const struct change *change)
{
	switch (change->kind) {
	case CHANGE_ADD_RCPT:
		return recipients_add(session, change);
	case CHANGE_DELETE_RCPT:
		return recipients_delete(session, change);
	case CHANGE_CHANGE_SENDER:
		return apply_sender(session->message, change);
	case CHANGE_REPLACE_BODY:
		return apply_body(session->message, change);
	case CHANGE_QUARANTINE:
		return true;
	default:
		return apply_header(session, change);
	}
}

/* What an MTA would ignore or refuse to take from a third party, though it harms nobody. */
static bool is_idle(struct change *change)
{
	if (change->kind == CHANGE_QUARANTINE && change->value.length == 0)
		change->value = TEXT("quarantine");
	return (change->kind == CHANGE_ADD_RCPT || change->kind == CHANGE_DELETE_RCPT) &&
	       address_bare(change->name).length == 0;
}

enum mail_result mail_change(struct mail_session *session, struct change change, const char **why)
{
	struct changes *log = &session->message->changes;

	if (!session->message->open)
		return MAIL_FULL;
	if (change.foreign && is_idle(&change))
		return MAIL_DONE;
	*why = change_fault(&change);
	if (*why)
		return MAIL_REFUSED;
	if (change_is_header(change.kind) && !clean_value(&session->message_arena, &change))
		return MAIL_FULL;
	if (!changes_add(log, change) || !apply(session, &log->items[log->count - 1]))
		return MAIL_FULL;
	return MAIL_DONE;
}

void mail_drop_changes(struct mail_session *session)
{
	struct mail_message *message = session->message;
	uint32_t kept = 0;

	if (!message->open)
		return;
	message->changes.count = 0;
	message->body_replaced = message->sender_changed = false;
	message->own_header_changes = message->foreign_header_changes = false;
	message->spam_level = message->virus_level = -1;
	headers_borrow(&message->foreign, &message->received);
	headers_borrow(&message->headers, &message->received);
	for (uint32_t i = 0; i < message->recipient_count; i++) {
		struct recipient recipient = message->recipients[i];

		recipient.removed = false;
		recipient.at_mta = true;
		if (!recipient.added)
			message->recipients[kept++] = recipient;
	}
	message->recipient_count = kept;
	message->recipient_index = NULL;
}

uint32_t mail_drop_all_but_quarantine(struct mail_session *session)
{
	struct changes *changes = &session->message->changes;
	uint32_t kept = 0, before = changes->count;

	if (!session->message->open)
		return 0;
	for (uint32_t i = 0; i < before; i++)
		if (changes->items[i].kind == CHANGE_QUARANTINE)
			changes->items[kept++] = changes->items[i];
	mail_drop_changes(session);
	changes->count = kept;
	return before - kept;
}
