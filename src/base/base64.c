#include "base/base64.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_SHUFFLES 1
#else
#define HAVE_SHUFFLES 0
#endif

/* One more than the digit is worth; 0 is none. */
static const signed char values[256] = {
	['A'] = 1,  ['B'] = 2,	['C'] = 3,  ['D'] = 4,	['E'] = 5,  ['F'] = 6,	['G'] = 7,
	['H'] = 8,  ['I'] = 9,	['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14,
	['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21,
	['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28,
	['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35,
	['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
	['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49,
	['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
	['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63,
	['/'] = 64,
};

int base64_value(char digit)
{
	return values[(unsigned char)digit] - 1;
}

#if HAVE_SHUFFLES
#define WITH_SHUFFLES __attribute__((target("ssse3")))

/* The classes of a byte's upper half and those its lower half is not good in: together none for
 * digits. */
#define DIGIT_CLASSES                                                                              \
	0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10,  \
		0x10
#define WRONG_CLASSES                                                                              \
	0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b,  \
		0x1a
/* What is added to a digit, by its upper half; that of "/" stands one before its own. */
#define TO_VALUE 0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0

/* 16 digits to what they are worth; false when one is none. */
WITH_SHUFFLES static inline bool wide_values(__m128i digits, __m128i *worth)
{
	const __m128i slash = _mm_set1_epi8('/'); /* its four lower bits are set: a mask too */
	__m128i upper = _mm_and_si128(_mm_srli_epi32(digits, 4), slash);
	__m128i is = _mm_shuffle_epi8(_mm_setr_epi8(DIGIT_CLASSES), upper);
	__m128i wrong =
		_mm_shuffle_epi8(_mm_setr_epi8(WRONG_CLASSES), _mm_and_si128(digits, slash));
	__m128i row = _mm_add_epi8(_mm_cmpeq_epi8(digits, slash), upper);
	__m128i good = _mm_cmpeq_epi8(_mm_and_si128(is, wrong), _mm_setzero_si128());

	*worth = _mm_add_epi8(digits, _mm_shuffle_epi8(_mm_setr_epi8(TO_VALUE), row));
	return _mm_movemask_epi8(good) == 0xffff;
}

/* Six bits of each of 16 bytes to 12 bytes. */
WITH_SHUFFLES static inline __m128i wide_pack(__m128i worth)
{
	__m128i pairs = _mm_maddubs_epi16(worth, _mm_set1_epi32(0x01400140));
	__m128i groups = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00011000));

	return _mm_shuffle_epi8(
		groups, _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
}

/* As many times 16 digits as there are; how many digits. */
WITH_SHUFFLES static size_t wide_groups(const char *from, size_t length, char *to, size_t room)
{
	size_t taken = 0;
	__m128i worth;

	for (; length - taken >= 16 && room >= 16; taken += 16, to += 12, room -= 12) {
		if (!wide_values(_mm_loadu_si128((const __m128i *)(const void *)(from + taken)),
				 &worth))
			break;
		_mm_storeu_si128((__m128i *)(void *)to, wide_pack(worth));
	}
	return taken;
}
#else
static size_t wide_groups(const char *from, size_t length, char *to, size_t room)
{
	(void)from;
	(void)length;
	(void)to;
	(void)room;
	return 0;
}
#endif

static bool can_go_wide(void)
{
#if HAVE_SHUFFLES
	return __builtin_cpu_supports("ssse3");
#else
	return false;
#endif
}

size_t base64_groups(const char *from, size_t length, char *to, size_t room)
{
	size_t taken = can_go_wide() ? wide_groups(from, length, to, room) : 0,
	       written = taken / 4 * 3;

	for (; length - taken >= 4 && room - written >= 3; taken += 4, written += 3) {
		int a = base64_value(from[taken]), b = base64_value(from[taken + 1]),
		    c = base64_value(from[taken + 2]), d = base64_value(from[taken + 3]);
		unsigned bits =
			(unsigned)a << 18 | (unsigned)b << 12 | (unsigned)c << 6 | (unsigned)d;

		if ((a | b | c | d) < 0)
			break;
		to[written] = (char)(bits >> 16);
		to[written + 1] = (char)(bits >> 8);
		to[written + 2] = (char)bits;
	}
	return taken;
}
