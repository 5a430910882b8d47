/* Values: 16 untagged bytes. The checker knows what is in a register; nothing asks at run time. */
#ifndef VM_VALUE_H
#define VM_VALUE_H

#include "base/ip.h"
#include "bytecode/type.h"

struct cidr;
struct list;
struct map;
struct record;
struct handle;
struct regex;

typedef union value {
	int64_t i; /* int; bool as 0 or 1; duration and time in microseconds; number of a table */
	double f;
	struct text text;
	struct ip ip;
	const struct net *net;	   /* never NULL */
	const struct regex *regex; /* never NULL */
	struct list *list;	   /* never NULL */
	struct map *map;	   /* never NULL */
	struct record *record;	   /* never NULL */
	struct handle *handle;	   /* NULL is a closed handle */
	void *pointer;
} value;

_Static_assert(sizeof(value) == 16, "a register is 16 bytes");

/* Lists, maps and records are values to the script. Behind that they are objects that may be
 * shared: `shared` is set when a second variable may see the object, and whoever wants to change a
 * shared object copies it first (object_own). Nothing counts references. */
struct object {
	const struct type *type;
	struct arena *home; /* grows here; what is stored in it is copied to this lifetime */
	bool shared;
	bool watched; /* a list of nets that has been searched: `ranges` must go before a change */
};

struct list {
	struct object object;
	uint32_t length, room;
	value *items;
	struct cidr *ranges; /* of nets that are searched often; NULL again with the first change */
	uint32_t searches;
};

/* Keys in the order of their first insertion. Linear up to 8 entries, then a seeded hash. */
struct map {
	struct object object;
	uint32_t length; /* entries in use */
	uint32_t filled; /* entries ever taken, removed ones included */
	uint32_t room;
	struct map_entry *entries;
	uint32_t *index; /* NULL while linear; entry number + 1, 0 is free */
	uint32_t index_mask;
	bool careful; /* a probe grew too long: keys are hashed by SipHash from then on */
};

struct map_entry {
	value key, item;
	uint32_t hash;
	bool removed;
};

struct record {
	struct object object;
	value fields[]; /* type->record->field_count */
};

/* Constructors return NULL (lists and so on) when the arena's cap is reached. */
struct list *list_new(const struct type *type, uint32_t room, struct arena *home);
struct map *map_new(const struct type *type, struct arena *home);
struct record *record_new(const struct type *type, struct arena *home);
/* Its fields are not set: the caller does so before anything else sees it. */
struct record *record_allocate(const struct type *type, struct arena *home);

/* The first value of a type: 0, "", [], ...; false when the arena's cap is reached. */
bool value_first(const struct type *type, struct arena *home, value *out);

/* A copy of `original` that lives as long as `home`; shares what lives long enough already. False
 * when the arena's cap is reached or nesting is deeper than VALUE_DEPTH_MAX. Handles are kept and
 * marked with the lifetime. */
enum { VALUE_DEPTH_MAX = 64 };
bool value_keep_parts(const struct type *type, value original, struct arena *home, value *out);
static inline bool value_keep(const struct type *type, value original, struct arena *home,
			      value *out)
{
	if (type_is_plain(type) ||
	    (type->kind == TYPE_TEXT && original.text.lifetime >= (uint32_t)home->lifetime)) {
		*out = original;
		return true;
	}
	return value_keep_parts(type, original, home, out);
}
/* The same, but only what lives as long as the program is not copied: to leave an arena. */
bool value_move(const struct type *type, value original, struct arena *home, value *out);

/* The same object when it is not shared and lives in `home`, else a copy of its top level whose
 * parts are marked shared. NULL when the cap is reached. */
struct object *object_own(struct object *object, struct arena *home);
/* After this the object is copied before its next change. No effect on scalars. */
void value_share(const struct type *type, value v);

/* Deep; a list equals a list with equal elements in the same order, a map one with equal entries in
 * any order. `*budget` falls by one for each part that is compared (texts: and by 1 for 16 bytes);
 * once below 0 the answer is false and means nothing. */
bool value_equals_within(const struct type *type, value a, value b, int64_t *budget);
/* Without a bound: for small values and tests. */
bool value_equals(const struct type *type, value a, value b);
/* <0, 0, >0 for bool, int, float, text, ip, duration, time. */
int value_compare(const struct type *type, value a, value b);
/* As scripts and people read it: printable scalars as in %{...}; lists as [1, 2], texts inside them
 * quoted. */
void value_print(const struct type *type, value v, struct buffer *out);

/* Elements of one list, entries of one map: LIMIT_listLength of the VM that runs on this thread.
 * Each vm_run sets it; 0 sets the default. */
uint32_t value_length_limit(void);
void value_set_length_limit(int64_t limit);

/* The element is kept in the list's home. False when the cap or LIMIT_listLength is reached, and
 * when the list is shared: whoever changes an object owns it first. */
bool list_push(struct list *list, value item);
bool list_reserve(struct list *list, uint32_t room);
/* Of nets: searches are fast from now on, until it changes. In an arena that lives as long. */
void list_index_ranges(struct list *list, struct arena *arena);
/* Replaces; `index` must be within the list. */
bool list_set(struct list *list, uint32_t index, value item);
/* Elements [from, to) as a list of their own in `home`; both must be within the list. */
struct list *list_slice(const struct list *list, uint32_t from, uint32_t to, struct arena *home);
/* `field` is its offset in the type. Kept in the record's home. */
bool record_set(struct record *record, uint32_t field, value item);

/* NULL when absent; the pointer lives until the map's next change. */
value *map_find(const struct map *map, value key);
/* Kept in the map's home; replaces. False when the cap or LIMIT_listLength is reached, and when the
 * map is shared. */
bool map_put(struct map *map, value key, value item);
bool map_reserve(struct map *map, uint32_t room);
/* False when there is no such entry. */
bool map_remove(struct map *map, value key);
/* The nth entry in use for loops: `*position` starts at 0 and is moved; NULL at the end. */
const struct map_entry *map_next(const struct map *map, uint32_t *position);

/* Sockets and the like. Owned by the session's handle table; closed when their lifetime ends. */
struct handle {
	enum type_kind kind;		/* TYPE_SOCKET ... */
	enum lifetime lifetime;		/* of the longest-lived variable that holds it */
	bool marked;			/* for the sweep when a message ends */
	void (*close)(struct handle *); /* frees `state` and what it owns; called once */
	void *state;	  /* what the builtins of its subject put there; NULL once closed */
	const void *user; /* the statement of a parallel block that waits for it, or NULL */
	struct handle *next;
};

#endif
