/* Source text to tree. */
#ifndef COMPILER_PARSE_H
#define COMPILER_PARSE_H

#include "compiler/tree.h"

/* Parses a whole source (already added to `diagnostics` as number `source`). The tree and its texts
 * live in `arena`; texts without escapes point into the source. Errors are reported and parsing goes
 * on at the next statement or declaration; a tree comes back in any case, NULL only when memory has
 * ended (reported too). */
struct tree *parse(uint32_t source, struct arena *arena, struct diagnostics *diagnostics);

/* Ready to give the tokens of a source one by one (stream_scan), without a tree; *from is where the first may
 * begin. NULL when memory has ended. */
struct parsing *parse_tokens(uint32_t source, struct arena *arena, struct diagnostics *diagnostics,
			     uint32_t *from);

#endif
