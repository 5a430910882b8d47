/* Checked program to code. */
#ifndef COMPILER_GENERATE_H
#define COMPILER_GENERATE_H

#include "bytecode/program.h"
#include "compiler/tree.h"

/* The program takes over `arena`, in which the tree and the types were made: nothing is copied but
 * names and texts of the sources. `arena` itself comes from memory_allocate: program_free gives it
 * back. Its lifetime is LIFETIME_PROGRAM.
 * NULL when a bound of the code was exceeded (reported: too many registers, constants ...) or memory
 * has ended; the arena then still belongs to the caller. */
struct program *generate(const struct checked_program *checked, struct arena *arena,
			 struct diagnostics *diagnostics);

#endif
