/* Encodings that more than one subject writes. */
#ifndef BUILTINS_ENCODING_H
#define BUILTINS_ENCODING_H

#include "builtins/answer.h"

void writer_add_base64(struct writer *writer, struct text text);
/* NULL, or why it is not well formed; line ends are skipped. */
const char *writer_add_base64_decoded(struct writer *writer, struct text text);

void writer_add_hex(struct writer *writer, unsigned char byte); /* upper case */

/* The number that a hex digit of either case stands for, or -1. */
int hex_value(char digit);

#endif
