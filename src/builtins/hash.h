#ifndef BUILTINS_HASH_H
#define BUILTINS_HASH_H

#include <stdbool.h>

/* False with a sentence in *why. */
bool hash_load(const char **why);

#endif
