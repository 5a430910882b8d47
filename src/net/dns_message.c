/* A response as it came from the network: every byte of it may be an enemy's. */
#include "net/dns_build.h"

#include <string.h>

#include "base/cursor.h"

enum {
	RCODE_OK = 0,
	RCODE_NO_NAME = 3,
	CLASS_IN = 1,
	ALIASES_MAX = 16,
	TTL_MAX = 86400,
	NEGATIVE_TTL_MAX = 3600,
	/* a name in its longest form, each byte of it as it is, with its NUL */
	NAME_ROOM = 256
};

/* A cursor that knows the whole: pointers in names count from the message's beginning. */
struct wire {
	struct text message; /* up to where may be read */
	struct cursor cursor;
};

struct name {
	char bytes[NAME_ROOM];
	size_t length;
};

/* One resource record; `data` is what its type says. */
struct resource {
	struct name owner;
	int type;
	uint32_t ttl;
	struct wire data;
};

/* ---- names ---- */

static bool name_add(struct name *name, struct text label)
{
	/* 253 bytes with points between the labels (RFC 1035 3.1: 255 octets on the wire) */
	if (name->length + (name->length > 0) + label.length > DNS_NAME_MAX)
		return false;
	if (name->length)
		name->bytes[name->length++] = '.';
	memcpy(name->bytes + name->length, label.data, label.length);
	name->length += label.length;
	return true;
}

/* A pointer must lead to where the wire was already read, so that there is no loop (RFC
 * 1035 4.1.4). */
static void read_name(struct wire *wire, struct name *name)
{
	struct cursor elsewhere, *cursor = &wire->cursor;
	size_t lowest = wire->message.length - cursor->rest.length;
	unsigned length;

	name->length = 0;
	while ((length = cursor_byte(cursor)) > 0) {
		if (length < 64) {
			cursor->failed |= !name_add(name, cursor_take(cursor, length));
			continue;
		}
		size_t target = (size_t)(length & 63) << 8 | cursor_byte(cursor);
		if (cursor->failed || length < 192 || target >= lowest)
			break;
		lowest = target;
		elsewhere = cursor_of(text_part(wire->message, target, wire->message.length));
		cursor = &elsewhere;
	}
	wire->cursor.failed |= length > 0 || cursor->failed;
}

static struct text name_text(const struct name *name)
{
	return text_of(name->bytes, name->length, LIFETIME_EVENT);
}

static void read_resource(struct wire *wire, struct resource *resource)
{
	struct cursor *cursor = &wire->cursor;

	read_name(wire, &resource->owner);
	resource->type = cursor_u16(cursor);
	if (cursor_u16(cursor) != CLASS_IN)
		resource->type = 0;
	resource->ttl = cursor_u32(cursor);
	resource->data.cursor = cursor_of(cursor_take(cursor, cursor_u16(cursor)));
	resource->data.message =
		text_part(wire->message, 0, wire->message.length - cursor->rest.length);
}

/* ---- fields ---- */

static const struct {
	int number;
	const char *form;
} forms[] = {
#define DNS_TYPE(name, number, form) { number, form },
#include "net/dns_types.def"
#undef DNS_TYPE
};

const char *dns_form_of(int type)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (forms[i].number == type)
			return forms[i].form;
	return "x";
}

static void append_name(struct wire *wire, struct buffer *bytes)
{
	struct name name;

	read_name(wire, &name);
	if (!wire->cursor.failed && name.length)
		buffer_append(bytes, name.bytes, name.length);
	else
		buffer_append_byte(bytes, '.');
}

static void append_address(struct cursor *cursor, struct buffer *bytes, bool v4, struct ip *ip)
{
	char printed[IP_PRINTED_MAX];
	struct text octets = cursor_take(cursor, v4 ? 4 : 16);

	if (cursor->failed)
		return;
	if (v4)
		*ip = ip_of_v4((const uint8_t *)octets.data);
	else
		memcpy(ip->bytes, octets.data, octets.length);
	buffer_append(bytes, printed, ip_print(*ip, printed));
}

static void append_string(struct cursor *cursor, struct buffer *bytes)
{
	buffer_append_text(bytes, cursor_take(cursor, cursor_byte(cursor)));
}

static void append_number(struct cursor *cursor, struct buffer *bytes, char form,
			  struct dns_draft_record *record, bool first)
{
	uint32_t number = form == '1'	? cursor_byte(cursor)
			  : form == '2' ? cursor_u16(cursor)
					: cursor_u32(cursor);

	if (first)
		record->number = number;
	buffer_printf(bytes, "%u", number);
}

static void append_field(struct wire *wire, struct buffer *bytes, char form,
			 struct dns_draft_record *record, bool first)
{
	struct cursor *cursor = &wire->cursor;

	switch (form) {
	case 'n':
		append_name(wire, bytes);
		break;
	case 'a':
	case 'A':
		append_address(cursor, bytes, form == 'a', &record->ip);
		break;
	case 't':
		append_string(cursor, bytes);
		break;
	case '*':
		while (!cursor->failed && cursor->rest.length)
			append_string(cursor, bytes);
		break;
	case 'r':
		buffer_append_text(bytes, cursor_take(cursor, cursor->rest.length));
		break;
	case 'x':
		buffer_append_hex(bytes, cursor_take(cursor, cursor->rest.length));
		break;
	default:
		append_number(cursor, bytes, form, record, first);
		break;
	}
}

