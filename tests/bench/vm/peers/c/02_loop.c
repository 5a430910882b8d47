#include "common.h"
int main(int argc, char **argv)
{
	ARGS int64_t s = 0;
	for (int64_t i = 1; i <= N; i++) {
		if (i % 3 == 0)
			s += i * 2;
		else
			s -= i;
		if (s > 1000000)
			s -= 1000000;
		__asm__ volatile("" : "+r"(s));
	}
	OUT(s);
}
