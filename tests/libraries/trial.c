#include "trial.h"

#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SECONDS_MOST = 60, WORDS_MAX = 200 };

/* ---- the heap: what the libraries call instead of the C library's ---- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

static unsigned asked, fail_at;
static size_t in_use, most;

void heap_fail_at(unsigned nth)
{
	asked = 0;
	fail_at = nth;
}

unsigned heap_asked(void)
{
	return asked;
}

void heap_mark(void)
{
	in_use = most = 1 << 30;
}

size_t heap_peak(void)
{
	return most - (1 << 30);
}

static bool must_fail(void)
{
	return ++asked == fail_at;
}

static void *counted(void *block)
{
	if (block)
		in_use += malloc_usable_size(block);
	if (in_use > most)
		most = in_use;
	return block;
}

void *malloc(size_t size)
{
	return must_fail() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
	return must_fail() ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
	size_t before = block ? malloc_usable_size(block) : 0;

	if (must_fail())
		return NULL;
	block = __libc_realloc(block, size);
	if (block)
		in_use -= before;
	return counted(block);
}

void free(void *block)
{
	if (block)
		in_use -= malloc_usable_size(block);
	__libc_free(block);
}

double cpu_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* ---- probes ---- */

static char *words; /* shared with the process of a probe */

void trial_say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words, WORDS_MAX, format, arguments);
	va_end(arguments);
}

static void run_probe(const struct probe *probe)
{
	const struct rlimit no_core = { 0, 0 };

	setrlimit(RLIMIT_CORE, &no_core);
	alarm(SECONDS_MOST);
	freopen("/dev/null", "w", stderr);
	_exit(probe->holds() ? 0 : 1);
}

static bool judge(const char *library, const struct probe *probe)
{
	pid_t child;
	int status;

	words[0] = 0;
	fflush(stdout);
	child = fork();
	if (child == 0)
		run_probe(probe);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return false;
	printf("%s %s %s ", library, probe->promise, status == 0 ? "kept" : "broken");
	if (WIFSIGNALED(status))
		printf("%s: %s\n", words, strsignal(WTERMSIG(status)));
	else
		printf("%s\n", words);
	return true;
}

int trial_run(const char *library, const struct probe *probes, size_t count)
{
	bool ok = true;

	words = mmap(NULL, WORDS_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (words == MAP_FAILED)
		return 1;
	for (size_t i = 0; i < count; i++)
		ok &= judge(library, probes + i);
	return ok ? 0 : 1;
}
