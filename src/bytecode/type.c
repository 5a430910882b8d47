#include "bytecode/type.h"

#include <assert.h>

const struct type type_void = {.kind = TYPE_VOID};
const struct type type_bool = {.kind = TYPE_BOOL};
const struct type type_int = {.kind = TYPE_INT};
const struct type type_float = {.kind = TYPE_FLOAT};
const struct type type_text = {.kind = TYPE_TEXT};
const struct type type_ip = {.kind = TYPE_IP};
const struct type type_net = {.kind = TYPE_NET};
const struct type type_duration = {.kind = TYPE_DURATION};
const struct type type_time = {.kind = TYPE_TIME};
const struct type type_regex = {.kind = TYPE_REGEX};
const struct type type_json = {.kind = TYPE_JSON};
const struct type type_socket = {.kind = TYPE_SOCKET};
const struct type type_milter = {.kind = TYPE_MILTER};
const struct type type_counter = {.kind = TYPE_COUNTER};
const struct type type_rate = {.kind = TYPE_RATE};
const struct type type_wrong = {.kind = TYPE_WRONG};

static const struct type type_t = {.kind = TYPE_VARIABLE, .variable = 'T'};
static const struct type type_k = {.kind = TYPE_VARIABLE, .variable = 'K'};
static const struct type type_v = {.kind = TYPE_VARIABLE, .variable = 'V'};

/* The word of each kind; those that have no word, or none that stands alone, are not looked up. */
static const struct {
	const char *name;
	const struct type *type; /* NULL for composed ones */
} kinds[TYPE_KIND_COUNT] = {
	[TYPE_VOID] = {"nothing", NULL},
	[TYPE_BOOL] = {"bool", &type_bool},
	[TYPE_INT] = {"int", &type_int},
	[TYPE_FLOAT] = {"float", &type_float},
	[TYPE_TEXT] = {"text", &type_text},
	[TYPE_IP] = {"ip", &type_ip},
	[TYPE_NET] = {"net", &type_net},
	[TYPE_DURATION] = {"duration", &type_duration},
	[TYPE_TIME] = {"time", &type_time},
	[TYPE_REGEX] = {"regex", &type_regex},
	[TYPE_LIST] = {"list", NULL},
	[TYPE_MAP] = {"map", NULL},
	[TYPE_RECORD] = {"record", NULL},
	[TYPE_JSON] = {"json", &type_json},
	[TYPE_SOCKET] = {"socket", &type_socket},
	[TYPE_MILTER] = {"milter", &type_milter},
	[TYPE_TABLE] = {"table", NULL},
	[TYPE_COUNTER] = {"counter", &type_counter},
	[TYPE_RATE] = {"rate", &type_rate},
	[TYPE_CACHE] = {"cache", NULL},
	[TYPE_WRONG] = {"?", NULL},
	[TYPE_VARIABLE] = {"?", NULL},
};

/* A hash table of composed types, open addressing; `room` is a power of two. */
struct type_entry {
	unsigned room, count;
	const struct type *slots[];
};

enum { FIRST_ROOM = 32 };

void type_table_init(struct type_table *table, struct arena *arena)
{
	*table = (struct type_table){.arena = arena};
}

