/* Files that a person names, read whole. */
#ifndef SERVICE_FILE_H
#define SERVICE_FILE_H

#include "base/arena.h"
#include "base/buffer.h"

#include <sys/stat.h>

/* Why a file should not be trusted, or NULL: whoever can write what the daemon runs owns its mail.
 */
const char *file_distrust(const char *path);
enum { FILE_SIZE_MAX = 16 << 20 };
/* A file of at most FILE_SIZE_MAX bytes, and what the system says of it. 0, or a code of
 * sysexits.h. */
int file_read(const char *path, struct buffer *bytes, struct stat *status, struct buffer *problems);
/* The folder of a file, in the arena; NULL when the name has none. */
const char *folder_of(struct arena *arena, const char *path);

#endif
