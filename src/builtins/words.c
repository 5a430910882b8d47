/* Encoded words of header values (RFC 2047). */
#include "builtins/builtins.h"
#include "builtins/encoding.h"

/* ---- charsets: what a byte of 0x80 and above stands for ---- */

static unsigned latin1(unsigned char byte)
{
	return byte;
}

static unsigned latin9(unsigned char byte)
{
	static const struct {
		uint8_t byte;
		uint16_t character;
	} changed[] = { { 0xa4, 0x20ac }, { 0xa6, 0x160 }, { 0xa8, 0x161 }, { 0xb4, 0x17d },
			{ 0xb8, 0x17e },  { 0xbc, 0x152 }, { 0xbd, 0x153 }, { 0xbe, 0x178 } };

	for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++)
		if (changed[i].byte == byte)
			return changed[i].character;
	return byte;
}

enum { REPLACEMENT = 0xfffd };

static unsigned windows1252(unsigned char byte)
{
	static const uint16_t low[] = {
		0x20ac,	     REPLACEMENT, 0x201a, 0x192,  0x201e, 0x2026,      0x2020, 0x2021,
		0x2c6,	     0x2030,	  0x160,  0x2039, 0x152,  REPLACEMENT, 0x17d,  REPLACEMENT,
		REPLACEMENT, 0x2018,	  0x2019, 0x201c, 0x201d, 0x2022,      0x2013, 0x2014,
		0x2dc,	     0x2122,	  0x161,  0x203a, 0x153,  REPLACEMENT, 0x17e,  0x178,
	};

	return byte < 0xa0 ? low[byte - 0x80] : byte;
}

static unsigned ascii(unsigned char byte)
{
	(void)byte;
	return REPLACEMENT;
}

struct charset {
	const char *name;
	unsigned (*character)(unsigned char byte); /* NULL: UTF-8 already */
};

static const struct charset charsets[] = {
	{ "utf-8", NULL },	   { "utf8", NULL },
	{ "us-ascii", ascii },	   { "ascii", ascii },
	{ "iso-8859-1", latin1 },  { "latin1", latin1 },
	{ "iso-8859-15", latin9 }, { "windows-1252", windows1252 },
};

/* "iso-8859-1*en" (RFC 2231) names a language too. NULL when it is not known here. */
static const struct charset *charset_find(struct text name)
{
	int64_t star = text_find(name, TEXT("*"), 0);

	if (star >= 0)
		name = text_part(name, 0, (size_t)star);
	for (size_t i = 0; i < sizeof(charsets) / sizeof(charsets[0]); i++)
		if (text_equals_ignoring_case(name,
					      text_of_string(charsets[i].name, LIFETIME_PROGRAM)))
			return &charsets[i];
	return NULL;
}

/* Below U+10000: no charset above has more. */
static void add_character(struct writer *writer, unsigned character)
{
	if (character < 0x80) {
		writer_add_byte(writer, (char)character);
	} else if (character < 0x800) {
		writer_add_byte(writer, (char)(0xc0 | character >> 6));
		writer_add_byte(writer, (char)(0x80 | (character & 63)));
	} else {
		writer_add_byte(writer, (char)(0xe0 | character >> 12));
		writer_add_byte(writer, (char)(0x80 | (character >> 6 & 63)));
		writer_add_byte(writer, (char)(0x80 | (character & 63)));
	}
}

static void add_converted(struct writer *writer, const struct charset *charset, struct text bytes)
{
	if (!charset->character) {
		writer_add_text(writer, bytes);
		return;
	}
	for (size_t i = 0; i < bytes.length && writer->status == CALL_DONE; i++) {
		unsigned char byte = (unsigned char)bytes.data[i];

		add_character(writer, byte < 0x80 ? byte : charset->character(byte));
	}
}

/* ---- reading ---- */

struct word {
	const struct charset *charset;
	bool base64;
	struct text encoded;
	size_t end; /* behind the "?=" */
};

/* Where the next "?=" stands is remembered, so that many beginnings without an end cost no more
 * than one search through the text. */
struct word_reader {
	struct text text;
	int64_t close; /* the first "?=" at or after a place that was asked for; -1: none */
};

static int64_t find_close(struct word_reader *reader, size_t from)
{
	if (reader->close >= 0 && (size_t)reader->close < from)
		reader->close = text_find(reader->text, TEXT("?="), from);
	return reader->close;
}

static bool is_plain(struct text encoded)
{
	for (size_t i = 0; i < encoded.length; i++)
		if (encoded.data[i] <= ' ' || encoded.data[i] == '?' || encoded.data[i] == 0x7f)
			return false;
	return true;
}

enum { CHARSET_NAME_MAX = 64, WORD_LENGTH_MAX = 4096 };

/* Is there a word at `at`, where "=?" stands? */
static bool read_word(struct word_reader *reader, size_t at, struct word *word)
{
	struct text text = reader->text;
	size_t name = at + 2, mark = name;
	int64_t close;

	while (mark < text.length && mark - name < CHARSET_NAME_MAX && text.data[mark] != '?')
		mark++;
	if (mark + 3 > text.length || text.data[mark] != '?' || text.data[mark + 2] != '?')
		return false;
	word->base64 = byte_lower(text.data[mark + 1]) == 'b';
	if (!word->base64 && byte_lower(text.data[mark + 1]) != 'q')
		return false;
	close = find_close(reader, mark + 3);
	if (close < 0 || (size_t)close - mark > WORD_LENGTH_MAX)
		return false;
	word->charset = charset_find(text_part(text, name, mark));
	word->encoded = text_part(text, mark + 3, (size_t)close);
	word->end = (size_t)close + 2;
	return word->charset && is_plain(word->encoded);
}

