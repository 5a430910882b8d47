/* Module list: order, smallest and largest, sums, each element once. */
#include "base/hash.h"

#include "builtins/answer.h"
#include "builtins/builtins.h"

/* ---- sorting: merges of runs that double, stable and never worse than n log n ---- */

/* How far a list is sorted, so that sorting can be put aside. Runs of `run` elements are merged in
 * pairs from `from` to `to`: of the pair at hand, from[left..middle) from `a` on and
 * from[middle..right) from `b` on are still to come. */
struct sorting {
	struct list *list;
	value *from, *to, *spare;
	uint32_t run, middle, right, a, b, place;
	size_t bytes; /* that comparing all elements once may touch */
};

/* Elements that are merged between two looks at the turn. */
enum { SORTED_AT_ONCE = 8192 };

static uint32_t run_end(uint32_t from, uint32_t run, uint32_t length)
{
	return length - from < run ? length : from + run;
}

static void begin_pair(struct sorting *s, uint32_t left)
{
	s->middle = run_end(left, s->run, s->list->length);
	s->right = run_end(s->middle, s->run, s->list->length);
	s->a = left;
	s->b = s->middle;
}

/* Merges of the pair at hand up to place `end`. */
static void merge(struct sorting *s, uint32_t end)
{
	const struct type *type = s->list->object.type->element;
	const value *from = s->from;
	uint32_t a = s->a, b = s->b;

	for (uint32_t i = s->place; i < end; i++) {
		bool second = a == s->middle ||
			      (b < s->right && value_compare(type, from[b], from[a]) < 0);

		s->to[i] = second ? from[b++] : from[a++];
	}
	s->a = a;
	s->b = b;
	s->place = end;
}

static void merge_some(struct sorting *s)
{
	uint32_t length = s->list->length, end = run_end(s->place, SORTED_AT_ONCE, length);

	while (s->place < end) {
		merge(s, s->right < end ? s->right : end);
		if (s->place == s->right && s->place < length)
			begin_pair(s, s->place);
	}
}

/* Runs are twice as long now. */
static void begin_pass(struct sorting *s)
{
	value *merged = s->to;

	s->to = s->from;
	s->from = merged;
	s->run *= 2;
	s->place = 0;
	begin_pair(s, 0);
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

static enum call_result begin_sorting(struct call *call, struct list *list, struct sorting **begun)
{
	size_t size = (size_t)list->length * sizeof(value);
	struct sorting *s = arena_allocate(call_arena(call), sizeof(*s));
	value *spare = s ? arena_allocate(call_arena(call), size) : NULL;

	if (!spare)
		return call_memory(call);
	*s = (struct sorting){ .list = list,
			       .from = list->items,
			       .to = spare,
			       .spare = spare,
			       .run = 1,
			       .bytes = compared_bytes(list) };
	begin_pair(s, 0);
	*begun = s;
	return call_charge(call, s->bytes);
}

/* Goes on until all is sorted, or the turn is over. */
static enum call_result go_on_sorting(struct call *call, struct sorting *s)
{
	enum call_result result = CALL_DONE;

	while (s->run < s->list->length && result == CALL_DONE) {
		merge_some(s);
		if (s->place == s->list->length) {
			begin_pass(s);
			if (s->run < s->list->length)
				result = call_charge(call, s->bytes);
		}
		if (result == CALL_DONE && s->run < s->list->length)
			result = call_pause(call);
	}
	if (result != CALL_WAIT && s->from == s->spare)
		memcpy(s->list->items, s->spare, s->list->length * sizeof(value));
	return result;
}

static enum call_result sort(struct call *call, struct list *list)
{
	enum call_result result = CALL_DONE;
	struct sorting *s = *call->pending;

	if (!s) {
		result = call_begin(call, (size_t)list->length * sizeof(value));
		if (result == CALL_DONE && list->length > 1)
			result = begin_sorting(call, list, &s);
	}
	if (!s || result != CALL_DONE)
		return result;
	result = go_on_sorting(call, s);
	if (result == CALL_WAIT)
		*call->pending = s;
	return result;
}

static enum call_result sort_argument(struct call *call)
{
	return sort(call, call->arguments[0].list);
}

static enum call_result copy_to_sort(struct call *call, struct list **copy)
{
	const struct list *list = call->arguments[0].list;
	enum call_result result = call_begin(call, (size_t)list->length * sizeof(value));

	if (result != CALL_DONE)
		return result;
	*copy = list_slice(list, 0, list->length, call_arena(call));
	return *copy ? CALL_DONE : refuse_growth(call, list->length);
}

static enum call_result answer_sorted(struct call *call)
{
	struct sorting *s = *call->pending;
	struct list *copy = s ? s->list : NULL;
	enum call_result result = copy ? CALL_DONE : copy_to_sort(call, &copy);

	if (result == CALL_DONE)
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
	enum call_result result = call_begin(call, 4 * compared_bytes(list));
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
	enum call_result charged = call_begin(call, (size_t)list->length * sizeof(value));
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
	enum call_result charged = call_begin(call, (size_t)list->length * sizeof(value));
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
	enum call_result charged = call_begin(call, (size_t)list->length * sizeof(value));
	double sum = 0;

	if (charged != CALL_DONE)
		return charged;
	for (uint32_t i = 0; i < list->length; i++)
		sum += list->items[i].f;
	return answer_float(call, sum);
}
