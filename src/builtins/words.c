/* Encoded words of header values (RFC 2047). */
#include "content/words.h"

#include "builtins/builtins.h"
#include "builtins/encoding.h"

/* ---- reading ---- */

/* In a buffer of the heap's first: how long it becomes is known at the end. */
enum call_result builtin_encoding_decodeWords(struct call *call)
{
	struct text text = call->arguments[0].text;
	enum call_result result = call_begin(call, 4 * (size_t)text.length);
	struct buffer out;

	if (result != CALL_DONE)
		return result;
	if (text_find(text, TEXT("?="), 0) < 0)
		return answer_text(call, text);
	buffer_init(&out, (size_t)text.length * 4 + 64);
	words_decode(text, &out);
	result = answer_buffer(call, &out);
	buffer_free(&out);
	return result;
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
	enum call_result charged = call_begin(call, 3 * (size_t)text.length);
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
