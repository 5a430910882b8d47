/* Constants, types and imports: each stands in the program once. */
#include "compiler/generator.h"

#include "base/hash.h"

enum { INDEX_FIRST = 256, SHOWN_MAX = 200, LIST_LENGTH_MAX = 1000000, KEYS_WORTH = 8 };

/* ---- values made while compiling ---- */

/* Threads read constants at the same time: nobody may have to mark them later. What literals hold
 * was a constant before; the first value of a record makes its fields itself. */
void constant_share(const struct type *type, union value v)
{
	if (!type_is_object(type))
		return;
	value_share(type, v);
	for (unsigned i = 0; type->kind == TYPE_RECORD && i < type->record->field_count; i++)
		constant_share(type->record->fields[i].type, v.record->fields[i]);
}

static bool constant_list(struct generator *g, const struct expression *e, union value *v)
{
	union value item;

	v->list = list_new(e->type, 0, g->arena);
	for (unsigned i = 0; v->list && i < e->items.count; i++)
		if (!constant_value(g, e->items.items[i], &item) || !list_push(v->list, item))
			return false;
	if (v->list && e->type->element == &type_net)
		list_index_ranges(v->list, g->arena);
	return v->list != NULL;
}

static bool constant_map(struct generator *g, const struct expression *e, union value *v)
{
	union value key, item;

	v->map = map_new(e->type, g->arena);
	for (unsigned i = 0; v->map && i + 1 < e->items.count; i += 2)
		if (!constant_value(g, e->items.items[i], &key) ||
		    !constant_value(g, e->items.items[i + 1], &item) || !map_put(v->map, key, item))
			return false;
	return v->map != NULL;
}

static bool constant_record(struct generator *g, const struct expression *e, union value *v)
{
	v->record = record_allocate(e->type, g->arena);
	for (unsigned i = 0; v->record && i < e->arguments.count; i++)
		if (!constant_value(g, e->arguments.items[i].value, &v->record->fields[i]))
			return false;
	return v->record != NULL;
}

static bool parts_are_constant(const struct expression *e)
{
	switch (e->kind) {
	case EXPRESSION_CONSTANT:
		return true;
	case EXPRESSION_LIST:
	case EXPRESSION_MAP:
		for (unsigned i = 0; i < e->items.count; i++)
			if (!parts_are_constant(e->items.items[i]))
				return false;
		return true;
	case EXPRESSION_NEW_RECORD:
		for (unsigned i = 0; i < e->arguments.count; i++)
			if (!parts_are_constant(e->arguments.items[i].value))
				return false;
		return true;
	default:
		return false;
	}
}

bool constant_value(struct generator *g, const struct expression *e, union value *v)
{
	bool made;

	if (!parts_are_constant(e))
		return false;
	if (e->kind == EXPRESSION_CONSTANT) {
		*v = e->constant;
		return true;
	}
	if (e->kind == EXPRESSION_LIST)
		made = constant_list(g, e, v);
	else if (e->kind == EXPRESSION_MAP)
		made = constant_map(g, e, v);
	else
		made = constant_record(g, e, v);
	if (made)
		constant_share(e->type, *v);
	else
		g->failed = true;
	return made;
}

bool constant_keys(struct generator *g, const struct expression *e, const struct type **type,
		   union value *v)
{
	const union value yes = { .i = 1 };
	union value list;

	if (e->kind != EXPRESSION_LIST || e->type->element != &type_text ||
	    e->items.count < KEYS_WORTH || !constant_value(g, e, &list))
		return false;
	*type = type_map(g->checked->types, &type_text, &type_bool);
	v->map = *type ? map_new(*type, g->arena) : NULL;
	for (uint32_t i = 0; v->map && i < list.list->length; i++)
		if (!map_put(v->map, list.list->items[i], yes))
			v->map = NULL;
	g->failed |= !v->map;
	if (v->map)
		constant_share(*type, *v);
	return v->map != NULL;
}

/* ---- the table ---- */

static bool is_content(const struct type *type)
{
	return type->kind == TYPE_TEXT || type->kind == TYPE_JSON;
}

static uint32_t constant_hash(const struct type *type, const union constant_bits *bits)
{
	if (is_content(type))
		return (uint32_t)hash_bytes(bits->text.data, bits->text.length);
	return (uint32_t)hash_bytes(bits, sizeof(*bits));
}

static bool constants_equal(const struct generator *g, uint32_t number, const struct type *type,
			    const union constant_bits *bits)
{
	const struct constant *row = (const struct constant *)g->constant_rows.items + number;
	const union constant_bits *other = (const union constant_bits *)g->constants.items + number;

	if (row->type != type)
		return false;
	if (is_content(type))
		return text_equals(bits->text, other->text);
	/* as many bytes as the whole, which is zeroed first */
	return memcmp(bits->ip.bytes, other->ip.bytes, sizeof(bits->ip.bytes)) == 0;
}

static uint32_t *index_place(struct generator *g, const struct type *type,
			     const union constant_bits *bits)
{
	uint32_t mask = g->constant_index_size - 1;
	uint32_t at = constant_hash(type, bits) & mask;

	while (g->constant_index[at] && !constants_equal(g, g->constant_index[at] - 1, type, bits))
		at = (at + 1) & mask;
	return &g->constant_index[at];
}

