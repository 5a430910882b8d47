/* Small mistakes, most of them habits from other languages: reported once and put right, so that
 * the grammar never sees them. */
#ifndef COMPILER_MISTAKE_H
#define COMPILER_MISTAKE_H

#include "compiler/parsing.h"

/* True when the token is to be left out. Else it may have become what was meant. */
bool mistake_skip(struct parsing *parsing, struct token *token);

/* A control or a byte that is not UTF-8, outside of texts and comments: this is no text file. */
bool mistake_is_binary(const struct parsing *parsing, struct token token);

#endif
