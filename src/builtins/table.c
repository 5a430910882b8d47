/* Module table: look-ups in tables kept in files. */
#include "builtins/builtins.h"
#include "builtins/context.h"
#include "builtins/convert.h"

static struct table *argument_table(const struct call *call)
{
	const struct context *context = call_context(call);

	return context->tables[call->arguments[0].i];
}

/* One pattern after the other, each within the limits of a match. */
static enum call_result find_pattern(struct call *call, const struct rows *rows, bool *found,
				     struct text *item)
{
	struct text subject = call->arguments[1].text;

	for (uint32_t n = 0; n < rows_count(rows) && !*found; n++) {
		const struct regex *regex = rows_pattern(rows, n, item);
		enum call_result result = call_charge(call, subject.length);

		if (result == CALL_DONE)
			result = call_match(call, regex, subject, 0, NULL, found);
		if (result != CALL_DONE)
			return result;
	}
	return CALL_DONE;
}

/* The key's type is what K stands for; networks are looked for by an address. */
static enum call_result find(struct call *call, const struct rows *rows, bool *found,
			     struct text *item)
{
	const struct type *type = call->import->argument_types[1];
	value key = call->arguments[1];
	enum call_result charged;

	if (rows_key(rows) == TABLE_REGEX)
		return find_pattern(call, rows, found, item);
	charged = call_charge(call, type->kind == TYPE_TEXT ? key.text.length : 64);
	if (charged != CALL_DONE)
		return charged;
	if (type->kind == TYPE_IP)
		*found = rows_find_ip(rows, key.ip, item);
	else if (type->kind == TYPE_INT)
		*found = rows_find_int(rows, key.i, item);
	else
		*found = rows_find_text(rows, key.text, item);
	return CALL_DONE;
}

static enum call_result answer_found(struct call *call)
{
	struct rows *rows = table_rows(argument_table(call));
	struct text item;
	bool found = false;
	enum call_result result = find(call, rows, &found, &item);

	rows_release(rows);
	return result == CALL_DONE ? answer_bool(call, found) : result;
}

enum call_result builtin_table_contains(struct call *call)
{
	return answer_found(call);
}

enum call_result builtin_table_containsNet(struct call *call)
{
	return answer_found(call);
}

enum call_result builtin_table_has(struct call *call)
{
	return answer_found(call);
}

enum call_result builtin_table_hasNet(struct call *call)
{
	return answer_found(call);
}

/* The rows may be gone when the value is read: a text is copied. */
static enum call_result answer_value(struct call *call, struct text item)
{
	const struct type *type = call->import->result;

	if (type->kind == TYPE_TEXT)
		return call_return_text(call, item.data, item.length);
	return convert_text(call, item, type, call->result);
}

static enum call_result answer_item(struct call *call)
{
	struct rows *rows = table_rows(argument_table(call));
	struct text item = TEXT_EMPTY;
	bool found = false;
	enum call_result result = find(call, rows, &found, &item);

	if (result == CALL_DONE && found)
		result = answer_value(call, item);
	else if (result == CALL_DONE)
		*call->result = call->arguments[2];
	rows_release(rows);
	return result;
}

enum call_result builtin_table_get(struct call *call)
{
	return answer_item(call);
}

enum call_result builtin_table_getNet(struct call *call)
{
	return answer_item(call);
}

enum call_result builtin_table_length(struct call *call)
{
	struct rows *rows = table_rows(argument_table(call));
	uint32_t count = rows_count(rows);

	rows_release(rows);
	return answer_int(call, count);
}
