#include "room.h"

#include <criterion/criterion.h>

TestSuite(list, .init = room_open, .fini = room_close);

Test(list, grows_and_keeps_order)
{
	struct list *list = list_to(10000, &room.event);

	cr_assert_eq(list->length, 10000);
	for (uint32_t i = 0; i < list->length; i++)
		cr_assert_eq(list->items[i].i, i + 1);
}

Test(list, grows_with_others_in_between)
{
	struct list *a = list_new(room.ints, 0, &room.event), *b = list_new(room.ints, 3, &room.event);

	for (int i = 0; i < 1000; i++) {
		cr_assert(list_push(a, v_int(i)));
		cr_assert(list_push(b, v_int(-i)));
	}
	for (int i = 0; i < 1000; i++) {
		cr_assert_eq(a->items[i].i, i);
		cr_assert_eq(b->items[i].i, -i);
	}
}

Test(list, keeps_texts_where_it_lives)
{
	struct list *list = list_new(room.texts, 0, &room.session);
	char bytes[] = "abc";

	cr_assert(list_push(list, v_text(bytes, LIFETIME_EVENT)));
	bytes[0] = 'x';
	cr_assert(text_equals_string(list->items[0].text, "abc"));
}

Test(list, length_has_a_limit)
{
	struct list *list = list_to(5, &room.event);

	value_set_length_limit(6);
	cr_assert(list_push(list, v_int(6)));
	cr_assert_not(list_push(list, v_int(7)));
	cr_assert_eq(list->length, 6);
	cr_assert_not(list_reserve(list, 9));
	cr_assert_null(list_new(room.ints, 7, &room.event));
	cr_assert_not_null(list_new(room.ints, 6, &room.event));
}

Test(list, a_full_arena_leaves_it_as_it_was)
{
	struct list *list;

	room_cap(2048);
	list = list_to(8, &room.event);
	while (list_push(list, v_int(1)))
		;
	cr_assert_lt(list->length, 200);
	cr_assert_eq(list->items[7].i, 8);
	cr_assert_not(list_reserve(list, 100000));
}

Test(list, reserve_takes_room_at_once)
{
	struct list *list = list_to(3, &room.event);
	value *items;

	cr_assert(list_reserve(list, 100));
	items = list->items;
	for (int i = 0; i < 97; i++)
		list_push(list, v_int(i));
	cr_assert_eq(list->items, items);
	cr_assert(list_reserve(list, 5));
	cr_assert_eq(list->items, items);
}

Test(list, set_replaces)
{
	struct list *list = list_new(room.texts, 0, &room.session);
	char bytes[] = "two";

	list_push(list, v_text("one", LIFETIME_PROGRAM));
	cr_assert(list_set(list, 0, v_text(bytes, LIFETIME_EVENT)));
	bytes[0] = 'x';
	cr_assert_str_eq(shown(room.texts, (value){ .list = list }), "[\"two\"]");
}

Test(list, storing_an_element_back_does_not_share_it)
{
	struct list *matrix = list_new(room.matrix, 0, &room.event);
	value row = { .list = list_to(1, &room.event) };

	list_push(matrix, row);
	row.list->object.shared = false;
	cr_assert(list_set(matrix, 0, row));
	cr_assert_not(row.list->object.shared);
	list_push(matrix, row);
	cr_assert(row.list->object.shared);
}

Test(list, a_shared_list_is_not_changed)
{
	struct list *list = list_to(2, &room.event);

	list->object.shared = true;
	cr_assert_not(list_push(list, v_int(3)));
	cr_assert_not(list_set(list, 0, v_int(3)));
	cr_assert_str_eq(shown(room.ints, (value){ .list = list }), "[1, 2]");
}

Test(list, slices_are_lists_of_their_own)
{
	struct list *list = list_to(5, &room.event), *part = list_slice(list, 1, 3, &room.event);

	cr_assert_str_eq(shown(room.ints, (value){ .list = part }), "[2, 3]");
	part->items[0].i = 9;
	cr_assert_eq(list->items[1].i, 2);
	cr_assert_eq(list_slice(list, 5, 5, &room.event)->length, 0);
	room_cap(16);
	list = list_to(500, &room.session);
	cr_assert_null(list_slice(list, 0, 400, &room.event));
}

Test(record, fields_are_kept, .init = room_open, .fini = room_close)
{
	struct record *pair = record_new(room.pair, &room.session);
	char bytes[] = "n";

	cr_assert(record_set(pair, 0, v_text(bytes, LIFETIME_EVENT)));
	bytes[0] = 'x';
	cr_assert(record_set(pair, 1, (value){ .list = list_to(1, &room.event) }));
	cr_assert_str_eq(shown(room.pair, (value){ .record = pair }), "Pair(name: \"n\", items: [1])");
	cr_assert_eq(pair->fields[1].list->object.home, &room.session);
	pair->object.shared = true;
	cr_assert_not(record_set(pair, 0, v_text("no", LIFETIME_PROGRAM)));
}
