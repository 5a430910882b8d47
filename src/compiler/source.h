/* Reads the files of a program: the one that was asked for, and those that it uses. */
#ifndef COMPILER_SOURCE_H
#define COMPILER_SOURCE_H

#include "compiler/compile.h"

/* The trees of all files, used ones first, each once. */
struct source_set {
	struct tree *trees[DIAGNOSTICS_SOURCES_MAX];
	unsigned count;
	bool incomplete; /* a used file could not be read */
};

/* Reads and parses. What is wrong is reported; the trees hold what could be read all the same. False when there is no
 * tree of the file itself. Trees and texts live in `arena`. */
bool source_load(const struct compile_request *request, struct source_set *set, struct arena *arena,
		 struct diagnostics *diagnostics);

#endif
