/* Waiting for a change of a script, by inotify. */
#include "test/suite.h"

#include "base/system.h"
#include "base/wait.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SETTLE_MILLISECONDS = 100 };

/* Editors replace files: it is the folder that tells. */
static void watch_folder_of(int fd, const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX]; /* it was opened by that path */

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path + 1) : 1,
		 slash ? path : ".");
	inotify_add_watch(fd, folder, IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE);
}

/* Files that were used, too. */
static void watch_all(const struct suite *suite, int fd)
{
	for (size_t i = 0; i < suite->file_count; i++) {
		const struct suite_file *file = suite->files + i;
		const struct diagnostics *sources =
			file->program ? file->program->program->sources : NULL;

		watch_folder_of(fd, file->path);
		for (unsigned n = 0; sources && n < sources->source_count; n++)
			watch_folder_of(fd, sources->sources[n].name);
	}
}

/* The clock of files is coarse: rather once too often. */
enum { COARSE = 20 * 1000 };

static bool is_newer(const char *path, int64_t since)
{
	struct stat status;

	return stat(path, &status) == 0 &&
	       status.st_mtim.tv_sec * INT64_C(1000000) + status.st_mtim.tv_nsec / 1000 + COARSE >
		       since;
}

/* What changed while the tests ran, and nobody watched. */
static bool has_changed(const struct suite *suite, int64_t since)
{
	bool changed = false;

	for (size_t i = 0; i < suite->file_count; i++) {
		const struct suite_file *file = suite->files + i;
		const struct diagnostics *sources =
			file->program ? file->program->program->sources : NULL;

		changed |= is_newer(file->path, since);
		for (unsigned n = 0; sources && n < sources->source_count; n++)
			changed |= is_newer(sources->sources[n].name, since);
	}
	return changed;
}

static bool is_script(const struct inotify_event *event)
{
	size_t length = event->len ? strlen(event->name) : 0;

	return length > 5 && strcmp(event->name + length - 5, ".afsl") == 0;
}

static bool read_events(int fd)
{
	_Alignas(struct inotify_event) char bytes[16384];
	ssize_t got = system_read(fd, bytes, sizeof(bytes));
	bool found = false;

	for (ssize_t at = 0; at < got;) {
		const struct inotify_event *event = (const struct inotify_event *)(bytes + at);

		found |= is_script(event);
		at += (ssize_t)(sizeof(*event) + event->len);
	}
	return found;
}

bool suite_wait_for_change(const struct suite *suite, int64_t since)
{
	int fd = inotify_init1(IN_CLOEXEC);
	struct pollfd set = { .fd = fd, .events = POLLIN };

	if (fd < 0)
		return false;
	watch_all(suite, fd);
	while (!has_changed(suite, since) && !read_events(fd))
		continue;
	/* Several files may be saved at once. */
	while (system_poll(&set, 1, SETTLE_MILLISECONDS) > 0)
		read_events(fd);
	close(fd);
	return true;
}
