/* Checks a program given as text; for tests of the checker. */
#ifndef TESTS_CHECK_SUPPORT_H
#define TESTS_CHECK_SUPPORT_H

#include "compiler/check.h"
#include "compiler/parse.h"

struct checked {
	struct arena arena;
	struct type_table types;
	struct diagnostics diagnostics;
	struct checked_program *program; /* NULL when it was refused */
};

/* Test blocks are looked at, too. */
extern bool check_tests_too;

/* One at a time; `options` alternate name and value and end with NULL. */
struct checked *check_program(const char *source, const char *const *options);
struct checked *check_source(const char *source);
/* As check_source, with the nth allocation of the checker failing. */
struct checked *check_failing(const char *source, unsigned long nth);
/* As check_source, in an arena of that size. */
struct checked *check_capped(const char *source, size_t cap);
/* The source as the body of onDataReceived. */
struct checked *check_statements(const char *statements);
void check_forget(void);

/* Codes in the order of their places, "E0301 W0302"; "" when there is nothing to say. */
const char *check_codes(const struct checked *checked);
/* The first diagnostic's message, help, and the source text it points to. */
const char *check_message(const struct checked *checked);
const char *check_help(const struct checked *checked);
const char *check_place_text(const struct checked *checked);
/* The first declared function, method or event of that name. */
const struct function *check_function(const struct checked *checked, const char *name);
/* The nth statement of its body, from 0. */
const struct statement *check_statement_of(const struct function *function, unsigned n);

#define assert_codes(source, wanted)                                                               \
	do {                                                                                       \
		const struct checked *checked_ = (source);                                         \
		cr_assert_str_eq(check_codes(checked_), wanted, "%s: %s", check_codes(checked_),   \
				 check_message(checked_));                                         \
	} while (0)

struct check_case {
	const char *source;
	const char *codes;
};
/* Fails at the first case whose diagnostics are others. */
#define assert_cases(cases, check_it)                                                              \
	for (size_t i_ = 0; i_ < sizeof(cases) / sizeof((cases)[0]); i_++) {                       \
		const struct checked *one_ = check_it((cases)[i_].source);                         \
		cr_expect_str_eq(check_codes(one_), (cases)[i_].codes, "%s\n  %s: %s",             \
				 (cases)[i_].source, check_codes(one_), check_message(one_));      \
	}

#endif
