/* The W2 policy work, shared by the libmilter filter and the epoll server, so
 * that both run byte-identical policy code and differ only in the protocol. */
#ifndef W2CORE_H
#define W2CORE_H
#include <arpa/inet.h>
#include <pcre2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { SCAN_MEMMEM, SCAN_JIT, SCAN_SIMD };
static int w2_scan_mode = SCAN_MEMMEM;

static const struct {
	uint32_t net, mask;
} w2_cidr[5] = {{0x0a000000, 0xff000000},
		{0xac100000, 0xfff00000},
		{0xc0a80000, 0xffff0000},
		{0x7f000000, 0xff000000},
		{0xc6336400, 0xffffff00}};
static const char *w2_re_src[7] = {
	"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$",
	"^<?[-a-z0-9._%+=]+@([-a-z0-9]+\\.)+[a-z]{2,}>?$",
	"viagra|cialis|v1agra",
	"(^|[^a-z])free[[:space:]]+money([^a-z]|$)",
	"^(re|fwd?):[[:space:]]",
	"[[:digit:]]{6,}",
	"lottery.*(win|won|winner)"};
static const char *w2_lit[10] = {"click here to unsubscribe",
				 "act now",
				 "wire transfer",
				 "X5O!P%@AP",
				 "bitcoin wallet",
				 "verify your account",
				 "100% free",
				 "winner",
				 "confidential business proposal",
				 "no obligation"};
static size_t w2_litlen[10];
static pcre2_code *w2_re[8];

/* 1000 domains, open addressing */
#define W2_TAB 4096
static char *w2_tab[W2_TAB];
static uint32_t w2_hash(const char *s, size_t n)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	return h;
}
static int w2_lookup(const char *s, size_t n)
{
	for (uint32_t h = w2_hash(s, n);; h++) {
		char *e = w2_tab[h & (W2_TAB - 1)];
		if (!e)
			return 0;
		if (strlen(e) == n && !memcmp(e, s, n))
			return 1;
	}
}

typedef struct {
	int local, helo, from, rcpt, rcpt_hit, hdrs, subj, hits;
	size_t bytes;
	pcre2_match_data *md;
} w2_t;

static uint8_t simd_lo[3][32], simd_hi[3][32];
static void w2_init(const char *table_file)
{
	int err;
	PCRE2_SIZE eo;
	for (int i = 0; i < 8; i++) {
		const char *src =
			i < 7 ? w2_re_src[i]
			      : "click here to unsubscribe|act now|wire transfer|X5O!P%@AP|bitcoin "
				"wallet|verify your account|"
				"100% free|winner|confidential business proposal|no obligation";
		w2_re[i] = pcre2_compile((PCRE2_SPTR)src, PCRE2_ZERO_TERMINATED,
					 i < 7 ? PCRE2_CASELESS : 0, &err, &eo, NULL);
		if (!w2_re[i] || pcre2_jit_compile(w2_re[i], PCRE2_JIT_COMPLETE)) {
			fprintf(stderr, "regex %d\n", i);
			exit(2);
		}
	}
	for (int i = 0; i < 10; i++) {
		w2_litlen[i] = strlen(w2_lit[i]);
		/* bucket = literal number modulo 8; nibble masks for the first three bytes */
		for (int k = 0; k < 3; k++) {
			unsigned char ch = (unsigned char)w2_lit[i][k];
			for (int lane = 0; lane < 32; lane += 16) {
				simd_lo[k][lane + (ch & 15)] |= (uint8_t)(1u << (i & 7));
				simd_hi[k][lane + (ch >> 4)] |= (uint8_t)(1u << (i & 7));
			}
		}
	}
	FILE *f = fopen(table_file, "r");
	char line[256];
	if (!f) {
		perror(table_file);
		exit(2);
	}
	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\r\n")] = 0;
		if (!*line)
			continue;
		uint32_t h = w2_hash(line, strlen(line));
		while (w2_tab[h & (W2_TAB - 1)])
			h++;
		w2_tab[h & (W2_TAB - 1)] = strdup(line);
	}
	fclose(f);
}

