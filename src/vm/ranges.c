/* Lists of nets that are looked through again and again get an index. */
#include "vm/state.h"

#include "base/memory.h"
#include "match/cidr.h"

enum {
	WORTH_LENGTH = 8, /* with fewer, looking at each is as fast */
	WORTH_SEARCHES = 4,
};

/* An index takes some 20 bytes a net; without memory for it the list works too, only slower. */
void list_index_ranges(struct list *list, struct arena *arena)
{
	struct net *nets;

	if (list->length < WORTH_LENGTH)
		return;
	nets = memory_allocate(list->length * sizeof(*nets));
	if (!nets)
		return;
	for (uint32_t i = 0; i < list->length; i++)
		nets[i] = *list->items[i].net;
	list->ranges = cidr_build(nets, list->length, arena);
	memory_free(nets);
}

/* Constants got theirs when the program was made, and threads share them: they are never written
 * to. */
static bool is_worth(struct list *list)
{
	if (list->ranges || list->length < WORTH_LENGTH ||
	    list->object.home->lifetime >= LIFETIME_PROGRAM)
		return false;
	list->object.watched = true;
	return ++list->searches == WORTH_SEARCHES;
}

static int64_t search(const struct list *list, struct ip ip)
{
	for (uint32_t i = 0; i < list->length; i++)
		if (net_contains(list->items[i].net, ip))
			return i;
	return -1;
}

enum call_result ranges_find(struct vm *vm, struct list *list, struct ip ip, int64_t *index)
{
	if (is_worth(list)) {
		if (budget_charge(vm, (int64_t)list->length * 8) != CALL_DONE)
			return CALL_LIMIT;
		list_index_ranges(list, list->object.home);
	}
	if (list->ranges) {
		*index = cidr_find(list->ranges, ip);
		return CALL_DONE;
	}
	if (budget_charge(vm, list->length) != CALL_DONE)
		return CALL_LIMIT;
	*index = search(list, ip);
	return CALL_DONE;
}

enum call_result call_find_range(struct call *call, struct list *ranges, struct ip ip,
				 int64_t *index)
{
	return ranges_find(call->vm, ranges, ip, index);
}

enum call_result operate_in_nets(struct vm *vm, value *r, instruction i)
{
	int64_t index;

	if (ranges_find(vm, register_c(r, i)->list, register_b(r, i)->ip, &index) != CALL_DONE)
		return CALL_LIMIT;
	register_a(r, i)->i = index >= 0;
	return CALL_DONE;
}
