#include "room.h"

#include <criterion/criterion.h>

TestSuite(keep, .init = room_open, .fini = room_close);

static value kept(const struct type *type, value v, struct arena *home)
{
	value out;

	cr_assert(value_keep(type, v, home, &out));
	return out;
}

Test(keep, texts_are_copied_for_longer_lives_only)
{
	char bytes[] = "hello";
	value short_lived = v_text(bytes, LIFETIME_EVENT);
	value v = kept(&type_text, short_lived, &room.session);

	cr_assert_neq(v.text.data, bytes);
	cr_assert_eq(v.text.lifetime, LIFETIME_SESSION);
	bytes[0] = 'J';
	cr_assert(text_equals_string(v.text, "hello"));
	cr_assert_eq(kept(&type_text, v, &room.message).text.data, v.text.data);
	cr_assert_eq(kept(&type_text, short_lived, &room.event).text.data, bytes);
	cr_assert_eq(kept(&type_text, v_text(bytes, LIFETIME_PROGRAM), &room.session).text.data,
		     bytes);
}

Test(keep, objects_are_copied_deeply)
{
	value matrix = { .list = list_new(room.matrix, 0, &room.event) }, v;

	cr_assert(list_push(matrix.list, (value){ .list = list_to(2, &room.event) }));
	v = kept(room.matrix, matrix, &room.session);
	cr_assert_neq(v.list, matrix.list);
	cr_assert_eq(v.list->object.home, &room.session);
	cr_assert_eq(v.list->items[0].list->object.home, &room.session);
	matrix.list->items[0].list->items[0].i = 77;
	cr_assert_str_eq(shown(room.matrix, v), "[[1, 2]]");
}

Test(keep, maps_and_records_are_copied_deeply)
{
	value map = { .map = map_new(room.counts, &room.event) }, pair, v;
	char key[] = "key";

	map_put(map.map, v_text(key, LIFETIME_EVENT), v_int(5));
	v = kept(room.counts, map, &room.message);
	key[0] = 'X';
	cr_assert_str_eq(shown(room.counts, v), "[\"key\": 5]");
	cr_assert_eq(v.map->object.home, &room.message);
	cr_assert(value_first(room.pair, &room.event, &pair));
	pair.record->fields[0] = v_text(key, LIFETIME_EVENT);
	v = kept(room.pair, pair, &room.session);
	key[0] = 'Y';
	cr_assert_str_eq(shown(room.pair, v), "Pair(name: \"Xey\", items: [])");
}

Test(keep, what_lives_long_enough_is_shared_not_copied)
{
	value v = { .list = list_to(3, &room.session) };

	cr_assert_eq(kept(room.ints, v, &room.message).list, v.list);
	cr_assert(v.list->object.shared);
}

Test(keep, nets_are_copied)
{
	struct net net = { .last = ip_of_v4((uint8_t[]){ 1, 2, 3, 4 }) };
	value v = kept(&type_net, (value){ .net = &net }, &room.session);

	cr_assert_neq(v.net, &net);
	cr_assert_eq(ip_compare(v.net->last, net.last), 0);
	cr_assert_eq(kept(&type_net, (value){ .net = &net }, &room.event).net, &net);
}

Test(keep, handles_take_the_longest_lifetime)
{
	struct handle handle = { .kind = TYPE_SOCKET };
	value v = { .handle = &handle };

	kept(&type_socket, v, &room.message);
	cr_assert_eq(handle.lifetime, LIFETIME_MESSAGE);
	kept(&type_socket, v, &room.session);
	cr_assert_eq(handle.lifetime, LIFETIME_SESSION);
	kept(&type_socket, v, &room.message);
	cr_assert_eq(handle.lifetime, LIFETIME_SESSION);
	kept(&type_socket, (value){ .handle = NULL }, &room.session);
}

Test(keep, handles_inside_objects_too)
{
	struct handle handle = { .kind = TYPE_SOCKET };
	const struct type *type = type_list(&room.types, &type_socket);
	value v = { .list = list_new(type, 0, &room.event) };

	list_push(v.list, (value){ .handle = &handle });
	cr_assert_eq(handle.lifetime, LIFETIME_EVENT);
	kept(type, v, &room.session);
	cr_assert_eq(handle.lifetime, LIFETIME_SESSION);
}

