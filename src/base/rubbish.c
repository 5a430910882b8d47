#include "base/rubbish.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* A step is so much, and no less than a share of all. */
enum { STEP = 512 << 10, SHARE = 32 };

/* Stands where the block begins. Behind `size` its pages have gone already. */
struct piece {
	struct piece *next;
	size_t size;
};

static _Thread_local struct {
	struct piece *first;
	size_t all;
	bool keeps;
} rubbish;

void rubbish_put(void *block, size_t size)
{
	struct piece *piece = block;

	if (!rubbish.keeps) {
		memory_free(block);
		return;
	}
	*piece = (struct piece){ rubbish.first, size };
	rubbish.first = piece;
	rubbish.all += size;
}

static size_t drop_first(void)
{
	struct piece *piece = rubbish.first;
	size_t size = piece->size;

	rubbish.first = piece->next;
	rubbish.all -= size;
	memory_free(piece);
	return size;
}

/* Its last pages, so much of it as there is a page; what stands around the block is the heap's. */
static void drop_pages(struct piece *piece, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = (uintptr_t)piece;
	uintptr_t end = begin + piece->size, to = end & ~(page - 1);
	uintptr_t from = (end - size + page - 1) & ~(page - 1);

	if (from >= to)
		return;
	madvise((void *)from, to - from, MADV_DONTNEED);
	rubbish.all -= end - from;
	piece->size = from - begin;
}

bool rubbish_sweep(void)
{
	size_t step = rubbish.all / SHARE > STEP ? rubbish.all / SHARE : STEP;

	while (rubbish.first && rubbish.first->size <= step)
		step -= drop_first();
	if (rubbish.first)
		drop_pages(rubbish.first, step);
	return rubbish.first != NULL;
}

void rubbish_keep(bool keep)
{
	rubbish.keeps = keep;
	while (!keep && rubbish.first)
		drop_first();
}
