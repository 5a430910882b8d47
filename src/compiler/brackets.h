/* Which brackets are open, and which brace is probably not closed where its author thinks. */
#ifndef COMPILER_BRACKETS_H
#define COMPILER_BRACKETS_H

#include "compiler/parsing.h"

/* Counts the token when it is a bracket. False when brackets would nest deeper than NESTING_MAX. */
bool brackets_note(struct brackets *brackets, struct text text, const struct token *token);
/* Forgets what is open within the innermost brace. */
void brackets_drop_inner(struct brackets *brackets);
void brackets_clear(struct brackets *brackets);

/* Is this the first byte of its line that is not blank? `indent` gets the blanks at the start of
 * the line, UINT32_MAX when the line starts far before. */
bool begins_line(struct text text, uint32_t offset, uint32_t *indent);

#endif