static int w2_match(w2_t *s, int i, const char *v, size_t n)
{
	if (!s->md)
		s->md = pcre2_match_data_create(16, NULL);
	return pcre2_match(w2_re[i], (PCRE2_SPTR)v, n, 0, 0, s->md, NULL) >= 0;
}
static void w2_connect(w2_t *s, uint32_t ip)
{
	s->local = 0;
	for (int i = 0; i < 5; i++)
		if ((ip & w2_cidr[i].mask) == w2_cidr[i].net)
			s->local = 1;
}
static void w2_helo(w2_t *s, const char *h)
{
	s->helo = w2_match(s, 0, h, strlen(h));
}
static void w2_mail(w2_t *s, const char *a)
{
	s->rcpt = s->rcpt_hit = s->hdrs = s->subj = s->hits = 0;
	s->bytes = 0;
	s->from = w2_match(s, 1, a, strlen(a));
}
static void w2_rcpt(w2_t *s, const char *a)
{
	const char *at = strrchr(a, '@');
	s->rcpt++;
	if (!at)
		return;
	size_t n = strcspn(++at, ">");
	char d[256];
	if (n >= sizeof d)
		return;
	for (size_t i = 0; i < n; i++)
		d[i] = (char)(at[i] >= 'A' && at[i] <= 'Z' ? at[i] + 32 : at[i]);
	s->rcpt_hit += w2_lookup(d, n);
}
static void w2_header(w2_t *s, const char *n, const char *v)
{
	s->hdrs++;
	if (strcasecmp(n, "subject"))
		return;
	size_t l = strlen(v);
	for (int i = 2; i < 7; i++)
		s->subj += w2_match(s, i, v, l);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static unsigned w2_simd(const unsigned char *p, size_t n)
{
	unsigned found = 0;
	size_t i = 0;
	__m256i lo[3], hi[3];
	for (int k = 0; k < 3; k++) {
		lo[k] = _mm256_loadu_si256((void *)simd_lo[k]);
		hi[k] = _mm256_loadu_si256((void *)simd_hi[k]);
	}
	const __m256i m4 = _mm256_set1_epi8(15), z = _mm256_setzero_si256();
	for (; i + 34 <= n; i += 32) {
		__m256i x = _mm256_set1_epi8(-1);
		for (int k = 0; k < 3; k++) {
			__m256i a = _mm256_loadu_si256((const void *)(p + i + k));
			x = _mm256_and_si256(
				x, _mm256_and_si256(
					   _mm256_shuffle_epi8(lo[k], _mm256_and_si256(a, m4)),
					   _mm256_shuffle_epi8(
						   hi[k],
						   _mm256_and_si256(_mm256_srli_epi16(a, 4), m4))));
		}
		unsigned c = ~(unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, z));
		if (!c)
			continue;
		uint8_t bk[32];
		_mm256_storeu_si256((void *)bk, x);
		while (c) {
			unsigned lane = (unsigned)__builtin_ctz(c);
			size_t at = i + lane;
			c &= c - 1;
			for (unsigned m = bk[lane]; m; m &= m - 1)
				for (unsigned k = (unsigned)__builtin_ctz(m); k < 10; k += 8)
					if (n - at >= w2_litlen[k] &&
					    !memcmp(p + at, w2_lit[k], w2_litlen[k]))
						found |= 1u << k;
		}
	}
	for (; i < n; i++)
		for (int k = 0; k < 10; k++)
			if (p[i] == (unsigned char)w2_lit[k][0] && n - i >= w2_litlen[k] &&
			    !memcmp(p + i, w2_lit[k], w2_litlen[k]))
				found |= 1u << k;
	return found;
}
#endif

static void w2_body(w2_t *s, const unsigned char *p, size_t n)
{
	s->bytes += n;
	if (w2_scan_mode == SCAN_MEMMEM) {
		for (int i = 0; i < 10; i++)
			s->hits += memmem(p, n, w2_lit[i], w2_litlen[i]) != NULL;
#if defined(__x86_64__)
	} else if (w2_scan_mode == SCAN_SIMD) {
		s->hits += __builtin_popcount(w2_simd(p, n));
#endif
	} else {
		unsigned found = 0;
		size_t at = 0;
		if (!s->md)
			s->md = pcre2_match_data_create(16, NULL);
		while (at < n && pcre2_match(w2_re[7], (PCRE2_SPTR)p, n, at, PCRE2_NO_UTF_CHECK,
					     s->md, NULL) >= 0) {
			PCRE2_SIZE *ov = pcre2_get_ovector_pointer(s->md);
			for (int k = 0; k < 10; k++)
				if (ov[1] - ov[0] == w2_litlen[k] &&
				    !memcmp(p + ov[0], w2_lit[k], w2_litlen[k]))
					found |= 1u << k;
			at = ov[1];
		}
		s->hits += __builtin_popcount(found);
	}
}
static int w2_summary(w2_t *s, char *out, size_t n)
{
	return snprintf(out, n,
			"local=%d helo=%d from=%d rcpt=%d/%d hdrs=%d subj=%d bytes=%zu hits=%d",
			s->local, s->helo, s->from, s->rcpt_hit, s->rcpt, s->hdrs, s->subj,
			s->bytes, s->hits);
}
#endif
