/* What the targets of both daemons' configurations do. */
#ifndef TESTS_FUZZ_CONFIGURATION_H
#define TESTS_FUZZ_CONFIGURATION_H

#include "base/diagnostics.h"

/* Reads a source into settings and, when nothing is wrong with it, shows them. */
typedef void configuration_reader(struct diagnostics *diagnostics, uint32_t source,
				  struct buffer *out);

/* What a good configuration shows is a good configuration, and shows the same. */
void configuration_check(struct text text, configuration_reader *read);

#endif
