/* Names, types, events: tree to checked program. */
#ifndef COMPILER_CHECK_H
#define COMPILER_CHECK_H

#include "bytecode/profile.h"
#include "compiler/tree.h"

struct option_setting {
	const char *name;
	const char *value;
};

struct check_input {
	struct tree *const *trees; /* used files first */
	unsigned tree_count;
	const struct option_setting *options; /* from the configuration or -D */
	unsigned option_count;
	event_set raised; /* events that this host raises */
	profile_set profiles; /* mail servers that are meant */
	bool check_only;  /* nothing will run */
	bool incomplete;  /* a used file is missing: nobody knows what it declares */
	bool growing;	  /* more will follow: nothing is said of what nobody uses yet */
	bool tests;	  /* the main file's test blocks are wanted too */
};

/* Resolves, types, converts, folds; reports everything that is wrong. NULL when there was an error.
 */
struct checked_program *check(const struct check_input *input, struct type_table *types,
			      struct arena *arena, struct diagnostics *diagnostics);

#endif
