#include "common.h"
int main(int argc, char **argv)
{
	ARGS size_t n = 0, cap = 32;
	char *s = malloc(cap);
	const char *w[4] = { "alpha", "beta", "gamma", "delta" };
	for (long i = 0; i < N; i++) {
		const char *p = w[i & 3];
		size_t l = strlen(p);
		if (n + l + 1 > cap)
			s = realloc(s, cap *= 2);
		memcpy(s + n, p, l);
		n += l;
		s[n++] = ' ';
	}
	OUT(n);
}
