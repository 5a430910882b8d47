#include "vm/siphash.h"

#include "base/hash.h"

#include <string.h>

struct state {
	uint64_t a, b, c, d;
};

static uint64_t rotate(uint64_t word, unsigned by)
{
	return word << by | word >> (64 - by);
}

static void round_once(struct state *s)
{
	s->a += s->b;
	s->c += s->d;
	s->b = rotate(s->b, 13) ^ s->a;
	s->d = rotate(s->d, 16) ^ s->c;
	s->a = rotate(s->a, 32);
	s->c += s->b;
	s->a += s->d;
	s->b = rotate(s->b, 17) ^ s->c;
	s->d = rotate(s->d, 21) ^ s->a;
	s->c = rotate(s->c, 32);
}

/* The words that the algorithm prescribes, with a key that hash_number's own seed makes. */
static struct state begin(void)
{
	uint64_t first = hash_number(1), second = hash_number(2);

	return (struct state){ first ^ 0x736f6d6570736575u, second ^ 0x646f72616e646f6du,
			       first ^ 0x6c7967656e657261u, second ^ 0x7465646279746573u };
}

static void absorb(struct state *s, uint64_t word)
{
	s->d ^= word;
	round_once(s);
	s->a ^= word;
}

uint64_t siphash(const void *bytes, size_t length)
{
	struct state s = begin();
	const char *at = bytes;
	uint64_t word, last = (uint64_t)length << 56;
	size_t left = length;

	for (; left >= sizeof(word); left -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		absorb(&s, word);
	}
	for (size_t i = 0; i < left; i++)
		last |= (uint64_t)(unsigned char)at[i] << (8 * i);
	absorb(&s, last);
	s.c ^= 0xff;
	for (int i = 0; i < 3; i++)
		round_once(&s);
	return s.a ^ s.b ^ s.c ^ s.d;
}
