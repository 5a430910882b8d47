#include "content/transfer.h"

#include "base/base64.h"
#include "content/lines.h"

enum transfer transfer_of(struct text name)
{
	static const struct {
		const char *name;
		enum transfer transfer;
	} rows[] = {
		{ "", TRANSFER_NONE },
		{ "7bit", TRANSFER_NONE },
		{ "8bit", TRANSFER_NONE },
		{ "binary", TRANSFER_NONE },
		{ "quoted-printable", TRANSFER_QUOTED },
		{ "base64", TRANSFER_BASE64 },
		{ "x-uuencode", TRANSFER_UU },
		{ "x-uue", TRANSFER_UU },
		{ "uuencode", TRANSFER_UU },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (text_equals_ignoring_case(name, text_of_string(rows[i].name, LIFETIME_PROGRAM)))
			return rows[i].transfer;
	return TRANSFER_UNKNOWN;
}

static void append(struct buffer *out, const void *bytes, size_t length)
{
	if (out)
		buffer_append(out, bytes, length);
}

/* ---- base64 ---- */

/* Digits gathered until they are three bytes; written out in pieces. */
struct base64 {
	struct buffer *out;
	unsigned bits, digits;
	unsigned char piece[3 * 256];
	size_t filled;
};

static void base64_flush(struct base64 *base64)
{
	append(base64->out, base64->piece, base64->filled);
	base64->filled = 0;
}

static void base64_add(struct base64 *base64, int digit)
{
	unsigned char *to;

	base64->bits = base64->bits << 6 | (unsigned)digit;
	if (++base64->digits < 4)
		return;
	to = base64->piece + base64->filled;
	to[0] = (unsigned char)(base64->bits >> 16);
	to[1] = (unsigned char)(base64->bits >> 8);
	to[2] = (unsigned char)base64->bits;
	base64->filled += 3;
	base64->bits = base64->digits = 0;
	if (base64->filled == sizeof(base64->piece))
		base64_flush(base64);
}

/* Whole groups that stand there without a break; how many digits. */
static size_t base64_add_groups(struct base64 *base64, const char *from, size_t length)
{
	size_t taken;

	if (base64->digits)
		return 0;
	taken = base64_groups(from, length, (char *)base64->piece + base64->filled,
			      sizeof(base64->piece) - base64->filled);
	base64->filled += taken / 4 * 3;
	if (base64->filled == sizeof(base64->piece))
		base64_flush(base64);
	return taken;
}

/* What stands before a padding or the end: whole bytes of it. */
static void base64_finish(struct base64 *base64)
{
	unsigned char rest[2];

	base64_flush(base64);
	if (base64->digits < 2)
		return;
	base64->bits <<= 6 * (4 - base64->digits);
	rest[0] = (unsigned char)(base64->bits >> 16);
	rest[1] = (unsigned char)(base64->bits >> 8);
	append(base64->out, rest, base64->digits - 1u);
}

anomaly_set base64_decode(struct text bytes, struct buffer *out)
{
	struct base64 base64 = { .out = out };
	anomaly_set wrong = 0;
	bool padded = false;

	for (size_t i = 0; i < bytes.length; i++) {
		int digit;

		if (!padded)
			i += base64_add_groups(&base64, bytes.data + i, bytes.length - i);
		if (i == bytes.length)
			break;
		digit = base64_value(bytes.data[i]);
		if (digit >= 0) {
			wrong |= padded ? ANOMALY_BIT(dataAfterPadding) : 0;
			padded = false;
			base64_add(&base64, digit);
		} else if (bytes.data[i] == '=') {
			wrong |= !padded && base64.digits < 2 ? ANOMALY_BIT(badBase64) : 0;
			base64_finish(&base64);
			base64.bits = base64.digits = 0;
			padded = true;
		} else if (!byte_is_space(bytes.data[i])) {
			wrong |= ANOMALY_BIT(badBase64);
		}
	}
	if (base64.digits)
		wrong |= ANOMALY_BIT(badBase64);
	base64_finish(&base64);
	return wrong;
}

/* ---- quoted-printable ---- */

static int hex_digit(char digit)
{
	char lower = byte_lower(digit);

	if (byte_is_digit(digit))
		return digit - '0';
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Is all from `at` to the end of its line blank? *next is where the next line begins. */
static bool blank_to_the_end(struct text bytes, size_t at, size_t *next)
{
	while (at < bytes.length && byte_is_blank(bytes.data[at]))
		at++;
	if (at < bytes.length && bytes.data[at] == '\r')
		at++;
	*next = at < bytes.length ? at + 1 : at;
	return at == bytes.length || bytes.data[at] == '\n';
}

/* What stands at a "=": a byte, or a line break that goes. False when it is neither. */
static bool quoted_escape(struct text bytes, size_t *at, struct buffer *out)
{
	int high = -1, low = -1;
	size_t next;

	if (*at + 2 < bytes.length) {
		high = hex_digit(bytes.data[*at + 1]);
		low = hex_digit(bytes.data[*at + 2]);
	}
	if (high >= 0 && low >= 0) {
		unsigned char byte = (unsigned char)(high * 16 + low);

		append(out, &byte, 1);
		*at += 3;
		return true;
	}
	if (!blank_to_the_end(bytes, *at + 1, &next))
		return false;
	*at = next;
	return true;
}

/* Up to what needs a closer look. */
static size_t quoted_run(struct text bytes, size_t at)
{
	while (at < bytes.length && bytes.data[at] != '=' && bytes.data[at] != '_' &&
	       !byte_is_blank(bytes.data[at]))
		at++;
	return at;
}

/* Blanks at a line's end were added on the way (RFC 2045 6.7 rule 3). */
static size_t quoted_blanks(struct text bytes, size_t at, struct buffer *out)
{
	size_t end = at;

	while (end < bytes.length && byte_is_blank(bytes.data[end]))
		end++;
	if (end < bytes.length && bytes.data[end] != '\n' && bytes.data[end] != '\r')
		append(out, bytes.data + at, end - at);
	return end;
}

anomaly_set quoted_decode(struct text bytes, bool word, struct buffer *out)
{
	anomaly_set wrong = 0;

	for (size_t at = 0, run; at < bytes.length;) {
		run = quoted_run(bytes, at);
		append(out, bytes.data + at, run - at);
		at = run;
		if (at == bytes.length)
			break;
		if (bytes.data[at] == '_') {
			append(out, word ? " " : "_", 1);
			at++;
		} else if (bytes.data[at] != '=') {
			at = quoted_blanks(bytes, at, out);
		} else if (!quoted_escape(bytes, &at, out)) {
			wrong |= ANOMALY_BIT(badQuotedPrintable);
			append(out, "=", 1);
			at++;
		}
	}
	return wrong;
}

/* ---- uuencode ---- */

/* "begin 644 NAME", with three or four digits. */
static bool uu_is_begin(struct text line, struct text *name)
{
	size_t digits = 6;

	if (line.length < 9 || memcmp(line.data, "begin ", 6) != 0)
		return false;
	while (digits < line.length && line.data[digits] >= '0' && line.data[digits] <= '7')
		digits++;
	if (digits < 9 || digits > 10 || digits + 1 >= line.length || line.data[digits] != ' ')
		return false;
	*name = text_trim(text_part(line, digits + 1, line.length));
	return true;
}

bool uu_begins(struct text bytes, size_t *at, struct text *name)
{
	while (*at < bytes.length) {
		size_t from = *at, end = line_end(bytes, from, at);

		if (uu_is_begin(text_part(bytes, from, end), name))
			return true;
	}
	return false;
}

/* One line; the first byte says how many bytes it stands for. */
static void uu_line(struct text line, struct buffer *out)
{
	size_t count = line.length ? ((unsigned char)line.data[0] - 32u) & 63 : 0;

	for (size_t at = 1; count && at < line.length; at += 4) {
		unsigned char group[3];
		unsigned bits = 0;

		for (size_t i = 0; i < 4; i++)
			bits = bits << 6 |
			       (at + i < line.length ? ((unsigned char)line.data[at + i] - 32u) & 63
						     : 0);
		group[0] = (unsigned char)(bits >> 16);
		group[1] = (unsigned char)(bits >> 8);
		group[2] = (unsigned char)bits;
		append(out, group, count < 3 ? count : 3);
		count -= count < 3 ? count : 3;
	}
}

bool uu_read(struct text bytes, size_t *at, struct buffer *out)
{
	struct text name;

	while (*at < bytes.length) {
		size_t from = *at, next, end = line_end(bytes, from, &next);
		struct text line = text_part(bytes, from, end);

		if (uu_is_begin(line, &name))
			return false;
		*at = next;
		if (text_equals(text_trim(line), TEXT("end")))
			return true;
		uu_line(line, out);
	}
	return false;
}

anomaly_set uu_decode(struct text bytes, struct buffer *out)
{
	size_t at = 0;
	struct text name;

	return uu_begins(bytes, &at, &name) && uu_read(bytes, &at, out) ? 0
									: ANOMALY_BIT(badBase64);
}

anomaly_set transfer_decode(enum transfer transfer, struct text bytes, struct buffer *out)
{
	switch (transfer) {
	case TRANSFER_QUOTED:
		return quoted_decode(bytes, false, out);
	case TRANSFER_BASE64:
		return base64_decode(bytes, out);
	case TRANSFER_UU:
		return uu_decode(bytes, out);
	default:
		if (out)
			buffer_append_text(out, bytes);
		return 0;
	}
}
