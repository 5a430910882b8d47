/* From the message as changed to the changes that make it so, in an order that suits every MTA. */
#include "mail/recipients.h"
#include "mail/session.h"

/* What is being planned: header edits that turn `from`, which the MTA holds, into `to`. */
struct plan {
	struct arena *arena;
	struct changes *out;
	const struct headers *from, *to;
	uint32_t *place; /* by id: position in `to`, from 1; 0 when it is not there */
	uint32_t id_count;
	uint32_t last_common; /* behind the last position in `to` that holds a field of `from` */
	uint32_t *counts, count_mask; /* fields met so far, by name: see next_number() */
	const struct header **named;
	struct numbered *changed;
	uint32_t changed_count;
};

/* A field of `from` that is changed or deleted, with its number among those of its name. */
struct numbered {
	const struct header *old, *new; /* new is NULL: deleted */
	uint32_t number;
};

static bool emit(struct plan *plan, enum change_kind kind, uint32_t index,
		 const struct header *header)
{
	struct change change = {.kind = kind, .index = index, .name = header->name};

	/* Our own values have one blank, which the host adds; a third party's may have more or
	 * none. */
	change.blanks = header->raw.length == 0 || header->raw.data[0] != ' ';
	change.value = change.blanks ? header->raw : header_value(header);
	return changes_add(plan->out, change);
}

static const struct header *in_target(const struct plan *plan, const struct header *header)
{
	uint32_t place = header->id < plan->id_count ? plan->place[header->id] : 0;

	return place ? plan->to->items + place - 1 : NULL;
}

static bool same_field(const struct header *a, const struct header *b)
{
	return text_equals(a->name, b->name) && text_equals(a->raw, b->raw);
}

/* ---- numbers among the fields of a name ---- */

static bool numbers_prepare(struct plan *plan)
{
	uint32_t size = 16;

	while (size < 2 * (plan->from->count + plan->to->count))
		size *= 2;
	plan->counts = arena_zeroed(plan->arena, size * sizeof(*plan->counts));
	plan->named = arena_zeroed(plan->arena, size * sizeof(*plan->named));
	plan->changed =
		arena_allocate(plan->arena, (plan->from->count + 1) * sizeof(*plan->changed));
	plan->count_mask = size - 1;
	return plan->counts && plan->named && plan->changed;
}

/* Counts one more field of that name. */
static uint32_t next_number(struct plan *plan, const struct header *header)
{
	uint32_t slot = header_name_hash(header->name) & plan->count_mask;

	while (plan->named[slot] &&
	       !text_equals_ignoring_case(plan->named[slot]->name, header->name))
		slot = (slot + 1) & plan->count_mask;
	plan->named[slot] = header;
	return ++plan->counts[slot];
}

/* ---- the walk: insertions on the way, changes and deletions noted ---- */

static void pass_old(struct plan *plan, const struct header *old)
{
	const struct header *new = in_target(plan, old);
	uint32_t number = next_number(plan, old);

	if (!new || !same_field(old, new))
		plan->changed[plan->changed_count++] = (struct numbered){old, new, number};
}

static bool is_new(const struct plan *plan, const bool *known, const struct header *header)
{
	return header->id >= plan->id_count || !known[header->id];
}

/* Old fields are passed up to the one that comes next in `to`; a new one is inserted behind them,
 * where the MTA counts its own Received and all that is not yet deleted. */
static bool walk(struct plan *plan, const bool *known)
{
	uint32_t old = 0, inserted = 0;

	for (uint32_t i = 0; i < plan->last_common; i++) {
		const struct header *header = plan->to->items + i;

		if (!is_new(plan, known, header)) {
			while (old < plan->from->count && plan->from->items[old].id != header->id)
				pass_old(plan, plan->from->items + old++);
			if (old == plan->from->count)
				return false; /* in another order: rather no plan than a wrong one */
			pass_old(plan, plan->from->items + old++);
		} else if (!header->top) {
			inserted++;
			next_number(plan, header);
			if (!emit(plan, CHANGE_INSERT_HEADER, old + inserted, header))
				return false;
		}
	}
	while (old < plan->from->count)
		pass_old(plan, plan->from->items + old++);
	return true;
}