Test(keep, nesting_has_a_limit)
{
	const struct type *type = room.ints;
	value v = { .list = list_to(1, &room.event) }, out;

	for (int depth = 1; depth < VALUE_DEPTH_MAX; depth++) {
		struct list *outer;

		type = type_list(&room.types, type);
		outer = list_new(type, 0, &room.event);
		cr_assert(outer && list_push(outer, v));
		v.list = outer;
	}
	cr_assert(value_keep(type, v, &room.session, &out));
	type = type_list(&room.types, type);
	v = (value){ .list = list_new(type, 0, &room.event) };
	list_push(v.list, (value){ .list = out.list });
	cr_assert(value_keep(type, v, &room.session, &out)); /* the inner ones are kept already */
	v.list->items[0].list = list_new(type->element, 0, &room.event);
	cr_assert(value_keep(type, v, &room.session, &out)); /* empty: not deep */
}

Test(keep, deeper_than_the_limit_is_refused)
{
	const struct type *type = room.ints;
	value v = { .list = list_to(1, &room.event) }, out;

	for (int depth = 0; depth < VALUE_DEPTH_MAX; depth++) {
		struct list *outer;

		type = type_list(&room.types, type);
		outer = list_new(type, 0, &room.event);
		cr_assert(outer && list_push(outer, v));
		v.list = outer;
	}
	cr_assert_not(value_keep(type, v, &room.session, &out));
}

Test(keep, a_full_arena_is_refused_at_each_step)
{
	value map = { .map = map_new(room.numbers, &room.event) }, out;

	for (int i = 0; i < 100; i++)
		map_put(map.map, v_int(i), v_int(i));
	for (size_t cap = 0; cap < 16384; cap += 512) {
		struct arena small;

		arena_init(&small, cap, LIFETIME_SESSION);
		if (value_keep(room.numbers, map, &small, &out))
			cr_assert_geq(cap, 4096);
		arena_reset(&small);
	}
}

Test(keep, move_copies_what_would_be_shared)
{
	value v = { .list = list_to(3, &room.session) }, out;

	cr_assert(value_move(room.ints, v, &room.session, &out));
	cr_assert_neq(out.list, v.list);
	cr_assert_not(v.list->object.shared);
	cr_assert(value_move(&type_text, v_text("x", LIFETIME_SESSION), &room.session, &out));
	cr_assert(value_move(&type_text, v_text("x", LIFETIME_PROGRAM), &room.session, &out));
	cr_assert_eq(out.text.lifetime, LIFETIME_PROGRAM);
}

/* ---- ownership ---- */

Test(own, an_unshared_object_at_home_stays, .init = room_open, .fini = room_close)
{
	struct list *list = list_to(3, &room.event);

	cr_assert_eq((void *)object_own(&list->object, &room.event), (void *)list);
}

Test(own, a_shared_object_is_copied_with_its_parts_marked, .init = room_open, .fini = room_close)
{
	struct list *matrix = list_new(room.matrix, 0, &room.event), *copy;
	struct list *row = list_to(2, &room.event);

	list_push(matrix, (value){ .list = row });
	row->object.shared = false;
	matrix->object.shared = true;
	copy = (struct list *)object_own(&matrix->object, &room.event);
	cr_assert_neq(copy, matrix);
	cr_assert_not(copy->object.shared);
	cr_assert_eq(copy->items[0].list, row);
	cr_assert(row->object.shared);
}

Test(own, an_object_of_a_longer_life_is_copied_home, .init = room_open, .fini = room_close)
{
	struct list *list = list_to(3, &room.session), *copy;

	copy = (struct list *)object_own(&list->object, &room.event);
	cr_assert_neq(copy, list);
	cr_assert_eq(copy->object.home, &room.event);
}

Test(own, maps_and_records, .init = room_open, .fini = room_close)
{
	struct map *map = map_new(room.counts, &room.event), *copy;
	value pair;
	struct record *other;

	map_put(map, v_text("a", LIFETIME_PROGRAM), v_int(1));
	map->object.shared = true;
	copy = (struct map *)object_own(&map->object, &room.event);
	cr_assert_neq(copy, map);
	cr_assert(value_equals(room.counts, (value){ .map = map }, (value){ .map = copy }));
	cr_assert(value_first(room.pair, &room.event, &pair));
	pair.record->object.shared = true;
	other = (struct record *)object_own(&pair.record->object, &room.event);
	cr_assert_neq(other, pair.record);
	cr_assert(other->fields[1].list->object.shared);
}

Test(own, without_memory_is_null, .init = room_open, .fini = room_close)
{
	struct list *list = list_to(300, &room.session);
	value pair;
	struct map *map = map_new(room.counts, &room.session);

	map_put(map, v_text("a", LIFETIME_PROGRAM), v_int(1));
	cr_assert(value_first(room.pair, &room.session, &pair));
	room_cap(0);
	cr_assert_null(object_own(&list->object, &room.event));
	cr_assert_null(object_own(&map->object, &room.event));
	cr_assert_null(object_own(&pair.record->object, &room.event));
}
