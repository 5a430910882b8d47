#include "service/sha256.h"

#include "base/cursor.h"

#include <string.h>

enum { BLOCK = 64, ROUNDS = 64 };

static const uint32_t constants[ROUNDS] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static uint32_t turn(uint32_t word, unsigned by)
{
	return word >> by | word << (32 - by);
}

static void schedule(const uint8_t *block, uint32_t words[ROUNDS])
{
	for (unsigned i = 0; i < 16; i++)
		words[i] = big_endian_32((const char *)block + 4 * i);
	for (unsigned i = 16; i < ROUNDS; i++) {
		uint32_t a = words[i - 15], b = words[i - 2];
		words[i] = words[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) + words[i - 7] +
			   (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
	}
}

/* The eight registers a to h, as the standard names them. */
static void mix(uint32_t state[8], const uint8_t *block)
{
	uint32_t words[ROUNDS], now[8];
	schedule(block, words);
	memcpy(now, state, sizeof(now));
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint32_t a = now[0], b = now[1], c = now[2], e = now[4];
		uint32_t first = now[7] + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) +
				 ((e & now[5]) ^ (~e & now[6])) + constants[i] + words[i];
		uint32_t second =
			(turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
		memmove(now + 1, now, 7 * sizeof(*now));
		now[4] += first;
		now[0] = first + second;
	}
	for (unsigned i = 0; i < 8; i++)
		state[i] += now[i];
}

/* What is left behind whole blocks, a one bit, and the length in bits at the very end. */
static void finish(uint32_t state[8], const uint8_t *rest, size_t left, uint64_t length)
{
	uint8_t tail[2 * BLOCK] = { 0 };
	size_t size = left + 9 > BLOCK ? 2 * BLOCK : BLOCK;
	if (left)
		memcpy(tail, rest, left);
	tail[left] = 0x80;
	for (unsigned i = 0; i < 8; i++)
		tail[size - 1 - i] = (uint8_t)(length * 8 >> 8 * i);
	for (size_t at = 0; at < size; at += BLOCK)
		mix(state, tail + at);
}

void sha256(const void *bytes, size_t length, uint8_t hash[SHA256_SIZE])
{
	uint32_t state[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
			      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
	size_t whole = length / BLOCK * BLOCK;
	for (size_t at = 0; at < whole; at += BLOCK)
		mix(state, (const uint8_t *)bytes + at);
	finish(state, whole == length ? NULL : (const uint8_t *)bytes + whole, length - whole,
	       length);
	for (unsigned i = 0; i < SHA256_SIZE; i++)
		hash[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}
