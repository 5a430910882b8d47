#include "content/rtf.h"

#include "blob.h"
#include "base/crc32.h"
#include "base/memory.h"

#include <criterion/criterion.h>

TestSuite(rtf, .init = blob_begin, .fini = blob_end);

static void put_little(size_t at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		blob.data[at + i] = (char)(value >> 8 * i);
}

/* Tokens with a header that is right. */
static void compressed(const char *tokens, size_t length, uint32_t comes_out)
{
	buffer_clear(&blob);
	buffer_append(&blob, "................", 16);
	buffer_append(&blob, tokens, length);
	put_little(0, (uint32_t)length + 12);
	put_little(4, comes_out);
	put_little(8, 0x75465a4c);
	put_little(12, crc32_add(0, text_of(tokens, length, LIFETIME_EVENT)));
}
#define COMPRESSED(tokens, comes_out) compressed(tokens, sizeof(tokens) - 1, comes_out)

static struct text read_whole(struct text bytes, bool *whole)
{
	struct text out;

	cr_assert(rtf_decompress(bytes, &arena, &out, whole));
	cr_assert_leq(out.length, 8 * (size_t)bytes.length);
	return out;
}

static void reads(struct text bytes, const char *wanted, bool wanted_whole)
{
	bool whole;
	struct text out = read_whole(bytes, &whole);

	cr_expect(text_equals_string(out, wanted), "%.*s, not %s", TEXT_PRINTF(out), wanted);
	cr_expect_eq(whole, wanted_whole, "%s", wanted);
}

static void blob_reads(const char *wanted, bool whole)
{
	reads(buffer_text(&blob), wanted, whole);
}

/* The examples of MS-OXRTFCP 4. */
#define HELLO                                                                                      \
	"\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\3\0\x0a\0rcpg125B2\x0a\xf3 hel\x09\0 bw\5\xb0"   \
	"ld}\x0a\x80\x0f\xa0"
#define CROSSING "\x1a\0\0\0\x1c\0\0\0LZFu\xe2\xd4\x4b\x51\x41\0\4 WXYZ\x0dn}\1\x0e\xb0"

static const char hello[] = "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n";

Test(rtf, as_the_specification_has_it)
{
	reads(TEXT(HELLO), hello, true);
	reads(TEXT(CROSSING), "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}", true);
	reads(TEXT("\x0f\0\0\0\3\0\0\0MELA\0\0\0\0abc"), "abc", true);
	reads(TEXT("\x0c\0\0\0\0\0\0\0MELA\0\0\0\0"), "", true);
	reads(TEXT("\x0c\0\0\0\0\0\0\0LZFu\0\0\0\0"), "", true);
}

/* An x, and then 17 bytes from the one before it on, again and again. */
Test(rtf, goes_round_in_its_dictionary)
{
	enum { TIMES = 591, LENGTH = 1 + TIMES * 17 };
	char tokens[2 * LENGTH / 8] = "\xfex", wanted[LENGTH + 1];
	size_t length = 2;

	for (unsigned i = 1; i <= TIMES; i++) {
		unsigned before = (207 + (i - 1) * 17) % 4096;

		if (i % 8 == 0)
			tokens[length++] = '\xff';
		tokens[length++] = (char)(before >> 4);
		tokens[length++] = (char)(before << 4 | 15);
	}
	memset(wanted, 'x', LENGTH);
	wanted[LENGTH] = '\0';
	compressed(tokens, length, LENGTH);
	blob_reads(wanted, true);
}

Test(rtf, damaged_is_read_as_far_as_it_goes)
{
	char damaged[] = HELLO;
	struct text bytes = text_of(damaged, sizeof(damaged) - 1, LIFETIME_EVENT);
	bool whole;

	for (uint32_t length = 0; length < bytes.length; length++) {
		struct text out = read_whole(text_part(bytes, 0, length), &whole);

		cr_expect_not(whole, "%u", length);
		if (length >= 16)
			cr_expect(text_starts_with(text_of_string(hello, LIFETIME_PROGRAM), out));
	}
	for (unsigned bit = 0; bit < 8 * bytes.length; bit++) {
		damaged[bit / 8] ^= (char)(1 << bit % 8);
		read_whole(bytes, &whole);
		cr_expect_not(whole, "bit %u", bit);
		damaged[bit / 8] ^= (char)(1 << bit % 8);
	}
	reads(TEXT("\x0f\0\0\0\3\0\0\0MELA\1\0\0\0abc"), "abc", false);
	reads(TEXT("\x0f\0\0\0\3\0\0\0ELSE\0\0\0\0abc"), "abc", false);
	reads(TEXT("\xff\xff\xff\xff\xff\xff\xff\xffMELA\0\0\0\0abc"), "abc", false);
}

Test(rtf, what_was_never_written_is_not_there)
{
	COMPRESSED("\1\xff\xf0", 2);
	bool whole;
	struct text out = read_whole(buffer_text(&blob), &whole);

	/* 4095 was never written, 0 is the beginning of the first words */
	cr_expect(text_equals(out, text_of("\0{", 2, LIFETIME_EVENT)));
	cr_expect_not(whole);
	COMPRESSED("\1\x0c", 0);
	blob_reads("", false);
	/* bytes behind the end */
	COMPRESSED("\2a\x0d\0zzzz", 1);
	blob_reads("a", true);
	/* no end at all */
	COMPRESSED("\0abc", 3);
	blob_reads("abc", true);
}

Test(rtf, survives_the_end_of_memory)
{
	struct text out;
	bool whole, done = false;

	for (unsigned long nth = 1; nth < 20 && !done; nth++) {
		memory_fail_at(nth, false);
		done = rtf_decompress(TEXT(HELLO), &arena, &out, &whole) && memory_count() < nth;
		memory_fail_at(0, false);
		arena_reset(&arena);
	}
	cr_expect(done);
}
