#include "common.h"
/* session = 64 KB-chunk arena reset; 10 variables; handler touches all of them */
typedef struct {
	int64_t a, b, c, d, e, f;
	sv s1, s2, s3, s4;
} S;
static char ar[65536];
int main(int argc, char **argv)
{
	ARGS int64_t t = 0;
	for (long i = 0; i < N; i++) {
		char *p = ar;
		S *s = (S *)p;
		p += sizeof *s;
		memset(s, 0, sizeof *s);
		s->a = i % 7;
		s->b = s->a + 1;
		s->c = s->b * 2;
		s->d = s->c - 3;
		s->e = s->d + s->a + 1;
		s->f = s->e % 5;
		int l = 8;
		memcpy(p, "sender-", 7);
		p[7] = '0' + s->f;
		s->s1 = (sv){ p, l };
		p += 8;
		memcpy(p, s->s1.p, 8);
		memcpy(p + 8, "@example.org", 12);
		s->s2 = (sv){ p, 20 };
		p += 20;
		s->s3 = s->s2;
		s->s4 = (sv){ s->s2.p + 9, 11 };
		if (s->s4.n == 11 && !memcmp(s->s4.p, "example.org", 11))
			s->a += 10;
		__asm__ volatile("" ::"r"(ar) : "memory");
		t += s->a + s->f + s->s3.n;
	}
	OUT(t);
}
