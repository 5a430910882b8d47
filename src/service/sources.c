#include "service/sources.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "base/memory.h"
#include "base/system.h"
#include "service/file.h"

/* What stands before each file's path (with its NUL) and text. */
struct head {
	uint64_t device, number, path_size, text_size;
	uint8_t hash[SHA256_SIZE];
};

void sources_init(struct sources *sources, bool strict)
{
	*sources = (struct sources){ .strict = strict };
}

void sources_free(struct sources *sources)
{
	for (size_t i = 0; !sources->kept && i < sources->count; i++) {
		memory_free(sources->files[i].path);
		memory_free((void *)(uintptr_t)sources->files[i].text.data);
	}
	memory_free(sources->files);
	if (sources->map)
		munmap(sources->map, sources->map_size);
	sources_init(sources, sources->strict);
}

/* ---- the list ---- */

static const struct source_file *find(const struct sources *sources, const char *path)
{
	for (size_t i = 0; i < sources->count; i++)
		if (sources->files[i].path && strcmp(sources->files[i].path, path) == 0)
			return &sources->files[i];
	return NULL;
}

static struct source_file *add(struct sources *sources)
{
	if (sources->count == sources->room) {
		size_t room = sources->room ? sources->room * 2 : 8;
		struct source_file *grown =
			memory_resize(sources->files, room * sizeof(*sources->files));
		if (!grown)
			return NULL;
		sources->files = grown;
		sources->room = room;
	}
	sources->files[sources->count] = (struct source_file){ .path = NULL };
	return &sources->files[sources->count++];
}

/* Takes the text over. */
static bool remember(struct sources *sources, const char *path, const struct stat *status,
		     char *text, size_t length)
{
	struct source_file *file = text ? add(sources) : NULL;
	if (!file) {
		memory_free(text);
		return false;
	}
	file->path = memory_copy_string(path);
	file->device = status->st_dev;
	file->number = status->st_ino;
	file->text = (struct afsl_text){ text, length };
	return file->path != NULL; /* without one, sources_free() takes the text all the same */
}

/* ---- reading ---- */

int sources_trust(const struct sources *sources, const char *path, struct buffer *problems)
{
	const char *why = sources->kept ? NULL : file_distrust(path);
	if (!why)
		return EX_OK;
	buffer_printf(problems, "%s: %s: %s%s\n", path, sources->strict ? "error" : "warning", why,
		      sources->strict ? ", so it is not used by a daemon that root starts" : "");
	return sources->strict ? EX_CONFIG : EX_OK;
}

static int missing(const char *path, struct buffer *problems, const char *why)
{
	buffer_printf(problems, "%s: error: %s\n", path, why);
	return EX_NOINPUT;
}

static int read_disk(struct sources *sources, const char *path, struct text *text,
		     struct buffer *problems)
{
	struct buffer bytes;
	struct stat status;
	int code = sources_trust(sources, path, problems);
	if (code)
		return code;
	buffer_init(&bytes, FILE_SIZE_MAX);
	code = file_read(path, &bytes, &status, problems);
	if (code) {
		buffer_free(&bytes);
		return code;
	}
	*text = text_of(bytes.data, bytes.length, LIFETIME_PROGRAM);
	if (remember(sources, path, &status, bytes.data, bytes.length))
		return EX_OK;
	return missing(path, problems, "memory has ended");
}

int sources_read(struct sources *sources, const char *path, struct text *text,
		 struct buffer *problems)
{
	const struct source_file *file = find(sources, path);
	if (!file && !sources->kept)
		return read_disk(sources, path, text, problems);
	if (!file)
		return missing(path, problems, "it was not there when the program was loaded");
	*text = text_of(file->text.data, file->text.length, LIFETIME_PROGRAM);
	return EX_OK;
}

/* ---- scripts ---- */

static bool script_find(void *argument, const char *path, struct afsl_file *file)
{
	const struct source_file *found = find(argument, path);
	if (found)
		*file = (struct afsl_file){ found->device, found->number, found->text };
	return found != NULL;
}

/* Several filters may use the same file: its text must be the same for each of them. */
static bool script_found(void *argument, const char *path, const struct afsl_file *file)
{
	struct sources *sources = argument;
	const struct source_file *known = find(sources, path);
	struct stat status = { .st_dev = file->device, .st_ino = file->number };
	if (known)
		return known->text.length == file->text.length &&
		       memcmp(known->text.data, file->text.data, file->text.length) == 0;
	char *copy = memory_allocate(file->text.length);
	if (copy && file->text.length)
		memcpy(copy, file->text.data, file->text.length);
	return remember(sources, path, &status, copy, file->text.length);
}

struct afsl_files sources_files(struct sources *sources)
{
	return (struct afsl_files){ .find = sources->kept ? script_find : NULL,
				    .found = script_found,
				    .argument = sources };
}

/* ---- in a file ---- */

static bool file_write(const struct source_file *file, int fd)
{
	struct head head = { .device = file->device,
			     .number = file->number,
			     .path_size = strlen(file->path) + 1,
			     .text_size = file->text.length };
	sha256(file->text.data, file->text.length, head.hash);
	return system_write_whole(fd, &head, sizeof(head)) &&
	       system_write_whole(fd, file->path, head.path_size) &&
	       system_write_whole(fd, file->text.data, file->text.length);
}

bool sources_write(const struct sources *sources, int fd)
{
	size_t size = 0;
	for (size_t i = 0; i < sources->count; i++)
		size += sources->files[i].text.length;
	if (size > SOURCES_SIZE_MAX) {
		errno = EFBIG;
		return false;
	}
	for (size_t i = 0; i < sources->count; i++)
		if (!file_write(&sources->files[i], fd))
			return false;
	return true;
}

/* The next bytes of the map, or NULL when so many are not there. */
static char *take(const struct sources *sources, size_t *at, uint64_t size)
{
	if (size > sources->map_size - *at)
		return NULL;
	char *bytes = (char *)sources->map + *at;
	*at += size;
	return bytes;
}

static bool file_map(struct sources *sources, size_t *at)
{
	struct head head;
	struct source_file *file = add(sources);
	const char *bytes = take(sources, at, sizeof(head));
	if (!file || !bytes)
		return false;
	memcpy(&head, bytes, sizeof(head));
	file->device = head.device;
	file->number = head.number;
	memcpy(file->hash, head.hash, sizeof(head.hash));
	file->path = take(sources, at, head.path_size);
	if (!file->path || !head.path_size || file->path[head.path_size - 1] != '\0')
		return false;
	file->text = (struct afsl_text){ take(sources, at, head.text_size), head.text_size };
	return file->text.data != NULL;
}

bool sources_map(struct sources *sources, int fd)
{
	struct stat status;
	size_t at = 0;
	*sources = (struct sources){ .kept = true };
	if (fstat(fd, &status) != 0)
		return false;
	if (status.st_size == 0)
		return true; /* all was said on the command line */
	sources->map_size = (size_t)status.st_size;
	void *map = mmap(NULL, sources->map_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return false;
	sources->map = map;
	while (at < sources->map_size)
		if (!file_map(sources, &at))
			return false;
	return true;
}
