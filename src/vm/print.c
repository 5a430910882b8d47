/* Values as scripts and people read them. */
#include "vm/value.h"

#include "base/calendar.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void print_part(const struct type *type, value v, struct buffer *out);

/* The fewest digits that read back as the same number; 3.0 is not 3. */
static void print_float(double number, struct buffer *out)
{
	char digits[40];

	for (int precision = 15; precision <= 17; precision++) {
		snprintf(digits, sizeof(digits), "%.*g", precision, number);
		if (strtod(digits, NULL) == number)
			break;
	}
	buffer_append_string(out, digits);
	if (isfinite(number) && !strpbrk(digits, ".e"))
		buffer_append_string(out, ".0");
}

static void print_int(int64_t number, struct buffer *out)
{
	char digits[INT_PRINTED_MAX];

	buffer_append(out, digits, int_print(number, digits));
}

static void print_duration(int64_t duration, struct buffer *out)
{
	char printed[DURATION_PRINTED_MAX];

	buffer_append(out, printed, duration_print(duration, printed));
}

static void print_time(int64_t moment, struct buffer *out)
{
	char printed[MOMENT_PRINTED_MAX];

	buffer_append(out, printed, moment_print(moment, 0, printed));
}

static void print_ip(struct ip ip, struct buffer *out)
{
	char printed[IP_PRINTED_MAX];

	buffer_append(out, printed, ip_print(ip, printed));
}

static void print_net(const struct net *net, struct buffer *out)
{
	char printed[2 * IP_PRINTED_MAX];

	if (!ip_is_none(net->first) || !ip_is_none(net->last))
		buffer_append(out, printed, net_print(net, printed));
}

static void print_list(const struct list *list, struct buffer *out)
{
	buffer_append_byte(out, '[');
	for (uint32_t i = 0; i < list->length && !out->failed; i++) {
		if (i)
			buffer_append_string(out, ", ");
		print_part(list->object.type->element, list->items[i], out);
	}
	buffer_append_byte(out, ']');
}

static void print_map(const struct map *map, struct buffer *out)
{
	const struct map_entry *entry;
	uint32_t position = 0;

	buffer_append_byte(out, '[');
	for (uint32_t n = 0; !out->failed && (entry = map_next(map, &position)); n++) {
		if (n)
			buffer_append_string(out, ", ");
		print_part(map->object.type->key, entry->key, out);
		buffer_append_string(out, ": ");
		print_part(map->object.type->element, entry->item, out);
	}
	buffer_append_string(out, map->length ? "]" : ":]");
}

static void print_record(const struct record *record, struct buffer *out)
{
	const struct record_type *type = record->object.type->record;

	buffer_append_string(out, type->name);
	buffer_append_byte(out, '(');
	for (unsigned i = 0; i < type->field_count && !out->failed; i++) {
		buffer_printf(out, "%s%s: ", i ? ", " : "", type->fields[i].name);
		print_part(type->fields[i].type, record->fields[i], out);
	}
	buffer_append_byte(out, ')');
}

static void print_part(const struct type *type, value v, struct buffer *out)
{
	if (type->kind == TYPE_TEXT)
		buffer_append_json(out, v.text);
	else
		value_print(type, v, out);
}

/* Depth is bounded by the type. */
void value_print(const struct type *type, value v, struct buffer *out)
{
	switch (type->kind) {
	case TYPE_BOOL:
		buffer_append_string(out, v.i ? "yes" : "no");
		break;
	case TYPE_INT:
		print_int(v.i, out);
		break;
	case TYPE_FLOAT:
		print_float(v.f, out);
		break;
	case TYPE_TEXT:
	case TYPE_JSON:
		buffer_append_text(out, v.text);
		break;
	case TYPE_IP:
		print_ip(v.ip, out);
		break;
	case TYPE_NET:
		print_net(v.net, out);
		break;
	case TYPE_DURATION:
		print_duration(v.i, out);
		break;
	case TYPE_TIME:
		print_time(v.i, out);
		break;
	case TYPE_LIST:
		print_list(v.list, out);
		break;
	case TYPE_MAP:
		print_map(v.map, out);
		break;
	case TYPE_RECORD:
		print_record(v.record, out);
		break;
	default:
		type_print(type, out);
	}
}
