/* Module list. Lists that are changed have been made the caller's own before the call. */
#include "builtins/answer.h"
#include "builtins/builtins.h"

static struct list *argument_list(const struct call *call)
{
	return call->arguments[0].list;
}

static const struct type *element_type(const struct list *list)
{
	return list->object.type->element;
}

static enum call_result charge_items(struct call *call, size_t count)
{
	return call_begin(call, count * sizeof(value));
}

enum call_result builtin_list_length(struct call *call)
{
	return answer_int(call, argument_list(call)->length);
}

enum call_result builtin_list_isEmpty(struct call *call)
{
	return answer_bool(call, argument_list(call)->length == 0);
}

/* ---- looking for an element ---- */

/* Lists of lists may be large: what a comparison took is charged after it, and it takes no more
 * than an event may. */
static enum call_result items_equal(struct call *call, const struct type *type, value a, value b,
				    bool *equal)
{
	int64_t most = call_limit_value(call, LIMIT_instructions), left = most;

	*equal = value_equals_within(type, a, b, &left);
	if (left < 0)
		return call_limit(call, LIMIT_instructions);
	return most - left > 1 ? call_charge(call, (size_t)(most - left) * 16) : CALL_DONE;
}

/* Of the first equal element at or after *index; the list's length when there is none. */
static enum call_result find_item(struct call *call, const struct list *list, value item,
				  uint32_t *index)
{
	enum call_result result = charge_items(call, list->length - *index);
	bool equal = false;

	for (; result == CALL_DONE && *index < list->length; ++*index) {
		result = items_equal(call, element_type(list), list->items[*index], item, &equal);
		if (equal)
			break;
	}
	return result;
}

enum call_result builtin_list_contains(struct call *call)
{
	const struct list *list = argument_list(call);
	uint32_t index = 0;
	enum call_result result = find_item(call, list, call->arguments[1], &index);

	return result == CALL_DONE ? answer_bool(call, index < list->length) : result;
}

enum call_result builtin_list_indexOf(struct call *call)
{
	const struct list *list = argument_list(call);
	uint32_t index = 0;
	enum call_result result = find_item(call, list, call->arguments[1], &index);

	if (result != CALL_DONE)
		return result;
	return answer_int(call, index < list->length ? (int64_t)index : -1);
}

enum call_result builtin_list_indexOfNet(struct call *call)
{
	int64_t index = -1;
	enum call_result result =
		call_find_range(call, argument_list(call), call->arguments[1].ip, &index);

	return result == CALL_DONE ? answer_int(call, index) : result;
}

enum call_result builtin_list_count(struct call *call)
{
	const struct list *list = argument_list(call);
	enum call_result result = charge_items(call, list->length);
	int64_t count = 0;
	bool equal = false;

	for (uint32_t i = 0; result == CALL_DONE && i < list->length; i++) {
		result = items_equal(call, element_type(list), list->items[i], call->arguments[1],
				     &equal);
		count += equal;
	}
	return result == CALL_DONE ? answer_int(call, count) : result;
}

/* ---- single elements ---- */

static enum call_result raise_empty(struct call *call)
{
	return call_raise(call, "index", 0, false, "the list is empty");
}

static enum call_result raise_index(struct call *call, int64_t index, uint32_t length)
{
	return call_raise(call, "index", 0, false, "the index %lld is not within a list of %u",
			  (long long)index, length);
}

static enum call_result answer_item(struct call *call, const struct list *list, uint32_t index)
{
	*call->result = list->items[index];
	return CALL_DONE;
}

enum call_result builtin_list_first(struct call *call)
{
	const struct list *list = argument_list(call);

	return list->length ? answer_item(call, list, 0) : raise_empty(call);
}

enum call_result builtin_list_last(struct call *call)
{
	const struct list *list = argument_list(call);

	return list->length ? answer_item(call, list, list->length - 1) : raise_empty(call);
}

enum call_result builtin_list_push(struct call *call)
{
	return list_add(call, argument_list(call), call->arguments[1]);
}

enum call_result builtin_list_extend(struct call *call)
{
	struct list *list = argument_list(call);
	const struct list *more = call->arguments[1].list;
	uint32_t count = more->length; /* it may be the same list */
	enum call_result result = charge_items(call, count);

