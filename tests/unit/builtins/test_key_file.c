/* Files of private keys, and who may read them. */
#include "builtins/key_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/afsl-keys.XXXXXX";

/* Writes a file of that mode in the folder; its path. */
static const char *make(const char *name, const char *content, mode_t mode)
{
	static char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	fputs(content, file);
	fclose(file);
	cr_assert_eq(chmod(path, mode), 0);
	return path;
}

/* What is said of it: the content when it is read. */
static void expect(const char *path, const char *wanted)
{
	struct buffer out;
	const char *fault;
	struct stat facts;
	int fd;

	buffer_init(&out, BUFFER_CAP_DEFAULT);
	fault = key_file_open(text_of_string(path, LIFETIME_EVENT), &fd, &facts);
	if (!fault) {
		fault = key_file_read(fd, &facts, &out);
		close(fd);
	}
	buffer_append_byte(&out, '\0');
	cr_expect_str_eq(fault ? fault : out.data, wanted, "%s: %s", path,
			 fault ? fault : out.data);
	buffer_free(&out);
}

static void forget(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
}

Test(key_file, only_the_owner_may_read_it)
{
	char path[300];

	cr_assert_not_null(mkdtemp(folder));
	expect(make("right", "a key", 0600), "a key");
	expect(make("read-only", "a key", 0400), "a key");
	expect(make("group", "a key", 0640), "others may read it: chmod 600");
	expect(make("all", "a key", 0604), "others may read it: chmod 600");
	expect(folder, "it is no regular file");
	expect("right", "the file of a key is named by its whole path");
	expect("", "the file of a key is named by its whole path");
	snprintf(path, sizeof(path), "%s/nothing", folder);
	expect(path, "there is no such file");
	snprintf(path, sizeof(path), "%s/../%s", folder, folder + 5);
	expect(path, "a path with .. or NUL");
	forget("right"), forget("read-only"), forget("group"), forget("all");
	rmdir(folder);
}
