#include "bridge/message_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/system.h"

/* What follows the folder in an absolute name; false when it lies elsewhere. */
static bool name_inside(const char *folder, struct text name, struct text *inside)
{
	size_t length = strlen(folder);
	*inside = name;
	if (name.length == 0 || name.data[0] != '/')
		return true;
	while (length > 1 && folder[length - 1] == '/')
		length--;
	if (name.length <= length || memcmp(name.data, folder, length) != 0 ||
	    (name.data[length] != '/' && length > 1))
		return false;
	while (length < name.length && name.data[length] == '/')
		length++;
	*inside = text_part(name, length, name.length);
	return true;
}

static int open_beneath(int folder, const char *path)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
					   RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV };
	return (int)syscall(SYS_openat2, folder, path, &how, sizeof(how));
}

static const char *why_not(int error)
{
	if (error == EXDEV || error == ELOOP)
		return "it is not inside the spool folder, or there is a link on the way";
	return strerror(error);
}

static int open_plain(int folder, const char *path, const char **why)
{
	struct stat status;
	int fd = open_beneath(folder, path);
	if (fd < 0) {
		*why = why_not(errno);
		return -1;
	}
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return fd;
	*why = "it is not a plain file";
	close(fd);
	return -1;
}

int message_file_open(const char *folder, struct text name, const char **why)
{
	char path[PATH_MAX];
	struct text inside;
	*why = "no spool folder is configured";
	if (!folder)
		return -1;
	*why = "it is not inside the spool folder";
	if (!name_inside(folder, name, &inside))
		return -1;
	*why = "this is no name of a file";
	if (inside.length == 0 || inside.length >= sizeof(path) || text_contains_byte(inside, '\0'))
		return -1;
	memcpy(path, inside.data, inside.length);
	path[inside.length] = '\0';
	int at = system_open(folder, O_PATH | O_DIRECTORY, 0);
	if (at < 0) {
		*why = "the spool folder cannot be opened";
		return -1;
	}
	int fd = open_plain(at, path, why);
	close(at);
	return fd;
}
