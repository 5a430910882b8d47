#include "configuration.h"

#include <stdlib.h>

/* True when nothing is wrong with it. */
static bool show(struct text text, configuration_reader *read, struct buffer *out)
{
	struct diagnostics diagnostics;
	bool good;

	diagnostics_init(&diagnostics);
	read(&diagnostics, diagnostics_add_source(&diagnostics, "fuzz.conf", text), out);
	good = diagnostics.errors == 0;
	diagnostics_free(&diagnostics);
	return good;
}

void configuration_check(struct text text, configuration_reader *read)
{
	struct buffer once, twice;

	buffer_init(&once, BUFFER_CAP_DEFAULT);
	buffer_init(&twice, BUFFER_CAP_DEFAULT);
	if (show(text, read, &once) && (!show(buffer_text(&once), read, &twice) ||
					!text_equals(buffer_text(&once), buffer_text(&twice))))
		abort();
	buffer_free(&once);
	buffer_free(&twice);
}
