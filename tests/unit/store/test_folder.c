#include "store/folder.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char top[] = "/tmp/afsl-folder.XXXXXX";
static char inside[64];

static void write_file(const char *path)
{
	int fd = openat(AT_FDCWD, path, O_CREAT | O_WRONLY, 0600);

	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, "text", 4), 4);
	close(fd);
}

static void begin(void)
{
	cr_assert(mkdtemp(top));
	cr_assert_eq(chdir(top), 0);
	mkdir("in", 0700);
	mkdir("in/deep", 0700);
	mkdir("in2", 0700);
	write_file("secret");
	write_file("in/a");
	write_file("in/deep/b");
	write_file("in2/c");
	cr_assert_eq(symlink("../secret", "in/link"), 0);
	cr_assert_eq(symlink("..", "in/up"), 0);
	cr_assert_eq(mkfifo("in/pipe", 0600), 0);
	snprintf(inside, sizeof(inside), "%s/in", top);
}

static void end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	cr_assert_eq(system(command), 0);
}

TestSuite(folder, .init = begin, .fini = end);

static bool opens(struct text path)
{
	const char *const folders[] = { inside };
	const char *why = NULL;
	struct stat facts;
	int fd = folder_open(folders, 1, path, &facts, &why);

	if (fd < 0) {
		cr_assert_not_null(why);
		return false;
	}
	cr_assert_eq(facts.st_size, 4);
	close(fd);
	return true;
}

static bool opens_below(const char *rest)
{
	char path[128];

	snprintf(path, sizeof(path), "%s%s", inside, rest);
	return opens(text_of_string(path, LIFETIME_EVENT));
}

Test(folder, opens_what_is_below)
{
	cr_expect(opens(TEXT("a")));
	cr_expect(opens(TEXT("deep/b")));
	cr_expect(opens(TEXT("deep//b")));
	cr_expect(opens_below("/a"));
	cr_expect(opens_below("//deep/b"));
}

Test(folder, opens_nothing_outside)
{
	cr_expect_not(opens(TEXT("../secret")));
	cr_expect_not(opens(TEXT("deep/../a")));
	cr_expect_not(opens(TEXT("./a")));
	cr_expect_not(opens(TEXT("link")));
	cr_expect_not(opens(TEXT("up/secret")));
	cr_expect_not(opens(TEXT("/etc/passwd")));
	cr_expect_not(opens_below("/../secret"));
	cr_expect_not(opens_below("2/c"), "in2 only begins like in");
}

Test(folder, opens_only_files)
{
	cr_expect_not(opens(TEXT("")));
	cr_expect_not(opens(TEXT("deep")));
	cr_expect_not(opens(TEXT("pipe")));
	cr_expect_not(opens(TEXT("none")));
	cr_expect_not(opens(TEXT("a/b")));
	cr_expect_not(opens(TEXT("a\0b")));
	cr_expect_not(opens_below(""));
	cr_expect_not(opens_below("/"));
}

Test(folder, refuses_long_names)
{
	char name[400];

	memset(name, 'x', sizeof(name));
	cr_expect_not(opens(text_of(name, sizeof(name), LIFETIME_EVENT)));
}

Test(folder, looks_in_each)
{
	char second[64];
	const char *const folders[] = { inside, second };
	const char *why;
	struct stat facts;
	int fd;

	snprintf(second, sizeof(second), "%s/in2/", top);
	fd = folder_open(folders, 2, TEXT("c"), &facts, &why);
	cr_assert(fd >= 0);
	close(fd);
	cr_expect_eq(folder_open(folders, 0, TEXT("c"), &facts, &why), -1);
}
