#include "script.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

enum { SCRIPT_MAX = 1 << 20, WORD_BYTES_MAX = 64 << 20 };

static void fail(const char *path, unsigned line, const char *why)
{
	fprintf(stderr, "%s:%u: %s\n", path, line, why);
	exit(2);
}

int64_t word_number(struct text word)
{
	char digits[32], *end;
	long long number;

	snprintf(digits, sizeof(digits), "%.*s", TEXT_PRINTF(word));
	number = strtoll(digits, &end, 0);
	if (end == digits || *end) {
		fprintf(stderr, "not a number: %s\n", digits);
		exit(2);
	}
	return number;
}

static int hex_digit(char c)
{
	c = byte_lower(c);
	return byte_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that an escape stands for; `*at` moves behind it. */
static char escape_read(const char **at)
{
	char c = *(*at)++;

	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case '0':
		return 0;
	case 'x':
		if (hex_digit((*at)[0]) < 0 || hex_digit((*at)[1]) < 0)
			return 'x';
		*at += 2;
		return (char)(hex_digit((*at)[-2]) * 16 + hex_digit((*at)[-1]));
	default:
		return c;
	}
}

/* Appends; offsets are turned into views at the end, when the buffer no longer moves. */
static const char *quoted_read(struct script *script, unsigned line, const char *at)
{
	struct buffer *out = &script->words;
	size_t start = out->length, length;
	long times = 1;
	char *end;

	for (at++; *at != '"';) {
		if (!*at || *at == '\n')
			fail(script->path, line, "a text that is not closed");
		if (*at == '\\') {
			at++;
			buffer_append_byte(out, escape_read(&at));
		} else {
			buffer_append_byte(out, *at++);
		}
	}
	at++;
	length = out->length - start;
	if (*at == '*') {
		times = strtol(at + 1, &end, 10);
		at = end;
	}
	for (long i = 1; i < times; i++) {
		if (!buffer_reserve(out, length))
			fail(script->path, line, "too long");
		memcpy(out->data + out->length, out->data + start, length);
		out->length += length;
	}
	return at;
}

static const char *plain_read(struct script *script, const char *at)
{
	const char *end = at;
	struct text word;

	while (*end && !byte_is_space(*end))
		end++;
	word = text_of(at, (size_t)(end - at), LIFETIME_PROGRAM);
	if (text_starts_with(word, TEXT("u32:")))
		buffer_append_u32(&script->words,
				  (uint32_t)word_number(text_part(word, 4, word.length)));
	else if (text_starts_with(word, TEXT("u16:")))
		buffer_append_u16(&script->words,
				  (uint16_t)word_number(text_part(word, 4, word.length)));
	else
		buffer_append_text(&script->words, word);
	return end;
}

/* Until all is read, a word's `data` is its offset. */
static const char *line_read(struct script *script, struct line *line, const char *at)
{
	for (;;) {
		size_t start = script->words.length;

		while (*at == ' ' || *at == '\t')
			at++;
		if (!*at || *at == '\n' || *at == '#')
			break;
		if (line->count == WORDS_MAX)
			fail(script->path, line->number, "too many words");
		if (*at != '"')
			at = plain_read(script, at);
		while (*at == '"')
			at = quoted_read(script, line->number, at);
		line->words[line->count++] =
			(struct text){(const char *)(uintptr_t)start,
				      (uint32_t)(script->words.length - start), LIFETIME_PROGRAM};
	}
	while (*at && *at != '\n')
		at++;
	return *at ? at + 1 : at;
}

static bool source_read(struct script *script)
{
	FILE *file = fopen(script->path, "r");
	size_t length = 0;

	script->source = memory_zeroed(1, SCRIPT_MAX);
	if (file && script->source)
		length = fread(script->source, 1, SCRIPT_MAX - 1, file);
	if (file)
		fclose(file);
	if (length == 0)
		fprintf(stderr, "%s: cannot be read\n", script->path);
	return length > 0;
}

bool script_read(struct script *script, const char *path)
{
	unsigned room = 0, number = 0;
	const char *at;

	*script = (struct script){.path = path};
	buffer_init(&script->words, WORD_BYTES_MAX);
	if (!source_read(script))
		return false;
	for (at = script->source; *at;) {
		if (script->count == room) {
			room = room ? room * 2 : 64;
			script->lines = memory_resize(script->lines, room * sizeof(*script->lines));
			if (!script->lines)
				return false;
		}
		script->lines[script->count] = (struct line){.number = ++number};
		at = line_read(script, &script->lines[script->count], at);
		script->count += script->lines[script->count].count > 0;
	}
	for (unsigned i = 0; i < script->count; i++)
		for (unsigned w = 0; w < script->lines[i].count; w++)
			script->lines[i].words[w].data =
				script->words.data + (uintptr_t)script->lines[i].words[w].data;
	return true;
}

void script_free(struct script *script)
{
	memory_free(script->source);
	memory_free(script->lines);
	buffer_free(&script->words);
}

bool line_is(const struct line *line, const char *word)
{
	return text_equals_string(line->words[0], word);
}

void line_join(const struct line *line, unsigned from, struct buffer *out)
{
	for (unsigned i = from; i < line->count; i++)
		buffer_append_text(out, line->words[i]);
}

/* "C-01" or, the last one, "C-02:"; 0 when it is none. */
static unsigned statement_number(struct text word)
{
	unsigned number = 0;

	if (!text_starts_with(word, TEXT("C-")))
		return 0;
	for (uint32_t i = 2; i < word.length && byte_is_digit(word.data[i]); i++)
		number = number * 10 + (unsigned)(word.data[i] - '0');
	return number;
}

bool test_next(const struct script *script, unsigned *at, struct test *test)
{
	const struct line *line;
	unsigned word = 1, used = 0;

	while (*at < script->count && !line_is(&script->lines[*at], "test"))
		(*at)++;
	if (*at == script->count)
		return false;
	line = &script->lines[(*at)++];
	*test = (struct test){.script = script, .first = *at};
	for (; word < line->count && statement_number(line->words[word]); word++)
		if (test->statement_count < STATEMENTS_MAX)
			test->statements[test->statement_count++] =
				statement_number(line->words[word]);
	for (word = 1; word < line->count && used < sizeof(test->title); word++)
		used += (unsigned)snprintf(test->title + used, sizeof(test->title) - used, "%s%.*s",
					   word > 1 ? " " : "", TEXT_PRINTF(line->words[word]));
	while (*at < script->count && !line_is(&script->lines[*at], "test") &&
	       !line_is(&script->lines[*at], "define"))
		(*at)++;
	test->last = *at;
	return true;
}
