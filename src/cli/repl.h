/* afsl repl: a program that grows line by line, and the session that it runs in. */
#ifndef CLI_REPL_H
#define CLI_REPL_H

#include "cli/envelope.h"

#include "test/client.h"

#include <afsl.h>

/* What was declared: replaced when it is declared again. */
struct declaration {
	char *key; /* "function greet" */
	char *text;
};

struct repl {
	char *path;	    /* of the loaded script, or NULL */
	struct buffer file; /* its text */
	struct declaration *declarations;
	size_t count;
	struct afsl_setting *settings;
	size_t setting_count;
	struct afsl_shared *shared; /* the program grows, its shared variables stay */
	struct given_envelope given;
	struct message message;
	struct envelope envelope;
	struct afsl_session *session;
	struct client client;
	struct arena said;   /* what the client said lives here */
	unsigned base;	     /* lines in front of what was typed in the last program */
	struct buffer shown; /* values that the trace has shown last */
};

/* ---- repl_program.c ---- */

/* The whole program with these statements in a handler of onUnknownCommand; NULL with a report.
 * `with_file`: what was loaded is part of it. */
struct afsl_program *repl_compile(struct repl *repl, const char *statements, bool with_file,
				  struct afsl_report **report);
/* What is wrong, lines counted from what was typed; without a report memory has ended. */
void repl_print_report(const struct repl *repl, struct afsl_report *report);
bool repl_declare(struct repl *repl, const char *key, const char *text);
/* The text of a declaration, or NULL. */
const char *repl_declared(const struct repl *repl, const char *key);
void repl_undeclare(struct repl *repl, const char *key);
/* How many lines stand in front of it in the program. */
unsigned repl_line_of(const struct repl *repl, const char *key);

/* ---- repl_session.c ---- */

/* Prints what may hold words of others: what a terminal would obey is made visible. */
void repl_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A new session that has come as far as `until`; events of the loaded script run and are shown when
 * `shown`. */
bool repl_begin(struct repl *repl, enum afsl_event until, bool shown);
/* Derives the envelope anew; false when what was given is wrong, which was said. */
bool repl_envelope(struct repl *repl);

/* ---- repl_evaluate.c ---- */

/* A declaration, a statement or an expression. */
void repl_evaluate(struct repl *repl, const char *text);
void repl_type(struct repl *repl, const char *expression);
/* Does the text go on: is a bracket or a text open at its end? */
bool repl_goes_on(const char *text);

#endif
