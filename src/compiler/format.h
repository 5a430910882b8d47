/* One style for every script: the same tokens, with other white space between them. */
#ifndef COMPILER_FORMAT_H
#define COMPILER_FORMAT_H

#include "base/buffer.h"
#include "base/diagnostics.h"

/* Appends the source in the one style. Comments stay, line breaks inside brackets and before a continued
 * operator stay, runs of empty lines become one. Formatting what was formatted changes nothing. False when the
 * source has errors (reported) or memory has ended. */
bool format_source(uint32_t source, struct diagnostics *diagnostics, struct buffer *out);

#endif
