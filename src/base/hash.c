#include "base/hash.h"

#include "base/wait.h"

#include <pthread.h>
#include <sys/random.h>

static uint64_t seed[2];
static pthread_once_t seeded = PTHREAD_ONCE_INIT;

/* A kernel without random bytes this early is no reason to stop: the clock and an address that the
 * loader chose are still unknown outside. */
static void make_seed(void)
{
	if (getrandom(seed, sizeof(seed), GRND_NONBLOCK) != (ssize_t)sizeof(seed)) {
		seed[0] = (uint64_t)clock_monotonic() * 0x9e3779b97f4a7c15u;
		seed[1] = (uint64_t)(uintptr_t)&seed ^ (uint64_t)clock_wall();
	}
	seed[0] |= 1;
	seed[1] |= 1;
}

/* The 128-bit product folded: every input bit reaches every output bit. */
static inline uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t read_word(const unsigned char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

/* 1 to 8 bytes; pieces may overlap. */
static inline uint64_t read_tail(const unsigned char *bytes, size_t length)
{
	uint32_t first, last;

	if (length < 4)
		return bytes[0] | (uint64_t)bytes[length / 2] << 8 |
		       (uint64_t)bytes[length - 1] << 16;
	memcpy(&first, bytes, sizeof(first));
	memcpy(&last, bytes + length - sizeof(last), sizeof(last));
	return first | (uint64_t)last << 32;
}

uint64_t hash_bytes(const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	uint64_t state;

	pthread_once(&seeded, make_seed);
	state = seed[0] ^ length;
	for (; length > 8; length -= 8, at += 8)
		state = mix(state ^ read_word(at), seed[1]);
	if (length)
		state ^= read_tail(at, length);
	return mix(mix(state, seed[1]), seed[0]);
}

uint64_t hash_ignoring_case(struct text text)
{
	const unsigned char *at = (const unsigned char *)text.data;
	size_t length = text.length;
	uint64_t state;

	pthread_once(&seeded, make_seed);
	state = seed[0] ^ length;
	for (; length > 8; length -= 8, at += 8)
		state = mix(state ^ word_lower(read_word(at)), seed[1]);
	if (length)
		state ^= word_lower(read_tail(at, length));
	return mix(state, seed[1]);
}

uint64_t hash_number(uint64_t number)
{
	return hash_bytes(&number, sizeof(number));
}
