#include "base/arena.h"

#include "base/memory.h"
#include "base/rubbish.h"
#include "base/spread.h"

#include <stdalign.h>

enum {
	ALIGNMENT = 16,
	FIRST_BLOCK = 1008, /* with its head, malloc's quick lists hold it */
	FIRST_OF_SESSION = 88,
	SMALL_STEP = 256 * 1024,
	LARGEST_STEP = 1024 * 1024,
	KEPT_MOST = 4096
};

/* What is added at once at most: a small part of the cap, which counts what is not used yet too;
 * but no less than SMALL_STEP. */
enum { STEPS = 1024, SPARE_SHARE = 8, HELD_SHARE = 8 };

struct arena_block {
	struct arena_block *older;
	char *end;
	alignas(ALIGNMENT) char bytes[];
};

struct arena_cleanup {
	struct arena_cleanup *older;
	void (*run)(void *);
	void *object;
};

static bool spread;

void arena_spread(void)
{
	spread = true;
}

void arena_init(struct arena *arena, size_t cap, enum lifetime lifetime)
{
	*arena = (struct arena){ .cap = cap, .lifetime = lifetime };
}

/* Those that are newer than `last`. A cleanup may defer another one: they are taken off one by one.
 */
static void run_cleanups(struct arena *arena, const struct arena_cleanup *last)
{
	while (arena->cleanups != last) {
		struct arena_cleanup *cleanup = arena->cleanups;

		arena->cleanups = cleanup->older;
		cleanup->run(cleanup->object);
	}
}

static size_t size_of(const struct arena_block *block)
{
	return (size_t)(block->end - block->bytes);
}

static void free_blocks(struct arena_block *block)
{
	while (block) {
		struct arena_block *older = block->older;

		rubbish_free(block, size_of(block));
		block = older;
	}
}

static void free_spare(struct arena *arena)
{
	if (arena->spare)
		rubbish_free(arena->spare, size_of(arena->spare));
}

void arena_reset(struct arena *arena)
{
	run_cleanups(arena, NULL);
	free_blocks(arena->blocks);
	free_spare(arena);
	arena_init(arena, arena->cap, arena->lifetime);
}

/* What is over is overwritten where somebody watches for its use. */
static void spoil(char *from, const char *to)
{
#ifdef __SANITIZE_ADDRESS__
	memset(from, 0xdb, (size_t)(to - from));
#else
	(void)from;
	(void)to;
#endif
}

void arena_rewind(struct arena *arena)
{
	struct arena_block *block = arena->blocks;
	const char *end = arena->end;

	if (!block || arena->used > KEPT_MOST || block->older) {
		arena_reset(arena);
		return;
	}
	run_cleanups(arena, NULL);
	if (arena->blocks != block || block->older) {
		arena_reset(arena);
		return;
	}
	spoil(block->bytes, end);
	arena->next = block->bytes;
	free_spare(arena);
	arena->spare = NULL;
}

/* A loop that makes something and gives it back in each turn would else go to the system for fresh
 * pages each time. */
static void keep_as_spare(struct arena *arena, struct arena_block *block)
{
#ifdef __SANITIZE_ADDRESS__ /* who still uses it is to be seen */
	(void)arena;
	memory_free(block);
#else
	struct arena_block *smaller = arena->spare;

	if (smaller && size_of(smaller) > size_of(block)) {
		smaller = block;
		block = arena->spare;
	}
	memory_free(smaller);
	arena->spare = block;
#endif
}

/* One that is larger than needed is taken too, unless it is a large part of the cap: what comes
 * next may need that in one piece. */
static struct arena_block *take_spare(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->spare;
	size_t most = arena->cap / SPARE_SHARE < arena->cap - arena->used
			      ? arena->cap / SPARE_SHARE
			      : arena->cap - arena->used;

	if (!block || spread || size_of(block) < size ||
	    (size_of(block) > size && size_of(block) > most))
		return NULL;
	arena->spare = NULL;
	return block;
}

static void drop_newest_block(struct arena *arena)
{
	struct arena_block *block = arena->blocks;

	arena->used -= size_of(block);
	arena->blocks = block->older;
	arena->end = block->older ? block->older->end : NULL;
	keep_as_spare(arena, block);
}

void arena_return(struct arena *arena, const struct arena_mark *mark)
{
	run_cleanups(arena, mark->cleanups);
	if (arena->blocks == mark->block && mark->next)
		spoil(mark->next, arena->next);
	while (arena->blocks != mark->block)
		drop_newest_block(arena);
	arena->next = mark->next;
}

static size_t next_block_size(const struct arena *arena, size_t wanted)
{
	size_t first = arena->lifetime == LIFETIME_SESSION ? FIRST_OF_SESSION : FIRST_BLOCK;
	size_t size = arena->used < first ? first : arena->used;
	size_t step = arena->cap / STEPS;

	if (spread)
		return wanted;
	if (step < SMALL_STEP)
		step = SMALL_STEP;
	if (step > LARGEST_STEP)
		step = LARGEST_STEP;
	if (size > step)
		size = step;
	if (size > arena->cap - arena->used)
		size = arena->cap - arena->used;
	return size > wanted ? size : wanted;
}

static struct arena_block *new_block(size_t size)
{
	struct arena_block *block = memory_allocate(sizeof(*block) + size);

