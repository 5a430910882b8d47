#include "common.h"
static const char *P[10] = { "^[^@\\s]+@([a-z0-9-]+\\.)+[a-z]{2,}$",
			     "^(\\d{1,3})[.-](\\d{1,3})[.-](\\d{1,3})[.-](\\d{1,3})\\.",
			     "(dyn|dhcp|dsl|ppp|pool|cable|dial|broadband)[-.0-9]",
			     "\\b(viagra|cialis|lottery|inheritance|bitcoin|crypto)\\b",
			     "https?://([^/\\s]+)/",
			     "^(re|fwd?|aw|tr):\\s*",
			     "[a-z]+\\d{4,}@",
			     "\\.(ru|cn|top|xyz|click|work)$",
			     "^([^+@]+)\\+([^@]+)@(.+)$",
			     "(.)\\1{4,}" };
int main(int argc, char **argv)
{
	ARGS size_t n, c;
	char *b = rd(D, "subjects.txt", &n);
	sv *l = split(b, n, "\n", &c);
	pcre2_code *r[10];
	for (int i = 0; i < 10; i++) {
		int e;
		size_t o;
		r[i] = pcre2_compile(
			(PCRE2_SPTR)P[i], PCRE2_ZERO_TERMINATED,
			(i == 0 || i == 2 || i == 3 || i == 5 || i == 6) ? PCRE2_CASELESS : 0, &e,
			&o, 0);
		if (!getenv("NOJIT"))
			pcre2_jit_compile(r[i], PCRE2_JIT_COMPLETE);
	}
	pcre2_match_data *md = pcre2_match_data_create(16, 0);
	size_t *ov = pcre2_get_ovector_pointer(md);
	int64_t t = 0;
	int slow = getenv("NOJIT") != 0;
	for (long i = 0; i < N; i++) {
		sv s = l[i % c];
		for (int j = 0; j < 10; j++) {
			int rc = slow ? pcre2_match(r[j], (PCRE2_SPTR)s.p, s.n, 0, 0, md, 0)
				      : pcre2_jit_match(r[j], (PCRE2_SPTR)s.p, s.n, 0, 0, md, 0);
			if (rc > 0) {
				t += j + 1;
				if (j == 4 || j == 8)
					t += ov[3] - ov[2];
			}
		}
	}
	OUT(t);
}
