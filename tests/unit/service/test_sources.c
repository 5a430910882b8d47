#include "service/sources.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/system.h"
#include "service/programs.h"

static struct sources sources;
static struct buffer told;
static int fd;

static void begin(void)
{
	sources_init(&sources, false);
	buffer_init(&told, 4096);
	fd = memfd_create("sources", MFD_CLOEXEC);
	cr_assert(fd >= 0);
}

static void end(void)
{
	sources_free(&sources);
	buffer_free(&told);
}

TestSuite(sources, .init = begin, .fini = end);

static const char *hash_of(const void *bytes, size_t length)
{
	static char text[2 * SHA256_SIZE + 1];
	uint8_t hash[SHA256_SIZE];
	sha256(bytes, length, hash);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", hash[i]);
	return text;
}

/* The standard's own examples, and lengths around a block. */
Test(sources, hashes)
{
	static char many[1000000];
	cr_expect_str_eq(hash_of("", 0),
			 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	cr_expect_str_eq(hash_of("abc", 3),
			 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	cr_expect_str_eq(hash_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56),
			 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	memset(many, 'a', sizeof(many));
	cr_expect_str_eq(hash_of(many, sizeof(many)),
			 "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	cr_expect_str_eq(hash_of(many, 64),
			 "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

static void remember(const char *path, const char *text)
{
	struct afsl_files files = sources_files(&sources);
	struct afsl_file file = { 1, sources.count, { text, strlen(text) } };
	cr_assert(files.found(files.argument, path, &file));
}

static void keep(void)
{
	cr_assert(sources_write(&sources, fd));
	sources_free(&sources);
}

Test(sources, what_is_written_is_found_again)
{
	struct afsl_file file;
	remember("a", "first");
	remember("b/c", "");
	remember("a", "first");
	keep();
	cr_assert(sources_map(&sources, fd));
	struct afsl_files files = sources_files(&sources);
	cr_assert_eq(sources.count, 2);
	cr_assert(files.find(files.argument, "a", &file));
	cr_expect(file.text.length == 5 && memcmp(file.text.data, "first", 5) == 0);
	cr_expect(files.find(files.argument, "b/c", &file) && file.text.length == 0);
	cr_expect(!files.find(files.argument, "/etc/passwd", &file));
}

Test(sources, a_file_that_changes_between_two_filters_is_not_taken_for_both)
{
	remember("a", "first");
	struct afsl_files files = sources_files(&sources);
	struct afsl_file other = { 1, 0, { "other", 5 } };
	cr_expect(!files.found(files.argument, "a", &other));
}

Test(sources, nothing_of_the_disk_is_read_once_kept)
{
	struct text text;
	remember("a", "first");
	keep();
	cr_assert(sources_map(&sources, fd));
	cr_expect_eq(sources_read(&sources, "/etc/passwd", &text, &told), EX_NOINPUT);
	cr_expect_eq(sources_read(&sources, "a", &text, &told), EX_OK);
	cr_expect(text_equals_string(text, "first"));
}

/* Every cut, and every byte of the first head wrong: refused or read, never more. */
Test(sources, a_damaged_file_does_no_harm)
{
	char bytes[512];
	remember("a", "first");
	remember("b", "second");
	keep();
	ssize_t length = pread(fd, bytes, sizeof(bytes), 0);
	for (ssize_t cut = 0; cut < length; cut++) {
		cr_assert_eq(ftruncate(fd, cut), 0);
		bool whole = sources_map(&sources, fd);
		cr_expect(!whole || sources.count < 2);
		sources_free(&sources);
	}
	for (off_t at = 0; at < 64; at++) {
		cr_assert_eq(pwrite(fd, bytes, (size_t)length, 0), length);
		cr_assert_eq(pwrite(fd, "\xff", 1, at), 1);
		sources_map(&sources, fd);
		sources_free(&sources);
	}
}

Test(sources, a_full_disk_is_told)
{
	remember("a", "first");
	system_fail(SYSTEM_WRITE, (struct system_fault){ 2, ENOSPC, true });
	cr_expect(!sources_write(&sources, fd));
	cr_expect_eq(errno, ENOSPC);
}

Test(sources, more_than_a_program_may_be_is_told)
{
	static char path[] = "p", text[SOURCES_SIZE_MAX / 4 + 1];
	struct source_file files[4];
	struct sources all = { .files = files };
	for (; all.count < 4; all.count++)
		files[all.count] =
			(struct source_file){ .path = path, .text = { text, sizeof(text) } };
	errno = 0;
	cr_expect_not(sources_write(&all, fd));
	cr_expect_eq(errno, EFBIG);
}

Test(sources, memory_may_end_anywhere)
{
	struct text text;
	for (unsigned long nth = 1; nth < 20; nth++) {
		memory_fail_at(nth, true);
		int code = sources_read(&sources, "/etc/passwd", &text, &told);
		memory_fail_at(0, false);
		cr_expect(code == EX_OK || code == EX_NOINPUT);
		sources_free(&sources);
		sources_init(&sources, false);
		if (code == EX_OK)
			return;
	}
	cr_assert_fail("never read");
}

/* ---- the last programs ---- */

static int file_of(const char *text)
{
	int file = memfd_create("program", MFD_CLOEXEC);
	remember("a", text);
	cr_assert(sources_write(&sources, file));
	sources_free(&sources);
	sources_init(&sources, false);
	return file;
}

Test(sources, the_last_programs_are_kept)
{
	struct programs programs;
	cr_assert(programs_init(&programs, 3));
	for (unsigned i = 1; i <= 5; i++) {
		cr_assert(programs_add(&programs, file_of("x")));
		cr_expect_eq(programs_current(&programs)->number, i);
	}
	cr_expect_eq(programs.count, 3);
	cr_expect_null(programs_find(&programs, 2));
	cr_expect_eq(programs_before(&programs)->number, 4);
	programs.current = 3;
	cr_expect_null(programs_before(&programs));
	cr_assert(programs_add(&programs, file_of("y")));
	cr_expect_eq(programs_current(&programs)->number, 6);
	cr_expect_null(programs_find(&programs, 3));
	programs_free(&programs);
}

/* How often the process has a program's file open or in its memory. */
static unsigned holds(void)
{
	unsigned count = 0;
	char line[512], name[64];
	FILE *maps = fopen("/proc/self/maps", "r");
	cr_assert_not_null(maps);
	while (fgets(line, sizeof(line), maps))
		count += strstr(line, "memfd:program") != NULL;
	fclose(maps);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "/proc/self/fd/%d", i);
		ssize_t length = readlink(name, line, sizeof(line) - 1);
		line[length < 0 ? 0 : length] = '\0';
		count += strstr(line, "memfd:program") != NULL;
	}
	return count;
}

Test(sources, a_program_that_goes_leaves_nothing)
{
	struct programs programs;
	unsigned before = holds();
	cr_assert(programs_init(&programs, 2));
	for (unsigned i = 0; i < 5; i++)
		cr_assert(programs_add(&programs, file_of("x")));
	cr_expect_eq(holds() - before, 4, "%u", holds() - before);
	programs_free(&programs);
	cr_expect_eq(holds(), before);
}

Test(sources, one_program_alone_is_kept)
{
	struct programs programs;
	cr_assert(programs_init(&programs, 1));
	cr_assert(programs_add(&programs, file_of("x")));
	cr_assert(programs_add(&programs, file_of("y")));
	cr_expect_eq(programs.count, 1);
	cr_expect_eq(programs_current(&programs)->number, 2);
	cr_expect_null(programs_before(&programs));
	programs_free(&programs);
}
