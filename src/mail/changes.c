#include "mail/changes.h"

#include <assert.h>

/* A milter packet holds 65535 bytes: the index, both texts and their NULs must fit. */
enum { FIELD_MAX = 65000, ADDRESS_MAX = 1000, REASON_MAX = 1000 };

static const char *const names[CHANGE_KIND_COUNT] = {
	[CHANGE_ADD_HEADER] = "addHeader",	 [CHANGE_INSERT_HEADER] = "insertHeader",
	[CHANGE_CHANGE_HEADER] = "changeHeader", [CHANGE_ADD_RCPT] = "addRcpt",
	[CHANGE_DELETE_RCPT] = "discardRcpt",	 [CHANGE_CHANGE_SENDER] = "changeSender",
	[CHANGE_REPLACE_BODY] = "replaceBody",	 [CHANGE_QUARANTINE] = "quarantine",
};

const char *change_name(enum change_kind kind)
{
	assert((unsigned)kind < CHANGE_KIND_COUNT);
	return names[kind];
}

bool change_kind_of_name(struct text name, enum change_kind *kind)
{
	for (unsigned i = 0; i < CHANGE_KIND_COUNT; i++) {
		if (text_equals_string(name, names[i])) {
			*kind = (enum change_kind)i;
			return true;
		}
	}
	return false;
}

bool change_is_header(enum change_kind kind)
{
	return kind <= CHANGE_CHANGE_HEADER;
}

void changes_init(struct changes *changes, struct arena *arena)
{
	*changes = (struct changes){.arena = arena, .limit = CHANGES_LIMIT_DEFAULT};
}

static bool changes_grow(struct changes *changes)
{
	uint32_t room = changes->room ? changes->room * 2 : 8;
	struct change *items;

	if (changes->count == changes->limit)
		return false;
	if (changes->count < changes->room)
		return true;
	items = arena_allocate(changes->arena, (size_t)room * sizeof(*items));
	if (!items)
		return false;
	if (changes->count)
		memcpy(items, changes->items, changes->count * sizeof(*items));
	changes->items = items;
	changes->room = room;
	return true;
}

bool changes_add(struct changes *changes, struct change change)
{
	bool ok = true;

	if (!changes_grow(changes))
		return false;
	if (change.name.lifetime < changes->arena->lifetime)
		change.name = arena_copy(changes->arena, change.name, &ok);
	if (change.value.lifetime < changes->arena->lifetime)
		change.value = arena_copy(changes->arena, change.value, &ok);
	if (ok)
		changes->items[changes->count++] = change;
	return ok;
}

/* ---- what may go out ---- */

static const char *name_fault(struct text name)
{
	if (name.length == 0)
		return "a header name must not be empty";
	for (size_t i = 0; i < name.length; i++)
		if (name.data[i] <= ' ' || name.data[i] > '~' || name.data[i] == ':')
			return "a header name has printable ASCII characters only, no space and no "
			       "colon";
	return NULL;
}

/* A third party's may be as odd as an MTA writes it, as long as it stays one line. */
static const char *foreign_name_fault(struct text name)
{
	bool one_line = !text_contains_byte(name, '\0') && !text_contains_byte(name, '\r') &&
			!text_contains_byte(name, '\n');

	return one_line ? NULL : "a header name must not contain NUL, CR or LF";
}

static bool is_blank(struct text value, size_t i)
{
	return i < value.length && (value.data[i] == ' ' || value.data[i] == '\t');
}

static const char *value_fault(struct text value)
{
	for (size_t i = 0; i < value.length; i++) {
		char byte = value.data[i];

		if (byte == '\0')
			return "a header value must not contain NUL";
		if (byte == '\r' && (i + 1 == value.length || value.data[i + 1] != '\n'))
			return "a header value must not contain a CR without LF";
		if (byte == '\n' && !is_blank(value, i + 1))
			return "a line break in a header value must be followed by a space or tab";
	}
	return NULL;
}

/* A third party's line breaks are put right (value_clean), not refused: so do the MTAs. */
static const char *header_fault(const struct change *change)
{
	const char *fault =
		change->foreign ? foreign_name_fault(change->name) : name_fault(change->name);

	if (!fault && (size_t)change->name.length + change->value.length > FIELD_MAX)
		fault = "a header field must not be longer than 65000 bytes";
	if (!fault && change->foreign && text_contains_byte(change->value, '\0'))
		fault = "a header value must not contain NUL";
	return fault || change->foreign ? fault : value_fault(change->value);
}

static bool has_control(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
			return true;
	return false;
}

/* What would end the address for an MTA stands inside quotes only. */
static bool has_unquoted_break(struct text address)
{
	bool quoted = false;

	for (size_t i = 0; i < address.length; i++) {
		char byte = address.data[i];

		if (quoted && byte == '\\')
			i++;
		else if (byte == '"')
			quoted = !quoted;
		else if (!quoted && (byte == ' ' || byte == ',' || byte == '<' || byte == '>'))
			return true;
	}
	return quoted;
}

static struct text without_brackets(struct text address)
{
	bool both = address.length >= 2 && address.data[0] == '<' &&
		    address.data[address.length - 1] == '>';

	return both ? text_part(address, 1, address.length - 1u) : address;
}

static const char *address_fault(const struct change *change)
{
	struct text bare = without_brackets(change->name);

	if (bare.length == 0 && change->kind != CHANGE_CHANGE_SENDER)
		return "a recipient's address must not be empty";
	if (bare.length > ADDRESS_MAX)
		return "an address must not be longer than 1000 bytes";
	if (has_control(bare) || has_control(change->value))
		return "an address must not contain control characters";
	if (!change->foreign && has_unquoted_break(bare))
		return "one address is wanted, without a name beside it";
	if (change->value.length > ADDRESS_MAX)
		return "the parameters of an address must not be longer than 1000 bytes";
	return NULL;
}

static const char *reason_fault(struct text reason)
{
	if (reason.length == 0)
		return "a quarantine needs a reason";
	if (reason.length > REASON_MAX)
		return "the reason of a quarantine must not be longer than 1000 bytes";
	return has_control(reason) ? "the reason of a quarantine must be one line of text" : NULL;
}

const char *change_fault(const struct change *change)
{
	switch (change->kind) {
	case CHANGE_ADD_HEADER:
	case CHANGE_INSERT_HEADER:
	case CHANGE_CHANGE_HEADER:
		return header_fault(change);
	case CHANGE_ADD_RCPT:
	case CHANGE_DELETE_RCPT:
	case CHANGE_CHANGE_SENDER:
		return address_fault(change);
	case CHANGE_QUARANTINE:
		return reason_fault(change->value);
	default:
		return NULL;
	}
}

/* ---- folding ---- */

bool value_is_clean(struct text value)
{
	if (text_contains_byte(value, '\r'))
		return false;
	for (size_t i = 0; i < value.length; i++)
		if (value.data[i] == '\n' && !is_blank(value, i + 1))
			return false;
	return true;
}

size_t value_clean(struct text value, char *out)
{
	size_t length = 0;

	for (size_t i = 0; i < value.length; i++) {
		if (value.data[i] == '\r')
			continue;
		out[length++] = value.data[i];
		if (value.data[i] == '\n' && !is_blank(value, i + 1))
			out[length++] = '\t';
	}
	return length;
}
