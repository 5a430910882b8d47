/* The difference of two texts, line by line. */
#ifndef CLI_DIFFERENCE_H
#define CLI_DIFFERENCE_H

#include "base/buffer.h"

/* Appends a unified diff with three lines of context; nothing when they are equal. False when memory has ended. */
bool difference_print(const char *old_name, struct text old, const char *new_name, struct text new,
		      struct buffer *out);

#endif
