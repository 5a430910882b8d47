/* The scanner: grammar/afsl.l, and the helpers of its rules. */
#ifndef COMPILER_SCANNER_H
#define COMPILER_SCANNER_H

#include "compiler/parsing.h"

/* Begins at byte `from` of the source. False when memory has ended. All that it needs comes from
 * the arena: there is nothing to close. */
bool scanner_open(struct parsing *parsing, uint32_t from);

/* The next token; 0 at the end. */
int scanner_scan(struct span *span, void *flex);

/* For the rules. */
bool scanner_opens_interpolation(struct scan *scan);
/* Does this } end a %{, or a brace within it? */
bool scanner_closes_interpolation(struct scan *scan);
/* The span is set to the outermost text that never ends. */
int scanner_unterminated(const struct scan *scan, struct span *span);
bool scanner_knows_flags(const char *token, size_t length);

#endif
