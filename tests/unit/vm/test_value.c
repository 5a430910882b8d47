#include "room.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <math.h>

TestSuite(value, .init = room_open, .fini = room_close);

static value first(const struct type *type)
{
	value v;

	cr_assert(value_first(type, &room.event, &v));
	return v;
}

Test(value, every_type_has_a_first_value)
{
	cr_assert_eq(first(&type_int).i, 0);
	cr_assert_eq(first(&type_bool).i, 0);
	cr_assert_eq(first(&type_float).f, 0.0);
	cr_assert_eq(first(&type_text).text.length, 0);
	cr_assert_not_null(first(&type_text).text.data);
	cr_assert(ip_is_none(first(&type_ip).ip));
	cr_assert_not_null(first(&type_net).net);
	cr_assert_null(first(&type_socket).handle);
	cr_assert_eq(first(room.ints).list->length, 0);
	cr_assert_eq(first(room.counts).map->length, 0);
	cr_assert_str_eq(shown(room.pair, first(room.pair)), "Pair(name: \"\", items: [])");
}

Test(value, first_value_without_memory_is_refused)
{
	value v;

	room_cap(0);
	cr_assert_not(value_first(room.ints, &room.event, &v));
	cr_assert_not(value_first(room.counts, &room.event, &v));
	cr_assert_not(value_first(room.pair, &room.event, &v));
}

Test(value, equality_is_deep)
{
	value a = { .list = list_to(3, &room.event) }, b = { .list = list_to(3, &room.session) };

	cr_assert(value_equals(room.ints, a, b));
	cr_assert(list_push(b.list, v_int(9)));
	cr_assert_not(value_equals(room.ints, a, b));
	b.list->length = 3;
	b.list->items[2].i = 0;
	cr_assert_not(value_equals(room.ints, a, b));
}

Test(value, equality_of_records_looks_at_every_field)
{
	value a = first(room.pair), b = first(room.pair);

	cr_assert(value_equals(room.pair, a, b));
	a.record->fields[0] = v_text("x", LIFETIME_PROGRAM);
	cr_assert_not(value_equals(room.pair, a, b));
	b.record->fields[0] = v_text("x", LIFETIME_PROGRAM);
	b.record->fields[1].list = list_to(1, &room.event);
	cr_assert_not(value_equals(room.pair, a, b));
}

Test(value, equality_of_maps_ignores_order)
{
	value a = first(room.counts), b = first(room.counts);

	map_put(a.map, v_text("one", LIFETIME_PROGRAM), v_int(1));
	map_put(a.map, v_text("two", LIFETIME_PROGRAM), v_int(2));
	map_put(b.map, v_text("two", LIFETIME_PROGRAM), v_int(2));
	cr_assert_not(value_equals(room.counts, a, b));
	map_put(b.map, v_text("one", LIFETIME_PROGRAM), v_int(1));
	cr_assert(value_equals(room.counts, a, b));
	map_put(b.map, v_text("one", LIFETIME_PROGRAM), v_int(7));
	cr_assert_not(value_equals(room.counts, a, b));
	map_remove(b.map, v_text("one", LIFETIME_PROGRAM));
	map_put(b.map, v_text("six", LIFETIME_PROGRAM), v_int(1));
	cr_assert_not(value_equals(room.counts, a, b));
}

Test(value, equality_of_scalars)
{
	struct net n1 = { .first = ip_of_v4((uint8_t[]){ 10, 0, 0, 0 }),
			  .last = ip_of_v4((uint8_t[]){ 10, 0, 0, 9 }) };
	struct net n2 = n1, n3 = n1;

	n3.last = n3.first;
	cr_assert(value_equals(&type_net, (value){ .net = &n1 }, (value){ .net = &n2 }));
	cr_assert_not(value_equals(&type_net, (value){ .net = &n1 }, (value){ .net = &n3 }));
	n3 = n1;
	n3.first = n3.last;
	cr_assert_not(value_equals(&type_net, (value){ .net = &n1 }, (value){ .net = &n3 }));
	cr_assert(value_equals(&type_ip, (value){ .ip = n1.first }, (value){ .ip = n2.first }));
	cr_assert_not(value_equals(&type_ip, (value){ .ip = n1.first }, (value){ .ip = n1.last }));
	cr_assert_not(value_equals(&type_float, (value){ .f = NAN }, (value){ .f = NAN }));
	cr_assert(value_equals(&type_float, (value){ .f = 0.0 }, (value){ .f = -0.0 }));
	cr_assert(value_equals(&type_text, v_text("ab", 0), v_text("ab", LIFETIME_SESSION)));
	cr_assert_not(value_equals(&type_text, v_text("ab", 0), v_text("ac", 0)));
}

Test(value, equality_stops_when_its_budget_does)
{
	value a = { .list = list_to(100, &room.event) }, b = { .list = list_to(100, &room.event) };
	int64_t budget = 50;

	cr_assert_not(value_equals_within(room.ints, a, b, &budget));
	cr_assert_lt(budget, 0);
	budget = 101;
	cr_assert(value_equals_within(room.ints, a, b, &budget));
	cr_assert_eq(budget, 0);
}

/* 1000 times the same list of 1000 times the same list: 10^6 comparisons that were never paid. */
Test(value, equality_charges_shared_parts_each_time)
{
	const struct type *cube = type_list(&room.types, room.matrix);
	value a = { .list = list_new(cube, 0, &room.event) };
	value b = { .list = list_new(cube, 0, &room.event) };
	int64_t budget = 100000;

	for (value *side = &a; side; side = side == &a ? &b : NULL) {
		value row = { .list = list_to(1000, &room.event) };
		value square = { .list = list_new(room.matrix, 0, &room.event) };

		for (int i = 0; i < 1000; i++)
			list_push(square.list, row);
		for (int i = 0; i < 1000; i++)
			list_push(side->list, square);
	}
	cr_assert_not(value_equals_within(cube, a, b, &budget));
	cr_assert_lt(budget, 0);
}

Test(value, texts_cost_their_length_to_compare)
{
	static char long_text[16 * 1000 + 1];
	int64_t budget = 2000;
	value v;

	memset(long_text, 'x', sizeof(long_text) - 1);
	v = v_text(long_text, LIFETIME_PROGRAM);
	cr_assert(value_equals_within(&type_text, v, v, &budget));
	cr_assert_eq(budget, 2000 - 1 - 1000);
}

Test(value, order)
{
	cr_assert_lt(value_compare(&type_int, v_int(-1), v_int(1)), 0);
	cr_assert_eq(value_compare(&type_duration, v_int(5), v_int(5)), 0);
	cr_assert_gt(value_compare(&type_float, (value){ .f = 2 }, (value){ .f = 1.5 }), 0);
	cr_assert_lt(value_compare(&type_text, v_text("a", 0), v_text("ab", 0)), 0);
	cr_assert_gt(value_compare(&type_text, v_text("\xff", 0), v_text("a", 0)), 0);
	cr_assert_lt(value_compare(&type_ip,
				   (value){ .ip = ip_of_v4((uint8_t[]){ 9, 255, 0, 0 }) },
				   (value){ .ip = ip_of_v4((uint8_t[]){ 10, 0, 0, 0 }) }),
		     0);
}

Test(value, share_marks_objects_alone)
{
	value v = { .list = list_to(1, &room.event) };

	value_share(&type_int, v_int(5));
	cr_assert_not(v.list->object.shared);
	value_share(room.ints, v);
	cr_assert(v.list->object.shared);
}
