/* Making signatures (RFC 6376 5). */
#include "authentication/dkim_fields.h"

enum { LINE_MAX_LENGTH = 76, NAMES_MAX = 200 };

/* A value of many lines: pieces that go to the next one when they do not fit. */
struct lines {
	struct buffer *out;
	size_t column;
};

static const char *no_memory(struct buffer *out)
{
	out->failed = true;
	return "memory has ended";
}

static void lines_break(struct lines *lines)
{
	buffer_append_string(lines->out, "\n\t");
	lines->column = 8;
}

static void lines_add(struct lines *lines, struct text piece)
{
	if (lines->column + piece.length > LINE_MAX_LENGTH && lines->column > 8)
		lines_break(lines);
	buffer_append_text(lines->out, piece);
	lines->column += piece.length;
}

static void lines_add_long(struct lines *lines, struct text text)
{
	while (text.length) {
		size_t room = lines->column < LINE_MAX_LENGTH ? LINE_MAX_LENGTH - lines->column : 0;
		size_t part = room < text.length ? room : text.length;

		if (part == 0) {
			lines_break(lines);
			continue;
		}
		buffer_append_text(lines->out, text_part(text, 0, part));
		lines->column += part;
		text = text_part(text, part, text.length);
	}
}

static void add_tag(struct lines *lines, const char *name, struct text value)
{
	struct buffer piece;

	buffer_init(&piece, 4096);
	buffer_printf(&piece, " %s=%.*s;", name, TEXT_PRINTF(value));
	lines_add(lines, buffer_text(&piece));
	lines->out->failed |= piece.failed;
	buffer_free(&piece);
}

static void add_number(struct lines *lines, const char *name, int64_t number)
{
	char digits[INT_PRINTED_MAX];

	add_tag(lines, name, text_of(digits, int_print(number, digits), LIFETIME_EVENT));
}

/* ---- h= ---- */

struct names {
	struct lines *lines;
	unsigned count;
	bool from;
};

static void add_name(struct names *names, struct text name)
{
	names->from |= text_equals_ignoring_case(name, TEXT("From"));
	if (names->count++)
		lines_add(names->lines, TEXT(":"));
	lines_add(names->lines, name);
}

static bool name_is_right(struct text name)
{
	for (size_t i = 0; i < name.length; i++)
		if (name.data[i] <= ' ' || name.data[i] > '~' || name.data[i] == ':' ||
		    name.data[i] == ';')
			return false;
	return name.length > 0;
}

static const char *add_names(struct names *names, struct dkim_fields *fields,
			     const struct text *wanted, unsigned count, unsigned more)
{
	for (unsigned i = 0; i < count; i++) {
		unsigned times;

		if (!name_is_right(wanted[i]))
			return "a field's name that is none";
		for (times = more; dkim_fields_take(fields, wanted[i]); times++)
			;
		if (times + names->count > NAMES_MAX)
			return "more than 200 fields to be signed";
		while (times--)
			add_name(names, wanted[i]);
	}
	return NULL;
}

static const char *add_fields(const struct dkim_signing *signing, struct dkim_fields *fields,
			      struct names *names)
{
	const char *fault;

	buffer_append_string(names->lines->out, " h=");
	names->lines->column += 3;
	fault = add_names(names, fields, signing->fields, signing->field_count, 0);
	if (!fault)
		fault = add_names(names, fields, signing->oversigned, signing->oversigned_count, 1);
	if (!fault && !names->from)
		fault = "From must be signed";
	lines_add(names->lines, TEXT(";"));
	return fault;
}

/* ---- the whole ---- */

static const char *check_signing(const struct dkim_signing *signing)
{
	const struct dkim_signature names = { .domain = signing->domain,
					      .selector = signing->selector };
	char name[DKIM_NAME_ROOM];

	if (!dns_name_is_valid(dkim_key_name(&names, name)))
		return "a domain or selector that is none";
	if (key_kind(signing->key) == KEY_RSA &&
	    (key_bits(signing->key) < DKIM_BITS_LEAST || key_bits(signing->key) > DKIM_BITS_MOST))
		return "a key of fewer than 1024 bits or more than 8192";
	for (size_t i = 0; i < signing->identity.length; i++)
		if (signing->identity.data[i] <= ' ' || signing->identity.data[i] > '~' ||
		    signing->identity.data[i] == ';')
			return "an identity that cannot be written";
	return NULL;
}

