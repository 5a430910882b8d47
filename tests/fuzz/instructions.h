/* Instructions that are right: made at random from the opcode table, each tried in a program of its
 * own, so that code put together from them is nearly always taken by the verifier. */
#ifndef TESTS_FUZZ_INSTRUCTIONS_H
#define TESTS_FUZZ_INSTRUCTIONS_H

#include "script.h"

enum { SNIPPET_MAX = 8, SNIPPETS_PER_OPCODE = 32, WORKSHOP_CODE_MAX = 4096 };

/* Registers and their types stay as they were behind it. */
struct snippet {
	instruction code[SNIPPET_MAX];
	unsigned length;
	bool jumps; /* its last instruction goes ahead, for now to the next one */
};

struct workshop {
	struct script script;
	struct code *function; /* "f", whose code is to be replaced */
	const struct vocabulary *words;
	unsigned registers; /* in use; behind them lie those that calls take their arguments from */
	instruction *start; /* fills all registers in use */
	unsigned start_length;
	instruction *ready; /* what the VM runs of the function; WORKSHOP_CODE_MAX */
	const struct type **types; /* of registers */
	struct snippet *snippets[OPCODE_COUNT];
	unsigned counts[OPCODE_COUNT];
};

/* Each type of the script's constants must be that of a constant. */
void workshop_open(struct workshop *workshop, const char *source);
/* Puts the code in place; false when the verifier refuses it. */
bool workshop_take(struct workshop *workshop, const instruction *code, unsigned length);
/* A register of that type: the nth, counted round. */
unsigned workshop_register(const struct workshop *workshop, const struct type *type, unsigned n);

#endif
