#include "common.h"
static inline uint32_t pip(sv s)
{
	uint32_t r = 0, o = 0;
	for (uint32_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '.') {
			r = r << 8 | o;
			o = 0;
		} else
			o = o * 10 + (c - '0');
	}
	return r << 8 | o;
}
int main(int argc, char **argv)
{
	ARGS size_t n, c, k;
	char *b = rd(D, "ips.txt", &n);
	sv *ip = split(b, n, "\n", &c);
	char *b2 = rd(D, "cidr.txt", &n);
	sv *r = split(b2, n, "\n", &k);
	uint32_t net[128], mask[128];
	for (size_t i = 0; i < k; i++) {
		const char *sl = memchr(r[i].p, '/', r[i].n);
		int m = atoi(sl + 1);
		mask[i] = 0xffffffffu << (32 - m);
		net[i] = pip((sv){ r[i].p, (uint32_t)(sl - r[i].p) }) & mask[i];
	}
	int64_t t = 0;
	for (long i = 0; i < N; i++) {
		uint32_t a = pip(ip[i % c]);
		for (size_t j = 0; j < k; j++)
			if ((a & mask[j]) == net[j]) {
				t += j + 1;
				break;
			}
	}
	OUT(t);
}
