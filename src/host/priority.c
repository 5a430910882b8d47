#include "host/priority.h"

#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	/* The least and the most that Linux has. */
	SLICE_SHORT = 100000, /* nanoseconds */
	SLICE_LONG = 100000000,
	/* What computes must come to its end too, on a busy machine as well: half the share of
	 * others, no less. And a handler that was only kept from its processor for a while comes to
	 * such a thread as well. */
	NICER = 3,
	KEEP_POLICY = 0x08, /* SCHED_FLAG_KEEP_POLICY */
};

/* struct sched_attr: its header cannot stand beside libc's. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/* When that fails, or is not known yet, the thread works with the usual ones. */
static void set(int nicer, uint64_t slice)
{
	struct attributes attributes = { .size = sizeof(attributes),
					 .flags = KEEP_POLICY,
					 .nice = getpriority(PRIO_PROCESS, 0) + nicer,
					 .runtime = slice };
	syscall(SYS_sched_setattr, 0, &attributes, 0);
}

void priority_prompt(void)
{
	set(0, SLICE_SHORT);
}

void priority_patient(void)
{
	set(NICER, SLICE_LONG);
}
