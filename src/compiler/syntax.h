/* What to say when the grammar meets what it does not expect. */
#ifndef COMPILER_SYNTAX_H
#define COMPILER_SYNTAX_H

#include "compiler/parsing.h"

/* The situation at the error. */
struct situation {
	struct parsing *parsing;
	unsigned expected;
	struct token token; /* what was met */
	struct token before;
	struct text word;	/* the token's bytes */
	struct text first_word; /* of the statement */
};

static inline bool expects(const struct situation *at, enum expectation what)
{
	return (at->expected & (unsigned)what) != 0;
}

/* One error: what, and the cure (or NULL). */
void say(const struct situation *at, const char *code, struct span span, const char *message,
	 const char *help);

/* Is it a word that begins a statement? */
bool begins_statement(int kind);

/* Habits from other languages, and the usual slips (habit.c). Each says something and is true when
 * the situation is its own; said_before is silent: what was left out before the token has been
 * reported. */
bool said_chain(const struct situation *at);
bool said_unknown_statement(const struct situation *at);
bool said_expression(const struct situation *at);
bool said_arrow(const struct situation *at);
bool said_var(const struct situation *at);
bool said_long_text(const struct situation *at);
bool said_variable(const struct situation *at);
bool said_braces_map(const struct situation *at);
bool said_declaration_inside(const struct situation *at);
bool said_top_level(const struct situation *at);
bool said_before(const struct situation *at);

#endif
