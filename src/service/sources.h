/* The files that a daemon's program is made of: configuration and scripts, each whole, as it was
 * read.
 *
 * At a load they are read from the disk and remembered. What was remembered can be written to a
 * file and mapped again by another process: then nothing is read from the disk any more, so all
 * workers compile the same bytes, a worker that is started again too, and older programs can be
 * gone back to. */
#ifndef SERVICE_SOURCES_H
#define SERVICE_SOURCES_H

#include "afsl.h"
#include "base/buffer.h"
#include "service/sha256.h"

struct source_file {
	char *path;
	uint64_t device, number;
	struct afsl_text text;
	uint8_t hash[SHA256_SIZE]; /* of kept ones */
};

struct sources {
	bool strict; /* a file that others can write is refused; without it, there is a warning */
	bool kept;   /* mapped: the disk is not looked at */
	struct source_file *files;
	size_t count, room;
	void *map; /* of kept ones */
	size_t map_size;
};

enum { SOURCES_SIZE_MAX = 64 << 20 };

/* Of the disk. */
void sources_init(struct sources *sources, bool strict);
void sources_free(struct sources *sources);

/* A configuration file, whole; the text lives as long as the sources. 0, or a code of sysexits.h.
 */
int sources_read(struct sources *sources, const char *path, struct text *text,
		 struct buffer *problems);
/* May a script of that name be loaded, by who can write to it? 0, or a code of sysexits.h. */
int sources_trust(const struct sources *sources, const char *path, struct buffer *problems);
/* For afsl_load_options; lives as long as the sources. */
struct afsl_files sources_files(struct sources *sources);

/* At the beginning of an empty file. False: errno says why. */
bool sources_write(const struct sources *sources, int fd);
/* What sources_write wrote; the file is not changed any more. The descriptor stays open. False: it
 * is no such file, or memory has ended; sources_free() in any case. */
bool sources_map(struct sources *sources, int fd);

#endif
