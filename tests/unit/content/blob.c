#include "blob.h"

struct arena arena;
struct buffer blob;

void blob_begin(void)
{
	arena_init(&arena, (size_t)64 << 20, LIFETIME_EVENT);
	buffer_init(&blob, (size_t)64 << 20);
}

void blob_end(void)
{
	arena_reset(&arena);
	buffer_free(&blob);
}
