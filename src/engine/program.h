/* A loaded program: code, its open tables, and who still uses it. */
#ifndef ENGINE_PROGRAM_H
#define ENGINE_PROGRAM_H

#include "afsl.h"
#include "bytecode/program.h"
#include "store/shared.h"
#include "store/table.h"

#include <stdatomic.h>

struct afsl_program {
	atomic_uint references;
	struct program *program;
	struct table **tables; /* in the order of program->tables */
	struct afsl_shared *space;
	struct shared_variable **shared; /* in the order of program->shared */
	bool started;			 /* onStart is over: onStop is due */
	bool in_tests; /* loaded to be tested: nothing outside is reached unless mocked */
};

/* ---- shared.c ---- */

/* Opens the program's shared variables in `space`, or in one of its own. False, and reported, when
 * one cannot be. */
bool program_open_shared(struct afsl_program *program, struct afsl_shared *space,
			 struct diagnostics *diagnostics);
void program_close_shared(struct afsl_program *program);

/* What is far too large for a script is cut where that is still found. */
static inline struct text source_text(const char *source, size_t length, enum lifetime lifetime)
{
	return text_of(source, length < TEXT_LENGTH_MAX ? length : TEXT_LENGTH_MAX, lifetime);
}

/* Diagnostics and what is made of them for the caller. */
struct afsl_report {
	struct diagnostics diagnostics;
	struct buffer text, json;
};

struct afsl_report *report_new(void);
/* The one that says that memory has ended; it needs none. */
struct afsl_report *report_of_no_memory(void);
/* The same as an error among others. */
void report_memory(struct afsl_report *report);

/* Runs onStart or onStop, in a session of its own, and waits for it. False with the reason in
 * `reason`. */
bool program_run(struct afsl_program *program, enum event_id event, char *reason, size_t size);

/* The default value of every limit. */
void limits_default(int64_t limits[LIMIT_COUNT]);
/* False when its name or number is wrong. */
bool limits_set(int64_t limits[LIMIT_COUNT], const struct afsl_setting *setting);

#endif
