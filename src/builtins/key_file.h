/* Files of private keys. */
#ifndef BUILTINS_KEY_FILE_H
#define BUILTINS_KEY_FILE_H

#include "base/buffer.h"

#include <sys/stat.h>

/* Opens it. NULL, or why it is not read: a path that is not whole, a file that is no regular one,
 * belongs to somebody else, or that others may read. */
const char *key_file_open(struct text path, int *fd, struct stat *facts);
/* What it holds. */
const char *key_file_read(int fd, const struct stat *facts, struct buffer *out);

#endif
