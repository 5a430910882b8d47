#include "common.h"
typedef struct {
	sv from;
	sv to;
	sv subject;
	sv helo;
	sv ip;
	sv spf;
	sv ctype;
	long size, nrcpt, nurls;
} M;
#define EQ(f, s)  (m->f.n == sizeof(s) - 1 && !memcmp(m->f.p, s, sizeof(s) - 1))
#define SUB(f, s) (memmem(m->f.p, m->f.n, s, sizeof(s) - 1) != 0)
#define RE(i, f)  (pcre2_jit_match(R[i], (PCRE2_SPTR)m->f.p, m->f.n, 0, 0, md, 0) > 0)
static pcre2_code *R[100];
static pcre2_match_data *md;
static pcre2_code *rc(const char *p)
{
	int e;
	size_t o;
	pcre2_code *c = pcre2_compile((PCRE2_SPTR)p, PCRE2_ZERO_TERMINATED, 0, &e, &o, 0);
	pcre2_jit_compile(c, PCRE2_JIT_COMPLETE);
	return c;
}
__attribute__((noinline)) static long score(M *m)
{
	long s = 0;
	if (m->size < 158028)
		s += 3;
	if (EQ(from, "john@data4.org"))
		s += -3;
	if (EQ(ctype, "text/plain"))
		s += 3;
	if (SUB(helo, "no-reply"))
		s += 3;
	if (SUB(subject, "shipping"))
		s += 5;
	if (SUB(from, "sales"))
		s += 4;
	if (RE(6, ip))
		s += 9;
	if (RE(7, helo))
		s += 8;
	if (m->nrcpt < 17)
		s += 1;
	if (m->nrcpt < 10)
		s += 1;
	if (EQ(from, "peter.smith@cloud89.com"))
		s += 1;
	if (EQ(ctype, "multipart/mixed"))
		s += 9;
	if (EQ(ctype, "text/html"))
		s += 5;
	if (SUB(subject, "question"))
		s += 5;
	if (SUB(from, "shop"))
		s += -2;
	if (SUB(helo, "sales"))
		s += -5;
	if (RE(16, ip))
		s += 6;
	if (RE(17, helo))
		s += 7;
	if (m->nurls < 29)
		s += -1;
	if (m->nurls > 36)
		s += -1;
	if (m->nurls < 14)
		s += -2;
	if (EQ(helo, "mail175.top"))
		s += -4;
	if (EQ(helo, "news3.org"))
		s += 6;
	if (SUB(helo, ".ru"))
		s += 7;
	if (SUB(subject, "release"))
		s += 2;
	if (SUB(helo, ".ru"))
		s += 1;
	if (RE(26, helo))
		s += -2;
	if (RE(27, helo))
		s += 3;
	if (m->size < 137118)
		s += 1;
	if (m->nrcpt < 14)
		s += 8;
	if (EQ(ctype, "text/plain"))
		s += 1;
	if (EQ(from, "no-reply@host90.ru"))
		s += -5;
	if (EQ(ip, "184.122.227.72"))
		s += -1;
	if (SUB(subject, "answer"))
		s += -2;
	if (SUB(helo, ".ru"))
		s += 1;
	if (SUB(subject, "to"))
		s += 1;
	if (RE(36, ip))
		s += 2;
	if (RE(37, ip))
		s += -3;
	if (m->nurls < 8)
		s += 8;
	if (m->nurls > 8)
		s += -1;
	if (m->nrcpt > 18)
		s += 6;
	if (EQ(helo, "web0.co.uk"))
		s += 9;
	if (EQ(ctype, "text/html"))
		s += -5;
	if (SUB(to, "sales"))
		s += -2;
	if (SUB(from, "corp"))
		s += 7;
	if (SUB(helo, "corp"))
		s += 8;
	if (RE(46, subject))
		s += 1;
	if (RE(47, subject))
		s += -5;
	if (m->size < 76008)
		s += 5;
	if (m->nrcpt > 24)
		s += -5;
	if (EQ(ctype, "text/plain"))
		s += -3;
	if (EQ(helo, "mail94.ru"))
		s += -1;
	if (EQ(helo, "data22.co.uk"))
		s += 6;
	if (SUB(to, ".ru"))
		s += 8;
	if (SUB(to, "dyn-"))
		s += -3;
	if (SUB(helo, ".ru"))
		s += -5;
	if (RE(56, subject))
		s += 1;
	if (RE(57, subject))
		s += 3;
	if (m->size > 47675)
		s += -1;
	if (m->size > 51849)
		s += 7;
	if (m->nurls > 10)
		s += 4;
	if (EQ(ctype, "text/plain"))
		s += 1;
	if (EQ(from, "k.mueller@host149.cn"))
		s += -4;
	if (SUB(to, "mail1"))
		s += -4;
	if (SUB(from, ".top"))
		s += -1;
	if (SUB(subject, "invoice"))
		s += 3;
	if (RE(66, subject))
		s += 3;
	if (RE(67, subject))
		s += 7;
	if (m->size < 53112)
		s += 6;
	if (m->size < 39289)
		s += 9;
	if (EQ(ip, "216.58.163.22"))
		s += 9;
	if (EQ(ip, "196.20.223.201"))
		s += -1;
	if (EQ(ctype, "text/plain"))
		s += 4;
	if (SUB(to, "shop"))
		s += 3;
	if (SUB(helo, ".top"))
		s += 7;
	if (SUB(subject, "phone"))
		s += 1;
	if (RE(76, ip))
		s += 1;
	if (RE(77, helo))
		s += 1;
	if (m->nrcpt > 22)
		s += 7;
	if (m->nurls > 5)
		s += 8;
	if (m->size > 3315)
		s += 1;
	if (EQ(ip, "152.160.55.153"))
		s += 9;
	if (EQ(spf, "softfail"))
		s += 1;
	if (SUB(subject, "customer"))
		s += -1;
	if (SUB(to, "dyn-"))
		s += 8;
	if (SUB(subject, "deadline"))
		s += 9;
	if (RE(86, ip))
		s += -4;
	if (RE(87, from))
		s += 5;
	if (m->nurls > 40)
		s += 4;
	if (m->nurls < 1)
		s += -3;
	if (EQ(ip, "143.147.160.241"))
		s += 6;
	if (EQ(helo, "corp207.net"))
		s += 1;
	if (EQ(spf, "pass"))
		s += 9;
	if (SUB(helo, "shop"))
		s += 1;
	if (SUB(to, ".ru"))
		s += 1;
	if (SUB(subject, "meeting"))
		s += 1;
	if (RE(96, from))
		s += -3;
	if (RE(97, subject))
		s += 8;
	if (m->nrcpt > 30)
		s += 5;
	if (m->nrcpt > 30)
		s += 3;
	return s;
}
int main(int argc, char **argv)
{
	ARGS md = pcre2_match_data_create(8, 0);
	R[6] = rc("^1[0-9]{2}\\.");
	R[7] = rc("^[^.]+\\.(com|net)$");
	R[16] = rc("^1[0-9]{2}\\.");
	R[17] = rc("^[^.]+\\.(com|net)$");
	R[26] = rc("^[^.]+\\.(com|net)$");
	R[27] = rc("^[^.]+\\.(com|net)$");
	R[36] = rc("^1[0-9]{2}\\.");
	R[37] = rc("^1[0-9]{2}\\.");
	R[46] = rc("^[a-z]+ (your|our) ");
	R[47] = rc("(invoice|payment|price) ");
	R[56] = rc("^[a-z]+ (your|our) ");
	R[57] = rc("(alert|security|password).*(reset|login)");
	R[66] = rc("(alert|security|password).*(reset|login)");
	R[67] = rc("^[a-z]+ (your|our) ");
	R[76] = rc("^1[0-9]{2}\\.");
	R[77] = rc("^(dyn|dhcp|pool)[-0-9]");
	R[86] = rc("^1[0-9]{2}\\.");
	R[87] = rc("^[a-z]+[0-9]{3,}@");
	R[96] = rc("\\.(ru|cn|top)$");
	R[97] = rc("(invoice|payment|price) ");
	size_t n, c, k;
	char *b = rd(D, "msgs.tsv", &n);
	sv *l = split(b, n, "\n", &c);
	M *ms = malloc(c * sizeof(M));
	for (size_t i = 0; i < c; i++) {
		sv *f = split((char *)l[i].p, l[i].n, "\t", &k);
		memcpy(&ms[i], f, 7 * sizeof(sv));
		ms[i].size = atol(f[7].p);
		ms[i].nrcpt = atol(f[8].p);
		ms[i].nurls = atol(f[9].p);
	}
	long t = 0;
	for (long i = 0; i < N; i++)
		t += score(&ms[i % c]);
	OUT(t);
}
