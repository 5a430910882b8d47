/* A file that a test puts together, and an arena for what is read from it. */
#ifndef TESTS_UNIT_CONTENT_BLOB_H
#define TESTS_UNIT_CONTENT_BLOB_H

#include "base/arena.h"
#include "base/buffer.h"

extern struct arena arena;
extern struct buffer blob;

void blob_begin(void);
void blob_end(void);

#endif
