#include "compiler/build.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static struct diagnostic *report(struct parsing *parsing, const char *code, struct span span,
				 const char *message)
{
	return diagnostics_report(parsing->diagnostics, code, span, "%s", message);
}

/* ---- numbers ---- */

static int digit_value(char c)
{
	if (byte_is_digit(c))
		return c - '0';
	return byte_lower(c) - 'a' + 10;
}

/* Digits with _ between them; false on overflow. Stops at what is no digit of that base. */
static bool read_digits(struct text text, size_t *at, int base, int64_t *number)
{
	*number = 0;
	for (; *at < text.length; (*at)++) {
		char c = text.data[*at];
		bool is_digit = base == 16 ? byte_is_digit(c) || (byte_lower(c) >= 'a' &&
								  byte_lower(c) <= 'f') :
					     byte_is_digit(c);

		if (c == '_')
			continue;
		if (!is_digit)
			return true;
		if (__builtin_mul_overflow(*number, base, number) ||
		    __builtin_add_overflow(*number, digit_value(c), number))
			return false;
	}
	return true;
}

static void report_large(struct parsing *parsing, struct span span)
{
	diagnostic_help(parsing->diagnostics,
			report(parsing, "E0106", span, "this number is too large"),
			"integers go from -9223372036854775808 to 9223372036854775807");
}

static int64_t size_factor(struct text suffix)
{
	switch (suffix.length ? suffix.data[0] : '\0') {
	case 'K':
		return 1 << 10;
	case 'M':
		return 1 << 20;
	case 'G':
		return 1 << 30;
	default:
		return 1;
	}
}

struct expression *build_integer(struct parsing *parsing, struct span span)
{
	struct expression *number = expression_new(parsing, EXPRESSION_INT, span);
	struct text text = parsing_text(parsing, span);
	bool is_hex = text.length > 2 && byte_lower(text.data[1]) == 'x';
	size_t at = is_hex ? 2 : 0;

	if (!read_digits(text, &at, is_hex ? 16 : 10, &number->integer) ||
	    __builtin_mul_overflow(number->integer, size_factor(text_part(text, at, text.length)),
				   &number->integer)) {
		report_large(parsing, span);
		number->integer = 0;
	}
	return number;
}

struct expression *build_least(struct parsing *parsing, struct span span)
{
	struct expression *number = expression_new(parsing, EXPRESSION_INT, span);

	number->integer = INT64_MIN;
	return number;
}

struct expression *build_float(struct parsing *parsing, struct span span)
{
	struct expression *number = expression_new(parsing, EXPRESSION_FLOAT, span);
	struct text text = parsing_text(parsing, span);
	char digits[512];
	size_t length = 0;

	for (size_t i = 0; i < text.length && length < sizeof(digits) - 1; i++)
		if (text.data[i] != '_')
			digits[length++] = text.data[i];
	digits[length] = '\0';
	number->real = strtod(digits, NULL);
	if (length == sizeof(digits) - 1 || !isfinite(number->real)) {
		report(parsing, "E0106", span, "this number has too many digits");
		number->real = 0;
	}
	return number;
}