	if (block)
		block->end = block->bytes + size;
	return block;
}

static void push_block(struct arena *arena, struct arena_block *block)
{
	block->older = arena->blocks;
	arena->blocks = block;
	arena->next = block->bytes;
	arena->end = block->end;
	arena->used += size_of(block);
}

static bool add_block(struct arena *arena, size_t wanted)
{
	struct arena_block *block;
	size_t size;

	if (arena->used > arena->cap || wanted > arena->cap - arena->used)
		return false;
	size = next_block_size(arena, wanted);
	block = take_spare(arena, size);
	if (!block)
		block = new_block(size);
	if (!block)
		return false;
	push_block(arena, block);
	return true;
}

static bool is_within(const char *at, const char *from, const char *to)
{
	return (uintptr_t)at >= (uintptr_t)from && (uintptr_t)at < (uintptr_t)to;
}

/* The block since the mark's that holds `at` is taken off the arena; NULL when there is none. */
static struct arena_block *take_holder(struct arena *arena, const struct arena_mark *mark,
				       const char *at)
{
	struct arena_block **link = &arena->blocks, *block;

	while ((block = *link) != mark->block && !is_within(at, block->bytes, block->end))
		link = &block->older;
	if (block == mark->block)
		return NULL;
	*link = block->older;
	arena->used -= size_of(block);
	return block;
}

/* How much of the mark's own block the bytes take: from the mark, to which they move, or from
 * before it. */
static const char *keep_in_block(struct arena *arena, const struct arena_mark *mark,
				 const char *bytes, size_t length)
{
	const char *end = mark->block ? mark->block->end : NULL;

	arena->next = mark->next;
	if (is_within(bytes, mark->next, end)) {
		memmove(mark->next, bytes, length);
		bytes = mark->next;
	}
	if (length && is_within(bytes + length - 1, mark->next, end))
		arena->next = (char *)(uintptr_t)bytes + length;
	return bytes;
}

static char *copy_into_newest(struct arena *arena, const char *bytes, size_t length)
{
	char *copy = arena->next;

	memmove(copy, bytes, length);
	arena->next += length;
	return copy;
}

/* The arena's blocks are those of the mark, `holder` has been taken off it. The bytes go where
 * there is room for them, else to a block of their own when they are a small part of the holder. */
static const char *keep_held(struct arena *arena, const struct arena_mark *mark,
			     struct arena_block *holder, const char *bytes, size_t length)
{
	struct arena_block *own = NULL;
	const char *kept;

	arena->next = mark->next;
	arena->end = mark->block ? mark->block->end : NULL;
	if (length <= (size_t)(arena->end - arena->next)) {
		kept = copy_into_newest(arena, bytes, length);
		keep_as_spare(arena, holder);
		return kept;
	}
	if (size_of(holder) / HELD_SHARE > length)
		own = new_block(2 * length);
	push_block(arena, own ? own : holder);
	kept = copy_into_newest(arena, bytes, length);
	if (own)
		keep_as_spare(arena, holder);
	return kept;
}

const char *arena_return_with(struct arena *arena, const struct arena_mark *mark, const char *bytes,
			      size_t length)
{
	const char *next = arena->blocks == mark->block ? arena->next : NULL;
	struct arena_block *holder = take_holder(arena, mark, bytes);

	while (arena->blocks != mark->block)
		drop_newest_block(arena);
	if (holder)
		return keep_held(arena, mark, holder, bytes, length);
	bytes = keep_in_block(arena, mark, bytes, length);
	if (next)
		spoil(arena->next, next);
	return bytes;
}

char *arena_bytes_slowly(struct arena *arena, size_t size)
{
	char *bytes;

	/* size 0 in an empty arena takes a block too: its address is none of anything else */
	if ((!arena->next || size > (size_t)(arena->end - arena->next)) &&
	    !add_block(arena, size ? size : 1))
		return NULL;
	bytes = arena->next;
	arena->next += size;
	return bytes;
}

void *arena_allocate_slowly(struct arena *arena, size_t size)
{
	return add_block(arena, size ? size : 1) ? arena_bytes(arena, size) : NULL;
}

void *arena_zeroed(struct arena *arena, size_t size)
{
	void *block = arena_allocate(arena, size);

	if (block)
		memset(block, 0, size);
	return block;
}

char *arena_string(struct arena *arena, struct text original)
{
	char *copy = arena_bytes(arena, (size_t)original.length + 1);

	if (!copy)
		return NULL;
	if (original.length)
		memcpy(copy, original.data, original.length);
	copy[original.length] = '\0';
	return copy;
}

struct text arena_copy(struct arena *arena, struct text original, bool *ok)
{
	char *copy = arena_string(arena, original);

	if (!copy) {
		*ok = false;
		return (struct text){ "", 0, arena->lifetime };
	}
	return (struct text){ copy, original.length, arena->lifetime };
}

bool arena_defer(struct arena *arena, void (*run)(void *), void *object)
{
	struct arena_cleanup *cleanup = arena_allocate(arena, sizeof(*cleanup));

	if (!cleanup) {
		run(object);
		return false;
	}
	*cleanup = (struct arena_cleanup){ arena->cleanups, run, object };
	arena->cleanups = cleanup;
	return true;
}
