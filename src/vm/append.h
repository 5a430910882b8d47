/* The short way of what texts are joined by, for the dispatch loop: a few bytes behind a text that
 * can grow. */
#ifndef VM_APPEND_H
#define VM_APPEND_H

#include "vm/state.h"

/* With both halves as they will be read, whole: two writes of half a word each would have to arrive
 * in memory before a word could be read there. */
static inline void put_text(value *place, const char *data, size_t length, enum lifetime lifetime)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	uint64_t second = (uint64_t)length | (uint64_t)lifetime << 32;
#else
	uint64_t second = (uint64_t)length << 32 | (uint64_t)lifetime;
#endif
	place->text.data = data;
	memcpy(&place->text.length, &second, sizeof(second));
}

/* Of `width` bytes, a constant, to twice as many: both ends, which may overlap. */
static inline __attribute__((always_inline)) void copy_ends(char *to, const char *from,
							    size_t length, size_t width)
{
	char first[16], last[16];

	memcpy(first, from, width);
	memcpy(last, from + length - width, width);
	memcpy(to, first, width);
	memcpy(to + length - width, last, width);
}

/* 1 to 15 bytes: two words that overlap cost less than a call. */
static inline __attribute__((always_inline)) void copy_few(char *to, const char *from,
							   size_t length)
{
	if (length >= 8) {
		copy_ends(to, from, length, 8);
	} else if (length >= 4) {
		copy_ends(to, from, length, 4);
	} else {
		*to = *from;
		to[length / 2] = from[length / 2];
		to[length - 1] = from[length - 1];
	}
}

/* At least 16 bytes. */
static __attribute__((noinline, unused)) void copy_many(char *to, const char *from, size_t length)
{
	if (length <= 32)
		copy_ends(to, from, length, 16);
	else
		memcpy(to, from, length);
}

/* Pieces are short. */
static inline __attribute__((always_inline)) void copy_piece(char *to, const char *from,
							     size_t length)
{
	if (length - 1 < 15)
		copy_few(to, from, length);
	else if (length)
		copy_many(to, from, length);
}

/* So much is taken from the budget without a look at it: the next back edge or call has one. */
enum { APPENDED_MOST = 1024 };

/* False, and nothing has happened, when it is not that easy: texts_join(). `joined` may be `left`.
 */
static inline __attribute__((always_inline)) bool append_short(struct vm *vm, const value *left,
							       struct text piece, value *joined)
{
	const char *data = left->text.data, *end = data + left->text.length;
	struct growth *newest = vm->stack->growths;
	size_t more = piece.length, total = left->text.length + more;

	if (more - 1 >= APPENDED_MOST || left->text.length == 0 ||
	    left->text.lifetime != LIFETIME_EVENT ||
	    (int64_t)total > vm->services->limits[LIMIT_textLength])
		return false;
	if (newest->end == end && (size_t)(newest->limit - end) >= more)
		newest->end += more;
	else if (!arena_extend(vm->services->event, end, more))
		return false;
	vm->budget -= (int64_t)(more / 16);
	copy_piece((char *)(uintptr_t)end, piece.data, more);
	put_text(joined, data, total, LIFETIME_EVENT);
	return true;
}

#endif
