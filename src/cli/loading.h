/* Scripts from the command line to a chain, with what is to be said about them. */
#ifndef CLI_LOADING_H
#define CLI_LOADING_H

#include "cli/options.h"

#include "base/buffer.h"

#include <afsl.h>

/* -D name=value words as settings. On a word without "=" a usage error: its exit code, else -1.
 * `settings` must be freed with memory_free; names and values point into one block behind them. */
int settings_read(const struct command *command, const struct string_list *words,
		  struct afsl_setting **settings);

/* Loads one script; what is wrong with it is printed to standard error. NULL when it cannot run.
 * `*status` is then the exit code: EX_NOINPUT or EX_DATAERR. */
struct afsl_program *script_load(const char *path, const struct afsl_load_options *options,
				 int *status);

/* Appends what the file ("-": standard input) holds. 0, or why not: an errno, EFBIG where the
 * buffer's cap is reached. */
int script_read(const char *path, struct buffer *content);

/* EX_NOINPUT for a file that is not there or cannot be read, a folder or the like; else EX_DATAERR.
 */
int script_fault(const char *path);

#endif
