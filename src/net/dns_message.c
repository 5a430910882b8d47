/* A response as it came from the network: every byte of it may be an enemy's. */
#include "net/dns_build.h"

#include <string.h>

enum {
	HEADER_SIZE = 12,
	RCODE_OK = 0,
	RCODE_NO_NAME = 3,
	CLASS_IN = 1,
	ALIASES_MAX = 16,
	TTL_MAX = 86400,
	NEGATIVE_TTL_MAX = 3600,
	/* a name in its longest form, each byte of it as it is, with its NUL */
	NAME_ROOM = 256
};

struct wire {
	const uint8_t *bytes;
	size_t length;
	size_t at;
	bool failed; /* sticky: read past the end, or nonsense */
};

struct name {
	char bytes[NAME_ROOM];
	size_t length;
};

/* One resource record; `data` to `end` is what its type says. */
struct resource {
	struct name owner;
	int type;
	uint32_t ttl;
	size_t data, end;
};

static uint32_t read_number(struct wire *wire, unsigned octets)
{
	uint32_t number = 0;

	if (wire->failed || wire->length - wire->at < octets) {
		wire->failed = true;
		return 0;
	}
	for (unsigned i = 0; i < octets; i++)
		number = number << 8 | wire->bytes[wire->at++];
	return number;
}

/* ---- names ---- */

static bool name_add(struct name *name, const uint8_t *label, size_t length)
{
	/* 253 bytes with points between the labels (RFC 1035 3.1: 255 octets on the wire) */
	if (name->length + (name->length > 0) + length > DNS_NAME_MAX)
		return false;
	if (name->length)
		name->bytes[name->length++] = '.';
	memcpy(name->bytes + name->length, label, length);
	name->length += length;
	return true;
}

/* A pointer must lead to where the wire was already read, so that there is no loop (RFC
 * 1035 4.1.4). */
static void read_name(struct wire *wire, struct name *name)
{
	size_t at = wire->at, lowest = wire->at, behind = 0;

	name->length = 0;
	for (;;) {
		unsigned length = at < wire->length ? wire->bytes[at] : 256;

		if (length < 64 && length > 0 && wire->length - at > length) {
			if (!name_add(name, wire->bytes + at + 1, length))
				break;
			at += length + 1;
		} else if (length == 0) {
			wire->at = behind ? behind : at + 1;
			return;
		} else if (length >= 192 && length < 256 && wire->length - at >= 2) {
			size_t target = (size_t)(length & 63) << 8 | wire->bytes[at + 1];

			if (target >= lowest)
				break;
			behind = behind ? behind : at + 2;
			at = lowest = target;
		} else {
			break;
		}
	}
	wire->failed = true;
}

static struct text name_text(const struct name *name)
{
	return text_of(name->bytes, name->length, LIFETIME_EVENT);
}

static void read_resource(struct wire *wire, struct resource *resource)
{
	read_name(wire, &resource->owner);
	resource->type = (int)read_number(wire, 2);
	if (read_number(wire, 2) != CLASS_IN)
		resource->type = 0;
	resource->ttl = read_number(wire, 4);
	size_t length = read_number(wire, 2);
	if (wire->failed || wire->length - wire->at < length) {
		wire->failed = true;
		return;
	}
	resource->data = wire->at;
	resource->end = wire->at += length;
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
	if (!wire->failed && name.length)
		buffer_append(bytes, name.bytes, name.length);
	else
		buffer_append_byte(bytes, '.');
}

static void append_address(struct wire *wire, struct buffer *bytes, bool v4, struct ip *ip)
{
	char printed[IP_PRINTED_MAX];
	size_t size = v4 ? 4 : 16;

	if (wire->length - wire->at < size) {
		wire->failed = true;
		return;
	}
	if (v4)
		*ip = ip_of_v4(wire->bytes + wire->at);
	else
		memcpy(ip->bytes, wire->bytes + wire->at, size);
	wire->at += size;
	buffer_append(bytes, printed, ip_print(*ip, printed));
}

static void append_string(struct wire *wire, struct buffer *bytes)
{
	size_t length = read_number(wire, 1);

	if (wire->failed || wire->length - wire->at < length) {
		wire->failed = true;
		return;
	}
	buffer_append(bytes, wire->bytes + wire->at, length);
	wire->at += length;
}

