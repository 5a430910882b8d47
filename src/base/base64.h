/* Digits of base64 (RFC 4648 4). What stands between them and at the end is judged by who reads
 * them: the language's decoder refuses what mail's forgives. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* 0 to 63, or -1. */
int base64_value(char digit);

/* Decodes the groups of four digits that follow each other at `from`, while there is room for the
 * three bytes of each. Gives the number of digits taken; of `room` more than is decoded may be
 * written to. */
size_t base64_groups(const char *from, size_t length, char *to, size_t room);

#endif
