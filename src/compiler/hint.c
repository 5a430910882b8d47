#include "compiler/hint.h"

const char *hint_for(struct text written, const struct hint *hints, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (text_equals_string(written, hints[i].written))
			return hints[i].help;
	return NULL;
}