static int64_t duration_unit(struct text suffix)
{
	static const struct {
		const char *suffix;
		int64_t microseconds;
	} units[] = {
		{ "ms", 1000 },
		{ "s", 1000000 },
		{ "m", 60 * 1000000LL },
		{ "h", 3600 * 1000000LL },
		{ "d", 86400 * 1000000LL },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (text_equals_string(suffix, units[i].suffix))
			return units[i].microseconds;
	return 0;
}

struct expression *build_duration(struct parsing *parsing, struct span span)
{
	struct expression *duration = expression_new(parsing, EXPRESSION_DURATION, span);
	struct text text = parsing_text(parsing, span);
	size_t at = 0;

	if (!read_digits(text, &at, 10, &duration->integer) ||
	    __builtin_mul_overflow(duration->integer,
				   duration_unit(text_part(text, at, text.length)),
				   &duration->integer)) {
		diagnostic_help(parsing->diagnostics,
				report(parsing, "E0106", span, "this duration is too long"),
				"durations go up to 106751991 days");
		duration->integer = 0;
	}
	return duration;
}

/* The part behind the digits, as far as it is one of the usual slips. */
static const char *malformed_help(struct text suffix)
{
	static const struct {
		const char *suffix;
		const char *help;
	} rows[] = {
		{ "k", "sizes are written with capitals: 10K" },
		{ "g", "sizes are written with capitals: 1G" },
		{ "KB", "sizes are written 10K, 2M, 1G" },
		{ "kB", "sizes are written 10K, 2M, 1G" },
		{ "MB", "sizes are written 10K, 2M, 1G" },
		{ "GB", "sizes are written 10K, 2M, 1G" },
		{ "S", "durations are written with small letters: 30s" },
		{ "H", "durations are written with small letters: 1h" },
		{ "D", "durations are written with small letters: 7d" },
		{ "w", "a week is 7d" },
		{ "min", "minutes are written 5m" },
		{ "sec", "seconds are written 30s" },
		{ ".", "numbers have digits on both sides of the point: 1.0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (text_equals_string(suffix, rows[i].suffix))
			return rows[i].help;
	if (suffix.length > 0 && byte_lower(suffix.data[0]) == 'e')
		return "there is no exponent: write all the digits";
	if (suffix.length > 1 && byte_is_digit(suffix.data[1]) &&
	    memchr("smhd", suffix.data[0], 4) != NULL)
		return "join durations with +: 1h + 30m";
	if (suffix.length > 0 && suffix.data[0] == '_')
		return "`_` stands between two digits: 1_000";
	return "the suffixes of numbers are K M G (sizes) and ms s m h d (durations)";
}

struct expression *build_malformed(struct parsing *parsing, struct span span)
{
	struct text text = parsing_text(parsing, span);
	size_t at = 0;
	struct diagnostic *d;

	while (at < text.length && (byte_is_digit(text.data[at]) ||
				    (text.data[at] == '.' && at + 1 < text.length) ||
				    (text.data[at] == '_' && at + 1 < text.length &&
				     byte_is_digit(text.data[at + 1]))))
		at++;
	d = diagnostics_report(parsing->diagnostics, "E0106", span, "`%.*s` is not a number",
			       TEXT_PRINTF(text));
	diagnostic_help(parsing->diagnostics, d, "%s",
			malformed_help(text_part(text, at, text.length)));
	return expression_new(parsing, EXPRESSION_INT, span);
}

/* ---- bytes of texts ---- */

static void check_utf8(struct parsing *parsing, struct span span)
{
	const char *bytes = parsing->text.data;
	struct text inside = parsing_text(parsing, span);

	for (uint32_t at = span.from; at < span.to;) {
		size_t length = text_character(inside, at - span.from);
		struct span wrong = { span.source, at, at + 1 };
		struct diagnostic *d;

		if (length > 0) {
			at += (uint32_t)length;
			continue;
		}
		d = diagnostics_report(parsing->diagnostics, "E0114", wrong,
				       "the byte 0x%02X is not UTF-8", (unsigned char)bytes[at]);
		diagnostic_help(parsing->diagnostics, d,
				"save the file in UTF-8, or write the byte as \\x%02X",
				(unsigned char)bytes[at]);
		return;
	}
}

static size_t utf8_put(char *out, uint32_t code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* Hexadecimal digits at `at`: how many, at most `most`. */
static size_t read_hex(struct text raw, size_t at, size_t most, uint32_t *number)
{
	size_t count = 0;

	*number = 0;
	while (count < most && at + count < raw.length) {
		char c = byte_lower(raw.data[at + count]);

		if (!byte_is_digit(c) && (c < 'a' || c > 'f'))
			break;
		*number = *number << 4 | (uint32_t)digit_value(c);
		count++;
	}
	return count;
}

/* One escape, whose backslash is at `at`. */
struct escape {
	char bytes[4];
	size_t length; /* of bytes; 0 when it is no escape */
	size_t taken;  /* of the source */
	bool wrong_character;
};

static bool simple_escape(char letter, char *byte)
{
	static const char letters[] = "\"\\nrt0%", values[] = "\"\\\n\r\t\0%";
	const char *found = letter ? strchr(letters, letter) : NULL;

	if (!found)
		return false;
	*byte = values[found - letters];
	return true;
}

static struct escape escape_hex(struct text raw, size_t at)
{
	struct escape escape = { .length = 0 };
	uint32_t number;

	if (read_hex(raw, at + 2, 2, &number) == 2) {
		escape.bytes[0] = (char)number;
		escape.length = 1;
		escape.taken = 4;
	}
	return escape;
}

static struct escape escape_unicode(struct text raw, size_t at)
{
	struct escape escape = { .length = 0 };
	uint32_t number;
	size_t digits;

	if (at + 2 >= raw.length || raw.data[at + 2] != '{')
		return escape;
	digits = read_hex(raw, at + 3, 6, &number);
	if (digits == 0 || at + 3 + digits >= raw.length || raw.data[at + 3 + digits] != '}')
		return escape;
	escape.taken = digits + 4;
	escape.wrong_character = number > 0x10ffff || (number >= 0xd800 && number < 0xe000);
	escape.length = utf8_put(escape.bytes, escape.wrong_character ? 0xfffd : number);
	return escape;
}

static struct escape escape_at(struct text raw, size_t at)
{
	struct escape escape = { .length = 0 };
	char letter = at + 1 < raw.length ? raw.data[at + 1] : '\0';

	if (letter == 'x')
		return escape_hex(raw, at);
	if (letter == 'u')
		return escape_unicode(raw, at);
	if (simple_escape(letter, &escape.bytes[0])) {
		escape.length = 1;
		escape.taken = 2;
	}
	return escape;
}

static void report_escape(struct parsing *parsing, struct span span, const struct escape *escape)
{
	struct text raw = parsing_text(parsing, span);
	struct diagnostic *d;

	if (escape->wrong_character) {
		d = diagnostics_report(parsing->diagnostics, "E0115", span,
				       "`%.*s` is not a character", TEXT_PRINTF(raw));
		diagnostic_help(parsing->diagnostics, d,
				"characters go up to \\u{10FFFF}, without the surrogates D800 to DFFF");
		return;
	}
	d = diagnostics_report(parsing->diagnostics, "W0101", span,
			       "`%.*s` is no escape: the backslash stays in the text",
			       TEXT_PRINTF(raw));
	diagnostic_help(parsing->diagnostics, d,
			"write \\\\ for a backslash; the escapes are "
			"\\\" \\\\ \\n \\r \\t \\0 \\xHH \\u{...} \\%%");
}

/* A backslash and the character behind it. */
static struct span escape_span(const struct parsing *parsing, uint32_t from, uint32_t end)
{
	struct span span = { parsing->source, from, from + 1 };

	if (span.to < end && parsing->text.data[span.to] != '\n' && parsing->text.data[span.to] != '\r')
		span.to += (uint32_t)text_character(text_part(parsing->text, 0, end), span.to);
	return span;
}

/* Writes the text that the bytes of a span stand for to `out`, which has room for as many; returns
 * its length. */
static size_t decode(struct parsing *parsing, struct span span, char *out)
{
	struct text raw = parsing_text(parsing, span);
	size_t length = 0;

	for (size_t at = 0; at < raw.length;) {
		const char *next = memchr(raw.data + at, '\\', raw.length - at);
		size_t run = next ? (size_t)(next - raw.data) - at : raw.length - at;
		struct escape escape;

		memcpy(out + length, raw.data + at, run);
		length += run;
		at += run;
		if (at == raw.length)
			break;
		escape = escape_at(raw, at);
		if (escape.length == 0 || escape.wrong_character)
			report_escape(parsing,
				      escape.wrong_character ?
					      (struct span){ span.source, span.from + (uint32_t)at,
							     span.from +
								     (uint32_t)(at + escape.taken) } :
					      escape_span(parsing, span.from + (uint32_t)at, span.to),
				      &escape);
		if (escape.length == 0) {
			out[length++] = raw.data[at++];
			/* Its backslash stays, and so does what it protects from being an escape. */
			if (at < raw.length)
				out[length++] = raw.data[at++];
			continue;
		}
		memcpy(out + length, escape.bytes, escape.length);
		length += escape.length;
		at += escape.taken;
	}
	return length;
}

static struct text empty_text(void)
{
	return (struct text){ "", 0, LIFETIME_PROGRAM };
}

/* What stands between the quotes, with its escapes replaced. */
static struct text literal_text(struct parsing *parsing, struct span span)
{
	struct text raw = parsing_text(parsing, span);
	struct text text = raw;
	char *bytes;

	check_utf8(parsing, span);
	text.lifetime = LIFETIME_PROGRAM;
	if (!text_contains_byte(raw, '\\'))
		return text;
	bytes = arena_bytes(parsing->arena, raw.length);
	if (!bytes) {
		parsing_memory_error(parsing);
		return empty_text();
	}
	text.length = (uint32_t)decode(parsing, span, bytes);
	text.data = bytes;
	return text;
}

static struct span span_inside(struct span span, uint32_t before, uint32_t behind)
{
	return (struct span){ span.source, span.from + before, span.to - behind };
}

struct expression *build_plain_text(struct parsing *parsing, struct span span)
{
	struct expression *text = expression_new(parsing, EXPRESSION_TEXT, span);

	text->text = literal_text(parsing, span_inside(span, 1, 1));
	return text;
}

struct expression *build_raw_text(struct parsing *parsing, struct span span)
{
	struct expression *text = expression_new(parsing, EXPRESSION_TEXT, span);
	struct span inside = span_inside(span, 2, 1);

	check_utf8(parsing, inside);
	text->text = parsing_text(parsing, inside);
	text->text.lifetime = LIFETIME_PROGRAM;
	return text;
}

struct expression *build_regex(struct parsing *parsing, struct span span)
{
	struct expression *regex = expression_new(parsing, EXPRESSION_REGEX, span);
	struct text raw = parsing_text(parsing, span);
	size_t quote = raw.length - 1;

	while (raw.data[quote] != '"')
		quote--;
	check_utf8(parsing, span);
	raw.lifetime = LIFETIME_PROGRAM;
	regex->text = text_part(raw, 3, quote);
	regex->flags = text_part(raw, quote + 1, raw.length);
	return regex;
}

/* ---- texts in pieces ---- */

/* A text of very many pieces is joined in linear time: its room doubles. While it grows, `integer`
 * is that room, 0 as long as the bytes are the source's. */
static void join(struct parsing *parsing, struct expression *piece, struct text more)
{
	size_t length = (size_t)piece->text.length + more.length;
	char *bytes = (char *)(uintptr_t)piece->text.data;

	if (length > (size_t)piece->integer) {
		bytes = arena_bytes(parsing->arena, 2 * length);
		if (!bytes) {
			parsing_memory_error(parsing);
			return;
		}
		memcpy(bytes, piece->text.data, piece->text.length);
		piece->text.data = bytes;
		piece->integer = (int64_t)(2 * length);
	}
	memcpy(bytes + piece->text.length, more.data, more.length);
	piece->text.length = (uint32_t)length;
}

void build_append_chunk(struct parsing *parsing, struct expression_list *pieces, struct span span)
{
	struct expression *last = pieces->count ? pieces->items[pieces->count - 1] : NULL;
	struct text raw = parsing_text(parsing, span);
	bool joins = last && last->kind == EXPRESSION_TEXT && !last->from_percent;
	struct expression *piece;

	if (text_equals_string(raw, "%%"))
		span.to--;
	if (joins) {
		struct text more = literal_text(parsing, span);

		join(parsing, last, more);
		last->span.to = span.to;
		return;
	}
	piece = expression_new(parsing, EXPRESSION_TEXT, span);
	piece->text = literal_text(parsing, span);
	build_append(parsing, pieces, piece);
}

struct expression *build_template(struct parsing *parsing, struct span span,
				  const struct expression_list *pieces)
{
	struct expression *template;

	for (unsigned i = 0; i < pieces->count; i++)
		if (pieces->items[i]->kind == EXPRESSION_TEXT && !pieces->items[i]->from_percent)
			pieces->items[i]->integer = 0;
	if (pieces->count == 0) {
		template = expression_new(parsing, EXPRESSION_TEXT, span);
		template->text = empty_text();
		return template;
	}
	if (pieces->count == 1 && pieces->items[0]->kind == EXPRESSION_TEXT &&
	    !pieces->items[0]->from_percent) {
		pieces->items[0]->span = span;
		return pieces->items[0];
	}
	template = expression_new(parsing, EXPRESSION_TEMPLATE, span);
	template->items = *pieces;
	for (unsigned i = 0; i < pieces->count; i++)
		expression_deepen(parsing, template, pieces->items[i]);
	return template;
}
