#include "store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/system.h"

/* The next part of a path between slashes; false at the end. */
static bool next_part(struct text path, size_t *at, struct text *part)
{
	size_t from;

	while (*at < path.length && path.data[*at] == '/')
		++*at;
	for (from = *at; *at < path.length && path.data[*at] != '/';)
		++*at;
	*part = text_part(path, from, *at);
	return part->length > 0;
}

static bool is_step_up(struct text part)
{
	return text_equals(part, TEXT(".")) || text_equals(part, TEXT(".."));
}

static int open_part(int folder, struct text part, bool last)
{
	int flags = last ? O_RDONLY | O_NONBLOCK : O_PATH | O_DIRECTORY;
	char name[NAME_MAX + 1];

	if (is_step_up(part) || part.length > NAME_MAX) {
		errno = is_step_up(part) ? EACCES : ENAMETOOLONG;
		return -1;
	}
	memcpy(name, part.data, part.length);
	name[part.length] = '\0';
	return system_open_at(folder, name, flags | O_NOFOLLOW | O_NOCTTY, 0);
}

/* One part after the other, so that no part can lead out again. */
static int open_below(const char *folder, struct text path)
{
	int at = system_open(folder, O_PATH | O_DIRECTORY, 0), next;
	struct text part, behind;
	size_t place = 0;
	bool more = next_part(path, &place, &part);

	if (at >= 0 && !more) {
		close(at);
		errno = EISDIR;
		return -1;
	}
	while (at >= 0 && more) {
		more = next_part(path, &place, &behind);
		next = open_part(at, part, !more);
		close(at);
		at = next;
		part = behind;
	}
	return at;
}

/* What follows the folder's own name in the path; false when it begins otherwise. */
static bool strip_folder(const char *folder, struct text path, struct text *rest)
{
	struct text name = text_of_string(folder, LIFETIME_PROGRAM);

	while (name.length > 1 && name.data[name.length - 1] == '/')
		name.length--;
	if (!text_starts_with(path, name))
		return false;
	*rest = text_part(path, name.length, path.length);
	return name.data[name.length - 1] == '/' || (rest->length && rest->data[0] == '/');
}

static int open_in(const char *const *folders, size_t count, struct text path)
{
	struct text rest;
	int fd = -1;

	errno = EACCES;
	for (size_t i = 0; i < count && fd < 0; i++) {
		if (strip_folder(folders[i], path, &rest))
			return open_below(folders[i], rest);
		if (path.length && path.data[0] != '/')
			fd = open_below(folders[i], path);
	}
	return fd;
}

static const char *reason(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return "there is no such file";
	case ENAMETOOLONG:
		return "its name is too long";
	case EMFILE:
	case ENFILE:
		return "too many files are open";
	default:
		return "it is outside of the configured folders, a symbolic link, or may not be "
		       "read";
	}
}

int folder_open(const char *const *folders, size_t count, struct text path, struct stat *facts,
		const char **why)
{
	int fd;

	if (text_contains_byte(path, '\0')) {
		*why = "its name holds a NUL";
		return -1;
	}
	fd = open_in(folders, count, path);
	if (fd < 0) {
		*why = reason(errno);
		return -1;
	}
	if (fstat(fd, facts) < 0 || !S_ISREG(facts->st_mode)) {
		*why = "it is no ordinary file";
		close(fd);
		return -1;
	}
	return fd;
}
