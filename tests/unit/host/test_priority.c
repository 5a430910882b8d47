/* What the kernel says of threads of the server. */
#include "host/priority.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As struct sched_attr. */
struct told {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static struct told told_of(void (*take)(void))
{
	struct told told = { .size = sizeof(told) };
	take();
	cr_assert_eq(syscall(SYS_sched_getattr, 0, &told, sizeof(told), 0), 0);
	return told;
}

static void *prompt(void *told)
{
	*(struct told *)told = told_of(priority_prompt);
	return NULL;
}

static void *patient(void *told)
{
	*(struct told *)told = told_of(priority_patient);
	return NULL;
}

/* In a thread of its own: nobody can go back to more. */
static struct told of_a_thread(void *(*run)(void *))
{
	struct told told;
	pthread_t thread;
	cr_assert_eq(pthread_create(&thread, NULL, run, &told), 0);
	pthread_join(thread, NULL);
	return told;
}

/* Kernels before 6.12 have no slices of one's own, and say 0. */
static void has_slice(const struct told *told, uint64_t slice)
{
	if (told->runtime)
		cr_assert_eq(told->runtime, slice, "%lu", (unsigned long)told->runtime);
}

static int somewhat_less(int nice)
{
	return nice + 3 > 19 ? 19 : nice + 3;
}

Test(priority, a_reactor_has_short_slices_and_the_usual_share)
{
	struct told told = of_a_thread(prompt);
	cr_assert_eq(told.nice, getpriority(PRIO_PROCESS, 0));
	cr_assert_eq(told.policy, 0);
	has_slice(&told, 100000);
}

Test(priority, what_computes_has_long_slices_and_less)
{
	struct told told = of_a_thread(patient);
	cr_assert_eq(told.nice, somewhat_less(getpriority(PRIO_PROCESS, 0)));
	has_slice(&told, 100000000);
}

/* What an administrator gave is where both begin. */
Test(priority, of_a_process_that_has_less_itself)
{
	cr_assert_eq(setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + 1), 0);
	int own = getpriority(PRIO_PROCESS, 0);
	struct told of_reactor = of_a_thread(prompt), of_background = of_a_thread(patient);
	cr_assert_eq(of_reactor.nice, own);
	cr_assert_eq(of_background.nice, somewhat_less(own));
	has_slice(&of_reactor, 100000);
}
