#include "room.h"

#include "vm/siphash.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(map, .init = room_open, .fini = room_close);

static value key(int i)
{
	char text[24];
	bool ok = true;
	value v;

	snprintf(text, sizeof(text), "key%d", i);
	v.text = arena_copy(&room.message, text_of_string(text, LIFETIME_EVENT), &ok);
	return v;
}

Test(map, small_and_large)
{
	for (int size = 0; size < 300; size++) {
		struct map *map = map_new(room.counts, &room.event);

		for (int i = 0; i < size; i++)
			cr_assert(map_put(map, key(i), v_int(i)));
		cr_assert_eq(map->length, size);
		for (int i = 0; i < size; i++) {
			value *found = map_find(map, key(i));

			cr_assert(found && found->i == i, "%d of %d", i, size);
		}
		cr_assert_null(map_find(map, key(size)));
		cr_assert_eq(map->index == NULL, size <= 8, "%d", size);
	}
}

Test(map, replaces)
{
	struct map *map = map_new(room.counts, &room.event);

	for (int i = 0; i < 50; i++)
		map_put(map, key(i % 10), v_int(i));
	cr_assert_eq(map->length, 10);
	cr_assert_eq(map_find(map, key(3))->i, 43);
}

Test(map, keeps_the_order_of_first_insertion)
{
	struct map *map = map_new(room.counts, &room.event);
	uint32_t position = 0;
	const struct map_entry *entry;
	int expected = 0;

	for (int i = 0; i < 100; i++)
		map_put(map, key(i), v_int(i));
	map_put(map, key(0), v_int(1000));
	for (int i = 1; i < 100; i += 2)
		map_remove(map, key(i));
	while ((entry = map_next(map, &position))) {
		cr_assert(text_equals(entry->key.text, key(expected).text));
		expected += 2;
	}
	cr_assert_eq(expected, 100);
}

Test(map, removes)
{
	struct map *map = map_new(room.counts, &room.event);

	for (int size = 4; size < 100; size += 40) {
		for (int i = 0; i < size; i++)
			map_put(map, key(i), v_int(i));
		cr_assert(map_remove(map, key(2)));
		cr_assert_not(map_remove(map, key(2)));
		cr_assert_null(map_find(map, key(2)));
		cr_assert_not_null(map_find(map, key(3)));
		cr_assert_eq(map->length, size - 1);
		cr_assert(map_put(map, key(2), v_int(5)));
		cr_assert_eq(map_find(map, key(2))->i, 5);
	}
}

Test(map, put_and_remove_for_ever_takes_no_memory)
{
	struct map *map = map_new(room.numbers, &room.event);
	size_t used;

	for (int i = 0; i < 1000; i++) {
		map_put(map, v_int(i), v_int(i));
		map_remove(map, v_int(i));
	}
	used = room.event.used;
	for (int i = 0; i < 100000; i++) {
		cr_assert(map_put(map, v_int(i), v_int(i)));
		cr_assert(map_remove(map, v_int(i)));
	}
	cr_assert_eq(room.event.used, used);
}

Test(map, what_was_removed_does_not_slow_down_walks)
{
	struct map *map = map_new(room.numbers, &room.event);

	for (int i = 0; i < 10000; i++)
		map_put(map, v_int(i), v_int(i));
	for (int i = 0; i < 9990; i++)
		cr_assert(map_remove(map, v_int(i)));
	cr_assert_leq(map->filled, 40);
	for (int i = 9990; i < 10000; i++)
		cr_assert_eq(map_find(map, v_int(i))->i, i);
	cr_assert_null(map_find(map, v_int(5)));
}

Test(map, random_against_a_plain_table)
{
	struct map *map = map_new(room.numbers, &room.event);
	int64_t plain[200];
	uint32_t seed = 12345, length = 0;

	memset(plain, -1, sizeof(plain));
	for (int step = 0; step < 100000; step++) {
		int k;

		seed = seed * 1103515245 + 12345;
		k = (int)(seed >> 16) % 200;
		if (seed & 0x8000) {
			cr_assert(map_put(map, v_int(k), v_int(step)));
			length += plain[k] < 0;
			plain[k] = step;
		} else {
			cr_assert_eq(map_remove(map, v_int(k)), plain[k] >= 0);
			length -= plain[k] >= 0;
			plain[k] = -1;
		}
		cr_assert_eq(map->length, length);
	}
	for (int k = 0; k < 200; k++) {
		value *found = map_find(map, v_int(k));

		cr_assert_eq(found != NULL, plain[k] >= 0);
		cr_assert(!found || found->i == plain[k]);
	}
}