	for (uint32_t i = 0; result == CALL_DONE && i < count; i++)
		result = list_add(call, list, more->items[i]);
	return result;
}

enum call_result builtin_list_pop(struct call *call)
{
	struct list *list = argument_list(call);

	if (list->length == 0)
		return raise_empty(call);
	*call->result = list->items[--list->length];
	return CALL_DONE;
}

enum call_result builtin_list_insert(struct call *call)
{
	struct list *list = argument_list(call);
	int64_t index = call->arguments[1].i;
	enum call_result result;
	value last;

	if (index < 0 || index > list->length)
		return raise_index(call, index, list->length);
	result = charge_items(call, list->length - (size_t)index);
	if (result == CALL_DONE)
		result = list_add(call, list, call->arguments[2]);
	if (result != CALL_DONE)
		return result;
	last = list->items[list->length - 1];
	memmove(list->items + index + 1, list->items + index,
		(list->length - 1 - (size_t)index) * sizeof(value));
	list->items[index] = last;
	return CALL_DONE;
}

static void take_out(struct list *list, uint32_t index)
{
	list->length--;
	memmove(list->items + index, list->items + index + 1,
		(list->length - (size_t)index) * sizeof(value));
}

enum call_result builtin_list_remove(struct call *call)
{
	struct list *list = argument_list(call);
	uint32_t index = 0;
	enum call_result result = find_item(call, list, call->arguments[1], &index);
	bool found = index < list->length;

	if (result != CALL_DONE)
		return result;
	if (found)
		take_out(list, index);
	return answer_bool(call, found);
}

enum call_result builtin_list_removeAt(struct call *call)
{
	struct list *list = argument_list(call);
	int64_t index = call->arguments[1].i;
	enum call_result charged;
	value item;

	if (index < 0 || index >= list->length)
		return raise_index(call, index, list->length);
	charged = charge_items(call, list->length - (size_t)index);
	if (charged != CALL_DONE)
		return charged;
	item = list->items[index];
	take_out(list, (uint32_t)index);
	*call->result = item;
	return CALL_DONE;
}

enum call_result builtin_list_clear(struct call *call)
{
	argument_list(call)->length = 0;
	return CALL_DONE;
}

/* ---- lists from lists ---- */

static enum call_result answer_copy(struct call *call, const struct list *list, uint32_t from,
				    uint32_t to)
{
	enum call_result charged = charge_items(call, to - from);
	struct list *copy;

	if (charged != CALL_DONE)
		return charged;
	copy = list_slice(list, from, to, call_arena(call));
	if (!copy)
		return refuse_growth(call, to - from);
	call->result->list = copy;
	return CALL_DONE;
}

enum call_result builtin_list_slice(struct call *call)
{
	const struct list *list = argument_list(call);
	int64_t from = call->arguments[1].i, to = call->arguments[2].i;

	if (from < 0 || to < 0)
		return raise_index(call, from < 0 ? from : to, list->length);
	if (to > list->length)
		to = list->length;
	if (from > to)
		from = to;
	return answer_copy(call, list, (uint32_t)from, (uint32_t)to);
}

enum call_result builtin_list_concat(struct call *call)
{
	const struct list *list = argument_list(call), *more = call->arguments[1].list;
	enum call_result result = charge_items(call, more->length);

	if (result == CALL_DONE)
		result = answer_copy(call, list, 0, list->length);
	for (uint32_t i = 0; result == CALL_DONE && i < more->length; i++)
		result = list_add(call, call->result->list, more->items[i]);
	return result;
}

static void turn_round(struct list *list)
{
	for (uint32_t i = 0, j = list->length; i + 1 < j; i++) {
		value item = list->items[i];

		list->items[i] = list->items[--j];
		list->items[j] = item;
	}
}

enum call_result builtin_list_reverse(struct call *call)
{
	enum call_result charged = charge_items(call, argument_list(call)->length);

	if (charged == CALL_DONE)
		turn_round(argument_list(call));
	return charged;
}

enum call_result builtin_list_reversed(struct call *call)
{
	const struct list *list = argument_list(call);
	enum call_result result = answer_copy(call, list, 0, list->length);

	if (result == CALL_DONE)
		turn_round(call->result->list);
	return result;
}
