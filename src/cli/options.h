/* Command lines: one table of options for each command, read by one reader. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/text.h"

#include <stdio.h>

struct string_list {
	const char **items;
	size_t count;
};

enum option_kind {
	OPTION_FLAG, /* into: bool */
	OPTION_TEXT, /* into: const char * */
	OPTION_LIST, /* into: struct string_list */
};

struct option_row {
	const char *name;     /* "client", written --client; NULL ends the table */
	char letter;          /* 'D', written -D; 0 for none */
	enum option_kind kind;
	const char *argument; /* how its argument is called in the help: "IP[:PORT]" */
	const char *help;
	void *into;
};

struct command {
	const char *name;
	const char *synopsis;  /* behind the name */
	const char *summary;   /* one line */
	const char *details;   /* more for its --help, or NULL */
	int (*run)(int argc, char **argv); /* argv[0] is the name; returns the exit code */
};

/* Reads argv[1..]. What is no option goes to `operands` in order; after "--" everything does. -1 when all is
 * well; else the exit code with which to end: 0 after --help, EX_USAGE after a message. */
int options_read(const struct command *command, const struct option_row *rows, int argc, char **argv,
		 struct string_list *operands);
void string_list_free(struct string_list *list);

/* A message on standard error that ends with how to get help; returns EX_USAGE. */
int usage_error(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "; did you mean NAME?" of a name that may be NULL, behind a message; lives until the next call. */
const char *suggestion(const char *near);

/* False, with errno, when not all of it could be written. */
bool write_text(FILE *out, struct text text);

/* Does what is written to this stream get colours: a terminal, and no NO_COLOR? */
bool wants_colour(int fd);

#endif
