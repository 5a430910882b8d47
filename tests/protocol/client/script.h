/* Scripts of the protocol tests: lines of words, read once. */
#ifndef PROTOCOL_SCRIPT_H
#define PROTOCOL_SCRIPT_H

#include "base/buffer.h"

enum { WORDS_MAX = 24, STATEMENTS_MAX = 12 };

struct line {
	unsigned number;
	unsigned count;
	struct text words[WORDS_MAX];
};

struct script {
	const char *path;
	char *source;
	struct buffer words; /* the bytes of all words */
	struct line *lines;
	unsigned count;
};

struct test {
	const struct script *script;
	unsigned first, last; /* lines of its body, [first, last) */
	char title[120];
	unsigned statements[STATEMENTS_MAX]; /* 17 is C-17 */
	unsigned statement_count;
};

/* False with a message on standard error. Words: "text with \0 \r \n \t \" \\ \xHH", optionally *N
 * times, and several without a space between them; u16:N, u32:N (N may be hexadecimal); anything else stands for itself. # begins a comment. */
bool script_read(struct script *script, const char *path);
void script_free(struct script *script);

bool line_is(const struct line *line, const char *word);
/* All words from `from` on, joined. */
void line_join(const struct line *line, unsigned from, struct buffer *out);
int64_t word_number(struct text word); /* decimal or 0x...; exits when it is none */

/* "test C-01 C-02: title" at line `at`; the body ends before the next test. False at the end. */
bool test_next(const struct script *script, unsigned *at, struct test *test);

#endif
