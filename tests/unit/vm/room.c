#include "room.h"

struct room room;

static const struct record_field pair_fields[] = { { "name", &type_text }, { "items", NULL } };
static struct record_field pair_real[2];
static struct record_type pair_type = { "Pair", 2, pair_real };

void room_cap(size_t event_cap)
{
	arena_reset(&room.event);
	arena_init(&room.event, event_cap, LIFETIME_EVENT);
}

void room_open(void)
{
	arena_init(&room.types_arena, 1 << 20, LIFETIME_PROGRAM);
	arena_init(&room.event, 1 << 28, LIFETIME_EVENT);
	arena_init(&room.message, 1 << 28, LIFETIME_MESSAGE);
	arena_init(&room.session, 1 << 28, LIFETIME_SESSION);
	type_table_init(&room.types, &room.types_arena);
	room.ints = type_list(&room.types, &type_int);
	room.texts = type_list(&room.types, &type_text);
	room.matrix = type_list(&room.types, room.ints);
	room.counts = type_map(&room.types, &type_text, &type_int);
	room.numbers = type_map(&room.types, &type_int, &type_int);
	pair_real[0] = pair_fields[0];
	pair_real[1] = (struct record_field){ "items", room.ints };
	room.pair = type_record(&room.types, &pair_type);
	room.pairs = type_list(&room.types, room.pair);
}

void room_close(void)
{
	arena_reset(&room.event);
	arena_reset(&room.message);
	arena_reset(&room.session);
	arena_reset(&room.types_arena);
	value_set_length_limit(0);
}

value v_int(int64_t i)
{
	return (value){ .i = i };
}

value v_text(const char *string, enum lifetime lifetime)
{
	return (value){ .text = text_of_string(string, lifetime) };
}

struct list *list_to(uint32_t n, struct arena *home)
{
	struct list *list = list_new(room.ints, 0, home);

	for (uint32_t i = 1; i <= n; i++)
		if (!list_push(list, v_int(i)))
			return NULL;
	return list;
}

const char *shown(const struct type *type, value v)
{
	static char text[4096];
	struct buffer out;

	buffer_init(&out, sizeof(text) - 1);
	value_print(type, v, &out);
	memcpy(text, out.data ? out.data : "", out.length);
	text[out.length] = '\0';
	buffer_free(&out);
	return text;
}
