#include "builtins/libraries.h"

#include "net/domain.h"

/* Rows that need nothing are not here. */
static bool (*const loaders[BUILTIN_COUNT])(const char **why) = {
	[BUILTIN_address_organizationalDomain] = domain_load,
	[BUILTIN_address_publicSuffix] = domain_load,
	[BUILTIN_address_asciiDomain] = domain_load,
	[BUILTIN_address_unicodeDomain] = domain_load,
};

bool builtin_load_libraries(enum builtin_id id, const char **why)
{
	return !loaders[id] || loaders[id](why);
}
