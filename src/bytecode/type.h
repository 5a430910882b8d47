/* Types: shared by the checker, the code and what runs it. */
#ifndef BYTECODE_TYPE_H
#define BYTECODE_TYPE_H

#include "base/arena.h"
#include "base/buffer.h"

enum type_kind {
	TYPE_VOID, /* no result */
	TYPE_BOOL,
	TYPE_INT,
	TYPE_FLOAT,
	TYPE_TEXT,
	TYPE_IP,
	TYPE_NET,
	TYPE_DURATION, /* microseconds */
	TYPE_TIME,     /* microseconds since 1970 */
	TYPE_REGEX,
	TYPE_LIST,
	TYPE_MAP,
	TYPE_RECORD,
	TYPE_JSON,
	TYPE_SOCKET,
	TYPE_MILTER,
	TYPE_TABLE,   /* key, element (NULL for a set) */
	TYPE_COUNTER, /* shared variables */
	TYPE_RATE,
	TYPE_CACHE,
	TYPE_WRONG,    /* of an expression that was reported: fits everything */
	TYPE_VARIABLE, /* T, K, V in a builtin's signature */
	TYPE_KIND_COUNT,
};

struct record_type;

/* Interned: two types are equal when their pointers are (within one program). The scalar ones are
 * static and shared by all programs. */
struct type {
	enum type_kind kind;
	const struct type *element; /* of list, map, table, cache */
	const struct type *key;     /* of map, table, cache */
	const struct record_type *record;
	char variable; /* 'T', 'K', 'V' */
};

struct record_field {
	const char *name;
	const struct type *type;
};

struct record_type {
	const char *name; /* "Triplet", "milter.Reply" */
	unsigned field_count;
	const struct record_field *fields;
};

extern const struct type type_void, type_bool, type_int, type_float, type_text, type_ip, type_net,
	type_duration, type_time, type_regex, type_json, type_socket, type_milter,
	type_counter, type_rate, type_wrong;

/* Interns composed types in an arena that lives as long as the program. */
struct type_table {
	struct arena *arena;
	struct type_entry *entries;
};

void type_table_init(struct type_table *table, struct arena *arena);
/* NULL only when memory has ended. */
const struct type *type_list(struct type_table *table, const struct type *element);
const struct type *type_map(struct type_table *table, const struct type *key,
			    const struct type *element);
const struct type *type_keyed(struct type_table *table, enum type_kind kind,
			      const struct type *key, const struct type *element);
const struct type *type_record(struct type_table *table, const struct record_type *record);
const struct type *type_variable(struct type_table *table, char variable);

/* The scalar type of that name ("int", "text", ...), or NULL. */
const struct type *type_by_name(struct text name);
/* "map[text, list[int]]". */
void type_print(const struct type *type, struct buffer *out);

/* List, map, record: copied at the first change. */
static inline bool type_is_object(const struct type *type)
{
	return type->kind == TYPE_LIST || type->kind == TYPE_MAP || type->kind == TYPE_RECORD;
}

static inline bool type_is_handle(const struct type *type)
{
	return type->kind == TYPE_SOCKET || type->kind == TYPE_MILTER;
}

/* Nothing behind the register: a copy of it is a copy of the value. */
static inline bool type_is_plain(const struct type *type)
{
	return type->kind <= TYPE_FLOAT || type->kind == TYPE_IP || type->kind == TYPE_DURATION ||
	       type->kind == TYPE_TIME;
}

/* bool, int, float, text, ip, net, duration, time: may stand in %{...}. */
bool type_is_printable(const struct type *type);
bool type_is_shared(const struct type *type); /* counter, rate, cache: a number in a register */
/* bool to time, texts, documents, lists, maps and records of such: not patterns and handles. */
bool type_is_storable(const struct type *type);

#endif
