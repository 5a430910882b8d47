/* Proves that a program cannot make the VM read or write what it must not: every operand is in its
 * range, no register is read before it holds a value of the type that is read, jumps stay inside,
 * and only counted loops go back. Nothing about the program is trusted but that its tables are as
 * long as it says and its constants are what their types say. */
#ifndef BYTECODE_VERIFY_H
#define BYTECODE_VERIFY_H

#include "bytecode/program.h"

enum { VERIFY_MESSAGE_MAX = 256 };

/* One pass over the code. `vocabulary` may be NULL: then imports are checked against one of its
 * own. False with a message: "onConnect+12 JUMP: ...". What it takes it makes ready for the VM. */
bool verify(const struct program *program, const struct vocabulary *vocabulary,
	    char message[VERIFY_MESSAGE_MAX]);

#endif
