/* Memory that is freed all at once.
 *
 * A lifetime is an arena: what a handler makes dies with its event, what it
 * stores in a message variable with the message, and so on. An arena has a cap:
 * reaching it is an ordinary answer (NULL), never an abort. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/text.h"

struct arena_block;
struct arena_cleanup;

/* Fields are for the inline fast path and for arena.c alone. */
struct arena {
	char *next; /* first free byte of the newest block */
	char *end;
	struct arena_block *blocks;
	struct arena_cleanup *cleanups;
	struct arena_block *spare; /* the largest that was given back: what is made next goes there */
	size_t used;		   /* bytes taken from the heap, without the spare */
	size_t cap;
	enum lifetime lifetime;
};

/* No memory is taken before the first allocation: an idle arena costs nothing. */
void arena_init(struct arena *arena, size_t cap, enum lifetime lifetime);

/* Runs the cleanups, newest first, and gives all memory back. The arena can be
 * used again. */
void arena_reset(struct arena *arena);

/* The same, but a small block stays for the next use. */
void arena_rewind(struct arena *arena);

/* Where the newest block has no room. */
char *arena_bytes_slowly(struct arena *arena, size_t size);
void *arena_allocate_slowly(struct arena *arena, size_t size);

/* Unaligned bytes, for texts; NULL when the cap or the heap is exhausted. */
static inline char *arena_bytes(struct arena *arena, size_t size)
{
	if (__builtin_expect(!arena->next || size > (size_t)(arena->end - arena->next), 0))
		return arena_bytes_slowly(arena, size);
	arena->next += size;
	return arena->next - size;
}

/* 16-byte aligned, not zeroed; NULL when the cap or the heap is exhausted. */
static inline void *arena_allocate(struct arena *arena, size_t size)
{
	size_t slack = (size_t)(-(uintptr_t)arena->next) & 15;
	size_t left = (size_t)(arena->end - arena->next);

	if (__builtin_expect(!arena->next || left < slack || size > left - slack, 0))
		return arena_allocate_slowly(arena, size);
	arena->next += slack + size;
	return arena->next - size;
}

void *arena_zeroed(struct arena *arena, size_t size);

/* Where an arena stands. */
struct arena_mark {
	char *next;
	struct arena_block *block;
	struct arena_cleanup *cleanups;
};

static inline struct arena_mark arena_mark(const struct arena *arena)
{
	return (struct arena_mark){ arena->next, arena->blocks, arena->cleanups };
}

/* What was made since then goes, its cleanups run. */
void arena_return(struct arena *arena, const struct arena_mark *mark);

/* Were only bytes of the newest block taken since then, or nothing? */
static inline bool arena_is_in_block(const struct arena *arena, const struct arena_mark *mark)
{
	return arena->blocks == mark->block && arena->cleanups == mark->cleanups;
}

/* The same, but those bytes stay, wherever they were made; returns where they are then. No cleanups may
 * have come since. */
const char *arena_return_with(struct arena *arena, const struct arena_mark *mark, const char *bytes,
			      size_t length);

/* What was taken last and not used, from `unused` on, is free again. */
static inline void arena_give_back(struct arena *arena, char *unused)
{
	arena->next = unused;
}

/* When `end` is where the arena stands, takes `more` bytes behind it and says
 * true: that is how `s = s + x` appends in place. */
static inline bool arena_extend(struct arena *arena, const char *end, size_t more)
{
	if (end == NULL || end != arena->next || more > (size_t)(arena->end - arena->next))
		return false;
	arena->next += more;
	return true;
}

/* A copy that lives as long as the arena, NUL-terminated behind its length.
 * `ok` is set to false when there is no room; it is never set to true. */
struct text arena_copy(struct arena *arena, struct text original, bool *ok);
char *arena_string(struct arena *arena, struct text original);

/* Calls `run(object)` at reset; false when there is no room, and then `run` has
 * been called at once. */
bool arena_defer(struct arena *arena, void (*run)(void *), void *object);

#endif
