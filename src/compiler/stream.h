/* The stream of tokens that the grammar reads: brackets are counted, small mistakes reported and
 * replaced, and after a syntax error it skips to where parsing can go on. */
#ifndef COMPILER_STREAM_H
#define COMPILER_STREAM_H

#include "compiler/parsing.h"

/* The next token as it stands in the source, brackets counted; kind 0 at the end. False when
 * brackets nest too deeply. Reports nothing. */
bool stream_scan(struct parsing *parsing, struct token *token);

/* Leaves in `replay` what the grammar is to read after a syntax error. */
void stream_recover(struct parsing *parsing);

/* Puts a token behind those that wait to be read. */
void stream_queue(struct parsing *parsing, int kind, struct span span);
/* A } for each open brace; none is open then. */
void stream_queue_closing(struct parsing *parsing, unsigned braces, struct span span);

#endif
