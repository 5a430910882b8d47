/* The heap, with a way to make it fail on purpose.
 *
 * Every allocation of the project goes through here, so that a test can make
 * the nth one fail (once, or from then on) and see that nothing is lost. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Like malloc, calloc and realloc; NULL when memory has ended. */
void *memory_allocate(size_t size) __attribute__((malloc, alloc_size(1)));
void *memory_zeroed(size_t count, size_t size) __attribute__((malloc, alloc_size(1, 2)));
void *memory_resize(void *old, size_t size) __attribute__((alloc_size(2)));
void memory_free(void *block);

/* A NUL-terminated copy, or NULL. */
char *memory_copy_string(const char *string) __attribute__((malloc));

/* The nth allocation from now fails (1 is the next one); 0 switches this off.
 * With `sticky` all later ones fail too. Only for tests; process-wide. */
void memory_fail_at(unsigned long nth, bool sticky);

/* Allocations counted since the last memory_fail_at. */
unsigned long memory_count(void);

/* Sizes from outside are added and multiplied with these: false on overflow. */
static inline bool size_add(size_t a, size_t b, size_t *sum)
{
	return !__builtin_add_overflow(a, b, sum);
}

static inline bool size_multiply(size_t a, size_t b, size_t *product)
{
	return !__builtin_mul_overflow(a, b, product);
}

#endif
