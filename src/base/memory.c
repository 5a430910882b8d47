#include "base/memory.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_ulong allocations;
static atomic_ulong fail_at;
static atomic_bool fail_sticky;

void memory_fail_at(unsigned long nth, bool sticky)
{
	allocations = 0;
	fail_sticky = sticky;
	fail_at = nth;
}

unsigned long memory_count(void)
{
	return allocations;
}

/* Counting is off the common path: an untouched fail_at costs one load. */
static bool fails_now(void)
{
	unsigned long target = atomic_load_explicit(&fail_at, memory_order_relaxed);
	unsigned long now;

	if (__builtin_expect(target == 0, 1))
		return false;
	now = ++allocations;
	return now == target || (fail_sticky && now > target);
}

/* Apart: where malloc and memset meet, gcc makes calloc of them. */
__attribute__((noinline)) void *memory_allocate(size_t size)
{
	return fails_now() ? NULL : malloc(size ? size : 1);
}

/* What is small comes from malloc's quick lists, which calloc passes by. */
void *memory_zeroed(size_t count, size_t size)
{
	enum { SMALL = 1024 };
	size_t bytes;
	void *block;

	if (__builtin_mul_overflow(count, size, &bytes) || bytes > SMALL || bytes == 0)
		return fails_now() ? NULL : calloc(count ? count : 1, size ? size : 1);
	block = memory_allocate(bytes);
	return block ? memset(block, 0, bytes) : NULL;
}

void *memory_resize(void *old, size_t size)
{
	return fails_now() ? NULL : realloc(old, size ? size : 1);
}

void memory_free(void *block)
{
	free(block);
}

char *memory_copy_string(const char *string)
{
	size_t size = strlen(string) + 1;
	char *copy = memory_allocate(size);

	if (copy)
		memcpy(copy, string, size);
	return copy;
}
