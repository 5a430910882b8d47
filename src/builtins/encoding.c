/* Module encoding: bytes as text and back. What is not well formed is refused, never guessed. */
#include "builtins/encoding.h"

#include "base/base64.h"
#include "builtins/builtins.h"

static const char hex_digits[] = "0123456789ABCDEF";

int hex_value(char digit)
{
	char lower = byte_lower(digit);

	if (byte_is_digit(digit))
		return digit - '0';
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Two hex digits at `at`, or -1. */
static int hex_byte(struct text text, size_t at)
{
	int high, low;

	if (text.length < 2 || at > text.length - 2)
		return -1;
	high = hex_value(text.data[at]);
	low = hex_value(text.data[at + 1]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void writer_add_hex(struct writer *writer, unsigned char byte)
{
	writer_add_byte(writer, hex_digits[byte >> 4]);
	writer_add_byte(writer, hex_digits[byte & 15]);
}

/* ---- hex ---- */

enum call_result builtin_encoding_hexEncode(struct call *call)
{
	struct text text = call->arguments[0].text;
	struct writer writer;

	writer_begin(&writer, call, 2 * (size_t)text.length);
	for (size_t i = 0; i < text.length && writer.status == CALL_DONE; i++) {
		unsigned char byte = (unsigned char)text.data[i];

		writer_add_byte(&writer, byte_lower(hex_digits[byte >> 4]));
		writer_add_byte(&writer, byte_lower(hex_digits[byte & 15]));
	}
	return writer_end(&writer);
}

enum call_result builtin_encoding_hexDecode(struct call *call)
{
	struct text text = call->arguments[0].text;
	struct writer writer;

	writer_begin(&writer, call, text.length / 2);
	for (size_t i = 0; i < text.length && writer.status == CALL_DONE; i += 2) {
		int byte = hex_byte(text, i);

		if (byte < 0)
			return writer_raise(&writer, "this is not a text of pairs of hex digits");
		writer_add_byte(&writer, (char)byte);
	}
	return writer_end(&writer);
}

/* ---- percent ---- */

static bool is_unreserved(char byte)
{
	return byte_is_name(byte) || byte == '-' || byte == '.' || byte == '~';
}

enum call_result builtin_encoding_percentEncode(struct call *call)
{
	struct text text = call->arguments[0].text;
	struct writer writer;

	writer_begin(&writer, call, text.length);
	for (size_t i = 0; i < text.length && writer.status == CALL_DONE; i++) {
		if (is_unreserved(text.data[i])) {
			writer_add_byte(&writer, text.data[i]);
		} else {
			writer_add_byte(&writer, '%');
			writer_add_hex(&writer, (unsigned char)text.data[i]);
		}
	}
	return writer_end(&writer);
}

enum call_result builtin_encoding_percentDecode(struct call *call)
{
	struct text text = call->arguments[0].text;
	struct writer writer;

	writer_begin(&writer, call, text.length);
	for (size_t i = 0; i < text.length && writer.status == CALL_DONE; i++) {
		int byte;

		if (text.data[i] != '%') {
			writer_add_byte(&writer, text.data[i]);
			continue;
		}
		byte = hex_byte(text, i + 1);
		if (byte < 0)
			return writer_raise(&writer, "a percent sign without two hex digits");
		writer_add_byte(&writer, (char)byte);
		i += 2;
	}
	return writer_end(&writer);
}

/* ---- quoted-printable (RFC 2045 6.7) ---- */

enum { QUOTED_LINE_MAX = 76 };

/* `at` lies in the text. */
static bool starts_line_end(struct text text, size_t at)
{
	return text.data[at] == '\n' ||
	       (text.data[at] == '\r' && at + 1 < text.length && text.data[at + 1] == '\n');
}

/* A blank is written out where the line ends behind it: on the way it might get lost. */
static bool stands_for_itself(struct text text, size_t at)
{
	char byte = text.data[at];

	if (byte == ' ' || byte == '\t')
		return at + 1 < text.length && !starts_line_end(text, at + 1);
	return byte > ' ' && byte < 0x7f && byte != '=';
}

static void add_quoted(struct writer *writer, struct text text, size_t at, size_t *column)
{
	bool itself = stands_for_itself(text, at);
	size_t width = itself ? 1 : 3;
	bool last = at + 1 == text.length || starts_line_end(text, at + 1);

	/* One column is kept for the "=" of a soft line break. */
	if (*column + width > QUOTED_LINE_MAX - (last ? 0u : 1u)) {
		writer_add(writer, "=\r\n", 3);
		*column = 0;
	}
	*column += width;
	if (itself) {
		writer_add_byte(writer, text.data[at]);
	} else {
		writer_add_byte(writer, '=');
		writer_add_hex(writer, (unsigned char)text.data[at]);
	}
}

enum call_result builtin_encoding_quotedPrintableEncode(struct call *call)
{
	struct text text = call->arguments[0].text;
	struct writer writer;
	size_t column = 0;

	writer_begin(&writer, call, text.length);
	for (size_t i = 0; i < text.length && writer.status == CALL_DONE; i++) {
		if (!starts_line_end(text, i)) {
			add_quoted(&writer, text, i, &column);
			continue;
		}
		i += text.data[i] == '\r';
		writer_add(&writer, "\r\n", 2);
		column = 0;
	}
	return writer_end(&writer);
}

/* What stands at a "=": a byte, or a soft line break (blanks before the line end are skipped).
 * Gives the place behind it, or 0 when it is neither. */
static size_t decode_equals(struct text text, size_t at, char **to)
{
	size_t next = at + 1;
	int byte = hex_byte(text, next);

	if (byte >= 0) {
		*(*to)++ = (char)byte;
		return at + 3;
	}
	while (next < text.length && (text.data[next] == ' ' || text.data[next] == '\t'))
		next++;
	if (next == text.length)
		return next;
	if (starts_line_end(text, next))
		return next + (text.data[next] == '\r' ? 2 : 1);
	return 0;
}

enum call_result builtin_encoding_quotedPrintableDecode(struct call *call)
{
	struct text text = call->arguments[0].text;
	struct writer writer;
	char *to;

	writer_begin(&writer, call, text.length); /* it never becomes longer */
	to = writer.data;
	for (size_t i = 0; i < text.length && writer.status == CALL_DONE;) {
		const char *from = text.data + i, *equals = memchr(from, '=', text.length - i);
		size_t run = equals ? (size_t)(equals - from) : text.length - i, next = i + run;

		memcpy(to, from, run);
		to += run;
		if (equals)
			next = decode_equals(text, next, &to);
		if (next == 0)
			return writer_raise(&writer, "a = that is neither =XX nor at a line's end");
		i = next;
	}
	writer.length = (size_t)(to - writer.data);
	return writer_end(&writer);
}

/* ---- base64 (RFC 4648 4) ---- */

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void add_group(struct writer *writer, const unsigned char *bytes, size_t count)
{
	unsigned group = (unsigned)bytes[0] << 16;

	if (count > 1)
		group |= (unsigned)bytes[1] << 8;
	if (count > 2)
		group |= bytes[2];
	writer_add_byte(writer, base64_digits[group >> 18]);
	writer_add_byte(writer, base64_digits[group >> 12 & 63]);
	writer_add_byte(writer, count > 1 ? base64_digits[group >> 6 & 63] : '=');
	writer_add_byte(writer, count > 2 ? base64_digits[group & 63] : '=');
}

void writer_add_base64(struct writer *writer, struct text text)
{
	const unsigned char *bytes = (const unsigned char *)text.data;

	for (size_t i = 0; i < text.length && writer->status == CALL_DONE; i += 3)
		add_group(writer, bytes + i, text.length - i < 3 ? text.length - i : 3);
}

enum call_result builtin_encoding_base64Encode(struct call *call)
{
	struct text text = call->arguments[0].text;
	struct writer writer;

	writer_begin(&writer, call, ((size_t)text.length + 2) / 3 * 4);
	writer_add_base64(&writer, text);
	return writer_end(&writer);
}

/* As many whole groups as stand there without a break; the place behind them. */
static size_t add_whole_groups(struct writer *writer, struct text text, size_t at)
{
	size_t taken = base64_groups(text.data + at, text.length - at,
				     writer->data + writer->length, writer->room - writer->length);

	writer->length += taken / 4 * 3;
	return at + taken;
}

/* Behind the last digit: as many "=" as fill the group, and bits left over that are zero. */
static bool group_ends_well(unsigned digits, unsigned padding, unsigned bits)
{
	if (digits == 0)
		return padding == 0;
	if (digits == 2)
		return padding == 2 && (bits & 15) == 0;
	return digits == 3 && padding == 1 && (bits & 3) == 0;
}

const char *writer_add_base64_decoded(struct writer *writer, struct text text)
{
	unsigned digits = 0, padding = 0, bits = 0;

	for (size_t i = 0; i < text.length && writer->status == CALL_DONE; i++) {
		int digit;

		if (digits == 0 && padding == 0)
			i = add_whole_groups(writer, text, i);
		if (i == text.length)
			break;
		digit = base64_value(text.data[i]);
		if (text.data[i] == '\r' || text.data[i] == '\n')
			continue;
		if (text.data[i] == '=') {
			padding++;
			continue;
		}
		if (digit < 0 || padding)
			return "this is not base64";
		bits = bits << 6 | (unsigned)digit;
		if (++digits == 4) {
			char bytes[3] = { (char)(bits >> 16), (char)(bits >> 8), (char)bits };

			writer_add(writer, bytes, 3);
			digits = bits = 0;
		}
	}
	if (!group_ends_well(digits, padding, bits))
		return "this base64 does not end well";
	if (digits > 1)
		writer_add_byte(writer, (char)(bits >> (digits == 2 ? 4 : 10)));
	if (digits == 3)
		writer_add_byte(writer, (char)(bits >> 2));
	return NULL;
}

enum call_result builtin_encoding_base64Decode(struct call *call)
{
	struct text text = call->arguments[0].text;
	struct writer writer;
	const char *fault;

	writer_begin(&writer, call, (size_t)text.length / 4 * 3 + 3);
	fault = writer_add_base64_decoded(&writer, text);
	return fault ? writer_raise(&writer, fault) : writer_end(&writer);
}
