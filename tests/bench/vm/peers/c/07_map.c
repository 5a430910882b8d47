#include "common.h"
typedef struct {
	char *k;
	uint32_t n, h;
	int64_t v;
} ent;
static inline uint32_t hsh(const char *p, uint32_t n)
{
	uint64_t h = n * 0x9E3779B97F4A7C15ull;
	while (n >= 8) {
		uint64_t x;
		memcpy(&x, p, 8);
		h = (h ^ x) * 0x9FB21C651E98DF25ull;
		h ^= h >> 32;
		p += 8;
		n -= 8;
	}
	uint64_t x = 0;
	memcpy(&x, p, n);
	h = (h ^ x) * 0x9FB21C651E98DF25ull;
	return h >> 32;
}
static ent *T;
static uint32_t cap, cnt;
static char *ar, *ae;
static char *dup_(const char *p, uint32_t n)
{
	if (ar + n > ae) {
		ar = malloc(1 << 20);
		ae = ar + (1 << 20);
	}
	char *r = ar;
	memcpy(r, p, n);
	ar += n;
	return r;
}
static ent *get(const char *k, uint32_t n, int ins)
{
	uint32_t h = hsh(k, n);
	if (ins && cnt * 4 >= cap * 3) {
		uint32_t oc = cap;
		ent *o = T;
		cap = cap ? cap * 2 : 16;
		T = calloc(cap, sizeof *T);
		for (uint32_t i = 0; i < oc; i++)
			if (o[i].k) {
				uint32_t s = o[i].h & (cap - 1);
				while (T[s].k)
					s = (s + 1) & (cap - 1);
				T[s] = o[i];
			}
		free(o);
	}
	if (!cap)
		return 0;
	uint32_t s = h & (cap - 1);
	while (T[s].k) {
		if (T[s].h == h && T[s].n == n && !memcmp(T[s].k, k, n))
			return &T[s];
		s = (s + 1) & (cap - 1);
	}
	if (!ins)
		return 0;
	cnt++;
	T[s] = (ent){ dup_(k, n), n, h, 0 };
	return &T[s];
}
static uint32_t key(char *o, long i)
{
	char *p = o;
	*p++ = 'h';
	char t[24];
	int n = 0;
	long x = i;
	do
		t[n++] = '0' + x % 10;
	while (x /= 10);
	while (n)
		*p++ = t[--n];
	memcpy(p, ".d", 2);
	p += 2;
	x = i % 997;
	do
		t[n++] = '0' + x % 10;
	while (x /= 10);
	while (n)
		*p++ = t[--n];
	memcpy(p, ".example.org", 12);
	return p + 12 - o;
}
int main(int argc, char **argv)
{
	ARGS char k[64];
	int64_t t = 0;
	for (long i = 0; i < N; i++) {
		uint32_t n = key(k, i);
		get(k, n, 1)->v = i;
	}
	for (long i = 0; i < N; i++) {
		uint32_t n = key(k, i * 2);
		ent *e = get(k, n, 0);
		if (e)
			t += e->v;
	}
	OUT(t);
}
