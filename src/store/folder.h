/* Files below a few folders that an administrator has named. Scripts choose names, and what names
 * come from may be a message: nothing outside is ever opened. */
#ifndef STORE_FOLDER_H
#define STORE_FOLDER_H

#include "base/text.h"

#include <sys/stat.h>

/* A descriptor of a regular file, for reading, with its `facts`; -1 with the reason in *why. `path`
 * begins with one of the folders, as they are written, or is looked for in each of them in turn.
 * Below the folder it has neither "." nor ".." nor symbolic links. */
int folder_open(const char *const *folders, size_t count, struct text path, struct stat *facts,
		const char **why);

#endif
