#include "service/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/system.h"

static bool others_write(const char *path)
{
	struct stat status;
	if (stat(path, &status) != 0)
		return false;
	/* In a sticky folder only the owner can replace a file. */
	if (S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX))
		return false;
	return status.st_mode & S_IWOTH;
}

const char *file_distrust(const char *path)
{
	char folder[4096];
	const char *slash = strrchr(path, '/');
	if (others_write(path))
		return "everybody can write to it";
	int length = slash ? (int)(slash - path + 1) : 1;
	snprintf(folder, sizeof(folder), "%.*s", length, slash ? path : ".");
	return others_write(folder) ? "everybody can write to its folder" : NULL;
}

static int file_fault(const char *path, struct buffer *problems, const char *why)
{
	buffer_printf(problems, "%s: error: %s\n", path, why);
	return EX_NOINPUT;
}

int file_read(const char *path, struct buffer *bytes, struct stat *status, struct buffer *problems)
{
	int fd = system_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0)
		return file_fault(path, problems, strerror(errno));
	int error = 0;
	const char *why = NULL;
	if (fstat(fd, status) != 0)
		why = strerror(errno);
	else if (!S_ISREG(status->st_mode))
		why = S_ISDIR(status->st_mode) ? "this is a folder" : "this is not a file";
	else
		error = buffer_read(bytes, fd);
	close(fd);
	if (error)
		why = error == EFBIG ? "the file is too large" : strerror(error);
	return why ? file_fault(path, problems, why) : EX_OK;
}

const char *folder_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return NULL;
	size_t length = slash == path ? 1 : (size_t)(slash - path);
	return arena_string(arena, text_of(path, length, LIFETIME_PROGRAM));
}