/* "_" is a blank, =XX a byte; what is wrong stays as it is. */
static void decode_q(struct writer *writer, struct text encoded)
{
	for (size_t i = 0; i < encoded.length; i++) {
		bool pair = encoded.data[i] == '=' && i + 2 < encoded.length &&
			    hex_value(encoded.data[i + 1]) >= 0 &&
			    hex_value(encoded.data[i + 2]) >= 0;

		if (pair) {
			writer_add_byte(writer, (char)(hex_value(encoded.data[i + 1]) * 16 +
						       hex_value(encoded.data[i + 2])));
			i += 2;
		} else {
			writer_add_byte(writer, encoded.data[i] == '_' ? ' ' : encoded.data[i]);
		}
	}
}

/* False when it is not well formed: it stays as it is then. */
static bool add_word(struct writer *writer, const struct word *word)
{
	struct writer bytes;

	writer_begin(&bytes, writer->call, word->encoded.length);
	if (!word->base64)
		decode_q(&bytes, word->encoded);
	else if (writer_add_base64_decoded(&bytes, word->encoded) && bytes.status == CALL_DONE)
		return false;
	if (bytes.status != CALL_DONE)
		writer->status = bytes.status;
	else
		add_converted(writer, word->charset, writer_text(&bytes));
	return true;
}

static size_t behind_blanks(struct text text, size_t at)
{
	while (at < text.length && byte_is_space(text.data[at]))
		at++;
	return at;
}

/* Between two words blanks mean nothing. */
static void decode_words(struct writer *writer, struct word_reader *reader)
{
	struct text text = reader->text;
	size_t at = 0, word_end = 0; /* 0: what stands before is no word */

	while (at < text.length && writer->status == CALL_DONE) {
		size_t start = word_end ? behind_blanks(text, at) : at;
		struct word word;

		if (start + 1 < text.length && text.data[start] == '=' &&
		    text.data[start + 1] == '?' && read_word(reader, start, &word) &&
		    add_word(writer, &word)) {
			at = word_end = word.end;
			continue;
		}
		writer_add(writer, text.data + at, start - at);
		if (start < text.length)
			writer_add_byte(writer, text.data[start]);
		at = start + 1;
		word_end = 0;
	}
}

enum call_result builtin_encoding_decodeWords(struct call *call)
{
	struct text text = call->arguments[0].text;
	enum call_result charged = call_charge(call, 2 * (size_t)text.length);
	struct word_reader reader = { .text = text };
	struct writer writer;

	if (charged != CALL_DONE)
		return charged;
	reader.close = text_find(text, TEXT("?="), 0);
	if (reader.close < 0)
		return answer_text(call, text);
	writer_begin(&writer, call, text.length);
	decode_words(&writer, &reader);
	return writer_end(&writer);
}

/* ---- writing ---- */

/* 75 bytes, 12 of which say what it is. */
enum { WORD_ENCODED_MAX = 63, WORD_BYTES_MAX = WORD_ENCODED_MAX / 4 * 3 };

static bool needs_no_word(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < ' ' || text.data[i] > '~')
			return false;
	return text_find(text, TEXT("=?"), 0) < 0;
}

/* In every place where a word may stand these stand for themselves (RFC 2047 5). */
static bool is_safe(char byte)
{
	return (byte_is_name(byte) && byte != '_') || (byte && strchr("!*+-/", byte));
}

static size_t width_q(struct text text)
{
	size_t width = 0;

	for (size_t i = 0; i < text.length; i++)
		width += is_safe(text.data[i]) || text.data[i] == ' ' ? 1 : 3;
	return width;
}

static void add_q(struct writer *writer, struct text text)
{
	for (size_t i = 0; i < text.length; i++) {
		if (is_safe(text.data[i])) {
			writer_add_byte(writer, text.data[i]);
		} else if (text.data[i] == ' ') {
			writer_add_byte(writer, '_');
		} else {
			writer_add_byte(writer, '=');
			writer_add_hex(writer, (unsigned char)text.data[i]);
		}
	}
}

/* As many whole characters from `at` on as fit into one word. */
static size_t word_end(struct text text, size_t at, bool base64)
{
	size_t end = at, width = 0;

	while (end < text.length) {
		size_t length = text_character(text, end);
		size_t more = base64 ? length : width_q(text_part(text, end, end + length));

		if (width + more > (base64 ? WORD_BYTES_MAX : WORD_ENCODED_MAX))
			break;
		width += more;
		end += length;
	}
	return end;
}

static void encode_words(struct writer *writer, struct text text, bool base64)
{
	for (size_t at = 0, end; at < text.length && writer->status == CALL_DONE; at = end) {
		end = word_end(text, at, base64);
		if (at)
			writer_add(writer, "\n ", 2);
		writer_add_text(writer, base64 ? TEXT("=?UTF-8?B?") : TEXT("=?UTF-8?Q?"));
		if (base64)
			writer_add_base64(writer, text_part(text, at, end));
		else
			add_q(writer, text_part(text, at, end));
		writer_add(writer, "?=", 2);
	}
}

enum call_result builtin_encoding_encodeWords(struct call *call)
{
	struct text text = call->arguments[0].text;
	enum call_result charged = call_charge(call, 3 * (size_t)text.length);
	struct writer writer;

	if (charged != CALL_DONE)
		return charged;
	if (needs_no_word(text))
		return answer_text(call, text);
	if (!text_is_utf8(text))
		return call_raise(call, "argument", 0, false, "the text is not UTF-8");
	writer_begin(&writer, call, text.length);
	encode_words(&writer, text, width_q(text) > (size_t)text.length * 4 / 3 + 4);
	return writer_end(&writer);
}
