/* What test code calls: everything that filters call, and what is for tests alone. */
#include "test/trial.h"

#include <pthread.h>

static builtin_function *const tested[BUILTIN_COUNT] = {
#define TESTED(id, ...) [BUILTIN_##id] = tested_##id,
#define BUILTIN(id, ...)
#include "grammar/builtins.def"
#undef TESTED
#undef BUILTIN
};

static builtin_function *all[BUILTIN_COUNT];
static struct vm_natives whole;

static void join(void)
{
	for (unsigned i = 0; i < BUILTIN_COUNT; i++)
		all[i] = tested[i] ? tested[i] : natives.builtins[i];
	whole = (struct vm_natives){ all, natives.readers, natives.writers };
}

const struct vm_natives *tested_natives(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, join);
	return &whole;
}
