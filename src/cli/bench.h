/* afsl run --bench: one function of a script, to be measured from outside. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include "cli/options.h"

/* Operands: SCRIPT FOLDER N. Prints what `function main(folder: text, n: int) -> text` of the
 * script returns; it may read files in FOLDER. The exit code. */
int bench_command(const struct command *command, const struct string_list *operands,
		  const struct string_list *definitions, const struct string_list *limits);

#endif
