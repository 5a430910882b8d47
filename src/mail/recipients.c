#include "mail/recipients.h"

#include "base/hash.h"

enum { HASHED_MAX = 1024 };

static uint64_t address_hash(struct text bare)
{
	char lower[HASHED_MAX];
	size_t length = bare.length < HASHED_MAX ? bare.length : HASHED_MAX;

	for (size_t i = 0; i < length; i++)
		lower[i] = byte_lower(bare.data[i]);
	return hash_bytes(lower, length);
}

/* Numbers of recipients from 1; 0 is free. */
static void index_put(struct mail_message *message, uint32_t number)
{
	struct text bare = address_bare(message->recipients[number].address);
	uint32_t slot = (uint32_t)address_hash(bare) & message->recipient_mask;

	while (message->recipient_index[slot])
		slot = (slot + 1) & message->recipient_mask;
	message->recipient_index[slot] = number + 1;
}

static bool index_build(struct mail_session *session)
{
	struct mail_message *message = session->message;
	uint32_t size = 16;

	while (size / 2 <= message->recipient_count)
		size *= 4;
	message->recipient_index =
		arena_zeroed(&session->message_arena, size * sizeof(*message->recipient_index));
	if (!message->recipient_index)
		return false;
	message->recipient_mask = size - 1;
	for (uint32_t i = 0; i < message->recipient_count; i++)
		index_put(message, i);
	return true;
}

static bool index_ready(struct mail_session *session)
{
	return session->message->recipient_index || index_build(session);
}

bool recipients_note_last(struct mail_session *session)
{
	struct mail_message *message = session->message;

	if (!message->recipient_index)
		return true;
	if (message->recipient_count > message->recipient_mask / 2)
		return index_build(session);
	index_put(message, message->recipient_count - 1);
	return true;
}

/* Of two addresses that are the same without regard to case. */
static bool same_local_part(struct text a, struct text b)
{
	size_t domain = address_domain(a).length;

	return memcmp(a.data, b.data, a.length - domain) == 0;
}

static int64_t index_find(const struct mail_message *message, struct text address)
{
	struct text bare = address_bare(address);
	uint32_t slot = (uint32_t)address_hash(bare) & message->recipient_mask;
	int64_t found = -1;

	for (; message->recipient_index[slot]; slot = (slot + 1) & message->recipient_mask) {
		uint32_t number = message->recipient_index[slot] - 1;
		struct text other = address_bare(message->recipients[number].address);

		if (!text_equals_ignoring_case(other, bare))
			continue;
		if (same_local_part(other, bare))
			return number;
		if (found < 0)
			found = number;
	}
	return found;
}

int64_t recipients_find(struct mail_session *session, struct text address)
{
	return index_ready(session) ? index_find(session->message, address) : -1;
}

bool recipient_is_present(const struct recipient *recipient)
{
	return !recipient->removed && !recipient->refused_by_mta &&
	       recipient->verdict.kind == VERDICT_CONTINUE;
}

/* One that a change brings up: added, or deleted without having been seen. */
static struct recipient *add_new(struct mail_session *session, const struct change *change)
{
	struct mail_message *message = session->message;
	uint32_t count = change->kind == CHANGE_ADD_RCPT && change->value.length;
	struct recipient *added;

	if (!mail_add_recipient(session, change->name, &change->value, count))
		return NULL;
	added = &message->recipients[message->recipient_count - 1];
	added->added = true;
	added->at_mta = false;
	return added;
}

static struct recipient *find(struct mail_session *session, const struct change *change)
{
	int64_t found = index_find(session->message, change->name);
	struct recipient *recipient = found < 0 ? NULL : &session->message->recipients[found];
	bool refused = recipient &&
		       (recipient->refused_by_mta || recipient->verdict.kind != VERDICT_CONTINUE);

	return refused ? NULL : recipient;
}

bool recipients_add(struct mail_session *session, const struct change *change)
{
	struct recipient *recipient;

	if (!index_ready(session))
		return false;
	recipient = find(session, change);
	if (!recipient)
		recipient = add_new(session, change);
	if (!recipient)
		return false;
	recipient->removed = false;
	recipient->at_mta |= change->foreign;
	return true;
}

bool recipients_delete(struct mail_session *session, const struct change *change)
{
	struct recipient *recipient;

	if (!index_ready(session))
		return false;
	recipient = find(session, change);
	if (!recipient) {
		recipient = add_new(session, change);
		if (!recipient)
			return false;
		recipient->unseen = !change->foreign;
	}
	recipient->removed = true;
	recipient->at_mta = recipient->at_mta && !change->foreign;
	return true;
}
