#include "common.h"
#include <hs/hs.h>
/* which of 50 literals occur in each 64 KB chunk. MODE env: hs (default), memmem, ac, pcre */
static unsigned char seen[50];
static int cb(unsigned id, unsigned long long f, unsigned long long t, unsigned fl, void *c)
{
	seen[id] = 1;
	return 0;
}
typedef struct {
	int nx[256];
	int fail;
	uint64_t out;
} node;
static node *A;
static int na = 1;
int main(int argc, char **argv)
{
	ARGS size_t n, c, ln;
	char *b = rd(D, "body.txt", &n);
	c = n / 65536;
	char *lb = rd(D, "literals.txt", &ln);
	size_t k;
	sv *L = split(lb, ln, "\n", &k);
	const char *mode = getenv("MODE");
	if (!mode)
		mode = "hs";
	int64_t t = 0;
	if (!strcmp(mode, "hs")) {
		const char *ex[50];
		unsigned fl[50], id[50];
		size_t len[50];
		for (int i = 0; i < 50; i++) {
			char *z = strndup(L[i].p, L[i].n);
			ex[i] = z;
			fl[i] = HS_FLAG_SINGLEMATCH;
			id[i] = i;
			len[i] = L[i].n;
		}
		hs_database_t *db;
		hs_compile_error_t *er;
		if (hs_compile_lit_multi(ex, fl, id, len, 50, HS_MODE_BLOCK, 0, &db, &er) !=
		    HS_SUCCESS) {
			puts(er->message);
			return 1;
		}
		hs_scratch_t *sc = 0;
		hs_alloc_scratch(db, &sc);
		for (long i = 0; i < N; i++) {
			memset(seen, 0, 50);
			hs_scan(db, b + (i % c) * 65536, 65536, 0, sc, cb, 0);
			for (int j = 0; j < 50; j++)
				t += seen[j] * (j + 1);
		}
	} else if (!strcmp(mode, "memmem")) {
		for (long i = 0; i < N; i++)
			for (int j = 0; j < 50; j++)
				if (memmem(b + (i % c) * 65536, 65536, L[j].p, L[j].n))
					t += j + 1;
	} else if (!strcmp(mode, "ac")) {
		A = calloc(2000, sizeof(node));
		for (int j = 0; j < 50; j++) {
			int s = 0;
			for (uint32_t i = 0; i < L[j].n; i++) {
				int ch = (unsigned char)L[j].p[i];
				if (!A[s].nx[ch])
					A[s].nx[ch] = na++;
				s = A[s].nx[ch];
			}
			A[s].out |= 1ull << j;
		}
		int *q = malloc(4 * na), h = 0, tl = 0;
		for (int ch = 0; ch < 256; ch++)
			if (A[0].nx[ch])
				q[tl++] = A[0].nx[ch];
		while (h < tl) {
			int s = q[h++];
			A[s].out |= A[A[s].fail].out;
			for (int ch = 0; ch < 256; ch++) {
				int v = A[s].nx[ch];
				if (v) {
					A[v].fail = A[A[s].fail].nx[ch];
					q[tl++] = v;
				} else
					A[s].nx[ch] = A[A[s].fail].nx[ch];
			}
		}
		for (long i = 0; i < N; i++) {
			uint64_t m = 0;
			int s = 0;
			unsigned char *p = (unsigned char *)b + (i % c) * 65536;
			for (int x = 0; x < 65536; x++) {
				s = A[s].nx[p[x]];
				m |= A[s].out;
			}
			for (int j = 0; j < 50; j++)
				if (m >> j & 1)
					t += j + 1;
		}
	} else {
		char pat[4096];
		int o = 0;
		for (int j = 0; j < 50; j++)
			o += sprintf(pat + o, "%s(*MARK:%d)\\Q%.*s\\E", j ? "|" : "", j,
				     (int)L[j].n, L[j].p);
		int e;
		size_t eo;
		pcre2_code *r = pcre2_compile((PCRE2_SPTR)pat, o, 0, &e, &eo, 0);
		pcre2_jit_compile(r, PCRE2_JIT_COMPLETE);
		pcre2_match_data *md = pcre2_match_data_create(4, 0);
		size_t *ov = pcre2_get_ovector_pointer(md);
		for (long i = 0; i < N; i++) {
			uint64_t m = 0;
			size_t off = 0;
			while (pcre2_jit_match(r, (PCRE2_SPTR)b + (i % c) * 65536, 65536, off, 0,
					       md, 0) > 0) {
				m |= 1ull << atoi((char *)pcre2_get_mark(md));
				off = ov[1];
			}
			for (int j = 0; j < 50; j++)
				if (m >> j & 1)
					t += j + 1;
		}
	}
	OUT(t);
}
