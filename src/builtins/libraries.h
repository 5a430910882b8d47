/* What a script calls may need a library that not every program loads. */
#ifndef BUILTINS_LIBRARIES_H
#define BUILTINS_LIBRARIES_H

#include "bytecode/vocabulary.h"

/* Loads what the builtin needs, once: the engine asks while it loads a program, so that a missing
 * library is told then, and no session waits for it. False with a sentence in *why. */
bool builtin_load_libraries(enum builtin_id id, const char **why);

#endif
