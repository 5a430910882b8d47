/* Linked into a program, makes its system calls or allocations fail as the environment says:
 *
 *     INJECTED="send 3 5"    the third send fails with errno 5; errno 0 moves one byte alone
 *     INJECTED_MORE=1        and all later ones
 *     INJECTED_IN=2          not in this process but in the second one that it makes
 *     INJECTED_CLOCK=1       the wall clock jumps by a day, forth and back, each time it is asked
 *
 * "allocation" is a call like the others. Nothing of this is in the programs that are installed. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/system.h"

static struct {
	char call[32];
	unsigned long nth;
	int error;
	bool more;
	unsigned in, forks;
} plan;

static atomic_uint asked;
static bool clock_jumps;

static void arm(void)
{
	if (strcmp(plan.call, "allocation") == 0)
		memory_fail_at(plan.nth, plan.more);
	for (int i = 0; i < SYSTEM_CALL_COUNT; i++)
		if (strcmp(plan.call, system_call_name((enum system_call)i)) == 0)
			system_fail((enum system_call)i,
				    (struct system_fault){ plan.nth, plan.error, plan.more });
}

static void disarm(void)
{
	memory_fail_at(0, false);
	for (int i = 0; i < SYSTEM_CALL_COUNT; i++)
		system_fail((enum system_call)i, (struct system_fault){ 0 });
}

static void before_fork(void)
{
	plan.forks++;
}

static void in_child(void)
{
	if (plan.in && plan.forks == plan.in)
		arm();
	else
		disarm();
	plan.in = 0; /* what the process makes has no faults, and arms nothing */
}

__attribute__((constructor)) static void plan_read(void)
{
	const char *injected = getenv("INJECTED"), *in = getenv("INJECTED_IN");
	const char *more = getenv("INJECTED_MORE");
	clock_jumps = getenv("INJECTED_CLOCK") != NULL;
	if (!injected || sscanf(injected, "%31s %lu %d", plan.call, &plan.nth, &plan.error) != 3)
		return;
	plan.more = more && *more;
	plan.in = in ? (unsigned)strtoul(in, NULL, 10) : 0;
	pthread_atfork(before_fork, NULL, in_child);
	if (!plan.in)
		arm();
}

/* In the place of libc's. */
int clock_gettime(clockid_t id, struct timespec *now)
{
	int result = (int)syscall(SYS_clock_gettime, id, now);
	if (result == 0 && id == CLOCK_REALTIME && clock_jumps)
		now->tv_sec += atomic_fetch_add(&asked, 1) % 2 ? 86400 : -86400;
	return result;
}
