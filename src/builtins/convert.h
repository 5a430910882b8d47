/* From text to a value. */
#ifndef BUILTINS_CONVERT_H
#define BUILTINS_CONVERT_H

#include "builtins/answer.h"

/* The text as a printable scalar; raises "convert" when it is none. */
enum call_result convert_text(struct call *call, struct text text, const struct type *type,
			      value *result);

#endif
