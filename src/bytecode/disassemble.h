/* Programs as people read them: `afsl dump`. */
#ifndef BYTECODE_DISASSEMBLE_H
#define BYTECODE_DISASSEMBLE_H

#include "bytecode/program.h"

/* Functions with their source lines, one instruction a line with its operands by name; then
 * variables and imports. The program must have been verified. */
void disassemble(const struct program *program, struct buffer *out);
void disassemble_function(const struct program *program, unsigned function, struct buffer *out);

#endif
