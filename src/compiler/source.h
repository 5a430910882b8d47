/* Reads the files of a program: the one that was asked for, and those that it uses. */
#ifndef COMPILER_SOURCE_H
#define COMPILER_SOURCE_H

#include "compiler/compile.h"

/* The trees of all files, used ones first, each once. */
struct source_set {
	struct tree *trees[DIAGNOSTICS_SOURCES_MAX];
	unsigned count;
};

/* Reads and parses. What is wrong is reported; false when anything was. The trees and the texts
 * live in `arena`. */
bool source_load(const struct compile_request *request, struct source_set *set, struct arena *arena,
		 struct diagnostics *diagnostics);

#endif
