/* What a worker gives up before it reads a byte from outside: whoever takes it over can do little
 * with it. */
#ifndef SERVICE_SANDBOX_H
#define SERVICE_SANDBOX_H

#include <stdbool.h>

struct sandbox {
	bool calls;  /* seccomp(2): no other program, no new process, no mount, trace, module ... */
	bool files;  /* Landlock: nothing is written but in the folder for temporary files and the
			one of stores, nothing run */
	bool failed; /* the kernel has it, but not now: descriptors or memory have ended. Whoever
			would serve half bound, or too tightly, must begin again */
};

/* For this process and all its threads, for good; before it starts threads. `stores` is a folder
 * that stays writable, or NULL. What the kernel does not have is left out: the result tells. */
struct sandbox sandbox_enter(const char *stores);

#endif
