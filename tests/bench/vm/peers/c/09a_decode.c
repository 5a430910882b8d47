#include "common.h"
static inline int hx(int c)
{
	return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}
int main(int argc, char **argv)
{
	ARGS size_t n, c, c2;
	char *b = rd(D, "b64.txt", &n);
	sv *p = split(b, n, "\n\n", &c);
	char *q = rd(D, "qp.txt", &n);
	sv *w = split(q, n, "\n\n", &c2);
	static signed char T[256];
	memset(T, -1, 256);
	for (int i = 0; i < 64; i++)
		T[(unsigned char)"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
			  [i]] = i;
	static unsigned char o[1 << 18];
	int64_t t = 0;
	for (long i = 0; i < N; i++) {
		sv s = p[i % c];
		unsigned char *d = o;
		uint32_t acc = 0, nb = 0;
		for (uint32_t x = 0; x < s.n; x++) {
			int v = T[(unsigned char)s.p[x]];
			if (v < 0)
				continue;
			acc = (acc << 6 | v) & 0xffffff;
			if (++nb == 4) {
				*d++ = acc >> 16;
				*d++ = acc >> 8;
				*d++ = acc;
				nb = 0;
				acc = 0;
			}
		}
		if (nb == 3) {
			*d++ = acc >> 10;
			*d++ = acc >> 2;
		} else if (nb == 2)
			*d++ = acc >> 4;
		t += (d - o) + o[1000] + o[(d - o) - 1];
		s = w[i % c2];
		d = o;
		for (uint32_t x = 0; x < s.n;) {
			unsigned char ch = s.p[x];
			if (ch == '=') {
				if (s.p[x + 1] == '\r')
					x += 3;
				else {
					*d++ = hx(s.p[x + 1]) * 16 + hx(s.p[x + 2]);
					x += 3;
				}
			} else {
				*d++ = ch;
				x++;
			}
		}
		t += (d - o) + o[1000] + o[(d - o) - 1];
	}
	OUT(t);
}
