/* A case of the language tests: what it says of itself, and what came. */
#ifndef TESTS_LANG_CASE_H
#define TESTS_LANG_CASE_H

#include "cli/simulate.h"

enum { EXPECTATIONS_MAX = 400, SETTINGS_MAX = 40, LINE_LENGTH_MAX = 4096 };

enum kind {
	KIND_LOG,
	KIND_VERDICT,
	KIND_RCPT,
	KIND_CHANGE,
	KIND_TRAP,
	KIND_ERROR,
	KIND_WARNING,
	KIND_COUNT
};

struct expectation {
	enum kind kind;
	unsigned line;
	char *text;
};

struct lines {
	struct expectation items[EXPECTATIONS_MAX];
	size_t count;
};

struct test_case {
	const char *path;
	struct arena arena;
	struct lines expected;
	struct lines actual;
	const char *mta; /* that the case is checked for, or NULL */
	struct envelope envelope;
	struct message message;
	bool own_headers, own_body, own_rcpts;
	struct afsl_setting settings[SETTINGS_MAX];
	size_t setting_count;
	const char *macros[SETTINGS_MAX];
	bool is_of_blocks; /* its test blocks are run by tests.sh; here it is loaded alone */
	bool broken; /* the case itself is written wrongly */
};

extern const char *const kind_names[KIND_COUNT];

void case_add(struct test_case *test, struct lines *lines, enum kind kind, unsigned line,
	      struct text text);
/* Something that came. */
void case_note(struct test_case *test, enum kind kind, unsigned line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
bool case_expects(const struct lines *lines, enum kind kind);

/* Fills in what the comments of the case say. */
void case_read(struct test_case *test, struct text source);
/* Prints what differs; true when nothing does. */
bool case_compare(struct test_case *test);

#endif
