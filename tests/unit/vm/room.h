/* Arenas and types for tests of values. */
#ifndef TESTS_VM_ROOM_H
#define TESTS_VM_ROOM_H

#include "vm/value.h"

/* Fresh for each test: room_open in an init, room_close in a fini. */
struct room {
	struct arena types_arena, event, message, session;
	struct type_table types;
	const struct type *ints, *texts, *matrix, *counts, *numbers, *pair, *pairs;
};

extern struct room room;

void room_open(void);
void room_close(void);
/* The arenas again, with other caps. */
void room_cap(size_t event_cap);

value v_int(int64_t i);
value v_text(const char *string, enum lifetime lifetime);
/* [1, 2, ..., n] */
struct list *list_to(uint32_t n, struct arena *home);
/* As value_print shows it; lives until the next call. */
const char *shown(const struct type *type, value v);

#endif
