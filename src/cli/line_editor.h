/* Lines from a person at a terminal, with history and completion, or from a file. */
#ifndef CLI_LINE_EDITOR_H
#define CLI_LINE_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

/* The nth word that may stand where `start` stands; NULL at the end. The text stays the callee's
 * until the next call. */
typedef const char *line_words(size_t index);

/* Call once. Without a terminal, or where libedit cannot be loaded, lines are read plainly.
 * `history` is a file in the person's home folder, or NULL. */
void line_editor_begin(line_words *words, const char *history);
/* A line without its end; free() it. NULL at the end of input. */
char *line_editor_read(const char *prompt);
void line_editor_remember(const char *line);
void line_editor_end(void);

#endif
