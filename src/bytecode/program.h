/* A compiled program: immutable once made, shared by threads and sessions. */
#ifndef BYTECODE_PROGRAM_H
#define BYTECODE_PROGRAM_H

#include "base/diagnostics.h"
#include "bytecode/type.h"
#include "bytecode/vocabulary.h"

/* One 64-bit instruction; rows of bytecode/opcodes.def say what the parts mean. */
typedef uint64_t instruction;

struct code; /* of one function: bytecode/code.h */

enum import_kind { IMPORT_BUILTIN, IMPORT_READ, IMPORT_WRITE };

/* A native function that the program calls. */
struct import {
	enum import_kind kind;
	unsigned id; /* builtin_id or variable_id */
	unsigned argument_count;
	const struct type *const *argument_types; /* with T, K, V filled in */
	const struct type *type_arguments[3];     /* what T, K, V stand for; NULL when unused */
	const struct type *result;
	bool changes; /* the first argument: it must be owned */
};

struct program_option {
	const char *name;
	const struct type *type;
	const char *value;
};

struct program_table {
	const char *name;
	const struct type *type; /* TYPE_TABLE: key, element (NULL for a set) */
	const char *source;      /* "file:owners.txt" */
	const char *folder;      /* relative paths start here */
	struct span span;
};

struct program_test {
	const char *title;
	unsigned function;
	struct span span; /* of the title */
};

struct program_shared {
	const char *name;
	const char *source;      /* the file that declares it, as it was named */
	const struct type *type; /* TYPE_COUNTER, TYPE_RATE, TYPE_CACHE */
	int64_t time;            /* microseconds: how long an entry lives, or a rate's window */
	int64_t max, memory;     /* entries, bytes */
	const char *store;       /* where it is kept; "": as the configuration says */
	struct span span;
};

struct program_code; /* functions, constants, globals: bytecode/code.h */

struct program {
	const char *name;         /* the main file */
	struct program_code *code;
	struct program_option *options;
	unsigned option_count;
	struct program_table *tables;
	unsigned table_count;
	struct program_test *tests; /* of the main file, when they were asked for */
	unsigned test_count;
	struct program_shared *shared;
	unsigned shared_count;
	event_set handled;        /* events with a handler */
	uint32_t needs;           /* enum need: of all handlers together */
	uint32_t event_needs[EVENT_COUNT];
	const char **macros;      /* names without duplicates */
	unsigned macro_count;
	bool has_policy_slots;
	struct diagnostics *sources; /* names and texts of the sources, for traces */
	struct arena *arena;         /* holds everything, this struct too */
};

void program_free(struct program *program);

/* Number of the function of that name that a script wrote, for vm_begin_function; -1 when there is
 * none. */
int program_function(const struct program *program, const char *name);

#endif
