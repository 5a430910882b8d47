#include "engine/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/system.h"

void spool_init(struct spool *spool)
{
	*spool = (struct spool){.fd = -1};
	buffer_init(&spool->memory, BUFFER_CAP_DEFAULT);
}

void spool_free(struct spool *spool)
{
	if (spool->fd >= 0)
		close(spool->fd);
	buffer_free(&spool->memory);
	spool_init(spool);
}

void spool_clear(struct spool *spool, size_t memory_most, size_t most)
{
	spool_free(spool);
	spool->memory_most = memory_most;
	spool->most = most;
	buffer_init(&spool->memory, memory_most);
}

static bool fail(struct spool *spool, const char *fault)
{
	spool->fault = fault;
	return false;
}

/* Without a name from the start where the file system can, else its name goes at once. */
static int open_unlinked(void)
{
	const char *folder = getenv("TMPDIR");
	char name[4096];
	int fd;

	if (!folder || !*folder || strlen(folder) > sizeof(name) - 32)
		folder = "/tmp";
	fd = system_open(folder, O_TMPFILE | O_RDWR, 0600);
	if (fd >= 0)
		return fd;
	snprintf(name, sizeof(name), "%s/afsl-spool-XXXXXX", folder);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	return fd;
}

static bool write_all(int fd, const char *bytes, size_t length, uint64_t offset)
{
	while (length > 0) {
		ssize_t written = system_write_at(fd, bytes, length, (off_t)offset);

		if (written <= 0)
			return false;
		bytes += written;
		length -= (size_t)written;
		offset += (uint64_t)written;
	}
	return true;
}

static bool move_to_file(struct spool *spool)
{
	spool->fd = open_unlinked();
	if (spool->fd < 0)
		return fail(spool, "spool: no file can be made");
	if (!write_all(spool->fd, spool->memory.data, spool->memory.length, 0))
		return fail(spool, "spool: the file cannot be written");
	buffer_free(&spool->memory);
	return true;
}

bool spool_add(struct spool *spool, struct text piece)
{
	if (spool->fault)
		return false;
	if (spool->size + piece.length > spool->most)
		return fail(spool, "limit spoolSize");
	if (spool->fd < 0 && spool->size + piece.length > spool->memory_most &&
	    !move_to_file(spool))
		return false;
	if (spool->fd >= 0) {
		if (!write_all(spool->fd, piece.data, piece.length, spool->size))
			return fail(spool, "spool: the file cannot be written");
	} else {
		buffer_append_text(&spool->memory, piece);
		if (spool->memory.failed)
			return fail(spool, "memory has ended");
	}
	spool->size += piece.length;
	return true;
}

static bool read_file(struct spool *spool, uint64_t offset, char *room, size_t length)
{
	size_t got = 0;

	while (got < length) {
		ssize_t more = system_read_at(spool->fd, room + got, length - got,
					      (off_t)(offset + got));

		if (more <= 0)
			return fail(spool, "spool: the file cannot be read");
		got += (size_t)more;
	}
	return true;
}

bool spool_read(struct spool *spool, uint64_t offset, char room[SPOOL_CHUNK], struct text *piece)
{
	uint64_t left = spool->size > offset ? spool->size - offset : 0;
	size_t length = left < SPOOL_CHUNK ? (size_t)left : SPOOL_CHUNK;

	if (spool->fault)
		return false;
	if (spool->fd >= 0 && !read_file(spool, offset, room, length))
		return false;
	*piece = text_of(spool->fd >= 0 || length == 0 ? room : spool->memory.data + offset, length,
			 LIFETIME_EVENT);
	return true;
}
