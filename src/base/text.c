#include "base/text.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct text text_of_string(const char *string, enum lifetime lifetime)
{
	return text_of(string, string ? strlen(string) : 0, lifetime);
}

bool text_equals_string(struct text a, const char *b)
{
	return text_equals(a, text_of_string(b, LIFETIME_EVENT));
}

static inline uint64_t read_word(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

void bytes_lower(char *to, const char *from, size_t length)
{
	size_t i = 0;

	for (; length - i >= 8; i += 8) {
		uint64_t lower = word_lower(read_word(from + i));

		memcpy(to + i, &lower, sizeof(lower));
	}
	for (; i < length; i++)
		to[i] = byte_lower(from[i]);
}

void bytes_upper(char *to, const char *from, size_t length)
{
	size_t i = 0;

	for (; length - i >= 8; i += 8) {
		uint64_t word = read_word(from + i);
		uint64_t upper = word - (word_letters(word, 'a', 'z') >> 2);

		memcpy(to + i, &upper, sizeof(upper));
	}
	for (; i < length; i++)
		to[i] = byte_upper(from[i]);
}

static bool same_bytes_ignoring_case(const char *a, const char *b, size_t length)
{
	size_t i = 0;

	for (; length - i >= 8; i += 8)
		if (word_lower(read_word(a + i)) != word_lower(read_word(b + i)))
			return false;
	for (; i < length; i++)
		if (byte_lower(a[i]) != byte_lower(b[i]))
			return false;
	return true;
}

bool text_equals_ignoring_case(struct text a, struct text b)
{
	return a.length == b.length && same_bytes_ignoring_case(a.data, b.data, a.length);
}

int text_compare(struct text a, struct text b)
{
	size_t common = a.length < b.length ? a.length : b.length;
	int order = common ? memcmp(a.data, b.data, common) : 0;

	return order ? order : (a.length > b.length) - (a.length < b.length);
}

bool text_starts_with(struct text a, struct text prefix)
{
	return a.length >= prefix.length && text_equals(text_part(a, 0, prefix.length), prefix);
}

bool text_ends_with(struct text a, struct text suffix)
{
	return a.length >= suffix.length &&
	       text_equals(text_part(a, a.length - suffix.length, a.length), suffix);
}

bool text_contains_byte(struct text a, char byte)
{
	return a.length && memchr(a.data, byte, a.length) != NULL;
}

int64_t text_find(struct text haystack, struct text needle, size_t from)
{
	const char *found;

	if (from > haystack.length || needle.length > haystack.length - from)
		return -1;
	if (needle.length == 0)
		return (int64_t)from;
	found = memmem(haystack.data + from, haystack.length - from, needle.data, needle.length);
	return found ? found - haystack.data : -1;
}

/* Linear time through a failure table would need memory; the needle of a
 * case-blind search is short, and callers charge haystack times needle / 16. */
int64_t text_find_ignoring_case(struct text haystack, struct text needle, size_t from)
{
	size_t last;

	if (from > haystack.length || needle.length > haystack.length - from)
		return -1;
	last = haystack.length - needle.length;
	for (size_t i = from; i <= last; i++)
		if (same_bytes_ignoring_case(haystack.data + i, needle.data, needle.length))
			return (int64_t)i;
	return -1;
}

struct text text_trim(struct text a)
{
	size_t from = 0, to = a.length;

	while (from < to && byte_is_space(a.data[from]))
		from++;
	while (to > from && byte_is_space(a.data[to - 1]))
		to--;
	return text_part(a, from, to);
}

/* How many decimal digits: a bit is 1233/4096 of one, and which of the two that may be is looked
 * at. */
static inline size_t count_digits(uint64_t number)
{
	static const uint64_t powers[] = { 0,
					   10,
					   100,
					   1000,
					   10000,
					   100000,
					   1000000,
					   10000000,
					   100000000,
					   1000000000,
					   10000000000,
					   100000000000,
					   1000000000000,
					   10000000000000,
					   100000000000000,
					   1000000000000000,
					   10000000000000000,
					   100000000000000000,
					   1000000000000000000,
					   10000000000000000000u };
	size_t bits = 64 - (size_t)__builtin_clzll(number | 1), least = bits * 1233 >> 12;

	return least + (number >= powers[least]);
}

/* Two digits at a time, from the end. */
size_t int_print(int64_t number, char out[INT_PRINTED_MAX])
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
	size_t length = count_digits(rest) + (number < 0);
	char *at = out + length;

	*out = '-';
	for (; rest >= 10; rest /= 100)
		memcpy(at -= 2, &pairs[rest % 100 * 2], 2);
	if (rest || number == 0)
		at[-1] = (char)('0' + rest);
	return length;
}

bool text_to_int(struct text a, int64_t *number)
{
	bool negative = a.length && a.data[0] == '-';
	size_t i = negative || (a.length && a.data[0] == '+');
	int64_t sum = 0;

	if (i == a.length)
		return false;
	for (; i < a.length; i++) {
		if (!byte_is_digit(a.data[i]) || __builtin_mul_overflow(sum, 10, &sum))
			return false;
		if (__builtin_sub_overflow(sum, a.data[i] - '0',
					   &sum)) /* downwards: INT64_MIN fits */
			return false;
	}
	if (!negative && __builtin_sub_overflow((int64_t)0, sum, &sum))
		return false;
	*number = sum;
	return true;
}

static bool is_float_byte(char c)
{
	return byte_is_digit(c) || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

bool text_to_float(struct text a, double *number)
{
	char copy[64], *end;

	if (a.length == 0 || a.length >= sizeof(copy))
		return false;
	for (size_t i = 0; i < a.length; i++) { /* strtod would take "nan", "inf" and hex */
		if (!is_float_byte(a.data[i]))
			return false;
		copy[i] = a.data[i];
	}
	copy[a.length] = '\0';
	errno = 0;
	*number = strtod(copy, &end);
	return *end == '\0' && errno != ERANGE;
}

size_t text_character(struct text a, size_t at)
{
	const unsigned char *s = (const unsigned char *)a.data + at;
	size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (length == 0 || s[0] > 0xf4 || length > a.length - at)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return length;
}

bool text_is_utf8(struct text a)
{
	for (size_t at = 0, length; at < a.length; at += length) {
		length = text_character(a, at);
		if (length == 0)
			return false;
	}
	return true;
}

bool text_next_word(struct text text, size_t *at, struct text *word)
{
	size_t from;

	while (*at < text.length && byte_is_space(text.data[*at]))
		++*at;
	for (from = *at; *at < text.length && !byte_is_space(text.data[*at]);)
		++*at;
	*word = text_part(text, from, *at);
	return *at > from;
}
