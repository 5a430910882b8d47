/* units POINTS [SUITE/NAME...]: each unit test of a room is run while the nth allocation fails,
 * once and from then on, for POINTS different n at most.
 *
 * Its assertions may then fail as they like: what is looked for is a crash, a sanitizer's word, a
 * test without an end. Linked in criterion's place, with a process for each run. Tests that take
 * long by themselves (they wait, or compute) are left out. */
#include <criterion/criterion.h>
#include <execinfo.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/spread.h"

enum { SLOW_MS = 200, END_SECONDS = 10, FRAMES = 32 };

extern struct criterion_test *__start_cr_tst[], *__stop_cr_tst[];
extern struct criterion_suite *__start_cr_sts[] __attribute__((weak)),
	*__stop_cr_sts[] __attribute__((weak));

/* What a run tells. */
static struct told {
	unsigned long allocations;
	uintptr_t refused;    /* the way through the test to the first allocation that failed */
	void *frames[FRAMES]; /* of a crash */
	int frame_count;
} * told;

static const struct criterion_test *current;
static unsigned long fail_nth;
static bool fail_more;

/* ---- whose fault ---- */

extern const char __executable_start[], etext[];

static bool in_program(const void *at)
{
	return (uintptr_t)at >= (uintptr_t)__executable_start && (uintptr_t)at < (uintptr_t)etext;
}

/* The code of the tests is linked before this function, ours behind it. */
static bool in_test_code(const void *at)
{
	return in_program(at) && (uintptr_t)at < (uintptr_t)&in_test_code;
}

/* One number for the way through the test by which it came here; 0 when it is not in ours. */
static uintptr_t way_through_test(void *const *frames, int count)
{
	uintptr_t way = 0;
	for (int i = 0; i < count; i++)
		if (in_test_code(frames[i]))
			way = way * 31 + (uintptr_t)frames[i];
	return way;
}

/* Every allocation of ours passes here: the linker wraps it. */
static void *noted(void *block)
{
	void *frames[FRAMES];
	if (!block && !told->refused)
		told->refused = way_through_test(frames, backtrace(frames, FRAMES));
	return block;
}

void *__real_memory_allocate(size_t size);
void *__real_memory_zeroed(size_t count, size_t size);
void *__real_memory_resize(void *old, size_t size);
void *__wrap_memory_allocate(size_t size);
void *__wrap_memory_zeroed(size_t count, size_t size);
void *__wrap_memory_resize(void *old, size_t size);

void *__wrap_memory_allocate(size_t size)
{
	return noted(__real_memory_allocate(size));
}

void *__wrap_memory_zeroed(size_t count, size_t size)
{
	return noted(__real_memory_zeroed(count, size));
}

void *__wrap_memory_resize(void *old, size_t size)
{
	return noted(__real_memory_resize(old, size));
}

/* Tests pass on what they got without a look. A crash in the call that had no memory is our fault;
 * one in a later call, or in the test itself, is the test's. Two frames are of the signal, those of
 * libc say nothing. */
static bool is_of_the_test(void)
{
	int at = 2;
	while (at < told->frame_count && !in_program(told->frames[at]))
		at++;
	return at < told->frame_count &&
	       (in_test_code(told->frames[at]) ||
		way_through_test(told->frames, told->frame_count) != told->refused);
}

/* ---- in the place of criterion ---- */

struct criterion_options criterion_options;

static const struct criterion_test_extra_data *suite_data(void)
{
	for (struct criterion_suite **suite = __start_cr_sts; suite < __stop_cr_sts; suite++)
		if (*suite && strcmp((*suite)->name, current->category) == 0)
			return (*suite)->data;
	return NULL;
}

void criterion_internal_test_setup(void)
{
	const struct criterion_test_extra_data *suite = suite_data();
	if (suite && suite->init)
		suite->init();
	if (current->data->init)
		current->data->init();
}

void criterion_internal_test_main(void (*test)(void))
{
	memory_fail_at(fail_nth, fail_more);
	test();
	told->allocations = memory_count();
	memory_fail_at(0, false);
}

void criterion_internal_test_teardown(void)
{
	const struct criterion_test_extra_data *suite = suite_data();
	if (current->data->fini)
		current->data->fini();
	if (suite && suite->fini)
		suite->fini();
}

void criterion_abort_test(void)
{
	_exit(0);
}

void criterion_skip_test(const char *format, ...)
{
	(void)format;
	_exit(0);
}

void criterion_continue_test(void)
{
}

void criterion_send_assert(struct criterion_assert_stats *stats)
{
	(void)stats;
}

void cri_asserts_passed_incr(void)
{
}

char *cr_translate_assert_msg(int number, ...)
{
	(void)number;
	return NULL;
}

int cr_asprintf(char **out, const char *format, ...)
{
	(void)format;
	*out = NULL;
	return 0;
}

void cr_asprintf_free(char *message)
{
	(void)message;
}

/* ---- a run ---- */

static void crashed(int number)
{
	told->frame_count = backtrace(told->frames, FRAMES);
	_exit(128 + number);
}

static void run_in_child(void)
{
	setpgid(0, 0);
	signal(SIGSEGV, crashed);
	signal(SIGBUS, crashed);
	signal(SIGFPE, crashed);
	signal(SIGABRT, crashed);
	signal(SIGALRM, crashed);
	alarm(END_SECONDS);
	if (!freopen("/dev/null", "w", stderr))
		_exit(1);
	current->test();
	_exit(0);
}

/* The status of its process; nothing that it has started stays. */
static int run(unsigned long nth, bool more)
{
	int status = 0;
	fail_nth = nth;
	fail_more = more;
	*told = (struct told){ .allocations = 0 };
	pid_t child = fork();
	if (child == 0)
		run_in_child();
	waitpid(child, &status, 0);
	kill(-child, SIGKILL);
	return status;
}

static long milliseconds(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* ---- all of them ---- */

static unsigned long runs, failures, left_out;

static void judge(int status, unsigned long nth, bool more)
{
	bool ended = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	runs++;
	if (ended || is_of_the_test())
		return;
	failures++;
	printf("FAILED %s/%s: allocation %lu%s: %s %d\n", current->category, current->name, nth,
	       more ? " and later ones" : "", WIFEXITED(status) ? "code" : "signal",
	       WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	if (told->frame_count > 2)
		backtrace_symbols_fd(told->frames + 2, told->frame_count - 2, STDOUT_FILENO);
}

static void test_run(unsigned long points)
{
	long begun = milliseconds();
	int status = run(ULONG_MAX, false);
	unsigned long allocations = told->allocations;
	if (status != 0 || milliseconds() - begun > SLOW_MS) {
		left_out++;
		return;
	}
	unsigned long stride = (allocations + points - 1) / points;
	for (int more = 0; more < 2; more++)
		for (unsigned long nth = 1; nth <= allocations; nth += stride)
			judge(run(nth, more), nth, more);
}

static bool chosen(char **names)
{
	char name[256];
	snprintf(name, sizeof(name), "%s/%s", current->category, current->name);
	for (char **one = names; *one; one++)
		if (strcmp(*one, name) == 0)
			return true;
	return !*names;
}

int main(int argc, char **argv)
{
	unsigned long points = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	if (!points)
		return 64;
	setvbuf(stdout, NULL, _IOLBF, 0);
	arena_spread();
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (struct criterion_test **test = __start_cr_tst; test < __stop_cr_tst; test++)
		if (*test && (current = *test) && chosen(argv + 2))
			test_run(points);
	printf("%lu passed, %lu failed (%lu tests left out)\n", runs - failures, failures,
	       left_out);
	return failures > 0 || runs == 0;
}