static uint64_t mix(uint64_t hash, const void *pointer)
{
	hash ^= (uint64_t)(uintptr_t)pointer >> 3;
	hash *= 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static uint64_t type_hash(const struct type *type)
{
	uint64_t hash = (uint64_t)type->kind * 0x2545f4914f6cdd1du;

	hash = mix(hash, type->element);
	hash = mix(hash, type->key);
	return mix(hash, type->record);
}

static bool same_type(const struct type *a, const struct type *b)
{
	return a->kind == b->kind && a->element == b->element && a->key == b->key &&
	       a->record == b->record;
}

/* Where the type is, or the free slot where it belongs. */
static const struct type **find_slot(struct type_entry *entries, const struct type *type)
{
	unsigned at = (unsigned)type_hash(type) & (entries->room - 1);

	while (entries->slots[at] && !same_type(entries->slots[at], type))
		at = (at + 1) & (entries->room - 1);
	return &entries->slots[at];
}

static bool make_room(struct type_table *table)
{
	struct type_entry *old = table->entries, *entries;
	unsigned room = old ? old->room * 2 : FIRST_ROOM;

	if (old && old->count < old->room / 2)
		return true;
	entries = arena_zeroed(table->arena, sizeof(*entries) + room * sizeof(entries->slots[0]));
	if (!entries)
		return false;
	entries->room = room;
	for (unsigned i = 0; old && i < old->room; i++)
		if (old->slots[i])
			*find_slot(entries, old->slots[i]) = old->slots[i];
	entries->count = old ? old->count : 0;
	table->entries = entries;
	return true;
}

static const struct type *intern(struct type_table *table, struct type wanted)
{
	const struct type **slot;
	struct type *made;

	if (!make_room(table))
		return NULL;
	slot = find_slot(table->entries, &wanted);
	if (*slot)
		return *slot;
	made = arena_allocate(table->arena, sizeof(*made));
	if (!made)
		return NULL;
	*made = wanted;
	*slot = made;
	table->entries->count++;
	return made;
}

const struct type *type_list(struct type_table *table, const struct type *element)
{
	assert(element);
	return intern(table, (struct type){.kind = TYPE_LIST, .element = element});
}

const struct type *type_map(struct type_table *table, const struct type *key,
			    const struct type *element)
{
	assert(key && element);
	return type_keyed(table, TYPE_MAP, key, element);
}

const struct type *type_keyed(struct type_table *table, enum type_kind kind, const struct type *key,
			      const struct type *element)
{
	return intern(table, (struct type){.kind = kind, .key = key, .element = element});
}

const struct type *type_record(struct type_table *table, const struct record_type *record)
{
	assert(record);
	return intern(table, (struct type){.kind = TYPE_RECORD, .record = record});
}

const struct type *type_variable(struct type_table *table, char variable)
{
	(void)table;
	assert(variable == 'T' || variable == 'K' || variable == 'V');
	return variable == 'T' ? &type_t : variable == 'K' ? &type_k : &type_v;
}

const struct type *type_by_name(struct text name)
{
	for (unsigned i = 0; i < TYPE_KIND_COUNT; i++)
		if (kinds[i].type && text_equals_string(name, kinds[i].name))
			return kinds[i].type;
	return NULL;
}

static void print_arguments(const struct type *type, struct buffer *out)
{
	buffer_append_byte(out, '[');
	if (type->key) {
		type_print(type->key, out);
		if (type->element)
			buffer_append_string(out, ", ");
	}
	if (type->element)
		type_print(type->element, out);
	buffer_append_byte(out, ']');
}

/* The checker bounds how deep types nest, so this recursion is bounded too. */
void type_print(const struct type *type, struct buffer *out)
{
	if (type->kind == TYPE_RECORD) {
		buffer_append_string(out, type->record->name);
		return;
	}
	if (type->kind == TYPE_VARIABLE) {
		buffer_append_byte(out, type->variable);
		return;
	}
	buffer_append_string(out, kinds[type->kind].name);
	if (type->key || type->element)
		print_arguments(type, out);
}

bool type_is_printable(const struct type *type)
{
	switch (type->kind) {
	case TYPE_BOOL:
	case TYPE_INT:
	case TYPE_FLOAT:
	case TYPE_TEXT:
	case TYPE_IP:
	case TYPE_NET:
	case TYPE_DURATION:
	case TYPE_TIME:
		return true;
	default:
		return false;
	}
}

bool type_is_shared(const struct type *type)
{
	return type->kind == TYPE_COUNTER || type->kind == TYPE_RATE || type->kind == TYPE_CACHE;
}

bool type_is_storable(const struct type *type)
{
	switch (type->kind) {
	case TYPE_BOOL:
	case TYPE_INT:
	case TYPE_FLOAT:
	case TYPE_TEXT:
	case TYPE_JSON:
	case TYPE_IP:
	case TYPE_NET:
	case TYPE_DURATION:
	case TYPE_TIME:
		return true;
	case TYPE_LIST:
	case TYPE_MAP:
		return type_is_storable(type->element);
	case TYPE_RECORD:
		for (unsigned i = 0; i < type->record->field_count; i++)
			if (!type_is_storable(type->record->fields[i].type))
				return false;
		return true;
	default:
		return false;
	}
}
