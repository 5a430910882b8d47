/* Bytes with a length: what scripts call text, and what every room passes on.
 *
 * A text is a view. It never owns its bytes, is not NUL-terminated and may hold
 * any byte. Its lifetime says which arena the bytes live in, so that a store
 * into a longer-lived place knows whether it must copy. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Shortest first; a value may be kept by anything that does not outlive it. */
enum lifetime {
	LIFETIME_EVENT,   /* one handler run, and the MTA's own buffers */
	LIFETIME_MESSAGE, /* one mail transaction */
	LIFETIME_SESSION, /* one SMTP connection */
	LIFETIME_PROGRAM, /* constants; at least as long as every session */
};

#define TEXT_LENGTH_MAX ((size_t)1 << 30)

struct text {
	const char *data; /* may be NULL when length is 0 */
	uint32_t length;  /* at most TEXT_LENGTH_MAX */
	uint32_t lifetime; /* enum lifetime */
};

/* A view of a C string literal; lives as long as the program. */
#define TEXT(literal) \
	((struct text){ (literal), (uint32_t)(sizeof(literal) - 1), LIFETIME_PROGRAM })
#define TEXT_EMPTY TEXT("")

/* For printf: printf("%.*s", TEXT_PRINTF(t)). */
#define TEXT_PRINTF(t) (int)(t).length, text_printed(t)

static inline const char *text_printed(struct text text)
{
	return text.data ? text.data : "";
}

static inline struct text text_of(const void *data, size_t length, enum lifetime lifetime)
{
	assert(length <= TEXT_LENGTH_MAX);
	return (struct text){ data, (uint32_t)length, lifetime };
}
struct text text_of_string(const char *string, enum lifetime lifetime);

bool text_equals_string(struct text a, const char *b);
/* ASCII case folded, as in SMTP and header names; other bytes count as they are. */
bool text_equals_ignoring_case(struct text a, struct text b);
/* <0, 0, >0, byte by byte. */
int text_compare(struct text a, struct text b);
bool text_starts_with(struct text a, struct text prefix);
bool text_ends_with(struct text a, struct text suffix);
bool text_contains_byte(struct text a, char byte);
/* Offset of the first occurrence at or after `from`, or -1. Linear time. */
int64_t text_find(struct text haystack, struct text needle, size_t from);
int64_t text_find_ignoring_case(struct text haystack, struct text needle, size_t from);
/* Without space, tab, CR and LF at both ends. */
struct text text_trim(struct text a);
/* The whole text as a decimal number; false when it is not one or overflows. */
bool text_to_int(struct text a, int64_t *number);
bool text_to_float(struct text a, double *number);
/* A number in decimal digits; how many bytes, without a NUL. */
enum { INT_PRINTED_MAX = 20 };
size_t int_print(int64_t number, char out[INT_PRINTED_MAX]);

/* Length of the well-formed UTF-8 character that begins at `at`, which must be within the text; 0
 * when none does. */
size_t text_character(struct text a, size_t at);
bool text_is_utf8(struct text a);

static inline bool text_equals(struct text a, struct text b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* The part [from, to); both must be within the text. */
static inline struct text text_part(struct text a, size_t from, size_t to)
{
	assert(from <= to && to <= a.length);
	return (struct text){ a.data ? a.data + from : NULL, (uint32_t)(to - from), a.lifetime };
}

/* ASCII only, and never the C locale. */
static inline char byte_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static inline char byte_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

/* In each of eight bytes the highest bit: it is a letter from `first` to `last`. */
static inline uint64_t word_letters(uint64_t word, char first, char last)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t low = word & (ones * 0x7f);

	return (low + ones * (uint64_t)(0x80 - first)) & ~(low + ones * (uint64_t)(0x7f - last)) &
	       ~word & (ones * 0x80);
}

/* Eight bytes with ASCII letters in lower case: 0x20 is added where a byte is from A to Z. */
static inline uint64_t word_lower(uint64_t word)
{
	return word + (word_letters(word, 'A', 'Z') >> 2);
}

/* Copies with ASCII letters in that case. */
void bytes_lower(char *to, const char *from, size_t length);
void bytes_upper(char *to, const char *from, size_t length);

static inline bool byte_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool byte_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline bool byte_is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || byte_is_digit(c);
}

/* The next word of `text`, which white space ends, at or after *at; false at the end. */
bool text_next_word(struct text text, size_t *at, struct text *word);

#endif
