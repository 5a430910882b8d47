#include "common.h"
/* naive s = s + piece: a growable buffer per string, 1000 appends each */
int main(int argc, char **argv)
{
	ARGS int64_t t = 0;
	for (long k = 0; k < N; k++) {
		size_t n = 0, cap = 32;
		char *s = malloc(cap);
		for (int i = 0; i < 1000; i++) {
			if (n + 8 > cap)
				s = realloc(s, cap *= 2);
			memcpy(s + n, "abcdefg ", 8);
			n += 8;
			__asm__ volatile("" ::"r"(s) : "memory");
		}
		t += n;
		free(s);
	}
	OUT(t);
}
