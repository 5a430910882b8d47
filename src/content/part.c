#include "content/part.h"

#include "content/lines.h"
#include "content/parameters.h"

/* ---- fields that a header should have once ---- */

static const struct {
	const char *name;
	enum anomaly anomaly;
} once[] = {
	{ "Content-Type", ANOMALY_duplicateType },
	{ "Content-Transfer-Encoding", ANOMALY_duplicateEncoding },
	{ "Content-Disposition", ANOMALY_duplicateDisposition },
	{ "From", ANOMALY_duplicateField },
	{ "Sender", ANOMALY_duplicateField },
	{ "Reply-To", ANOMALY_duplicateField },
	{ "To", ANOMALY_duplicateField },
	{ "Cc", ANOMALY_duplicateField },
	{ "Bcc", ANOMALY_duplicateField },
	{ "Date", ANOMALY_duplicateField },
	{ "Subject", ANOMALY_duplicateField },
	{ "Message-ID", ANOMALY_duplicateField },
	{ "MIME-Version", ANOMALY_duplicateField },
};

enum { TYPE, ENCODING, DISPOSITION, VERSION = 12, ONCE = sizeof(once) / sizeof(*once) };

/* Which of them, or -1. */
static int field_known(struct text name)
{
	for (int i = 0; i < ONCE; i++)
		if (text_equals_ignoring_case(name, text_of_string(once[i].name, LIFETIME_PROGRAM)))
			return i;
	return -1;
}

/* The first value of each, NULL data when it is not there. */
struct known {
	struct text values[ONCE];
};

static void gather(struct part *part, struct known *known)
{
	struct field field;
	size_t at = 0;

	while (field_next(part->header, &at, &field)) {
		int which = field_known(field.name);

		if (field.name.length == 0)
			part->anomalies |= ANOMALY_BIT(lineWithoutColon);
		if (field.blank_before_colon)
			part->anomalies |= ANOMALY_BIT(blankBeforeColon);
		if (which < 0)
			continue;
		if (known->values[which].data)
			part->anomalies |= (anomaly_set)1 << once[which].anomaly;
		else
			known->values[which] = field.raw;
	}
	if (!text_is_utf8(part->header))
		part->anomalies |= ANOMALY_BIT(eightBitHeader);
	if (part->depth == 1 && !known->values[VERSION].data &&
	    (known->values[TYPE].data || known->values[ENCODING].data))
		part->anomalies |= ANOMALY_BIT(missingVersion);
}

/* ---- their values ---- */

static bool keep_lower(struct arena *arena, struct text from, struct text *out)
{
	char *bytes = arena_bytes(arena, from.length + 1u);

	if (!bytes)
		return false;
	for (size_t i = 0; i < from.length; i++)
		bytes[i] = byte_lower(from.data[i]);
	*out = text_of(bytes, from.length, arena->lifetime);
	return true;
}

static bool is_token(struct text text)
{
	for (size_t i = 0; i < text.length; i++) {
		unsigned char byte = (unsigned char)text.data[i];

		if (byte <= ' ' || byte >= 0x7f || strchr("()<>@,;:\\\"/[]?=", byte))
			return false;
	}
	return text.length > 0;
}

static bool is_type(struct text head)
{
	int64_t slash = text_find(head, TEXT("/"), 0);

	return slash > 0 && is_token(text_part(head, 0, (size_t)slash)) &&
	       is_token(text_part(head, (size_t)slash + 1, head.length));
}

static bool boundary_is_good(struct text boundary)
{
	if (boundary.length > 70 || boundary.data[boundary.length - 1] == ' ')
		return false;
	for (size_t i = 0; i < boundary.length; i++) {
		char byte = boundary.data[i];

		if (!byte_is_name(byte) && (!byte || !strchr("'()+,-./:=? ", byte)))
			return false;
	}
	return true;
}

/* As it stands when it has no backslash, else unquoted, in the arena. */
static bool keep_boundary(const struct parameter *parameter, struct arena *arena,
			  struct text *boundary)
{
	struct buffer bytes;
	bool ok = true;

	*boundary = parameter->value;
	if (parameter->quoted &&
	    (text_contains_byte(*boundary, '\\') || text_contains_byte(*boundary, '\n'))) {
		buffer_init(&bytes, BUFFER_CAP_DEFAULT);
		parameter_unquote(parameter, &bytes);
		*boundary = arena_copy(arena, buffer_text(&bytes), &ok);
		ok = ok && !bytes.failed;
		buffer_free(&bytes);
	}
	return ok;
}

/* The boundary may come in the form of RFC 2231 too. */
static bool find_boundary(const struct parameters *parameters, struct arena *arena,
			  struct text *boundary)
{
	const struct parameter *plain = parameters_find(parameters, "boundary");
	struct buffer bytes;
	bool ok = true;

	if (plain)
		return keep_boundary(plain, arena, boundary);
	buffer_init(&bytes, BUFFER_CAP_DEFAULT);
	if (parameters_value(parameters, "boundary", &bytes))
		*boundary = arena_copy(arena, buffer_text(&bytes), &ok);
	ok = ok && !bytes.failed;
	buffer_free(&bytes);
	return ok;
}