static void append_rest(struct wire *wire, struct buffer *bytes, bool hexadecimal)
{
	for (; wire->at < wire->length; wire->at++) {
		if (hexadecimal)
			buffer_printf(bytes, "%02x", wire->bytes[wire->at]);
		else
			buffer_append_byte(bytes, (char)wire->bytes[wire->at]);
	}
}

static void append_field(struct wire *wire, struct buffer *bytes, char form,
			 struct dns_draft_record *record, bool first)
{
	uint32_t number;

	switch (form) {
	case 'n':
		append_name(wire, bytes);
		break;
	case 'a':
	case 'A':
		append_address(wire, bytes, form == 'a', &record->ip);
		break;
	case 't':
		append_string(wire, bytes);
		break;
	case '*':
		while (!wire->failed && wire->at < wire->length)
			append_string(wire, bytes);
		break;
	case 'r':
	case 'x':
		append_rest(wire, bytes, form == 'x');
		break;
	default:
		number = read_number(wire, (unsigned)(form - '0'));
		if (first)
			record->number = number;
		buffer_printf(bytes, "%u", number);
		break;
	}
}

/* False when the data does not fit its type. */
static bool add_record(struct dns_draft *draft, const struct wire *whole,
		       const struct resource *resource, int type)
{
	struct wire wire = { whole->bytes, resource->end, resource->data, false };
	const char *form = dns_form_of(type);
	size_t before = draft->bytes.length;
	struct dns_draft_record record;

	dns_draft_begin(draft, &record);
	for (const char *field = form; *field && !wire.failed; field++) {
		if (field != form)
			buffer_append_byte(&draft->bytes, ' ');
		record.last = (uint32_t)draft->bytes.length;
		append_field(&wire, &draft->bytes, *field, &record, field == form);
	}
	if (wire.failed || wire.at != resource->end) {
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

static bool read_header(struct response *response, const uint8_t *bytes, size_t length)
{
	struct wire *wire = &response->wire;
	struct name question;
	unsigned questions;

	*wire = (struct wire){ bytes, length, 2, length < HEADER_SIZE };
	response->rcode = read_number(wire, 2) & 15;
	questions = read_number(wire, 2);
	response->answers = read_number(wire, 2);
	response->authorities = read_number(wire, 2);
	read_number(wire, 2);
	for (unsigned i = 0; i < questions && !wire->failed; i++) {
		read_name(wire, &question);
		read_number(wire, 4);
	}
	return !wire->failed;
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

		for (unsigned i = 0; i < response->answers && !wire.failed && !moved; i++) {
			read_resource(&wire, &resource);
			if (wire.failed || resource.type != DNS_CNAME ||
			    !text_equals_ignoring_case(name_text(&resource.owner), name_text(name)))
				continue;
			struct wire target = { wire.bytes, resource.end, resource.data, false };
			read_name(&target, name);
			*ttl = smaller(*ttl, resource.ttl);
			moved = !target.failed;
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

	for (unsigned i = 0; i < response->authorities && !wire.failed; i++) {
		read_resource(&wire, &resource);
		if (wire.failed || resource.type != DNS_SOA)
			continue;
		struct wire soa = { wire.bytes, resource.end, resource.data, false };
		read_name(&soa, &skipped);
		read_name(&soa, &skipped);
		for (unsigned field = 0; field < 4; field++)
			read_number(&soa, 4);
		uint32_t minimum = read_number(&soa, 4);
		return soa.failed ? 0 : smaller(smaller(resource.ttl, minimum), NEGATIVE_TTL_MAX);
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
	for (unsigned i = 0; i < response->answers && !wire.failed; i++) {
		struct resource resource;

		read_resource(&wire, &resource);
		if (wire.failed || resource.type != type ||
		    !text_equals_ignoring_case(name_text(&resource.owner), name_text(name)))
			continue;
		broken |= !add_record(&draft, &wire, &resource, type);
		ttl = smaller(ttl, resource.ttl);
	}
	return finish(&draft, response, &wire, broken || wire.failed, ttl);
}

struct dns_answer *dns_answer_read(const uint8_t *wire, size_t length, struct text name, int type)
{
	struct response response;
	struct name current;

	if (!read_header(&response, wire, length))
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
