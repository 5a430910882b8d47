#include "base/buffer.h"

#include "base/memory.h"
#include "base/system.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

static struct buffer buffer_open(size_t cap)
{
	struct buffer buffer;

	buffer_init(&buffer, cap);
	return buffer;
}

static void assert_holds(const struct buffer *buffer, const char *bytes, size_t length)
{
	cr_assert(!buffer->failed);
	cr_assert_eq(buffer->length, length, "%zu", buffer->length);
	cr_assert_eq(memcmp(buffer->data, bytes, length), 0, "%.*s", (int)buffer->length,
		     buffer->data);
}

Test(buffer, grows_as_needed)
{
	struct buffer buffer = buffer_open(BUFFER_CAP_DEFAULT);

	for (int i = 0; i < 100000; i++)
		buffer_append_byte(&buffer, (char)('a' + i % 26));
	cr_assert_eq(buffer.length, 100000);
	for (int i = 0; i < 100000; i++)
		cr_assert_eq(buffer.data[i], 'a' + i % 26);
	buffer_free(&buffer);
	cr_assert_null(buffer.data);
	cr_assert_eq(buffer.cap, BUFFER_CAP_DEFAULT);
}

Test(buffer, all_kinds_of_pieces)
{
	struct buffer buffer = buffer_open(100);

	buffer_append_string(&buffer, "ab");
	buffer_append_text(&buffer, TEXT("cd"));
	buffer_append(&buffer, "\0e", 2);
	buffer_append_u16(&buffer, 0x0102);
	buffer_append_u32(&buffer, 0xfffefdfc);
	buffer_append_text(&buffer, (struct text){ NULL, 0, 0 });
	assert_holds(&buffer, "abcd\0e\x01\x02\xff\xfe\xfd\xfc", 12);
	buffer_free(&buffer);
}

Test(buffer, the_cap_is_reached_exactly_and_failure_sticks)
{
	struct buffer buffer = buffer_open(10);

	buffer_append(&buffer, "0123456789", 10);
	cr_assert(!buffer.failed);
	buffer_append_byte(&buffer, 'x');
	cr_assert(buffer.failed);
	cr_assert_eq(buffer.length, 10);
	buffer_consume(&buffer, 5);
	buffer_append_byte(&buffer, 'x');
	cr_assert_eq(buffer.length, 5, "nothing more after a failure");
	buffer_clear(&buffer);
	buffer_append_byte(&buffer, 'x');
	assert_holds(&buffer, "x", 1);
	buffer_free(&buffer);
}

Test(buffer, a_huge_piece_does_not_wrap)
{
	struct buffer buffer = buffer_open(1000);

	buffer_append_byte(&buffer, 'x');
	cr_assert_null(buffer_reserve(&buffer, SIZE_MAX));
	cr_assert(buffer.failed);
	buffer_free(&buffer);
}

Test(buffer, memory_that_ends_is_a_failure)
{
	struct buffer buffer = buffer_open(10000);

	buffer_append_string(&buffer, "kept");
	memory_fail_at(1, true);
	for (int i = 0; i < 1000; i++)
		buffer_append_byte(&buffer, 'x');
	memory_fail_at(0, false);
	cr_assert(buffer.failed);
	cr_assert_eq(memcmp(buffer.data, "kept", 4), 0);
	buffer_free(&buffer);
}

Test(buffer, printf_short_and_long)
{
	struct buffer buffer = buffer_open(10000);
	char wide[601];

	buffer_printf(&buffer, "%d-%s", 7, "x");
	assert_holds(&buffer, "7-x", 3);
	buffer_printf(&buffer, "%600s", "y");
	cr_assert_eq(buffer.length, 603);
	memset(wide, ' ', 599);
	wide[599] = 'y';
	cr_assert_eq(memcmp(buffer.data + 3, wide, 600), 0);
	buffer_free(&buffer);
}

Test(buffer, printf_at_the_edge_of_its_first_try)
{
	for (int width = 250; width < 262; width++) {
		struct buffer buffer = buffer_open(1000);

		buffer_printf(&buffer, "%*d", width, 5);
		cr_assert_eq(buffer.length, (size_t)width);
		cr_assert_eq(buffer.data[width - 1], '5');
		buffer_free(&buffer);
	}
}

