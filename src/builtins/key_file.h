/* Files of private keys. */
#ifndef BUILTINS_KEY_FILE_H
#define BUILTINS_KEY_FILE_H

#include "base/buffer.h"

/* What the file holds. NULL, or why it is not read: a path that is not whole, a file that is no
 * regular one, belongs to somebody else, or that others may read. */
const char *key_file_read(struct text path, struct buffer *out);

#endif