/* False when the data does not fit its type. */
static bool add_record(struct dns_draft *draft, const struct resource *resource, int type)
{
	struct wire data = resource->data;
	const char *form = dns_form_of(type);
	size_t before = draft->bytes.length;
	struct dns_draft_record record;

	dns_draft_begin(draft, &record);
	for (const char *field = form; *field && !data.cursor.failed; field++) {
		if (field != form)
			buffer_append_byte(&draft->bytes, ' ');
		record.last = (uint32_t)draft->bytes.length;
		append_field(&data, &draft->bytes, *field, &record, field == form);
	}
	if (!cursor_done(&data.cursor)) {
		draft->bytes.length = before;
		return false;
	}
	dns_draft_end(draft, &record);
	return true;
}

/* ---- the whole ---- */

struct response {
	struct wire wire; /* stands behind the question */
	unsigned rcode, answers, authorities;
};

static bool read_header(struct response *response, struct text message)
{
	struct cursor *cursor = &response->wire.cursor;
	struct name question;
	unsigned questions;

	response->wire = (struct wire){ message, cursor_of(message) };
	cursor_take(cursor, 2);
	response->rcode = cursor_u16(cursor) & 15;
	questions = cursor_u16(cursor);
	response->answers = cursor_u16(cursor);
	response->authorities = cursor_u16(cursor);
	cursor_take(cursor, 2);
	for (unsigned i = 0; i < questions && !cursor->failed; i++) {
		read_name(&response->wire, &question);
		cursor_take(cursor, 4);
	}
	return !cursor->failed;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The name at the end of the chain of aliases that begins at `name`. False when it has no end. */
static bool follow_aliases(const struct response *response, struct name *name, uint32_t *ttl)
{
	for (unsigned hops = 0; hops <= ALIASES_MAX; hops++) {
		struct wire wire = response->wire;
		struct resource resource;
		bool moved = false;

		for (unsigned i = 0; i < response->answers && !wire.cursor.failed && !moved; i++) {
			read_resource(&wire, &resource);
			if (wire.cursor.failed || resource.type != DNS_CNAME ||
			    !text_equals_ignoring_case(name_text(&resource.owner), name_text(name)))
				continue;
			read_name(&resource.data, name);
			*ttl = smaller(*ttl, resource.ttl);
			moved = !resource.data.cursor.failed;
		}
		if (!moved)
			return true;
	}
	return false;
}

/* How long it may be remembered that there is nothing (RFC 2308 5). */
static uint32_t negative_ttl(struct wire wire, const struct response *response)
{
	struct resource resource;
	struct name skipped;

	for (unsigned i = 0; i < response->authorities && !wire.cursor.failed; i++) {
		read_resource(&wire, &resource);
		if (wire.cursor.failed || resource.type != DNS_SOA)
			continue;
		read_name(&resource.data, &skipped);
		read_name(&resource.data, &skipped);
		cursor_take(&resource.data.cursor, 16); /* serial, refresh, retry, expire */
		uint32_t minimum = cursor_u32(&resource.data.cursor);
		return smaller(smaller(resource.ttl, minimum), NEGATIVE_TTL_MAX);
	}
	return 0;
}

/* What was gathered, unless a part of it could not be read: half a list is no answer. */
static struct dns_answer *finish(struct dns_draft *draft, const struct response *response,
				 const struct wire *behind, bool broken, uint32_t ttl)
{
	if (broken) {
		dns_answer_release(dns_draft_finish(draft, DNS_FAILED, 0));
		return dns_answer_failed("the answer cannot be read");
	}
	if (draft->records.length)
		return dns_draft_finish(draft, DNS_FOUND, ttl);
	return dns_draft_finish(draft,
				response->rcode == RCODE_NO_NAME ? DNS_NO_NAME : DNS_NO_RECORD,
				smaller(ttl, negative_ttl(*behind, response)));
}

static struct dns_answer *read_records(const struct response *response, struct name *name, int type)
{
	struct wire wire = response->wire;
	struct dns_draft draft;
	uint32_t ttl = TTL_MAX;
	bool broken = false;

	if (type != DNS_CNAME && !follow_aliases(response, name, &ttl))
		return dns_answer_failed("the answer's aliases have no end");
	dns_draft_init(&draft);
	for (unsigned i = 0; i < response->answers && !wire.cursor.failed; i++) {
		struct resource resource;

		read_resource(&wire, &resource);
		if (wire.cursor.failed || resource.type != type ||
		    !text_equals_ignoring_case(name_text(&resource.owner), name_text(name)))
			continue;
		broken |= !add_record(&draft, &resource, type);
		ttl = smaller(ttl, resource.ttl);
	}
	return finish(&draft, response, &wire, broken || wire.cursor.failed, ttl);
}

struct dns_answer *dns_answer_read(const uint8_t *wire, size_t length, struct text name, int type)
{
	struct response response;
	struct name current;

	if (!read_header(&response, text_of(wire, length, LIFETIME_EVENT)))
		return dns_answer_failed("the answer cannot be read");
	if (response.rcode != RCODE_OK && response.rcode != RCODE_NO_NAME)
		return dns_answer_failed("the name server failed");
	if (name.length && name.data[name.length - 1] == '.')
		name.length--;
	if (name.length > DNS_NAME_MAX)
		return dns_answer_none(DNS_NO_NAME);
	memcpy(current.bytes, name.data, name.length);
	current.length = name.length;
	return read_records(&response, &current, type);
}
