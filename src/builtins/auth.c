/* Module auth: Authentication-Results. */
#include "authentication/results.h"

#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "builtins/mail_call.h"

enum { RESULT_NAME, RESULT_RESULT, RESULT_REASON, RESULT_PROPERTIES };
enum { FIELD_SERVER, FIELD_VERSION, FIELD_RESULTS, FIELD_PROBLEM };

static const struct text field_name = { "Authentication-Results", 22, LIFETIME_PROGRAM };

/* ---- reading ---- */

static struct map *properties_of(struct call *call, const struct type *type,
				 const struct auth_result *result)
{
	struct map *map = map_new(type, call_arena(call));

	for (const struct auth_property *one = result->properties; map && one; one = one->next)
		if (!map_put(map, (value){ .text = one->name }, (value){ .text = one->value }))
			return NULL;
	return map;
}

static enum call_result add_result(struct call *call, struct list *list,
				   const struct auth_result *result)
{
	const struct type *type = list->object.type->element;
	struct record *record = record_new(type, call_arena(call));
	struct map *properties =
		properties_of(call, type->record->fields[RESULT_PROPERTIES].type, result);

	if (!record || !properties)
		return call_memory(call);
	record->fields[RESULT_NAME].text = result->method;
	record->fields[RESULT_RESULT].text = result->result;
	record->fields[RESULT_REASON].text = result->reason;
	record->fields[RESULT_PROPERTIES].map = properties;
	return list_add(call, list, (value){ .record = record });
}

enum call_result builtin_auth_read(struct call *call)
{
	const struct type *type = call->import->result;
	struct record *record = record_new(type, call_arena(call));
	struct list *list = list_new(type->record->fields[FIELD_RESULTS].type, 0, call_arena(call));
	struct auth_results results;
	enum call_result result = call_begin(call, call->arguments[0].text.length * 4);

	if (result != CALL_DONE)
		return result;
	if (!record || !list ||
	    !auth_results_read(call->arguments[0].text, call_arena(call), &results))
		return call_memory(call);
	for (const struct auth_result *one = results.first; one && result == CALL_DONE;
	     one = one->next)
		result = add_result(call, list, one);
	record->fields[FIELD_SERVER].text = results.server;
	record->fields[FIELD_VERSION].i = results.version;
	record->fields[FIELD_RESULTS].list = list;
	record->fields[FIELD_PROBLEM].text =
		text_of_string(results.fault ? results.fault : "", LIFETIME_PROGRAM);
	call->result->record = record;
	return result;
}

/* ---- writing ---- */

static bool take_properties(struct call *call, const struct map *map, struct auth_result *result)
{
	struct auth_property **last = &result->properties;
	const struct map_entry *entry;
	uint32_t position = 0;

	while ((entry = map_next(map, &position))) {
		struct auth_property *property = arena_zeroed(call_arena(call), sizeof(*property));

		if (!property)
			return false;
		property->name = entry->key.text;
		property->value = entry->item.text;
		*last = property;
		last = &property->next;
	}
	return true;
}

static bool take_results(struct call *call, const struct list *list, struct auth_results *results)
{
	struct auth_result **last = &results->first;

	for (uint32_t i = 0; i < list->length; i++) {
		const value *fields = list->items[i].record->fields;
		struct auth_result *result = arena_zeroed(call_arena(call), sizeof(*result));

		if (!result || !take_properties(call, fields[RESULT_PROPERTIES].map, result))
			return false;
		result->method = fields[RESULT_NAME].text;
		result->result = fields[RESULT_RESULT].text;
		result->reason = fields[RESULT_REASON].text;
		*last = result;
		last = &result->next;
	}
	return true;
}

enum call_result builtin_auth_write(struct call *call)
{
	struct auth_results results = { .server = call->arguments[0].text };
	struct buffer out;
	const char *fault;
	enum call_result result;

	if (!take_results(call, call->arguments[1].list, &results))
		return call_memory(call);
	buffer_init(&out, BUFFER_CAP_DEFAULT);
	fault = auth_results_write(&results, &out);
	result = call_charge(call, out.length);
	if (fault)
		result = call_raise(call, "argument", 0, false, "%s", fault);
	else if (result == CALL_DONE)
		result = out.failed ? call_memory(call)
				    : call_return_text(call, out.data, out.length);
	buffer_free(&out);
	return result;
}

/* ---- forged ones ---- */

static bool is_forged(const struct header *header, struct text server)
{
	return text_equals_ignoring_case(text_trim(header->name), field_name) &&
	       auth_results_claims(header->raw, server);
}

/* Which of the fields of its very name, from 1. */
static uint32_t number_of(const struct headers *headers, uint32_t position)
{
	uint32_t number = 0;

	for (uint32_t i = 0; i <= position; i++)
		number += text_equals_ignoring_case(headers->items[i].name,
						    headers->items[position].name);
	return number;
}

static enum call_result remove_at(struct call *call, uint32_t position)
{
	const struct headers *headers = &mail_of(call)->message->headers;
	enum call_result charged = call_charge(call, (size_t)headers->count * 8);

	if (charged != CALL_DONE)
		return charged;
	return record_change(call, (struct change){ .kind = CHANGE_CHANGE_HEADER,
						    .index = number_of(headers, position),
						    .name = headers->items[position].name,
						    .value = TEXT_EMPTY });
}

enum call_result builtin_auth_removeForged(struct call *call)
{
	const struct headers *headers = &mail_of(call)->message->headers;
	enum call_result result = call_charge(call, headers->bytes + headers->count * 8);
	int64_t removed = 0;

	/* from below, so that the places above stay */
	for (uint32_t i = headers->count; i-- > 0 && result == CALL_DONE;) {
		if (!is_forged(headers->items + i, call->arguments[0].text))
			continue;
		result = remove_at(call, i);
		removed++;
	}
	return result == CALL_DONE ? answer_int(call, removed) : result;
}
