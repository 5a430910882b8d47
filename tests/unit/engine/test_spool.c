#include "engine/spool.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct spool spool;
static char room[SPOOL_CHUNK];

static void begin(void)
{
	spool_init(&spool);
}

static void end(void)
{
	memory_fail_at(0, false);
	spool_free(&spool);
}

TestSuite(spool, .init = begin, .fini = end);

static bool add(const char *piece)
{
	return spool_add(&spool, text_of_string(piece, LIFETIME_EVENT));
}

static bool reads(uint64_t offset, const char *wanted)
{
	struct text piece;

	return spool_read(&spool, offset, room, &piece) && text_equals_string(piece, wanted);
}

Test(spool, stays_in_memory_up_to_its_size)
{
	spool_clear(&spool, 10, 100);
	cr_assert(add("01234"));
	cr_assert(add("56789"));
	cr_assert_eq(spool.fd, -1);
	cr_assert(reads(0, "0123456789"));
	cr_assert(reads(7, "789"));
	cr_assert(reads(10, ""));
	cr_assert(reads(99, ""));
}

Test(spool, goes_to_a_file_beyond_it)
{
	spool_clear(&spool, 10, 100);
	cr_assert(add("0123456789"));
	cr_assert(add("abc"));
	cr_assert_geq(spool.fd, 0);
	cr_assert(add("def"));
	cr_assert(reads(0, "0123456789abcdef"));
	cr_assert(reads(11, "bcdef"));
	cr_assert(reads(16, ""));
	spool_clear(&spool, 10, 100);
	cr_assert_eq(spool.fd, -1);
	cr_assert(reads(0, ""));
}

Test(spool, is_read_in_chunks)
{
	static char large[200000];
	struct text piece;
	uint64_t offset = 0;

	for (unsigned i = 0; i < sizeof(large); i++)
		large[i] = (char)(i * 7);
	for (unsigned in_memory = 0; in_memory < 2; in_memory++) {
		spool_clear(&spool, in_memory ? sizeof(large) : 100, sizeof(large));
		cr_assert(spool_add(&spool, text_of(large, sizeof(large), LIFETIME_EVENT)));
		for (offset = 0;; offset += piece.length) {
			cr_assert(spool_read(&spool, offset, room, &piece));
			if (piece.length == 0)
				break;
			cr_assert_leq(piece.length, SPOOL_CHUNK);
			cr_assert_eq(memcmp(piece.data, large + offset, piece.length), 0);
		}
		cr_assert_eq(offset, sizeof(large));
	}
}

Test(spool, a_chunk_is_never_larger_than_its_room)
{
	static char large[SPOOL_CHUNK + 1];
	struct text piece;

	spool_clear(&spool, 100, sizeof(large));
	cr_assert(spool_add(&spool, text_of(large, sizeof(large), LIFETIME_EVENT)));
	cr_assert(spool_read(&spool, 0, room, &piece));
	cr_assert_eq(piece.length, SPOOL_CHUNK);
	cr_assert(spool_read(&spool, SPOOL_CHUNK, room, &piece));
	cr_assert_eq(piece.length, 1);
}

Test(spool, is_bounded_and_remembers_its_fault)
{
	struct text piece;

	spool_clear(&spool, 10, 12);
	cr_assert(add("0123456789ab"));
	cr_assert_not(add("c"));
	cr_assert_str_eq(spool.fault, "limit spoolSize");
	cr_assert_not(add(""));
	cr_assert_not(spool_read(&spool, 0, room, &piece));
	spool_clear(&spool, 10, 12);
	cr_assert(add("x"));
}

Test(spool, without_a_folder_there_is_no_file)
{
	setenv("TMPDIR", "/nonexistent", 1);
	spool_clear(&spool, 2, 100);
	cr_assert_not(add("abc"));
	cr_assert_str_eq(spool.fault, "spool: no file can be made");
	unsetenv("TMPDIR");
}

Test(spool, without_memory_there_is_an_answer)
{
	spool_clear(&spool, 1000, 1000);
	memory_fail_at(1, true);
	cr_assert_not(add("abc"));
	memory_fail_at(0, false);
	cr_assert_str_eq(spool.fault, "memory has ended");
}
