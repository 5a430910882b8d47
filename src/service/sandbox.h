/* What a worker gives up before it reads a byte from outside: whoever takes it over can do little
 * with it. */
#ifndef SERVICE_SANDBOX_H
#define SERVICE_SANDBOX_H

#include "net/ports.h"

/* What is left to it. */
struct sandbox_room {
	const char *stores;	   /* a folder that stays writable, or NULL */
	const struct ports *ports; /* of TCP that it connects to; none is listened at */
	bool listens;		   /* UNIX sockets may still be listened at */
};

/* What was reached. */
struct sandbox {
	bool calls;  /* seccomp(2): no other program, no new process, no mount, trace, module ... */
	bool files;  /* Landlock: nothing is written but in the folder for temporary files and the
			one of stores, nothing run */
	bool ports;  /* Landlock, from Linux 6.7 on: no port of TCP is bound, none connected to but
			those. Without it our own code alone keeps to them (net/ports.h) */
	bool failed; /* the kernel has it, but not now: descriptors or memory have ended. Whoever
			would serve half bound, or too tightly, must begin again */
};

/* For this process and all its threads, for good; before it starts threads. What the kernel does
 * not have is left out: the result tells. */
struct sandbox sandbox_enter(const struct sandbox_room *room);

#endif
