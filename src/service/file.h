/* Files that a person names, read whole. */
#ifndef SERVICE_FILE_H
#define SERVICE_FILE_H

#include "base/arena.h"
#include "base/buffer.h"

/* Why a file should not be trusted, or NULL: whoever can write what the daemon runs owns its mail.
 */
const char *file_distrust(const char *path);
/* Root runs nothing that others can write; anyone else is warned. 0, or a code of sysexits.h. */
int trust_check(const char *path, struct buffer *problems);
/* A file of at most CONFIG_SIZE_MAX bytes, into the arena. 0, or a code of sysexits.h. */
int file_read(const char *path, struct arena *arena, struct text *text, struct buffer *problems);
/* The folder of a file, in the arena; NULL when the name has none. */
const char *folder_of(struct arena *arena, const char *path);

#endif
