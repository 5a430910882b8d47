/* The C functions behind the rows of builtins.def and variables.def. */
#ifndef BUILTINS_BUILTINS_H
#define BUILTINS_BUILTINS_H

#include "vm/vm.h"

#define BUILTIN(id, ...) enum call_result builtin_##id(struct call *call);
#define TESTED(id, ...)
#include "grammar/builtins.def"
#undef BUILTIN

/* Only those that natives.c takes up exist. */
#define VARIABLE(name, ...)                                                                        \
	enum call_result read_##name(struct call *call);                                           \
	enum call_result write_##name(struct call *call);
#include "grammar/variables.def"
#undef VARIABLE

#endif
