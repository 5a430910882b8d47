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

/* A source file, whole. Device and number tell files apart, however they are named. */
struct compile_file {
	uint64_t device, number;
	struct text text;
};

/* Where files come from when not from the disk, or who is told of those that do. */
struct compile_files {
	/* When not NULL, the disk is not looked at: false, there is no such file. */
	bool (*find)(void *argument, const char *path, struct compile_file *file);
	/* Else, when not NULL, told of each file that is read; false: memory has ended. */
	bool (*found)(void *argument, const char *path, const struct compile_file *file);
	void *argument;
};

struct compile_request {
	const char *path;         /* a file; also the name in diagnostics */
	const struct text *text;  /* when not NULL, compiled in the file's stead */
	const struct compile_given *given;
	unsigned given_count;
	const struct compile_files *files; /* NULL: the disk */
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
