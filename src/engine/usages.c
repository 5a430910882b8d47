#include "engine/describe.h"

#include <string.h>

static const struct {
	const char *ids, *script;
} usages[] = {
#define USAGE(ids, script, test) { ids, script },
#include "grammar/usages.def"
#undef USAGE
};

static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += length)
		if ((at == words || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

const char *example_of(const struct builtin_row *builtin)
{
	for (size_t i = 0; !*builtin->example && i < sizeof(usages) / sizeof(*usages); i++)
		if (has_word(usages[i].ids, builtin->id))
			return usages[i].script;
	return builtin->example;
}
