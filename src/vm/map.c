#include "vm/value.h"

#include "base/hash.h"
#include "vm/siphash.h"

enum {
	SPARSE_FROM = 32, /* entries ever taken; with fewer, removed ones do not matter */
	LINEAR_MAX = 8,	  /* entries looked at one by one, without an index */
	PROBE_MAX = 128,  /* a longer run at half load is no chance: somebody chose the keys */
};

static uint64_t key_number(const struct map *map, value key)
{
	return map->careful ? siphash(&key.i, sizeof(key.i)) : hash_number((uint64_t)key.i);
}

static uint64_t key_bytes(const struct map *map, const void *bytes, size_t length)
{
	return map->careful ? siphash(bytes, length) : hash_bytes(bytes, length);
}

static uint32_t key_hash(const struct map *map, value key)
{
	switch (map->object.type->key->kind) {
	case TYPE_TEXT:
		return (uint32_t)key_bytes(map, key.text.data, key.text.length);
	case TYPE_IP:
		return (uint32_t)key_bytes(map, key.ip.bytes, sizeof(key.ip.bytes));
	default:
		return (uint32_t)key_number(map, key);
	}
}

static bool keys_equal(enum type_kind kind, value a, value b)
{
	if (kind == TYPE_TEXT)
		return text_equals(a.text, b.text);
	if (kind == TYPE_IP)
		return ip_compare(a.ip, b.ip) == 0;
	return a.i == b.i;
}

struct map *map_new(const struct type *type, struct arena *home)
{
	struct map *map = arena_allocate(home, sizeof(*map));

	if (map)
		*map = (struct map){ .object = { .type = type, .home = home } };
	return map;
}

static struct map_entry *find_linear(const struct map *map, value key)
{
	enum type_kind kind = map->object.type->key->kind;

	for (uint32_t i = 0; i < map->filled; i++)
		if (!map->entries[i].removed && keys_equal(kind, map->entries[i].key, key))
			return &map->entries[i];
	return NULL;
}

/* The index is never full, so a run of taken places ends. */
static struct map_entry *find_indexed(const struct map *map, value key, uint32_t hash)
{
	enum type_kind kind = map->object.type->key->kind;
	uint32_t place = hash & map->index_mask;

	for (; map->index[place]; place = (place + 1) & map->index_mask) {
		struct map_entry *entry = &map->entries[map->index[place] - 1];

		if (entry->hash == hash && !entry->removed && keys_equal(kind, entry->key, key))
			return entry;
	}
	return NULL;
}

static struct map_entry *find(const struct map *map, value key)
{
	return map->index ? find_indexed(map, key, key_hash(map, key)) : find_linear(map, key);
}

value *map_find(const struct map *map, value key)
{
	struct map_entry *entry = find(map, key);

	return entry ? &entry->item : NULL;
}

/* Enters one entry; the number of places that were taken before it. */
static uint32_t index_enter(struct map *map, uint32_t number)
{
	uint32_t place = map->entries[number].hash & map->index_mask;
	uint32_t probes = 0;

	for (; map->index[place]; probes++)
		place = (place + 1) & map->index_mask;
	map->index[place] = number + 1;
	return probes;
}

static void index_fill(struct map *map)
{
	memset(map->index, 0, ((size_t)map->index_mask + 1) * sizeof(*map->index));
	for (uint32_t i = 0; i < map->filled; i++)
		index_enter(map, i);
}

static void hash_all(struct map *map)
{
	for (uint32_t i = 0; i < map->filled; i++)
		map->entries[i].hash = key_hash(map, map->entries[i].key);
}

static bool index_make(struct map *map)
{
	uint32_t size = 2 * LINEAR_MAX;
	uint32_t *index;

	while (size < 2 * map->room)
		size *= 2;
	index = arena_allocate(map->object.home, (size_t)size * sizeof(*index));
	if (!index)
		return false;
	if (!map->index)
		hash_all(map);
	map->index = index;
	map->index_mask = size - 1;
	index_fill(map);
	return true;
}

static void drop_removed(struct map *map)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < map->filled; i++)
		if (!map->entries[i].removed)
			map->entries[kept++] = map->entries[i];
	map->filled = kept;
	if (map->index)
		index_fill(map);
}

bool map_reserve(struct map *map, uint32_t room)
{
	struct map_entry *entries;

	if (room <= map->room)
		return true;
	if (room > value_length_limit() && room > 2 * map->room)
		return false;
	entries = arena_allocate(map->object.home, room * sizeof(*entries));
	if (!entries)
		return false;
	if (map->filled)
		memcpy(entries, map->entries, map->filled * sizeof(*entries));
	map->entries = entries;
	map->room = room;
	return room <= LINEAR_MAX || index_make(map);
}

static bool make_room(struct map *map)
{
	if (map->filled < map->room)
		return true;
	if (map->filled && map->length <= map->filled / 2) {
		drop_removed(map);
		return true;
	}
	return map_reserve(map, map->room ? map->room * 2 : 4);
}

static void become_careful(struct map *map)
{
	map->careful = true;
	hash_all(map);
	index_fill(map);
}

static bool add(struct map *map, value key, value item)
{
	struct map_entry entry = { 0 };
	uint32_t probes;

	if (map->length >= value_length_limit() ||
	    !value_keep(map->object.type->key, key, map->object.home, &entry.key) ||
	    !value_keep(map->object.type->element, item, map->object.home, &entry.item) ||
	    !make_room(map))
		return false;
	if (map->index)
		entry.hash = key_hash(map, key);
	map->entries[map->filled] = entry;
	map->length++;
	probes = map->index ? index_enter(map, map->filled) : 0;
	map->filled++;
	if (probes > PROBE_MAX && !map->careful)
		become_careful(map);
	return true;
}

bool map_put(struct map *map, value key, value item)
{
	struct map_entry *entry = find(map, key);
	const struct type *type = map->object.type->element;

	if (map->object.shared)
		return false;
	if (!entry)
		return add(map, key, item);
	/* Storing back what was changed in place is no second use of it. */
	if (type_is_object(type) && entry->item.pointer == item.pointer)
		return true;
	return value_keep(type, item, map->object.home, &entry->item);
}

bool map_remove(struct map *map, value key)
{
	struct map_entry *entry = find(map, key);

	if (!entry || map->object.shared)
		return false;
	entry->removed = true;
	map->length--;
	/* So that a walk never takes much longer than what is left. */
	if (map->filled > SPARSE_FROM && map->length < map->filled / 4)
		drop_removed(map);
	return true;
}

const struct map_entry *map_next(const struct map *map, uint32_t *position)
{
	while (*position < map->filled) {
		const struct map_entry *entry = &map->entries[(*position)++];

		if (!entry->removed)
			return entry;
	}
	return NULL;
}
