/* A script of anybody's making, formatted: what comes out is a script again, and formatting it changes nothing. */
#include "fuzz.h"

#include "compiler/format.h"

#include <stdlib.h>

/* False when the source has errors; then nothing is asked of what stands in `out`. */
static bool format(struct text source, struct buffer *out)
{
	struct diagnostics diagnostics;
	bool ok;

	diagnostics_init(&diagnostics);
	ok = format_source(diagnostics_add_source(&diagnostics, "fuzz", source), &diagnostics, out);
	diagnostics_free(&diagnostics);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct buffer once, twice;

	buffer_init(&once, BUFFER_CAP_DEFAULT);
	buffer_init(&twice, BUFFER_CAP_DEFAULT);
	if (format(text_of((const char *)bytes, size, LIFETIME_EVENT), &once)) {
		if (!format(buffer_text(&once), &twice))
			abort();
		if (!text_equals(buffer_text(&once), buffer_text(&twice)))
			abort();
	}
	buffer_free(&once);
	buffer_free(&twice);
	return 0;
}
