#include "builtins/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/system.h"

enum { SIZE_MOST = 65536 };

static const char *check_path(struct text path)
{
	if (path.length == 0 || path.data[0] != '/' || path.length >= PATH_MAX)
		return "the file of a key is named by its whole path";
	if (text_contains_byte(path, '\0') || text_find(path, TEXT("/../"), 0) >= 0)
		return "a path with .. or NUL";
	return NULL;
}

static const char *check_facts(const struct stat *facts)
{
	if (!S_ISREG(facts->st_mode))
		return "it is no regular file";
	if (facts->st_uid != geteuid() && facts->st_uid != 0)
		return "it belongs to somebody else";
	if (facts->st_mode & (S_IRWXG | S_IRWXO))
		return "others may read it: chmod 600";
	return facts->st_size > SIZE_MOST ? "it is too large for a key" : NULL;
}

const char *key_file_open(struct text path, int *fd, struct stat *facts)
{
	const char *fault = check_path(path);
	char name[PATH_MAX];

	if (fault)
		return fault;
	memcpy(name, path.data, path.length);
	name[path.length] = '\0';
	*fd = system_open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (*fd < 0)
		return errno == ENOENT ? "there is no such file" : "it cannot be opened";
	fault = fstat(*fd, facts) == 0 ? check_facts(facts) : "it cannot be looked at";
	if (fault)
		close(*fd);
	return fault;
}

const char *key_file_read(int fd, const struct stat *facts, struct buffer *out)
{
	char *to = buffer_reserve(out, (size_t)facts->st_size);
	ssize_t got;

	if (!to)
		return "memory has ended";
	got = system_read_whole(fd, to, (size_t)facts->st_size);
	if (got < 0)
		return "reading it has failed";
	out->length += (size_t)got;
	return NULL;
}
