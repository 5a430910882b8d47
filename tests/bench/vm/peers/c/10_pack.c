#include "common.h"
int main(int argc, char **argv)
{
	ARGS int64_t t = 0;
	static char buf[1 << 18];
	for (long k = 0; k < N; k += 1000) {
		char *o = buf;
		for (int i = 0; i < 1000; i++) {
			char nm[32], v[64];
			int a = sprintf(nm, "X-Header-%d", i % 50),
			    l = sprintf(v, "value of header number %d", i);
			uint32_t L = 1 + a + 1 + l + 1;
			o[0] = L >> 24;
			o[1] = L >> 16;
			o[2] = L >> 8;
			o[3] = L;
			o[4] = 'L';
			memcpy(o + 5, nm, a + 1);
			memcpy(o + 6 + a, v, l + 1);
			o += 4 + L;
		}
		char *p = buf;
		while (p < o) {
			uint32_t L = (uint32_t)(unsigned char)p[0] << 24 |
				     (unsigned char)p[1] << 16 | (unsigned char)p[2] << 8 |
				     (unsigned char)p[3];
			if (p[4] == 'L') {
				char *nm = p + 5;
				size_t a = strlen(nm);
				char *v = nm + a + 1;
				t += a + strlen(v);
			}
			p += 4 + L;
		}
	}
	OUT(t);
}
