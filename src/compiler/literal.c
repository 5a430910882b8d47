#include "compiler/build.h"

#include "compiler/scanner.h"

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
		*number = *number << 4 | (uint32_t)(byte_is_digit(c) ? c - '0' : c - 'a' + 10);
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
		diagnostic_help(
			parsing->diagnostics, d,
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

	if (span.to < end && parsing->text.data[span.to] != '\n' &&
	    parsing->text.data[span.to] != '\r')
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
			report_escape(
				parsing,
				escape.wrong_character
					? (struct span){ span.source, span.from + (uint32_t)at,
							 span.from + (uint32_t)(at + escape.taken) }
					: escape_span(parsing, span.from + (uint32_t)at, span.to),
				&escape);
		if (escape.length == 0) {
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
	if (scanner_knows_flags(raw.data, raw.length)) /* else it was reported */
		regex->flags = text_part(raw, quote + 1, raw.length);
	return regex;
}

/* ---- texts in pieces ---- */

/* A text of very many pieces is joined in linear time: its room doubles. */
static void join(struct parsing *parsing, struct expression *piece, struct text more)
{
	size_t length = (size_t)piece->text.length + more.length;
	char *bytes = (char *)(uintptr_t)piece->text.data;

	if (length > piece->room) {
		bytes = arena_bytes(parsing->arena, 2 * length);
		if (!bytes) {
			parsing_memory_error(parsing);
			return;
		}
		memcpy(bytes, piece->text.data, piece->text.length);
		piece->text.data = bytes;
		piece->room = 2 * length;
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
