/* The compiler's one door: file or text to program. */
#ifndef COMPILER_COMPILE_H
#define COMPILER_COMPILE_H

#include "bytecode/program.h"
#include "compiler/check.h"

/* What is done about used files that everybody can write to. */
enum compile_writable {
	COMPILE_WRITABLE_IGNORED,
	COMPILE_WRITABLE_WARNED,
	COMPILE_WRITABLE_REFUSED,
};

/* A text that `use` finds under this name before it looks for a file. */
struct compile_given {
	const char *name;
	struct text text;
};

struct compile_request {
	const char *path;         /* a file; also the name in diagnostics */
	const struct text *text;  /* when not NULL, compiled in the file's stead */
	const struct compile_given *given;
	unsigned given_count;
	const char *library;      /* where `use` looks after the file's own folder; may be NULL */
	const struct option_setting *options;
	unsigned option_count;
	event_set raised;
	profile_set profiles; /* mail servers that are meant; 0: all of them */
	enum compile_writable writable;
	bool tests;	 /* with test blocks; a file x.test.afsl uses the x.afsl beside it */
	bool growing;	 /* more will follow: nothing is said of what nobody uses yet */
	bool check_only; /* no code is wanted: NULL comes back even when all is well */
};

enum { SOURCE_SIZE_MAX = 4 << 20 };

/* Reads, parses, checks, generates and verifies. NULL when there was an error, all in `diagnostics`. */
struct program *compile(const struct compile_request *request, struct diagnostics *diagnostics);

#endif
