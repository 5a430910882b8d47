/* Changes scripts word by word: what comes out is nearly a program more often than bytes at random
 * are. */
#include "fuzz.h"

#include "base/text.h"
#include "bytecode/vocabulary.h"

#include <stdlib.h>
#include <string.h>

/* Pieces of programs. What stands in them (x, f, n) is often declared by another piece. */
static const char *const pieces[] = {
	"event onMailFrom { }",
	"event onConnect { reject(\"no\"); }",
	"event onDataReceived { addHeader(\"X\", \"%n%\"); }",
	"function f(a: text, b: int = 1) -> int { return b + a.length(); }",
	"method m { set(x, \"%x% 1\"); }",
	"const c = [\"a\": 1, \"b\": 2];",
	"const l = [1, 2, 3];",
	"option o: list[int] = [1];",
	"record R { a: int = 1; b: list[text]; }",
	"session var s: map[text, list[R]];",
	"message var n: int = 3;",
	"table t: net -> text = \"file:t\";",
	"test \"x\" { n = 1; }",
	"var x = f(\"a\", b: 2);",
	"var y: list[text] = [];",
	"if (a == 1) { b = 2; } else if (not c) { } else { return; }",
	"while (n < 10) { n += 1; continue; }",
	"for (i in 0..n) { if (i > 3) { break; } }",
	"for (k, v in c) { s[k] = []; }",
	"for (e in l) { n += e; }",
	"try { n = int(\"x\"); } catch (e) { throw e.message; }",
	"parallel { n = 1; x = 2; }",
	"set(smtpAction, \"reject\");",
	"call(m);",
	"export(x);",
	"if (anyOf(is(x, \"1\"), not(ipRange(remoteSmtpIp, \"10.0.0.0/8\")))) { }",
	"mailFrom =~ re\"^(a|b)*c$\"i",
	"\"%{f(\"a\") + 1} %x% %%\"",
	"remoteSmtpIp in [\"10.0.0.0/8\", \"::1\"]",
	"text[1..n]",
	"a ? b : c",
	"R(a: 2, b: [\"x\"])",
	"1 + 2 * 3 - -4 % 5 / 6",
	"10K + 5m + 1.5",
	"s[\"a\"].push(R())",
	"r\"raw\"",
	"$1",
	"(",
	")",
	"[",
	"]",
	"{",
	"}",
	";",
	",",
	".",
	":",
	"->",
	"..",
	"=",
	"==",
	"=~",
	"!~",
	"+=",
	"\"",
	"#",
	"%{",
	"not",
	"and",
	"or",
	"in",
	"9223372036854775807",
	"0x",
	"1e5",
	"\\u{10FFFF}",
	"\r\n",
	"\xEF\xBB\xBF",
	"\0",
};

enum { PIECE_COUNT = sizeof(pieces) / sizeof(*pieces) };

static uint32_t random_next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static size_t random_below(uint32_t *state, size_t bound)
{
	return bound ? random_next(state) % bound : 0;
}

static bool is_word_byte(uint8_t byte)
{
	return byte_is_name((char)byte);
}

/* From a place to the end of the word, or of the sign, that begins there. */
static size_t word_end(const uint8_t *bytes, size_t size, size_t at)
{
	if (at < size && !is_word_byte(bytes[at]))
		return at + 1;
	while (at < size && is_word_byte(bytes[at]))
		at++;
	return at;
}

static size_t word_start(const uint8_t *bytes, size_t at)
{
	while (at > 0 && is_word_byte(bytes[at - 1]) && is_word_byte(bytes[at]))
		at--;
	return at;
}

static size_t some_start(const uint8_t *bytes, size_t size, uint32_t *state)
{
	return size ? word_start(bytes, random_below(state, size)) : 0;
}

/* Puts `length` bytes in the place of [from, to); the size that comes of it. */
static size_t splice(uint8_t *bytes, size_t size, size_t room, size_t from, size_t to,
		     const void *piece, size_t length)
{
	if (size - (to - from) + length > room)
		return size;
	memmove(bytes + from + length, bytes + to, size - to);
	memcpy(bytes + from, piece, length);
	return size - (to - from) + length;
}

static const char *some_piece(uint32_t *state)
{
	switch (random_below(state, 6)) {
	case 0:
		return builtin_rows[random_below(state, BUILTIN_COUNT)].example;
	case 1:
		return builtin_rows[random_below(state, BUILTIN_COUNT)].name;
	case 2:
		return variable_rows[random_below(state, VARIABLE_COUNT)].name;
	case 3:
		return event_rows[random_below(state, EVENT_COUNT)].name;
	default:
		return pieces[random_below(state, PIECE_COUNT)];
	}
}

static size_t put_piece(uint8_t *bytes, size_t size, size_t room, uint32_t *state)
{
	size_t from = some_start(bytes, size, state);
	size_t to = random_below(state, 2) ? from : word_end(bytes, size, from);
	const char *piece = some_piece(state);

	return splice(bytes, size, room, from, to, piece, strlen(piece));
}

/* A copy of some words in the place of others, or between them. */
static size_t copy_words(uint8_t *bytes, size_t size, size_t room, uint32_t *state)
{
	size_t from = some_start(bytes, size, state), to = from, at, until;
	uint8_t copy[256];

	for (size_t words = 1 + random_below(state, 12); words > 0 && to - from < sizeof(copy) / 2;
	     words--)
		to = word_end(bytes, size, to);
	if (to - from > sizeof(copy))
		to = from + sizeof(copy);
	memcpy(copy, bytes + from, to - from);
	at = some_start(bytes, size, state);
	until = random_below(state, 2) ? at : word_end(bytes, size, at);
	return splice(bytes, size, room, at, until, copy, to - from);
}

static size_t drop_words(uint8_t *bytes, size_t size, size_t room, uint32_t *state)
{
	size_t from = some_start(bytes, size, state), to = from;

	for (size_t words = 1 + random_below(state, 4); words > 0; words--)
		to = word_end(bytes, size, to);
	return splice(bytes, size, room, from, to, "", 0);
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t room, unsigned seed)
{
	uint32_t state = seed;

	for (size_t steps = 1 + random_below(&state, 3); steps > 0; steps--) {
		switch (random_below(&state, 8)) {
		case 0:
		case 1:
			size = put_piece(bytes, size, room, &state);
			break;
		case 2:
		case 3:
			size = copy_words(bytes, size, room, &state);
			break;
		case 4:
			size = drop_words(bytes, size, room, &state);
			break;
		default:
			size = LLVMFuzzerMutate(bytes, size, room);
		}
	}
	return size;
}