static bool describe_boundary(struct part *part, const struct parameters *parameters,
			      struct arena *arena, struct text *boundary)
{
	if (!find_boundary(parameters, arena, boundary))
		return false;
	if (boundary->length == 0)
		part->anomalies |= ANOMALY_BIT(missingBoundary);
	else if (!boundary_is_good(*boundary))
		part->anomalies |= ANOMALY_BIT(malformedBoundary);
	while (boundary->length && byte_is_blank(boundary->data[boundary->length - 1]))
		boundary->length--;
	return true;
}

static bool keep_charset(struct part *part, const struct parameters *parameters,
			 struct arena *arena)
{
	struct buffer bytes;
	bool ok = true;

	buffer_init(&bytes, BUFFER_CAP_DEFAULT);
	if (parameters_value(parameters, "charset", &bytes))
		ok = keep_lower(arena, text_trim(buffer_text(&bytes)), &part->charset);
	ok = ok && !bytes.failed;
	buffer_free(&bytes);
	return ok;
}

/* No field, or one that cannot be read: the default (RFC 2045 5.2). */
static bool describe_type(struct part *part, struct text value, bool digest, struct arena *arena,
			  struct text *boundary)
{
	struct parameters parameters;

	part->type = digest ? TEXT("message/rfc822") : TEXT("text/plain");
	if (!value.data)
		return true;
	parameters_read(value, &parameters);
	part->anomalies |= parameters.anomalies;
	if (!is_type(parameters.head)) {
		part->type = TEXT("text/plain");
		part->anomalies |= ANOMALY_BIT(malformedType);
	} else if (!keep_lower(arena, parameters.head, &part->type)) {
		return false;
	}
	if (part_is_multipart(part) && !describe_boundary(part, &parameters, arena, boundary))
		return false;
	return keep_charset(part, &parameters, arena);
}

static bool describe_encoding(struct part *part, struct text value, struct arena *arena)
{
	struct parameters parameters;

	if (!value.data)
		return true;
	parameters_read(value, &parameters);
	part->transfer = transfer_of(parameters.head);
	if (part->transfer == TRANSFER_UNKNOWN)
		part->anomalies |= ANOMALY_BIT(unknownEncoding);
	return keep_lower(arena, parameters.head, &part->encoding);
}

static bool describe_disposition(struct part *part, struct text value, struct arena *arena)
{
	struct parameters parameters;

	if (!value.data)
		return true;
	parameters_read(value, &parameters);
	part->anomalies |= parameters.anomalies;
	return keep_lower(arena, parameters.head, &part->disposition);
}

static anomaly_set anomalies_of_type(const struct part *part)
{
	bool encoded = part->transfer != TRANSFER_NONE && part->transfer != TRANSFER_UNKNOWN;
	anomaly_set anomalies = 0;

	if (encoded && (part_is_multipart(part) || part_is_message(part)))
		anomalies |= ANOMALY_BIT(encodedParts);
	if (text_equals(part->type, TEXT("message/partial")))
		anomalies |= ANOMALY_BIT(partialMessage);
	if (text_equals(part->type, TEXT("message/external-body")))
		anomalies |= ANOMALY_BIT(externalBody);
	return anomalies;
}

bool part_describe(struct part *part, bool digest, struct arena *arena, struct text *boundary)
{
	struct known known = { 0 };
	bool ok;

	*boundary = TEXT_EMPTY;
	part->charset = part->disposition = part->encoding = TEXT_EMPTY;
	gather(part, &known);
	ok = describe_type(part, known.values[TYPE], digest, arena, boundary) &&
	     describe_encoding(part, known.values[ENCODING], arena) &&
	     describe_disposition(part, known.values[DISPOSITION], arena);
	part->anomalies |= ok ? anomalies_of_type(part) : 0;
	return ok;
}

/* ---- the bytes of a body ---- */

static bool has_high_bytes(struct text bytes)
{
	for (size_t i = 0; i < bytes.length; i++)
		if ((unsigned char)bytes.data[i] >= 0x80)
			return true;
	return false;
}

static bool says_seven_bits(const struct part *part)
{
	return part->encoding.length == 0 || text_equals(part->encoding, TEXT("7bit")) ||
	       part->transfer == TRANSFER_QUOTED || part->transfer == TRANSFER_BASE64;
}

anomaly_set part_inspect(const struct part *part)
{
	anomaly_set anomalies = transfer_decode(part->transfer, part->body, NULL);
	struct text name;
	size_t at = 0;

	if (says_seven_bits(part) && has_high_bytes(part->body))
		anomalies |= ANOMALY_BIT(eightBitBody);
	if (part->transfer == TRANSFER_NONE && text_starts_with(part->type, TEXT("text/")) &&
	    uu_begins(part->body, &at, &name))
		anomalies |= ANOMALY_BIT(uuencode);
	return anomalies;
}
