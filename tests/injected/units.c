/* units POINTS [SUITE/NAME...]: each unit test of a room is run while an allocation fails, once and
 * from then on, while a builtin finds the instructions of its event used up, and while a system
 * call fails or is cut short.
 *
 * Of a test's allocations and builtins' costs those fail whose way through our code has failed in
 * no test before, POINTS at most; of the system calls of each kind half as many, spread over the
 * test.
 *
 * Its assertions may then fail as they like: what is looked for is a crash, a sanitizer's word, a
 * test without an end. Linked in criterion's place, with a process for each run. Tests that take
 * long by themselves (they wait, or compute) are left out. */
#include <criterion/criterion.h>
#include <errno.h>
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

#include "base/spread.h"
#include "base/system.h"
#include "choice.h"

enum {
	SLOW_MS = 500,
	END_SECONDS = 3,
	ENDLESS_MOST = 2, /* a test that waits for what will not come is left alone then */
	FRAMES = 32,
	CHOSEN_MAX = 1000,
};

extern struct criterion_test *__start_cr_tst[], *__stop_cr_tst[];
extern struct criterion_suite *__start_cr_sts[] __attribute__((weak)),
	*__stop_cr_sts[] __attribute__((weak));

/* What fails in a run. */
struct plan {
	struct choice choice;
	enum system_call call;
	struct system_fault fault;
	bool notes; /* nothing fails: the run shows what could */
};
static struct plan plan;

/* What a run tells. */
static struct told {
	struct choice chosen[CHOSEN_MAX]; /* what goes a new way */
	unsigned chosen_count;
	unsigned long calls[SYSTEM_CALL_COUNT];
	uintptr_t refused;    /* the way through the test to what failed first */
	void *frames[FRAMES]; /* of a crash */
	int frame_count;
} * told;

static unsigned points;

static const struct criterion_test *current;

/* ---- whose fault ---- */

extern const char __executable_start[], etext[];

static bool in_program(const void *at)
{
	return (uintptr_t)at >= (uintptr_t)__executable_start && (uintptr_t)at < (uintptr_t)etext;
}

/* One number for the way through the test by which it came here; 0 when it is not in ours. */
static uintptr_t way_through_test(void *const *frames, int count)
{
	uintptr_t way = 0;
	for (int i = 0; i < count; i++)
		if (choice_in_tests(frames[i]))
			way = way * 31 + (uintptr_t)frames[i];
	return way;
}

static void refuse(void)
{
	void *frames[FRAMES];
	if (!told->refused)
		told->refused = way_through_test(frames, backtrace(frames, FRAMES));
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
	       (choice_in_tests(told->frames[at]) ||
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

static void begin_faults(void)
{
	if (plan.notes)
		choice_note(told->chosen, &told->chosen_count, points);
	else
		choice_fail(plan.choice);
	if (plan.fault.nth)
		system_fail(plan.call, plan.fault);
	for (int i = 0; plan.notes && i < SYSTEM_CALL_COUNT; i++)
		system_fail((enum system_call)i, (struct system_fault){ .nth = ULONG_MAX });
}

static void end_faults(void)
{
	for (int i = 0; i < SYSTEM_CALL_COUNT; i++) {
		told->calls[i] = system_count((enum system_call)i);
		system_fail((enum system_call)i, (struct system_fault){ 0 });
	}
	choice_fail((struct choice){ 0 });
}

void criterion_internal_test_main(void (*test)(void))
{
	begin_faults();
	test();
	end_faults();
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
	signal(SIGPIPE, crashed);
	signal(SIGABRT, crashed);
	signal(SIGALRM, crashed);
	alarm(END_SECONDS);
	if (!freopen("/dev/null", "w", stderr))
		_exit(1);
	current->test();
	_exit(0);
}

/* The status of its process; nothing that it has started stays. */
static int run(struct plan faults)
{
	int status = 0;
	plan = faults;
	*told = (struct told){ .chosen_count = 0 };
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
static unsigned endless; /* runs of the current test that did not end by themselves */

static void print_fault(int status)
{
	printf("FAILED %s/%s: ", current->category, current->name);
	if (plan.choice.allocation)
		printf("allocation %lu%s", plan.choice.allocation,
		       plan.choice.more ? " and later ones" : "");
	else if (plan.choice.charge)
		printf("charge %lu", plan.choice.charge);
	else
		printf("%s %lu, error %d", system_call_name(plan.call), plan.fault.nth,
		       plan.fault.error);
	printf(": %s %d\n", WIFEXITED(status) ? "code" : "signal",
	       WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	if (told->frame_count > 2)
		backtrace_symbols_fd(told->frames + 2, told->frame_count - 2, STDOUT_FILENO);
}

static void judge(struct plan faults)
{
	if (endless == ENDLESS_MOST)
		return;
	int status = run(faults);
	bool ended = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	endless += WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGALRM;
	runs++;
	if (ended || is_of_the_test())
		return;
	failures++;
	print_fault(status);
}

static void chosen_fail(const struct told *noted)
{
	for (unsigned i = 0; i < noted->chosen_count; i++) {
		struct plan faults = { .choice = noted->chosen[i] };
		judge(faults);
		faults.choice.more = true;
		if (faults.choice.allocation)
			judge(faults);
	}
}

static void calls_fail(const struct told *noted, enum system_call call)
{
	unsigned long count = noted->calls[call], most = points / 2;
	unsigned long stride = most ? (count + most - 1) / most : 0;
	for (unsigned long nth = 1; stride && nth <= count; nth += stride) {
		judge((struct plan){ .call = call, .fault = { .nth = nth, .error = EIO } });
		judge((struct plan){ .call = call, .fault = { .nth = nth } });
	}
}

static void test_run(void)
{
	static struct told noted;
	long begun = milliseconds();
	int status = run((struct plan){ .notes = true });
	if (status != 0 || milliseconds() - begun > SLOW_MS) {
		left_out++;
		return;
	}
	noted = *told;
	endless = 0;
	chosen_fail(&noted);
	for (int call = 0; call < SYSTEM_CALL_COUNT; call++)
		calls_fail(&noted, (enum system_call)call);
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
	points = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	if (!points || points > CHOSEN_MAX)
		return 64;
	setvbuf(stdout, NULL, _IOLBF, 0);
	arena_spread();
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	choice_failed = refuse;
	if (told == MAP_FAILED || !choice_init())
		return 71;
	for (struct criterion_test **test = __start_cr_tst; test < __stop_cr_tst; test++)
		if (*test && (current = *test) && chosen(argv + 2))
			test_run();
	printf("%lu passed, %lu failed (%lu tests left out)\n", runs - failures, failures,
	       left_out);
	return failures > 0 || runs == 0;
}
