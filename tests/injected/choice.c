#include "choice.h"

#include <execinfo.h>
#include <limits.h>
#include <sys/mman.h>

#include "base/memory.h"
#include "vm/vm.h"

enum {
	WAY_FRAMES = 8, /* so many callers tell one way from another */
	WAYS_MAX = 1 << 17,
};

static uintptr_t *ways; /* a hash table; 0 is no way */
static struct choice failing;
static unsigned long charges;
static bool struck;
static struct {
	struct choice *items;
	unsigned *count, most;
} notes;
void (*choice_failed)(void);

/* ---- ways ---- */

extern const char __executable_start[], etext[];

bool choice_in_tests(const void *at)
{
	return (uintptr_t)at >= (uintptr_t)__executable_start &&
	       (uintptr_t)at < (uintptr_t)&choice_in_tests;
}

static bool in_ours(const void *at)
{
	return (uintptr_t)at >= (uintptr_t)&choice_in_tests && (uintptr_t)at < (uintptr_t)etext;
}

static uintptr_t way_here(void)
{
	void *frames[WAY_FRAMES];
	uintptr_t way = 0;
	int count = backtrace(frames, WAY_FRAMES);
	for (int i = 0; i < count; i++)
		if (in_ours(frames[i]))
			way = way * 31 + (uintptr_t)frames[i];
	return way;
}

/* True once for each way. */
static bool is_new(uintptr_t way)
{
	size_t at = way % WAYS_MAX;
	for (size_t tries = 0; tries < WAYS_MAX && ways[at] != way; tries++) {
		if (!ways[at]) {
			ways[at] = way;
			return true;
		}
		at = (at + 1) % WAYS_MAX;
	}
	return false;
}

static void note(struct choice choice)
{
	if (notes.most && *notes.count < notes.most && is_new(way_here()))
		notes.items[(*notes.count)++] = choice;
}

static void strike(void)
{
	struck = true;
	if (choice_failed)
		choice_failed();
}

/* ---- what is asked for ---- */

bool choice_init(void)
{
	ways = mmap(NULL, WAYS_MAX * sizeof(*ways), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return ways != MAP_FAILED;
}

static void begin(struct choice choice)
{
	failing = choice;
	charges = 0;
	struck = false;
	memory_fail_at(choice.allocation, choice.more);
}

void choice_fail(struct choice choice)
{
	notes.most = 0;
	begin(choice);
}

bool choice_struck(void)
{
	return struck;
}

void choice_note(struct choice *noted, unsigned *count, unsigned most)
{
	begin((struct choice){ .allocation = ULONG_MAX });
	notes.items = noted;
	notes.count = count;
	notes.most = most;
}

/* ---- what the linker wraps ---- */

static void allocation_begin(void)
{
	note((struct choice){ .allocation = memory_count() + 1 });
}

static void *allocation_end(void *block)
{
	if (!block)
		strike();
	return block;
}

void *__real_memory_allocate(size_t size);
void *__real_memory_zeroed(size_t count, size_t size);
void *__real_memory_resize(void *old, size_t size);
char *__real_memory_copy_string(const char *string);
enum call_result __real_call_charge(struct call *call, size_t bytes);
void *__wrap_memory_allocate(size_t size);
void *__wrap_memory_zeroed(size_t count, size_t size);
void *__wrap_memory_resize(void *old, size_t size);
char *__wrap_memory_copy_string(const char *string);
enum call_result __wrap_call_charge(struct call *call, size_t bytes);

void *__wrap_memory_allocate(size_t size)
{
	allocation_begin();
	return allocation_end(__real_memory_allocate(size));
}

void *__wrap_memory_zeroed(size_t count, size_t size)
{
	allocation_begin();
	return allocation_end(__real_memory_zeroed(count, size));
}

void *__wrap_memory_resize(void *old, size_t size)
{
	allocation_begin();
	return allocation_end(__real_memory_resize(old, size));
}

char *__wrap_memory_copy_string(const char *string)
{
	allocation_begin();
	return allocation_end(__real_memory_copy_string(string));
}

enum call_result __wrap_call_charge(struct call *call, size_t bytes)
{
	charges++;
	note((struct choice){ .charge = charges });
	if (charges != failing.charge)
		return __real_call_charge(call, bytes);
	strike();
	return call_limit(call, LIMIT_instructions);
}
