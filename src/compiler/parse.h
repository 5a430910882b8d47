/* Source text to tree. */
#ifndef COMPILER_PARSE_H
#define COMPILER_PARSE_H

#include "compiler/tree.h"

/* Parses a whole source (already added to `diagnostics` as number `source`). The tree and its texts
 * live in `arena`; texts without escapes point into the source. Errors are reported and parsing goes
 * on at the next statement or declaration; a tree comes back in any case, NULL only when memory has
 * ended (reported too). */
struct tree *parse(uint32_t source, struct arena *arena, struct diagnostics *diagnostics);

#endif
