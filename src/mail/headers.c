#include "mail/headers.h"

#include "base/hash.h"

#include <assert.h>

/* Up to this many fields a scan is as fast as any index. */
enum { NAMES_FROM = 32, ROOM_FIRST = 32 };

void headers_init(struct headers *headers, struct arena *arena)
{
	*headers = (struct headers){.arena = arena};
}

void headers_borrow(struct headers *headers, const struct headers *other)
{
	*headers = *other;
	headers->borrowed = true;
}

uint32_t header_name_hash(struct text name)
{
	return (uint32_t)hash_ignoring_case(name);
}

static size_t header_bytes(const struct header *header)
{
	return (size_t)header->name.length + header->raw.length;
}

/* ---- how many fields have a name of that hash: says at once that there is none ---- */

static uint32_t hash_of(struct header *header)
{
	if (!header->hash)
		header->hash = header_name_hash(header->name);
	return header->hash;
}

/* Without memory for it the list works too, only slower. */
static void names_build(struct headers *headers)
{
	uint32_t size = 4 * NAMES_FROM;

	while (size < headers->room)
		size *= 2;
	headers->names = arena_zeroed(headers->arena, (size_t)size * sizeof(*headers->names));
	if (!headers->names)
		return;
	headers->mask = size - 1;
	for (uint32_t i = 0; i < headers->count; i++)
		headers->names[hash_of(headers->items + i) & headers->mask]++;
}

static void names_add(struct headers *headers, struct header *header, int step)
{
	if (headers->names)
		headers->names[hash_of(header) & headers->mask] += (uint32_t)step;
}

/* The hash to look for: 0 while there is no index, and then nothing is hashed. */
static uint32_t names_hash(const struct headers *headers, struct text name)
{
	return headers->names ? header_name_hash(name) : 0;
}

/* Says at once that fewer than `count` have the name of that hash. */
static bool names_lack(const struct headers *headers, uint32_t hash, uint32_t count)
{
	return headers->names && headers->names[hash & headers->mask] < count;
}

/* ---- room ---- */

/* Puts the items into `room` places with `front` of them free before the first. */
static bool move_items(struct headers *headers, uint32_t front, uint32_t room)
{
	struct header *base;

	if (room > UINT32_MAX / 2 / sizeof(*base))
		return false;
	base = arena_allocate(headers->arena, room * sizeof(*base));
	if (!base)
		return false;
	if (headers->count)
		memcpy(base + front, headers->items, headers->count * sizeof(*base));
	headers->items = base + front;
	headers->front = front;
	headers->room = room;
	headers->borrowed = false;
	headers->names = NULL;
	if (headers->count >= NAMES_FROM)
		names_build(headers);
	return true;
}

static bool own_items(struct headers *headers)
{
	return !headers->borrowed || move_items(headers, headers->front, headers->room);
}

static uint32_t room_behind(const struct headers *headers)
{
	return headers->room - headers->front - headers->count;
}

static bool make_room(struct headers *headers, bool before)
{
	uint32_t room = headers->room ? headers->room : ROOM_FIRST / 2;
	uint32_t behind = room_behind(headers);

	if (before ? headers->front > 0 : behind > 0)
		return own_items(headers);
	if (headers->room > UINT32_MAX / 4)
		return false;
	return move_items(headers, before ? room : headers->front, room * 2);
}

/* Opens a gap at `position`, moving the shorter side. */
static bool open_gap(struct headers *headers, uint32_t position)
{
	bool before = position < headers->count / 2;

	if (!make_room(headers, before))
		return false;
	if (position == headers->count)
		return true;
	if (before) {
		headers->items--;
		headers->front--;
		memmove(headers->items, headers->items + 1, position * sizeof(*headers->items));
	} else {
		memmove(headers->items + position + 1, headers->items + position,
			(headers->count - position) * sizeof(*headers->items));
	}
	return true;
}

static void close_gap(struct headers *headers, uint32_t position)
{
	if (position < headers->count / 2) {
		memmove(headers->items + 1, headers->items, position * sizeof(*headers->items));
		headers->items++;
		headers->front++;
	} else {
		memmove(headers->items + position, headers->items + position + 1,
			(headers->count - position - 1) * sizeof(*headers->items));
	}
}

