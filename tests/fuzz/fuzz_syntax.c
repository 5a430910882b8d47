/* A script of anybody's making, as far as the parser: many more of them in the same time. */
#include "fuzz.h"

#include "base/diagnostics.h"
#include "compiler/parse.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct diagnostics diagnostics;
	struct arena arena;
	uint32_t source;

	diagnostics_init(&diagnostics);
	arena_init(&arena, (size_t)256 << 20, LIFETIME_PROGRAM);
	source = diagnostics_add_source(&diagnostics, "fuzz",
					text_of(bytes, size, LIFETIME_PROGRAM));
	/* small as these are, memory does not end: a tree comes back, right or wrong */
	if (!parse(source, &arena, &diagnostics))
		abort();
	arena_reset(&arena);
	diagnostics_free(&diagnostics);
	return 0;
}