Test(map, addresses_are_keys)
{
	const struct type *type = type_map(&room.types, &type_ip, &type_int);
	struct map *map = map_new(type, &room.event);

	for (int i = 0; i < 100; i++)
		map_put(map, (value){ .ip = ip_of_v4((uint8_t[]){ 10, 0, 0, (uint8_t)i }) },
			v_int(i));
	cr_assert_eq(map->length, 100);
	cr_assert_eq(map_find(map, (value){ .ip = ip_of_v4((uint8_t[]){ 10, 0, 0, 77 }) })->i, 77);
	cr_assert_null(map_find(map, (value){ .ip = ip_of_v4((uint8_t[]){ 10, 0, 1, 77 }) }));
}

Test(map, the_empty_text_and_texts_with_nul_are_keys)
{
	struct map *map = map_new(room.counts, &room.event);
	value nul = { .text = text_of("\0a", 2, LIFETIME_PROGRAM) };
	value nul2 = { .text = text_of("\0b", 2, LIFETIME_PROGRAM) };
	value empty = { .text = { NULL, 0, LIFETIME_EVENT } };

	for (int i = 0; i < 20; i++)
		map_put(map, key(i), v_int(i));
	cr_assert(map_put(map, empty, v_int(100)));
	cr_assert(map_put(map, nul, v_int(101)));
	cr_assert_null(map_find(map, nul2));
	cr_assert_eq(map_find(map, v_text("", LIFETIME_PROGRAM))->i, 100);
}

Test(map, length_has_a_limit)
{
	struct map *map = map_new(room.numbers, &room.event);

	value_set_length_limit(10);
	for (int i = 0; i < 10; i++)
		cr_assert(map_put(map, v_int(i), v_int(i)));
	cr_assert_not(map_put(map, v_int(10), v_int(10)));
	cr_assert(map_put(map, v_int(9), v_int(1)));
	cr_assert_eq(map->length, 10);
}

Test(map, a_full_arena_leaves_it_readable)
{
	struct map *map;
	int i = 0;

	room_cap(8192);
	map = map_new(room.numbers, &room.event);
	while (map_put(map, v_int(i), v_int(i)))
		i++;
	cr_assert_gt(i, 8);
	for (int k = 0; k < i; k++)
		cr_assert_eq(map_find(map, v_int(k))->i, k);
	cr_assert_null(map_find(map, v_int(i)));
}

Test(map, a_shared_map_is_not_changed)
{
	struct map *map = map_new(room.numbers, &room.event);

	map_put(map, v_int(1), v_int(1));
	map->object.shared = true;
	cr_assert_not(map_put(map, v_int(2), v_int(2)));
	cr_assert_not(map_put(map, v_int(1), v_int(2)));
	cr_assert_not(map_remove(map, v_int(1)));
	cr_assert_eq(map_find(map, v_int(1))->i, 1);
}

Test(map, storing_an_item_back_does_not_share_it)
{
	struct map *map = map_new(type_map(&room.types, &type_int, room.ints), &room.event);
	value row = { .list = list_to(1, &room.event) };

	map_put(map, v_int(1), row);
	row.list->object.shared = false;
	cr_assert(map_put(map, v_int(1), row));
	cr_assert_not(row.list->object.shared);
}

/* An attacker who knew the seed would choose keys like these: the index says that all are one. */
Test(map, long_probes_lead_to_siphash)
{
	struct map *map = map_new(room.numbers, &room.event);

	for (int i = 0; i < 300; i++)
		map_put(map, v_int(i), v_int(i));
	cr_assert_not(map->careful);
	for (uint32_t i = 0; i < map->filled; i++)
		map->entries[i].hash = 7;
	memset(map->index, 0, ((size_t)map->index_mask + 1) * sizeof(*map->index));
	for (uint32_t i = 0; i < map->filled; i++)
		map->index[(7 + i) & map->index_mask] = i + 1;
	for (int i = 300; i < 5000; i++)
		cr_assert(map_put(map, v_int(i), v_int(i)));
	for (int i = 300; i < 5000; i++)
		cr_assert_eq(map_find(map, v_int(i))->i, i);
	if (map->careful)
		for (int i = 0; i < 5000; i++)
			cr_assert_eq(map_find(map, v_int(i))->i, i);
}

Test(siphash, depends_on_every_byte_and_the_length)
{
	char bytes[40] = { 0 };
	uint64_t before = siphash(bytes, 40);

	for (int i = 0; i < 40; i++) {
		bytes[i] = 1;
		cr_assert_neq(siphash(bytes, 40), before);
		bytes[i] = 0;
		cr_assert_neq(siphash(bytes, (size_t)i), before);
	}
	cr_assert_eq(siphash(bytes, 40), before);
}
