/* Header fields of a text: an attached message, the report of a failed delivery. */
#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "content/lines.h"

enum { FIELD_NAME, FIELD_VALUE, FIELD_RAW }; /* of the record Header */

static enum call_result add_field(struct call *call, struct list *list, struct text field,
				  size_t colon)
{
	struct record *record = record_allocate(list->object.type->element, call_arena(call));
	struct text raw = text_part(field, colon + 1, field.length);

	if (!record)
		return call_memory(call);
	record->fields[FIELD_NAME].text = text_part(field, 0, colon);
	record->fields[FIELD_RAW].text = raw;
	record->fields[FIELD_VALUE].text =
		text_part(raw, raw.length && raw.data[0] == ' ', raw.length);
	return list_add(call, list, (value){ .record = record });
}

/* Views of the text: nothing is copied. What is no field is left out, and an empty line ends it. */
enum call_result builtin_headers_parse(struct call *call)
{
	struct text text = call->arguments[0].text;
	enum call_result result = call_begin(call, text.length);
	struct list *list = result == CALL_DONE ? answer_list(call, 16, &result) : NULL;

	for (size_t at = 0, next; result == CALL_DONE && at < text.length; at = next) {
		size_t end = field_end(text, at, &next);
		struct text field = text_part(text, at, end);
		const char *colon = memchr(field.data, ':', field.length);

		if (end == at)
			break;
		if (colon && colon > field.data)
			result = add_field(call, list, field, (size_t)(colon - field.data));
	}
	return result;
}

static bool is_named(const struct list *fields, uint32_t i, struct text name)
{
	return text_equals_ignoring_case(fields->items[i].record->fields[FIELD_NAME].text, name);
}

static enum call_result answer_value(struct call *call, uint32_t i)
{
	return answer_text(call,
			   call->arguments[0].list->items[i].record->fields[FIELD_VALUE].text);
}

static enum call_result charge_names(struct call *call)
{
	return call_charge(call, (size_t)call->arguments[0].list->length * 8);
}

enum call_result builtin_headers_firstValue(struct call *call)
{
	const struct list *fields = call->arguments[0].list;
	enum call_result charged = charge_names(call);

	for (uint32_t i = 0; charged == CALL_DONE && i < fields->length; i++)
		if (is_named(fields, i, call->arguments[1].text))
			return answer_value(call, i);
	return charged == CALL_DONE ? answer_text(call, TEXT_EMPTY) : charged;
}

enum call_result builtin_headers_lastValue(struct call *call)
{
	const struct list *fields = call->arguments[0].list;
	enum call_result charged = charge_names(call);

	for (uint32_t i = fields->length; charged == CALL_DONE && i > 0; i--)
		if (is_named(fields, i - 1, call->arguments[1].text))
			return answer_value(call, i - 1);
	return charged == CALL_DONE ? answer_text(call, TEXT_EMPTY) : charged;
}
