/* Module table: look-ups in tables kept in files. */
#include "builtins/builtins.h"
#include "builtins/context.h"
#include "builtins/convert.h"

/* NULL when the engine has not opened it: then it has not let the program run either. */
static const struct table *argument_table(const struct call *call)
{
	const struct context *context = call_context(call);

	return context->tables[call->arguments[0].i];
}

/* The key's type is what K stands for; networks are looked for by an address. */
static enum call_result find(struct call *call, bool by_address, bool *found, struct text *item)
{
	const struct type *type = call->import->type_arguments[1];
	const struct table *table = argument_table(call);
	value key = call->arguments[1];
	enum call_result charged;

	charged = call_charge(call, !by_address && type->kind == TYPE_TEXT ? key.text.length : 64);
	if (charged != CALL_DONE)
		return charged;
	if (by_address || type->kind == TYPE_IP || type->kind == TYPE_NET)
		*found = table_find_ip(table, key.ip, item);
	else if (type->kind == TYPE_INT)
		*found = table_find_int(table, key.i, item);
	else
		*found = table_find_text(table, key.text, item);
	return CALL_DONE;
}

static enum call_result answer_found(struct call *call, bool by_address)
{
	bool found = false;
	enum call_result result = find(call, by_address, &found, NULL);

	return result == CALL_DONE ? answer_bool(call, found) : result;
}

enum call_result builtin_table_contains(struct call *call)
{
	return answer_found(call, false);
}

enum call_result builtin_table_containsNet(struct call *call)
{
	return answer_found(call, true);
}

enum call_result builtin_table_has(struct call *call)
{
	return answer_found(call, false);
}

enum call_result builtin_table_hasNet(struct call *call)
{
	return answer_found(call, true);
}

static enum call_result answer_item(struct call *call, bool by_address)
{
	struct text item = TEXT_EMPTY;
	bool found = false;
	enum call_result result = find(call, by_address, &found, &item);

	if (result != CALL_DONE)
		return result;
	if (found)
		return convert_text(call, item, call->import->result, call->result);
	*call->result = call->arguments[2];
	return CALL_DONE;
}

enum call_result builtin_table_get(struct call *call)
{
	return answer_item(call, false);
}

enum call_result builtin_table_getNet(struct call *call)
{
	return answer_item(call, true);
}

enum call_result builtin_table_length(struct call *call)
{
	return answer_int(call, (int64_t)table_count(argument_table(call)));
}