static const char *add_body_hash(const struct dkim_signing *signing, struct lines *lines)
{
	struct buffer base64;
	uint64_t length;
	const uint8_t *hash =
		dkim_bodies_hash(signing->bodies, signing->body_canon, DKIM_WHOLE, &length);

	if (!hash)
		return "the body was not hashed";
	buffer_init(&base64, 4096);
	base64_write(text_of(hash, SHA256_LENGTH, LIFETIME_EVENT), &base64);
	add_tag(lines, "bh", buffer_text(&base64));
	lines->out->failed |= base64.failed;
	buffer_free(&base64);
	return NULL;
}

static void add_head(const struct dkim_signing *signing, struct lines *lines)
{
	bool rsa = key_kind(signing->key) == KEY_RSA;
	struct buffer canon;

	buffer_append_string(lines->out, "v=1;");
	lines->column += 4;
	add_tag(lines, "a", rsa ? TEXT("rsa-sha256") : TEXT("ed25519-sha256"));
	buffer_init(&canon, 64);
	buffer_printf(&canon, "%s/%s", dkim_canon_name(signing->header_canon),
		      dkim_canon_name(signing->body_canon));
	add_tag(lines, "c", buffer_text(&canon));
	lines->out->failed |= canon.failed;
	buffer_free(&canon);
	add_tag(lines, "d", signing->domain);
	add_tag(lines, "s", signing->selector);
	if (signing->identity.length)
		add_tag(lines, "i", signing->identity);
	add_number(lines, "t", signing->now);
	if (signing->expires)
		add_number(lines, "x", signing->expires);
}

/* The field so far ends in "b=", and is hashed with one blank behind its colon, as it goes out. */
static const char *add_signature(const struct dkim_signing *signing, struct dkim_fields *fields,
				 struct lines *lines)
{
	struct buffer field, bytes, base64;
	struct dkim_signature read;
	uint8_t hash[SHA256_LENGTH];
	const char *fault = NULL;

	buffer_init(&field, BUFFER_CAP_DEFAULT);
	buffer_init(&bytes, BUFFER_CAP_DEFAULT);
	buffer_init(&base64, BUFFER_CAP_DEFAULT);
	buffer_append_byte(&field, ' ');
	buffer_append_text(&field, buffer_text(lines->out));
	dkim_signature_read(buffer_text(&field), &read);
	read.header_canon = signing->header_canon;
	if (field.failed || lines->out->failed ||
	    !dkim_fields_hash(fields, &read, TEXT("DKIM-Signature"), hash))
		lines->out->failed = true;
	else if (!key_sign(signing->key, hash, &bytes))
		fault = "signing has failed";
	base64_write(buffer_text(&bytes), &base64);
	lines_add_long(lines, buffer_text(&base64));
	if (bytes.failed || base64.failed || lines->out->failed)
		fault = no_memory(lines->out);
	buffer_free(&field);
	buffer_free(&bytes);
	buffer_free(&base64);
	return fault;
}

const char *dkim_sign(const struct dkim_signing *signing, struct buffer *value)
{
	struct lines lines = { .out = value, .column = sizeof("DKIM-Signature: ") - 1 };
	const char *fault = check_signing(signing);
	struct names names = { .lines = &lines };
	struct dkim_fields *fields;

	if (fault)
		return fault;
	fields = dkim_fields_new(signing->headers);
	if (!fields)
		return no_memory(value);
	add_head(signing, &lines);
	fault = add_fields(signing, fields, &names);
	if (!fault)
		fault = add_body_hash(signing, &lines);
	lines_add(&lines, TEXT(" b="));
	if (!fault)
		fault = add_signature(signing, fields, &lines);
	dkim_fields_free(fields);
	return fault;
}