static bool index_grow(struct generator *g)
{
	uint32_t size = g->constant_index_size ? g->constant_index_size * 2 : INDEX_FIRST;

	if (g->constants.count * 2 < g->constant_index_size)
		return true;
	g->constant_index = arena_zeroed(&g->scratch, size * sizeof(uint32_t));
	if (!g->constant_index) {
		g->failed = true;
		return false;
	}
	g->constant_index_size = size;
	for (uint32_t i = 0; i < g->constants.count; i++) {
		const struct constant *row = (const struct constant *)g->constant_rows.items + i;

		*index_place(g, row->type, (union constant_bits *)g->constants.items + i) = i + 1;
	}
	return true;
}

static const char *shown(struct generator *g, const struct type *type, union value v)
{
	struct buffer out;
	char *text;

	buffer_init(&out, SHOWN_MAX + 200);
	if (type->kind == TYPE_TEXT) {
		buffer_append_byte(&out, '"');
		buffer_append_visible(&out, v.text, SHOWN_MAX / 4);
		buffer_append_byte(&out, '"');
	} else if (type->kind == TYPE_REGEX) {
		buffer_append_string(&out, "re\"");
		buffer_append_visible(&out, regex_pattern(v.regex), SHOWN_MAX / 4);
		buffer_append_byte(&out, '"');
	} else if (type->kind == TYPE_TABLE) {
		buffer_printf(&out, "table %lld", (long long)v.i);
	} else if (type_is_shared(type)) {
		buffer_printf(&out, "shared variable %lld", (long long)v.i);
	} else {
		value_print(type, v, &out);
	}
	if (out.failed) { /* a long list: what fits */
		buffer_clear(&out);
		buffer_append_string(&out, "a long ");
		type_print(type, &out);
	}
	text = arena_string(g->arena, buffer_text(&out));
	buffer_free(&out);
	if (!text)
		g->failed = true;
	return text;
}

/* Bytes that the union leaves open are 0, so that equal values are equal bytes. */
static union constant_bits bits_of(struct generator *g, const struct type *type, union value v)
{
	union constant_bits bits;
	bool ok = true;

	memset(&bits, 0, sizeof(bits));
	switch (type->kind) {
	case TYPE_TEXT:
	case TYPE_JSON:
		bits.text = arena_copy(g->arena, v.text, &ok);
		bits.text.lifetime = LIFETIME_PROGRAM;
		break;
	case TYPE_IP:
		bits.ip = v.ip;
		break;
	default:
		bits.i = v.i; /* floats and pointers are as long */
	}
	g->failed |= !ok;
	return bits;
}

uint32_t constant_number(struct generator *g, const struct type *type, union value v)
{
	union constant_bits bits = bits_of(g, type, v), *place;
	struct constant *row;
	uint32_t *index;

	if (g->failed || !index_grow(g))
		return 0;
	index = index_place(g, type, &bits);
	if (*index)
		return *index - 1;
	place = generate_grow(g, &g->constants, sizeof(*place));
	row = generate_grow(g, &g->constant_rows, sizeof(*row));
	if (!place || !row)
		return 0;
	*place = bits;
	*row = (struct constant){ type, shown(g, type, v) };
	*index = (uint32_t)g->constants.count;
	return *index - 1;
}

bool constant_operand(struct generator *g, const struct type *type, union value v, unsigned *number)
{
	*number = constant_number(g, type, v);
	return *number <= UINT16_MAX;
}

static bool is_small_number(const struct type *type, union value v)
{
	switch (type->kind) {
	case TYPE_BOOL:
	case TYPE_INT:
	case TYPE_DURATION:
	case TYPE_TIME:
		return v.i >= INT32_MIN && v.i <= INT32_MAX;
	default:
		return false;
	}
}

void constant_load(struct generator *g, const struct type *type, union value v, unsigned target)
{
	if (is_small_number(type, v))
		code_emit_wide(g, OP_LOAD_INT, target, v.i);
	else
		code_emit_wide(g, OP_LOAD_CONSTANT, target, constant_number(g, type, v));
}

/* ---- types and imports ---- */

uint32_t type_number(struct generator *g, const struct type *type)
{
	const struct type **types = g->types.items;

	for (uint32_t i = 0; i < g->types.count; i++)
		if (types[i] == type)
			return i;
	if (g->types.count > UINT16_MAX)
		generate_too_large(g, "E0604", "this program has too many types");
	types = generate_grow(g, &g->types, sizeof(*types));
	if (!types)
		return 0;
	*types = type;
	return (uint32_t)g->types.count - 1;
}

static bool same_import(const struct import *a, const struct import *b)
{
	if (a->kind != b->kind || a->id != b->id || a->result != b->result ||
	    memcmp(a->type_arguments, b->type_arguments, sizeof(a->type_arguments)) != 0)
		return false;
	for (unsigned i = 0; i < a->argument_count; i++)
		if (a->argument_types[i] != b->argument_types[i])
			return false;
	return true;
}

uint32_t import_number(struct generator *g, const struct import *import)
{
	struct import *imports = g->imports.items;
	const struct type **types;

	for (uint32_t i = 0; i < g->imports.count; i++)
		if (same_import(&imports[i], import))
			return i;
	if (g->imports.count > UINT16_MAX)
		generate_too_large(g, "E0604", "this program calls too many different builtins");
	types = generate_memory(g, import->argument_count * sizeof(struct type *));
	imports = generate_grow(g, &g->imports, sizeof(*imports));
	if (!types || !imports)
		return 0;
	for (unsigned i = 0; i < import->argument_count; i++)
		types[i] = import->argument_types[i];
	*imports = *import;
	imports->argument_types = types;
	return (uint32_t)g->imports.count - 1;
}
