/* Module mime: what archives hold. */
#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "builtins/mime.h"
#include "content/archive.h"

enum { ARCHIVE_FORMAT, ARCHIVE_MEMBERS, ARCHIVE_ENCRYPTED, ARCHIVE_ANOMALIES };
enum { MEMBER_NAME, MEMBER_WITHIN, MEMBER_SIZE, MEMBER_ENCRYPTED, MEMBER_DEPTH };

static enum call_result add_member(struct call *call, struct list *list,
				   const struct archive_member *member)
{
	struct record *record = record_allocate(list->object.type->element, call_arena(call));

	if (!record)
		return call_memory(call);
	record->fields[MEMBER_NAME].text = member->name;
	record->fields[MEMBER_WITHIN].text = member->within;
	record->fields[MEMBER_SIZE].i = member->size;
	record->fields[MEMBER_ENCRYPTED].i = member->encrypted;
	record->fields[MEMBER_DEPTH].i = member->depth;
	return list_add(call, list, (value){ .record = record });
}

static enum call_result set_members(struct call *call, struct record *record,
				    const struct archive_listing *listing)
{
	struct list *list = record_new_list(call, record, ARCHIVE_MEMBERS);
	enum call_result result = list ? CALL_DONE : call_memory(call);

	for (uint32_t i = 0; result == CALL_DONE && i < listing->count; i++)
		result = add_member(call, list, &listing->members[i]);
	return result;
}

static enum call_result answer_listing(struct call *call, const struct archive_listing *listing)
{
	struct record *record = record_new(call->import->result, call_arena(call));
	enum call_result result;

	if (!record)
		return call_memory(call);
	record->fields[ARCHIVE_FORMAT].text = text_of_string(listing->format, LIFETIME_PROGRAM);
	record->fields[ARCHIVE_ENCRYPTED].i = listing->encrypted;
	result = set_members(call, record, listing);
	if (result == CALL_DONE)
		result = record_set_anomalies(call, record, ARCHIVE_ANOMALIES, listing->anomalies);
	call->result->record = record;
	return result;
}

static uint64_t limit_of(const struct call *call, enum limit_id limit)
{
	int64_t number = call_limit_value(call, limit);

	return number < 0 ? 0 : (uint64_t)number;
}

static uint32_t small_limit(const struct call *call, enum limit_id limit)
{
	uint64_t number = limit_of(call, limit);

	return number > UINT16_MAX ? UINT16_MAX : (uint32_t)number;
}

/* What a small archive may take too, before it meets a limit. */
enum { OPENING_BYTES = 100000 };

enum call_result builtin_mime_archive(struct call *call)
{
	struct archive_limits limits = { .members = small_limit(call, LIMIT_archiveMembers),
					 .depth = small_limit(call, LIMIT_archiveDepth),
					 .bytes = limit_of(call, LIMIT_archiveBytes) };
	struct text bytes = call->arguments[0].text;
	enum call_result result = call_begin(call, OPENING_BYTES + bytes.length);
	struct archive_listing listing;
	const char *why;

	if (result != CALL_DONE)
		return result;
	if (!archive_load(&why))
		return call_raise(call, "library", 0, false, "%s", why);
	if (!archive_list(bytes, &limits, call_arena(call), &listing))
		return call_memory(call);
	return answer_listing(call, &listing);
}
