/* Module list: order, smallest and largest, sums, each element once. */
#include "base/hash.h"

#include "builtins/answer.h"
#include "builtins/builtins.h"

/* ---- sorting: merges of runs that double, stable and never worse than n log n ---- */

/* Merges from[left..middle) and from[middle..right) into to[left..right). */
static void merge(const struct type *type, const value *from, value *to, uint32_t left,
		  uint32_t middle, uint32_t right)
{
	uint32_t a = left, b = middle;

	for (uint32_t i = left; i < right; i++) {
		bool second =
			a == middle || (b < right && value_compare(type, from[b], from[a]) < 0);

		to[i] = second ? from[b++] : from[a++];
	}
}

static uint32_t run_end(uint32_t from, uint32_t run, uint32_t length)
{
	return length - from < run ? length : from + run;
}

static void merge_runs(const struct type *type, const value *from, value *to, uint32_t run,
		       uint32_t length)
{
	uint32_t left = 0;

	while (left < length) {
		uint32_t middle = run_end(left, run, length), right = run_end(middle, run, length);

		merge(type, from, to, left, middle, right);
		left = right;
	}
}

/* Bytes that comparing all elements once may touch. */
static size_t compared_bytes(const struct list *list)
{
	size_t bytes = (size_t)list->length * 2 * sizeof(value);

	if (list->object.type->element->kind == TYPE_TEXT)
		for (uint32_t i = 0; i < list->length; i++)
			bytes += list->items[i].text.length;
	return bytes;
}

static enum call_result sort(struct call *call, struct list *list)
{
	size_t size = (size_t)list->length * sizeof(value), bytes;
	enum call_result result = call_charge(call, size);
	value *from = list->items, *to, *spare;

	if (result != CALL_DONE || list->length < 2)
		return result;
	bytes = compared_bytes(list);
	spare = to = arena_allocate(call_arena(call), size);
	if (!spare)
		return call_memory(call);
	for (uint32_t run = 1; run < list->length && result == CALL_DONE; run *= 2) {
		value *merged = to;

		result = call_charge(call, bytes);
		if (result != CALL_DONE)
			break;
		merge_runs(list->object.type->element, from, to, run, list->length);
		to = from;
		from = merged;
	}
	if (from == spare)
		memcpy(list->items, spare, size);
	return result;
}

static enum call_result sort_argument(struct call *call)
{
	return sort(call, call->arguments[0].list);
}

static enum call_result answer_sorted(struct call *call)
{
	const struct list *list = call->arguments[0].list;
	enum call_result result = call_charge(call, (size_t)list->length * sizeof(value));
	struct list *copy;

	if (result != CALL_DONE)
		return result;
	copy = list_slice(list, 0, list->length, call_arena(call));
	if (!copy)
		return refuse_growth(call, list->length);
	result = sort(call, copy);
	call->result->list = copy;
	return result;
}

/* The rows name the types that have an order; the values know theirs. */
#define SORTS(type)                                                                                \
	enum call_result builtin_list_sort_##type(struct call *call)                               \
	{                                                                                          \
		return sort_argument(call);                                                        \
	}                                                                                          \
	enum call_result builtin_list_sorted_##type(struct call *call)                             \
	{                                                                                          \
		return answer_sorted(call);                                                        \
	}
SORTS(int)
SORTS(float)
SORTS(text)
SORTS(ip)
SORTS(duration)
SORTS(time)

/* ---- each once ---- */

static uint64_t item_hash(const struct type *type, value item)
{
	if (type->kind == TYPE_TEXT)
		return hash_bytes(item.text.data, item.text.length);
	if (type->kind == TYPE_IP)
		return hash_bytes(item.ip.bytes, sizeof(item.ip.bytes));
	return hash_number((uint64_t)item.i);
}

/* Places of elements in `list`, by hash; 0 is free. */
struct seen {
	const struct list *list;
	uint32_t *places;
	uint32_t mask;
};

static bool seen_begin(struct seen *seen, const struct list *list, uint32_t count,
		       struct arena *arena)
{
	uint32_t size = 16;

	while (size < 2 * count)
		size *= 2;
	*seen = (struct seen){ list, arena_zeroed(arena, size * sizeof(*seen->places)), size - 1 };
	return seen->places != NULL;
}

/* False when an equal element stands in the list; else notes that this one comes next in it. */
static bool seen_add(struct seen *seen, value item)
{
	const struct type *type = seen->list->object.type->element;
	uint32_t place = (uint32_t)item_hash(type, item) & seen->mask;

	for (; seen->places[place]; place = (place + 1) & seen->mask)
		if (value_compare(type, seen->list->items[seen->places[place] - 1], item) == 0)
			return false;
	seen->places[place] = seen->list->length + 1;
	return true;
}

static enum call_result answer_unique(struct call *call)
{
	const struct list *list = call->arguments[0].list;
	enum call_result result = call_charge(call, 4 * compared_bytes(list));
	struct list *unique = NULL;
	struct seen seen;

	if (result == CALL_DONE)
		unique = answer_list(call, 0, &result);
	if (result != CALL_DONE)
		return result;
	if (!seen_begin(&seen, unique, list->length, call_arena(call)))
		return call_memory(call);
	for (uint32_t i = 0; result == CALL_DONE && i < list->length; i++)
		if (seen_add(&seen, list->items[i]))
			result = list_add(call, unique, list->items[i]);
	return result;
}

enum call_result builtin_list_unique_int(struct call *call)
{
	return answer_unique(call);
}

enum call_result builtin_list_unique_text(struct call *call)
{
	return answer_unique(call);
}

enum call_result builtin_list_unique_ip(struct call *call)
{
	return answer_unique(call);
}

/* ---- extremes and sums ---- */

static enum call_result answer_extreme(struct call *call, int sign)
{
	const struct list *list = call->arguments[0].list;
	enum call_result charged = call_charge(call, (size_t)list->length * sizeof(value));
	value best;

	if (charged != CALL_DONE)
		return charged;
	if (list->length == 0)
		return call_raise(call, "index", 0, false, "the list is empty");
	best = list->items[0];
	for (uint32_t i = 1; i < list->length; i++)
		if (sign * value_compare(list->object.type->element, list->items[i], best) > 0)
			best = list->items[i];
	*call->result = best;
	return CALL_DONE;
}

enum call_result builtin_list_min_int(struct call *call)
{
	return answer_extreme(call, -1);
}

enum call_result builtin_list_min_float(struct call *call)
{
	return answer_extreme(call, -1);
}

enum call_result builtin_list_max_int(struct call *call)
{
	return answer_extreme(call, 1);
}

enum call_result builtin_list_max_float(struct call *call)
{
	return answer_extreme(call, 1);
}

enum call_result builtin_list_sum_int(struct call *call)
{
	const struct list *list = call->arguments[0].list;
	enum call_result charged = call_charge(call, (size_t)list->length * sizeof(value));
	int64_t sum = 0;

	if (charged != CALL_DONE)
		return charged;
	for (uint32_t i = 0; i < list->length; i++)
		if (__builtin_add_overflow(sum, list->items[i].i, &sum))
			return call_raise(call, "overflow", 0, false, "the sum is too large");
	return answer_int(call, sum);
}

enum call_result builtin_list_sum_float(struct call *call)
{
	const struct list *list = call->arguments[0].list;
	enum call_result charged = call_charge(call, (size_t)list->length * sizeof(value));
	double sum = 0;

	if (charged != CALL_DONE)
		return charged;
	for (uint32_t i = 0; i < list->length; i++)
		sum += list->items[i].f;
	return answer_float(call, sum);
}
