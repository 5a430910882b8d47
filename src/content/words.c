#include "content/words.h"

#include "content/charset.h"
#include "content/transfer.h"

struct word {
	struct text charset;
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
	word->charset = text_part(text, name, mark);
	word->encoded = text_part(text, mark + 3, (size_t)close);
	word->end = (size_t)close + 2;
	return word->charset.length && is_plain(word->encoded);
}

/* Words of one charset that follow each other: a character may begin in one and end in the next. */
struct run {
	struct text charset;
	struct buffer bytes;
};

static void flush_run(struct run *run, struct buffer *out)
{
	if (run->bytes.length)
		charset_decode(run->charset, buffer_text(&run->bytes), out);
	out->failed |= run->bytes.failed;
	buffer_clear(&run->bytes);
}

/* False when it is not well formed: it stays as it is then. */
static bool add_word(struct run *run, const struct word *word, struct buffer *out)
{
	size_t before;

	if (!text_equals_ignoring_case(run->charset, word->charset)) {
		if (!charset_decode(word->charset, TEXT_EMPTY, out))
			return false;
		flush_run(run, out);
		run->charset = word->charset;
	}
	before = run->bytes.length;
	if (!word->base64) {
		quoted_decode(word->encoded, true, &run->bytes);
		return true;
	}
	if (base64_decode(word->encoded, &run->bytes) == 0)
		return true;
	run->bytes.length = before;
	return false;
}

static size_t behind_blanks(struct text text, size_t at)
{
	while (at < text.length && byte_is_space(text.data[at]))
		at++;
	return at;
}

/* Between two words blanks mean nothing. */
static void decode_words(struct buffer *out, struct run *run, struct word_reader *reader)
{
	struct text text = reader->text;
	size_t at = 0, word_end = 0; /* 0: what stands before is no word */

	while (at < text.length && !out->failed) {
		size_t start = word_end ? behind_blanks(text, at) : at;
		struct word word;

		if (start + 1 < text.length && text.data[start] == '=' &&
		    text.data[start + 1] == '?' && read_word(reader, start, &word) &&
		    add_word(run, &word, out)) {
			at = word_end = word.end;
			continue;
		}
		flush_run(run, out);
		buffer_append(out, text.data + at, start - at);
		if (start < text.length)
			buffer_append_byte(out, text.data[start]);
		at = start + 1;
		word_end = 0;
	}
	flush_run(run, out);
}

void words_decode(struct text value, struct buffer *out)
{
	struct word_reader reader = { .text = value, .close = text_find(value, TEXT("?="), 0) };
	struct run run = { .charset = TEXT_EMPTY };

	if (reader.close < 0) {
		buffer_append_text(out, value);
		return;
	}
	buffer_init(&run.bytes, BUFFER_CAP_DEFAULT);
	decode_words(out, &run, &reader);
	buffer_free(&run.bytes);
}

bool words_present(struct text value)
{
	struct word_reader reader = { .text = value, .close = text_find(value, TEXT("?="), 0) };
	struct word word;

	for (size_t i = 0; reader.close >= 0 && i + 1 < value.length; i++)
		if (value.data[i] == '=' && value.data[i + 1] == '?' &&
		    read_word(&reader, i, &word))
			return true;
	return false;
}