static bool emit_changed(struct plan *plan)
{
	static const struct text nothing = {"", 0, LIFETIME_PROGRAM};

	for (uint32_t i = plan->changed_count; i-- > 0;) {
		const struct numbered *changed = plan->changed + i;
		struct header deleted = {.name = changed->old->name, .raw = nothing};

		if (!emit(plan, CHANGE_CHANGE_HEADER, changed->number,
			  changed->new ? changed->new : &deleted))
			return false;
	}
	return true;
}

/* The new field at that place, where it is a top or an addition. */
static bool emit_new(struct plan *plan, uint32_t i)
{
	const struct header *header = plan->to->items + i;

	if (header->top)
		return emit(plan, CHANGE_INSERT_HEADER, i, header);
	return i < plan->last_common || emit(plan, CHANGE_ADD_HEADER, 0, header);
}

static bool emit_tops_and_additions(struct plan *plan, const bool *known)
{
	for (uint32_t i = 0; i < plan->to->count; i++)
		if (is_new(plan, known, plan->to->items + i) && !emit_new(plan, i))
			return false;
	return true;
}

static bool plan_ids(struct plan *plan, bool **known)
{
	for (uint32_t i = 0; i < plan->from->count; i++)
		if (plan->from->items[i].id >= plan->id_count)
			plan->id_count = plan->from->items[i].id + 1;
	plan->place = arena_zeroed(plan->arena, (plan->id_count + 1) * sizeof(*plan->place));
	*known = arena_zeroed(plan->arena, plan->id_count + 1);
	if (!plan->place || !*known)
		return false;
	for (uint32_t i = 0; i < plan->from->count; i++)
		(*known)[plan->from->items[i].id] = true;
	for (uint32_t i = 0; i < plan->to->count; i++) {
		if (!is_new(plan, *known, plan->to->items + i)) {
			plan->place[plan->to->items[i].id] = i + 1;
			plan->last_common = i + 1;
		}
	}
	return true;
}

static bool is_untouched(const struct header *a, const struct header *b)
{
	return a->id == b->id && a->name.data == b->name.data && a->raw.data == b->raw.data &&
	       a->name.length == b->name.length && a->raw.length == b->raw.length;
}

/* As most filters leave it: all that was there stands, and what is new follows. */
static bool only_appends(const struct headers *from, const struct headers *to)
{
	uint32_t i = 0;

	while (i < from->count && i < to->count && is_untouched(from->items + i, to->items + i))
		i++;
	return i == from->count;
}

static bool emit_appended(struct plan *plan)
{
	for (uint32_t i = plan->from->count; i < plan->to->count; i++)
		if (!emit_new(plan, i))
			return false;
	return true;
}

static bool plan_headers(struct changes *out, const struct headers *from, const struct headers *to)
{
	struct plan plan = {.arena = out->arena, .out = out, .from = from, .to = to};
	bool *known;

	if (from->items == to->items && from->count == to->count)
		return true;
	if (only_appends(from, to))
		return emit_appended(&plan);
	return plan_ids(&plan, &known) && numbers_prepare(&plan) && walk(&plan, known) &&
	       emit_changed(&plan) && emit_tops_and_additions(&plan, known);
}

/* ---- what is not a header ---- */

/* A third party's changes as they came; the body goes last, and of senders only the one that
 * stands. */
static bool plan_foreign(struct changes *out, const struct mail_message *message, bool sender)
{
	for (uint32_t i = 0; i < message->changes.count; i++) {
		struct change change = message->changes.items[i];
		bool wanted = change.foreign && change.kind != CHANGE_REPLACE_BODY;

		if (change.kind == CHANGE_CHANGE_SENDER)
			wanted = wanted && sender && message->sender_foreign;
		if (wanted && !changes_add(out, change))
			return false;
	}
	return true;
}

