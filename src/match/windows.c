#include "match/windows.h"

void windows_mark(struct windows *windows, unsigned at, char byte, unsigned bucket)
{
	unsigned char number = (unsigned char)byte;
	uint8_t bit = (uint8_t)(1u << bucket);

	windows->beyond_ascii |= number >= 0x80;
	windows->low[at][number & 15] |= bit;
	windows->high[at][number >> 4] |= bit;
	windows->six[at][number & 63] |= bit;
}

/* Loops without a call in them: their tables stay in registers. */
#if defined(__x86_64__)
#include <immintrin.h>

/* ---- 32 places by AVX2: two shuffles for each byte ---- */

#define WITH_AVX2 __attribute__((target("avx2")))

struct shuffle {
	__m256i low, high;
};

WITH_AVX2 static inline __m256i twice(const uint8_t bytes[16])
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)bytes));
}

/* A shuffle says 0 for bytes beyond ASCII by itself. */
WITH_AVX2 static inline __m256i buckets_of(__m256i bytes, struct shuffle shuffle, bool beyond_ascii)
{
	const __m256i half = _mm256_set1_epi8(15);
	__m256i upper = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);
	__m256i lower = beyond_ascii ? _mm256_and_si256(bytes, half) : bytes;

	return _mm256_and_si256(_mm256_shuffle_epi8(shuffle.low, lower),
				_mm256_shuffle_epi8(shuffle.high, upper));
}

enum { BLOCK_AVX2 = 32, BLOCK_AVX512 = 64 };

WITH_AVX2 static inline size_t next_by_halves(const struct windows *windows, const char *bytes,
					      size_t at, size_t last, bool beyond_ascii,
					      uint64_t *places)
{
	struct shuffle shuffles[WINDOW];

#pragma GCC unroll 4
	for (unsigned i = 0; i < WINDOW; i++)
		shuffles[i] = (struct shuffle){ twice(windows->low[i]), twice(windows->high[i]) };
	for (*places = 0; at <= last; at += BLOCK_AVX2) {
		__m256i fit = _mm256_set1_epi8(-1);

#pragma GCC unroll 4
		for (unsigned i = 0; i < WINDOW; i++) {
			const void *from = bytes + at + i;
			__m256i block = _mm256_loadu_si256((const __m256i *)from);

			fit = _mm256_and_si256(fit, buckets_of(block, shuffles[i], beyond_ascii));
		}
		if (!_mm256_testz_si256(fit, fit)) {
			__m256i none = _mm256_cmpeq_epi8(fit, _mm256_setzero_si256());

			*places = ~(uint32_t)_mm256_movemask_epi8(none);
			break;
		}
	}
	return at;
}

WITH_AVX2 static size_t next_avx2(const struct windows *windows, const char *bytes, size_t at,
				  size_t last, uint64_t *places)
{
	return windows->beyond_ascii ? next_by_halves(windows, bytes, at, last, true, places)
				     : next_by_halves(windows, bytes, at, last, false, places);
}

/* ---- 64 places by AVX-512: one look-up for each byte, by six of its bits ---- */

#define WITH_AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi")))

/* Letters share their six bits with digits and signs, which are rarer. */
WITH_AVX512 static size_t next_avx512(const struct windows *windows, const char *bytes, size_t at,
				      size_t last, uint64_t *places)
{
	__m512i tables[WINDOW];

#pragma GCC unroll 4
	for (unsigned i = 0; i < WINDOW; i++)
		tables[i] = _mm512_loadu_si512(windows->six[i]);
	for (*places = 0; at <= last; at += BLOCK_AVX512) {
		__m512i fit = _mm512_set1_epi8(-1);

#pragma GCC unroll 4
		for (unsigned i = 0; i < WINDOW; i++) {
			__m512i block = _mm512_loadu_si512(bytes + at + i);

			fit = _mm512_and_si512(fit, _mm512_permutexvar_epi8(block, tables[i]));
		}
		*places = _mm512_test_epi8_mask(fit, fit);
		if (*places)
			break;
	}
	return at;
}

const struct windows_way *windows_way(unsigned number)
{
	static const struct windows_way avx512 = { "avx512", BLOCK_AVX512, next_avx512 },
					avx2 = { "avx2", BLOCK_AVX2, next_avx2 };
	const struct windows_way *here[3] = { NULL };
	unsigned count = 0;

	if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi"))
		here[count++] = &avx512;
	if (__builtin_cpu_supports("avx2"))
		here[count++] = &avx2;
	return number < count ? here[number] : NULL;
}
#else
const struct windows_way *windows_way(unsigned number)
{
	(void)number;
	return NULL;
}
#endif
