/* What the two files of the verifier share. */
#ifndef BYTECODE_VERIFY_STATE_H
#define BYTECODE_VERIFY_STATE_H

#include "bytecode/code.h"
#include "bytecode/verify.h"

/* The types that registers hold at one place; NULL: not known, must not be read. */
struct register_types {
	struct register_types *next; /* free list */
	const struct type *of[];
};

struct verifier {
	const struct program *program;
	const struct program_code *code;
	const struct vocabulary *vocabulary;
	struct arena scratch;
	char *message;
	/* of the function at hand */
	const struct code *function;
	uint32_t pc;
	const struct type **now;        /* at pc; NULL when pc cannot be reached */
	struct register_types *current; /* what `now` points into */
	struct register_types **at;     /* at targets of jumps ahead */
	struct register_types *spare;
	struct active_try *active;
	bool *try_begins; /* at that pc */
};

bool verify_function(struct verifier *v, const struct code *function);
bool verify_imports(struct verifier *v);
/* False, with the message kept. */
bool verify_refuse(struct verifier *v, const char *format, ...)
	__attribute__((format(printf, 2, 3), cold));

#endif