static bool keep_text(struct arena *arena, struct text *text)
{
	bool ok = true;

	if (text->lifetime < arena->lifetime)
		*text = arena_copy(arena, *text, &ok);
	return ok;
}

/* Both in one piece, as they come from the wire. */
static bool keep_field(struct arena *arena, struct header *header)
{
	size_t name = header->name.length, raw = header->raw.length;
	char *bytes;

	if (header->name.lifetime >= arena->lifetime || header->raw.lifetime >= arena->lifetime)
		return keep_text(arena, &header->name) && keep_text(arena, &header->raw);
	bytes = arena_bytes(arena, name + raw + 2);
	if (!bytes)
		return false;
	if (name)
		memcpy(bytes, header->name.data, name);
	bytes[name] = '\0';
	if (raw)
		memcpy(bytes + name + 1, header->raw.data, raw);
	bytes[name + raw + 1] = '\0';
	header->name = text_of(bytes, name, arena->lifetime);
	header->raw = text_of(bytes + name + 1, raw, arena->lifetime);
	return true;
}

/* ---- changes ---- */

bool headers_insert(struct headers *headers, uint32_t position, struct header header)
{
	assert(position <= headers->count);
	if (!keep_field(headers->arena, &header))
		return false;
	if ((position < headers->count || headers->borrowed || !room_behind(headers)) &&
	    !open_gap(headers, position))
		return false;
	headers->items[position] = header;
	headers->bytes += header_bytes(&header);
	headers->tops += header.top;
	headers->appended += position > headers->count - headers->appended;
	headers->count++;
	if (headers->names)
		names_add(headers, headers->items + position, 1);
	else if (headers->count == NAMES_FROM)
		names_build(headers);
	return true;
}

bool headers_remove(struct headers *headers, uint32_t position)
{
	struct header *header;

	assert(position < headers->count);
	if (!own_items(headers))
		return false;
	header = headers->items + position;
	headers->bytes -= header_bytes(header);
	headers->tops -= header->top;
	headers->appended -= position >= headers->count - headers->appended;
	names_add(headers, header, -1);
	close_gap(headers, position);
	headers->count--;
	return true;
}

bool headers_replace(struct headers *headers, uint32_t position, struct text name, struct text raw)
{
	struct header *header;

	assert(position < headers->count);
	if (!keep_text(headers->arena, &name) || !keep_text(headers->arena, &raw) ||
	    !own_items(headers))
		return false;
	header = headers->items + position;
	names_add(headers, header, -1);
	headers->bytes -= header_bytes(header);
	header->name = name;
	header->raw = raw;
	header->hash = 0;
	header->changed = true;
	headers->bytes += header_bytes(header);
	names_add(headers, header, 1);
	return true;
}

/* ---- reading ---- */

/* With an index each field has its hash, which most often tells them apart. */
static bool is_named(const struct header *header, struct text name, uint32_t hash)
{
	return header->name.length == name.length && (!hash || header->hash == hash) &&
	       text_equals_ignoring_case(header->name, name);
}

int64_t headers_find(const struct headers *headers, struct text name, uint32_t nth)
{
	uint32_t hash = names_hash(headers, name);

	if (nth == 0 || names_lack(headers, hash, nth))
		return -1;
	for (uint32_t i = 0; i < headers->count; i++)
		if (is_named(headers->items + i, name, hash) && --nth == 0)
			return i;
	return -1;
}

uint32_t headers_count_named(const struct headers *headers, struct text name)
{
	uint32_t hash = names_hash(headers, name), count = 0;

	if (names_lack(headers, hash, 1))
		return 0;
	for (uint32_t i = 0; i < headers->count; i++)
		count += is_named(headers->items + i, name, hash);
	return count;
}

struct text header_value(const struct header *header)
{
	bool space = header->raw.length && header->raw.data[0] == ' ';

	return text_part(header->raw, space, header->raw.length);
}
