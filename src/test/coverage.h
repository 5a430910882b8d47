/* What of the scripts the tests have reached: statements, both ways of each condition, verdicts.
 *
 * A VM that is watched tells each instruction before it runs; one that is not runs as always. The
 * same source may be compiled more than once, with other options: what was reached is gathered by
 * places of the source. */
#ifndef TEST_COVERAGE_H
#define TEST_COVERAGE_H

#include "base/buffer.h"
#include "bytecode/code.h"
#include "vm/vm.h"

#include <pthread.h>

enum site_kind { SITE_STATEMENT, SITE_BRANCH, SITE_VERDICT };

struct site {
	enum site_kind kind;
	uint32_t from, to;
	uint32_t nth;	/* of that kind at the very same place */
	unsigned line;	/* from 1 */
	uint64_t hits;	/* a branch: how often the condition went on */
	uint64_t jumps; /* a branch: how often it went the other way */
};

struct covered_file {
	char *name;
	char *text;
	size_t length;
	struct site *sites; /* by place once coverage_settle() was called */
	size_t count, room;
	uint32_t *index; /* open addressing: numbers of sites, from 1 */
	size_t index_room;
};

struct coverage {
	pthread_mutex_t lock;
	struct covered_file *files;
	size_t count;
	bool failed; /* memory has ended */
};

void coverage_init(struct coverage *coverage);
void coverage_free(struct coverage *coverage);
/* Makes the places of a program known, reached or not. Test blocks, functions that talk to tests,
 * and files x.test.afsl are no part of what is covered. */
void coverage_add(struct coverage *coverage, const struct program *program);
/* Sorts; nothing is added behind it. */
void coverage_settle(struct coverage *coverage);

/* What one VM does; used by one thread. */
struct recorder {
	const struct program *program;
	uint64_t **hits; /* by function and instruction */
	uint64_t **jumps;
	const struct code *last; /* the instruction before was a condition in it, */
	uint32_t last_pc;	 /* there */
};

/* NULL when memory has ended; then the coverage has failed. */
struct recorder *recorder_new(const struct program *program, struct coverage *coverage);
vm_visitor recorder_visit;
/* Adds what was recorded, and frees it. */
void recorder_end(struct recorder *recorder, struct coverage *coverage);

/* coverage_report.c, coverage_html.c; in memory, which may end */
void coverage_text(const struct coverage *coverage, struct buffer *out);
void coverage_lcov(const struct coverage *coverage, struct buffer *out);
void coverage_json(const struct coverage *coverage, struct buffer *out);
void coverage_html(const struct coverage *coverage, struct buffer *out);

/* How many sites of a kind there are, and were reached; a branch has two. */
struct covered {
	unsigned reached, all;
};
struct covered covered_lines(const struct covered_file *file);
struct covered covered_sites(const struct covered_file *file, enum site_kind kind);
/* Of the statements that begin on a line: all, some or none were reached, or there are none. */
enum line_state { LINE_PLAIN, LINE_REACHED, LINE_PARTLY, LINE_MISSED };
enum line_state line_state(const struct covered_file *file, unsigned line, uint64_t *hits);

#endif
