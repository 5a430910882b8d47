/* Linked into a program behind its own rooms and before the library: each way through those rooms
 * to an allocation can be made to fail, whatever the library allocates below.
 *
 *     INJECTED_WAY=3         the allocation at the end of the third way that is gone fails
 *     INJECTED_MORE=1        and all later ones
 *     INJECTED_WAYS=PATH     how many ways there were is written there in the end */
#include <execinfo.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/spread.h"

enum { FRAMES = 64, WAYS_MAX = 1 << 16 };

extern const char __executable_start[];

static uintptr_t seen[WAYS_MAX]; /* a hash table of ways, 0 is no way */
static unsigned long wanted, count;
static bool more;

static bool in_rooms(const void *at)
{
	return (uintptr_t)at >= (uintptr_t)__executable_start &&
	       (uintptr_t)at < (uintptr_t)&in_rooms;
}

static uintptr_t way_here(void)
{
	void *frames[FRAMES];
	uintptr_t way = 0;
	int depth = backtrace(frames, FRAMES);
	for (int i = 0; i < depth; i++)
		if (in_rooms(frames[i]))
			way = way * 31 + (uintptr_t)frames[i];
	return way;
}

/* True once for each way. */
static bool is_new(uintptr_t way)
{
	size_t at = way % WAYS_MAX;
	while (seen[at] && seen[at] != way)
		at = (at + 1) % WAYS_MAX;
	if (seen[at] || !way || count == WAYS_MAX / 2)
		return false;
	seen[at] = way;
	return true;
}

static bool fails_here(void)
{
	static bool failed;
	if (failed)
		return more;
	if (!is_new(way_here()))
		return false;
	failed = ++count == wanted;
	return failed;
}

void *__real_memory_allocate(size_t size);
void *__real_memory_zeroed(size_t number, size_t size);
void *__real_memory_resize(void *old, size_t size);
char *__real_memory_copy_string(const char *string);
void *__wrap_memory_allocate(size_t size);
void *__wrap_memory_zeroed(size_t number, size_t size);
void *__wrap_memory_resize(void *old, size_t size);
char *__wrap_memory_copy_string(const char *string);

void *__wrap_memory_allocate(size_t size)
{
	return fails_here() ? NULL : __real_memory_allocate(size);
}

void *__wrap_memory_zeroed(size_t number, size_t size)
{
	return fails_here() ? NULL : __real_memory_zeroed(number, size);
}

void *__wrap_memory_resize(void *old, size_t size)
{
	return fails_here() ? NULL : __real_memory_resize(old, size);
}

char *__wrap_memory_copy_string(const char *string)
{
	return fails_here() ? NULL : __real_memory_copy_string(string);
}

/* ---- what is asked for ---- */

__attribute__((constructor)) static void ways_begin(void)
{
	const char *way = getenv("INJECTED_WAY"), *sticky = getenv("INJECTED_MORE");
	wanted = way ? strtoul(way, NULL, 10) : 0;
	more = sticky && *sticky;
	arena_spread();
}

__attribute__((destructor)) static void ways_end(void)
{
	const char *path = getenv("INJECTED_WAYS");
	FILE *out = path ? fopen(path, "w") : NULL;
	if (!out)
		return;
	fprintf(out, "%lu\n", count);
	fclose(out);
}