static bool plan_recipients(struct changes *out, const struct mail_message *message)
{
	for (uint32_t i = 0; i < message->recipient_count; i++) {
		const struct recipient *recipient = message->recipients + i;
		bool present = recipient_is_present(recipient);
		struct change change = {.kind = CHANGE_DELETE_RCPT, .name = recipient->address};

		if (present)
			change.kind = CHANGE_ADD_RCPT;
		if (present && recipient->parameter_count)
			change.value = recipient->parameters[0];
		else
			change.value = TEXT_EMPTY;
		if (present ? recipient->at_mta
			    : !recipient->removed || !(recipient->at_mta || recipient->unseen))
			continue;
		if (!changes_add(out, change))
			return false;
	}
	return true;
}

static bool plan_sender(struct changes *out, const struct mail_message *message)
{
	struct change sender = {.kind = CHANGE_CHANGE_SENDER,
				.name = message->new_sender,
				.value = message->sender_parameters};

	if (sender.name.length == 0)
		sender.name = TEXT("<>");
	return message->sender_foreign || changes_add(out, sender);
}

/* The last of the filter's own reasons. */
static bool plan_quarantine(struct changes *out, const struct mail_message *message)
{
	for (uint32_t i = message->changes.count; i-- > 0;) {
		const struct change *change = message->changes.items + i;

		if (change->kind == CHANGE_QUARANTINE && !change->foreign)
			return changes_add(out, *change);
	}
	return true;
}

static bool plan_body(struct changes *out, const struct mail_message *message)
{
	bool more = false;

	for (uint32_t i = message->body_first; i < message->changes.count; i++) {
		struct change piece = message->changes.items[i];

		if (piece.kind != CHANGE_REPLACE_BODY)
			continue;
		piece.more = more;
		more = true;
		if (!changes_add(out, piece))
			return false;
	}
	return true;
}

/* ---- the whole ---- */

/* One filter of a chain. `at_mta` is the header that the MTA holds when all that is planned so far
 * is done: edits of filters without a third party wait and join, because the difference over all of
 * them is shorter, and right with MTAs that go on counting deleted fields. */
static bool plan_filter(struct changes *out, const struct mail_message *message, bool last,
			bool sender, const struct headers **at_mta)
{
	if (message->foreign_header_changes) {
		if (!plan_headers(out, *at_mta, &message->received))
			return false;
		*at_mta = &message->foreign;
	}
	if (!plan_foreign(out, message, sender))
		return false;
	if (last && !plan_headers(out, *at_mta, &message->headers))
		return false;
	if (sender && !plan_sender(out, message))
		return false;
	return plan_recipients(out, message) && plan_quarantine(out, message);
}

const struct changes *mail_plan_chain(struct mail_session *const *sessions, unsigned count)
{
	struct arena *arena = &sessions[count - 1]->message_arena;
	const struct headers *at_mta = &sessions[0]->message->received;
	const struct mail_message *sender = NULL, *body = NULL;
	struct changes *out = arena_allocate(arena, sizeof(*out));

	if (!out)
		return NULL;
	changes_init(out, arena);
	out->limit = UINT32_MAX / 4;
	for (unsigned i = 0; i < count; i++) {
		const struct mail_message *message = sessions[i]->message;

		sender = message->sender_changed ? message : sender;
		body = message->body_replaced ? message : body;
	}
	for (unsigned i = 0; i < count; i++) {
		const struct mail_message *message = sessions[i]->message;

		if (!plan_filter(out, message, i + 1 == count, message == sender, &at_mta))
			return NULL;
	}
	return !body || plan_body(out, body) ? out : NULL;
}

const struct changes *mail_plan(struct mail_session *session)
{
	return mail_plan_chain(&session, 1);
}
