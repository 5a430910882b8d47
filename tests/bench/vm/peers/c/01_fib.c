#include "common.h"
__attribute__((noinline)) static int64_t fib(int64_t n)
{
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
int main(int argc, char **argv)
{
	ARGS int64_t s = 0;
	for (long i = 0; i < N; i++)
		s += fib(20);
	OUT(s);
}