static void assert_json(const char *bytes, size_t length, const char *json)
{
	struct buffer buffer = buffer_open(1000);

	buffer_append_json(&buffer, text_of(bytes, length, LIFETIME_EVENT));
	assert_holds(&buffer, json, strlen(json));
	buffer_free(&buffer);
}

Test(buffer, json_strings)
{
	assert_json("", 0, "\"\"");
	assert_json("a\"b\\c", 5, "\"a\\\"b\\\\c\"");
	assert_json("\n\t\0\x7f", 4, "\"\\u000a\\u0009\\u0000\\u007f\"");
	assert_json("h\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 10,
		    "\"h\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
	assert_json("\xe9", 1, "\"\\u00e9\"");
	assert_json("\xc3", 1, "\"\\u00c3\"");
	assert_json("\xc3z", 2, "\"\\u00c3z\"");
	assert_json("\xc0\x80", 2, "\"\\u00c0\\u0080\"");
	assert_json("\xed\xa0\x80", 3, "\"\\u00ed\\u00a0\\u0080\"");
	assert_json("\xf4\x90\x80\x80", 4, "\"\\u00f4\\u0090\\u0080\\u0080\"");
}

Test(buffer, visible_bytes_and_the_cut)
{
	struct buffer buffer = buffer_open(1000);

	buffer_append_visible(&buffer, text_of("a\\\r\n\xe9 z", 7, LIFETIME_EVENT), 100);
	assert_holds(&buffer, "a\\x5C\\x0D\\x0A\\xE9 z", 19);
	buffer_clear(&buffer);
	buffer_append_visible(&buffer, TEXT("abcdef"), 6);
	assert_holds(&buffer, "abcdef", 6);
	buffer_clear(&buffer);
	buffer_append_visible(&buffer, TEXT("abcdef"), 5);
	assert_holds(&buffer, "abcde...", 8);
	buffer_free(&buffer);
}

Test(buffer, consuming_from_the_front)
{
	struct buffer buffer = buffer_open(1000);

	buffer_append_string(&buffer, "abcdef");
	buffer_consume(&buffer, 0);
	assert_holds(&buffer, "abcdef", 6);
	buffer_consume(&buffer, 2);
	assert_holds(&buffer, "cdef", 4);
	buffer_consume(&buffer, 100);
	cr_assert_eq(buffer.length, 0);
	buffer_append_string(&buffer, "g");
	assert_holds(&buffer, "g", 1);
	buffer_free(&buffer);
}

/* ---- all that a descriptor gives ---- */

static int file_of(size_t length)
{
	int fd = memfd_create("buffer", MFD_CLOEXEC);

	cr_assert_eq(ftruncate(fd, (off_t)length), 0);
	return fd;
}

static void reads(size_t length, size_t cap, int error)
{
	struct buffer buffer = buffer_open(cap);
	int fd = file_of(length);

	cr_expect_eq(buffer_read(&buffer, fd), error, "%zu of %zu", length, cap);
	cr_expect_eq(buffer.failed, error == EFBIG);
	if (!error)
		cr_expect_eq(buffer.length, length);
	buffer_free(&buffer);
	close(fd);
}

Test(buffer, reads_up_to_the_cap_exactly)
{
	reads(0, 10, 0);
	reads(10, 10, 0);
	reads(11, 10, EFBIG);
	reads(65536, 65536, 0);
	reads(200001, 200001, 0);
	reads(200002, 200001, EFBIG);
}

Test(buffer, reading_goes_on_behind_what_is_there)
{
	struct buffer buffer = buffer_open(100);
	int fd = file_of(0), bad = -1;

	buffer_append_string(&buffer, "ab");
	cr_assert_eq(pwrite(fd, "cd", 2, 0), 2);
	system_fail(SYSTEM_READ, (struct system_fault){ .nth = 1, .error = 0 });
	cr_expect_eq(buffer_read(&buffer, fd), 0);
	system_fail(SYSTEM_READ, (struct system_fault){ 0 });
	assert_holds(&buffer, "abcd", 4);
	cr_expect_eq(buffer_read(&buffer, bad), EBADF);
	memory_fail_at(1, true);
	buffer_free(&buffer);
	cr_expect_eq(buffer_read(&buffer, fd), ENOMEM);
	memory_fail_at(0, false);
	buffer_free(&buffer);
	close(fd);
}
