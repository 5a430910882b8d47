/* The message's header as this filter has changed it so far. */
#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "builtins/mail_call.h"

/* What a search for a name costs. */
static enum call_result charge_search(struct call *call, const struct headers *headers)
{
	return call_charge(call, (size_t)headers->count * 8 + call->arguments[0].text.length);
}

static enum call_result find(struct call *call, int64_t n, int64_t *position)
{
	const struct headers *headers = &mail_of(call)->message->headers;
	enum call_result charged = charge_search(call, headers);

	*position = -1;
	if (charged == CALL_DONE && n >= 1 && n <= headers->count)
		*position = headers_find(headers, call->arguments[0].text, (uint32_t)n);
	return charged;
}

static enum call_result answer_nth(struct call *call, int64_t n)
{
	int64_t position;
	enum call_result result = find(call, n, &position);

	if (result != CALL_DONE)
		return result;
	if (position < 0)
		return answer_text(call, TEXT_EMPTY);
	return answer_text(call, header_value(&mail_of(call)->message->headers.items[position]));
}

enum call_result builtin_header(struct call *call)
{
	return answer_nth(call, 1);
}

enum call_result builtin_headers_nth(struct call *call)
{
	return answer_nth(call, call->arguments[1].i);
}

enum call_result builtin_hasHeader(struct call *call)
{
	int64_t position;
	enum call_result result = find(call, 1, &position);

	return result == CALL_DONE ? answer_bool(call, position >= 0) : result;
}

enum call_result builtin_headers_count(struct call *call)
{
	const struct headers *headers = &mail_of(call)->message->headers;
	enum call_result charged = charge_search(call, headers);

	if (charged != CALL_DONE)
		return charged;
	return answer_int(call, headers_count_named(headers, call->arguments[0].text));
}

enum call_result builtin_headers_values(struct call *call)
{
	const struct headers *headers = &mail_of(call)->message->headers;
	struct text name = call->arguments[0].text;
	enum call_result result = charge_search(call, headers);
	struct list *list = NULL;

	if (result == CALL_DONE)
		list = answer_list(call, 0, &result);
	for (uint32_t i = 0; result == CALL_DONE && i < headers->count; i++)
		if (text_equals_ignoring_case(headers->items[i].name, name))
			result = list_add_text(call, list, header_value(&headers->items[i]));
	return result;
}

/* ---- whole fields ---- */

enum { FIELD_NAME, FIELD_VALUE, FIELD_RAW }; /* of the record Header */

static enum call_result add_record(struct call *call, struct list *list,
				   const struct header *header)
{
	struct record *record = record_new(list->object.type->element, call_arena(call));

	if (!record)
		return call_memory(call);
	record->fields[FIELD_NAME].text = header->name;
	record->fields[FIELD_VALUE].text = header_value(header);
	record->fields[FIELD_RAW].text = header->raw;
	return list_add(call, list, (value){ .record = record });
}

static enum call_result answer_headers(struct call *call, const struct headers *headers)
{
	enum call_result result;
	struct list *list = answer_list(call, headers->count, &result);

	for (uint32_t i = 0; list && result == CALL_DONE && i < headers->count; i++)
		result = add_record(call, list, &headers->items[i]);
	return result;
}

enum call_result builtin_headers_all(struct call *call)
{
	return answer_headers(call, &mail_of(call)->message->headers);
}

enum call_result builtin_headers_received(struct call *call)
{
	return answer_headers(call, &mail_of(call)->message->received);
}

/* ---- values ---- */

/* How far it is to the next line break at or after `at`. */
static size_t run_length(struct text text, size_t at)
{
	const char *from = text.data + at;
	const char *end = memchr(from, '\n', text.length - at);
	size_t length = end ? (size_t)(end - from) : text.length - at;
	const char *cr = length ? memchr(from, '\r', length) : NULL;

	return cr ? (size_t)(cr - from) : length;
}

enum call_result builtin_headers_unfold(struct call *call)
{
	struct text folded = call->arguments[0].text;
	enum call_result charged = call_begin(call, folded.length);
	struct writer writer;

	if (charged != CALL_DONE)
		return charged;
	if (!text_contains_byte(folded, '\r') && !text_contains_byte(folded, '\n'))
		return answer_text(call, folded);
	writer_begin(&writer, call, folded.length);
	for (size_t at = 0; at < folded.length && writer.status == CALL_DONE; at++) {
		size_t run = run_length(folded, at);

		writer_add(&writer, folded.data + at, run);
		at += run;
	}
	return writer_end(&writer);
}
