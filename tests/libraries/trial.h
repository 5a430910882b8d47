/* A library beside what we promise: each probe is a promise, and runs in a process of its own, so
 * that a library that aborts, overflows its stack or hangs costs that probe alone. */
#ifndef LIBRARIES_TRIAL_H
#define LIBRARIES_TRIAL_H

#include <stdbool.h>
#include <stddef.h>

struct probe {
	const char *promise; /* in one-word-after-another */
	bool (*holds)(void); /* says what it saw by trial_say() */
};

/* What was seen, in a few words without line breaks; the last call counts. */
void trial_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "LIBRARY PROMISE kept|broken WORDS" for each probe. 0 unless one cannot be run. */
int trial_run(const char *library, const struct probe *probes, size_t count);

/* ---- of the heap, which is counted in every program of these ---- */

/* The nth allocation from now on fails, and no other one; 0: none. */
void heap_fail_at(unsigned nth);
/* How many there were since. */
unsigned heap_asked(void);
/* The most bytes that were in use at once since heap_mark(), beyond what was then. */
void heap_mark(void);
size_t heap_peak(void);

/* CPU seconds of this process. */
double cpu_seconds(void);

#endif
