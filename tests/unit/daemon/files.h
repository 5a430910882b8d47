/* A folder of files for a test to load. */
#ifndef TESTS_DAEMON_FILES_H
#define TESTS_DAEMON_FILES_H

extern char files_folder[64];

void files_begin(void);
void files_end(void);
/* The path of a file in the folder, good for the next four calls. */
const char *files_path(const char *name);
void files_write(const char *name, const char *content);

#endif
