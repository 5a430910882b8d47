#define _GNU_SOURCE
#define PCRE2_CODE_UNIT_WIDTH 8
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <stdint.h>
#include <ctype.h>
#include <pcre2.h>
static char *rd(const char *d, const char *f, size_t *len)
{
	char p[512];
	snprintf(p, 512, "%s/%s", d, f);
	FILE *fp = fopen(p, "rb");
	if (!fp) {
		perror(p);
		exit(1);
	}
	fseek(fp, 0, SEEK_END);
	long n = ftell(fp);
	rewind(fp);
	char *b = malloc(n + 1);
	if (fread(b, 1, n, fp) != (size_t)n)
		exit(1);
	b[n] = 0;
	fclose(fp);
	if (len)
		*len = n;
	return b;
}
typedef struct {
	const char *p;
	uint32_t n;
} sv;
/* split buffer by separator string into views */
static sv *split(char *b, size_t n, const char *sep, size_t *cnt)
{
	size_t cap = 64, k = 0, sl = strlen(sep);
	sv *v = malloc(cap * sizeof *v);
	char *p = b, *e = b + n;
	for (;;) {
		char *q = memmem(p, e - p, sep, sl);
		if (k == cap)
			v = realloc(v, (cap *= 2) * sizeof *v);
		v[k].p = p;
		v[k].n = (q ? q : e) - p;
		k++;
		if (!q)
			break;
		p = q + sl;
	}
	*cnt = k;
	return v;
}
#define ARGS                                                                                       \
	const char *D = argv[1];                                                                   \
	long N = atol(argv[2]);                                                                    \
	(void)D;
#define OUT(x) printf("R %lld\n", (long long)(x))
