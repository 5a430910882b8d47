#include "common.h"
/* limit version: memchr line scan, entries are views with folded flag, unfolding only on access,
 * case-insensitive 8-byte-at-a-time hash */
typedef struct {
	const char *k, *v;
	uint32_t kn, vn, h, fold;
} ent;
static inline uint64_t lo(uint64_t x)
{
	return x | 0x2020202020202020ull;
}
static inline uint32_t hsh(const char *p, uint32_t n)
{
	uint64_t a = 0, b = 0;
	if (n >= 8) {
		memcpy(&a, p, 8);
		memcpy(&b, p + n - 8, 8);
	} else if (n >= 4) {
		uint32_t x, y;
		memcpy(&x, p, 4);
		memcpy(&y, p + n - 4, 4);
		a = x;
		b = y;
	} else {
		a = (unsigned char)p[0] | (unsigned)(unsigned char)p[n / 2] << 8 |
		    (unsigned)(unsigned char)p[n - 1] << 16;
	}
	uint64_t h = (lo(a) * 0x9E3779B97F4A7C15ull) ^ (lo(b) * 0xC2B2AE3D27D4EB4Full) ^
		     n * 0x165667B19E3779F9ull;
	h ^= h >> 29;
	return h * 0x9E3779B97F4A7C15ull >> 32;
}
static inline int eqi(const char *a, const char *b, uint32_t n)
{
	while (n >= 8) {
		uint64_t x, y;
		memcpy(&x, a, 8);
		memcpy(&y, b, 8);
		if (lo(x) != lo(y))
			return 0;
		a += 8;
		b += 8;
		n -= 8;
	}
	while (n--)
		if ((*a++ | 32) != (*b++ | 32))
			return 0;
	return 1;
}
static char arena[1 << 16];
int main(int argc, char **argv)
{
	ARGS size_t n, c;
	char *b = rd(D, "headers.txt", &n);
	sv *bl = split(b, n, "\r\n\r\n", &c);
	int64_t t = 0;
	static const char *want[8] = { "From",	   "To",
				       "Subject",  "Message-ID",
				       "Received", "X-Spam-Status",
				       "List-Id",  "DKIM-Signature" };
	uint32_t wh[8], wn[8];
	for (int j = 0; j < 8; j++) {
		wn[j] = strlen(want[j]);
		wh[j] = hsh(want[j], wn[j]);
	}
	for (long i = 0; i < N; i++) {
		sv B = bl[i % c];
		ent m[64];
		unsigned char ix[64];
		memset(ix, 0, 64);
		int ne = 0;
		const char *p = B.p, *e = p + B.n;
		char *ap = arena;
		while (p < e) {
			const char *q = memchr(p, '\n', e - p);
			const char *nx = q ? q + 1 : e;
			const char *le = q ? (q > p && q[-1] == '\r' ? q - 1 : q) : e;
			uint32_t fold = 0;
			const char *ln = p;
			while (nx < e && (*nx == ' ' || *nx == '\t')) {
				fold++;
				q = memchr(nx, '\n', e - nx);
				le = q ? (q[-1] == '\r' ? q - 1 : q) : e;
				nx = q ? q + 1 : e;
			}
			const char *col = memchr(ln, ':', le - ln);
			if (col && ne < 62) {
				const char *v = col + 1;
				while (v < le && *v == ' ')
					v++;
				uint32_t kn = col - ln, h = hsh(ln, kn), s = h & 63;
				while (ix[s] && !(m[ix[s]].h == h && m[ix[s]].kn == kn &&
						  eqi(m[ix[s]].k, ln, kn)))
					s = (s + 1) & 63;
				if (!ix[s])
					ix[s] = ++ne;
				m[ix[s]] = (ent){ ln, v, kn, (uint32_t)(le - v), h, fold };
			}
			p = nx;
		}
		for (int j = 0; j < 8; j++) {
			uint32_t s = wh[j] & 63;
			while (ix[s] && !(m[ix[s]].h == wh[j] && m[ix[s]].kn == wn[j] &&
					  eqi(m[ix[s]].k, want[j], wn[j])))
				s = (s + 1) & 63;
			if (ix[s]) {
				ent *x = &m[ix[s]];
				if (x->fold) {
					char *o = ap;
					const char *v = x->v, *ve = v + x->vn;
					while (v < ve) {
						const char *q = memchr(v, '\n', ve - v);
						if (!q) {
							memcpy(o, v, ve - v);
							o += ve - v;
							break;
						}
						const char *z = q > v && q[-1] == '\r' ? q - 1 : q;
						memcpy(o, v, z - v);
						o += z - v;
						*o++ = ' ';
						v = q + 1;
						while (v < ve && (*v == ' ' || *v == '\t'))
							v++;
					}
					x->v = ap;
					x->vn = o - ap;
					ap = o;
					x->fold = 0;
				}
				t += x->vn;
			}
		}
	}
	OUT(t);
}
