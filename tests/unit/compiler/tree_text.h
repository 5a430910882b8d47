/* A tree as text, for tests: (op parts...), in one line. */
#ifndef TEST_TREE_TEXT_H
#define TEST_TREE_TEXT_H

#include "compiler/parse.h"

void tree_print(const struct tree *tree, struct buffer *out);

/* Parses `source` (any bytes) and gives the tree, and each diagnostic as "line:column code message"
 * in a line of its own. Both are NUL-terminated and live until the next call. */
struct parsed {
	const char *tree;
	const char *said;
	unsigned errors, warnings;
};
struct parsed parse_bytes(const char *source, size_t length);
struct parsed parse_string(const char *source);

#endif
