#include "builtins/answer.h"

/* ---- texts ---- */

static size_t text_limit(const struct call *call)
{
	int64_t limit = call_limit_value(call, LIMIT_textLength);

	return limit < 0 || (size_t)limit > TEXT_LENGTH_MAX ? TEXT_LENGTH_MAX : (size_t)limit;
}

void writer_begin(struct writer *writer, struct call *call, size_t room)
{
	*writer = (struct writer){ .call = call, .data = NULL, .status = CALL_DONE };
	if (room)
		writer_reserve(writer, room);
}

/* At least `needed`, and twice what there was, so that growing costs little in all. */
static size_t next_room(const struct writer *writer, size_t needed, size_t limit)
{
	size_t room = writer->room * 2;

	if (room > limit)
		room = limit;
	return room > needed ? room : needed;
}

static bool move_to(struct writer *writer, size_t room)
{
	char *data = arena_bytes(call_arena(writer->call), room);

	if (!data) {
		writer->status = call_memory(writer->call);
		return false;
	}
	if (writer->length)
		memcpy(data, writer->data, writer->length);
	writer->data = data;
	writer->room = room;
	return true;
}

static bool grow_to(struct writer *writer, size_t room)
{
	size_t more = room - writer->room;

	writer->status = call_charge(writer->call, more);
	if (writer->status != CALL_DONE)
		return false;
	/* The tail of an arena grows where it stands. */
	if (writer->room &&
	    arena_extend(call_arena(writer->call), writer->data + writer->room, more)) {
		writer->room = room;
		return true;
	}
	return move_to(writer, room);
}

bool writer_reserve(struct writer *writer, size_t more)
{
	size_t limit = text_limit(writer->call);

	if (writer->status != CALL_DONE)
		return false;
	if (more > limit || writer->length > limit - more) {
		writer->status = call_limit(writer->call, LIMIT_textLength);
		return false;
	}
	if (writer->length + more <= writer->room)
		return true;
	return grow_to(writer, next_room(writer, writer->length + more, limit));
}

void writer_add(struct writer *writer, const void *bytes, size_t length)
{
	if (length == 0 || !writer_reserve(writer, length))
		return;
	memcpy(writer->data + writer->length, bytes, length);
	writer->length += length;
}

enum call_result writer_raise(struct writer *writer, const char *why)
{
	if (writer->status != CALL_DONE)
		return writer->status;
	return call_raise(writer->call, "argument", 0, false, "%s", why);
}

struct text writer_text(const struct writer *writer)
{
	return text_of(writer->length ? writer->data : "", writer->length, LIFETIME_EVENT);
}

enum call_result writer_end(struct writer *writer)
{
	if (writer->status == CALL_DONE)
		writer->call->result->text = writer_text(writer);
	return writer->status;
}

enum call_result copy_buffer(struct call *call, const struct buffer *buffer, struct text *out)
{
	enum call_result result = call_charge(call, buffer->length);
	bool ok = !buffer->failed;

	if (result != CALL_DONE)
		return result;
	if (buffer->length > text_limit(call))
		return call_limit(call, LIMIT_textLength);
	if (ok)
		*out = arena_copy(call_arena(call), buffer_text(buffer), &ok);
	return ok ? CALL_DONE : call_memory(call);
}

/* ---- lists ---- */

enum call_result refuse_growth(struct call *call, uint32_t length)
{
	if (length >= value_length_limit())
		return call_limit(call, LIMIT_listLength);
	return call_memory(call);
}

struct list *answer_list(struct call *call, uint32_t room, enum call_result *status)
{
	struct list *list;

	*status = call_charge(call, (size_t)room * sizeof(value));
	if (*status != CALL_DONE)
		return NULL;
	list = list_new(call->import->result, room, call_arena(call));
	if (!list)
		*status = refuse_growth(call, room);
	else
		call->result->list = list;
	return list;
}

enum call_result list_add(struct call *call, struct list *list, value item)
{
	return list_push(list, item) ? CALL_DONE : refuse_growth(call, list->length);
}

enum call_result list_add_text(struct call *call, struct list *list, struct text item)
{
	return list_add(call, list, (value){ .text = item });
}
