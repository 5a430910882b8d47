/* The part of the code generator that describes a program to its host. */
#ifndef COMPILER_GENERATOR_PROGRAM_H
#define COMPILER_GENERATOR_PROGRAM_H

#include "compiler/generator.h"

/* Fills in all but the code. */
void generate_description(struct generator *g, struct program *program);

#endif
