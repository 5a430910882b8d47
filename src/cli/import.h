/* afsl import: other programs' rules as scripts, each rule below a comment that names its line. */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include "base/buffer.h"
#include "base/text.h"

/* A rule as the file has it. */
struct import_line {
	unsigned number;  /* of its first line */
	struct text text; /* continuation lines joined, without the blanks around it */
};

struct importer {
	const char *path;
	const char *check; /* which fact a Postfix access map is about: "client" ... */
	struct text rest;  /* of the file */
	unsigned next;	   /* number of the next line */
	struct buffer joined;
	struct buffer out;
	unsigned depth;	   /* blocks that are open */
	unsigned left_out; /* rules that have no counterpart */
};

struct import_format {
	const char *name;    /* "postfix-access" */
	const char *summary; /* what it reads */
	void (*write)(struct importer *importer);
};
extern const struct import_format import_postfix_access, import_postfix_header_checks,
	import_milter_regex, import_milter_greylist;

/* ---- reading ---- */

/* Where a logical line goes on: with a leading blank (Postfix), or after a backslash at its end. */
enum continuation { CONTINUED_BY_BLANK, CONTINUED_BY_BACKSLASH };

/* The next line that is neither empty nor a comment; its text lives until the next call. False at the end. */
bool import_next(struct importer *importer, enum continuation continuation, struct import_line *line);
/* The next word, up to a blank; "" at the end. One in double quotes comes without them. */
struct text import_word(struct text *rest);
/* "/pattern/flags" with any delimiter, at the beginning of `rest`. False when it has no end. */
bool import_pattern(struct text *rest, struct text *pattern, struct text *flags);
/* Does the word stand at the beginning of `rest`, whatever its case? Then it is taken. */
bool import_take(struct text *rest, const char *word);

/* ---- writing ---- */

/* A line of the script; what is written is formatted at the end. */
void import_write(struct importer *importer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same, with a block behind it that import_close ends. */
void import_open(struct importer *importer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void import_close(struct importer *importer);
void import_gap(struct importer *importer); /* an empty line */
/* "# file:12: the rule" */
void import_name_line(struct importer *importer, const struct import_line *line);
/* Frees a piece of it; when memory has ended for the piece, it has for the script. */
void import_free(struct importer *importer, struct buffer *piece);
/* The rule is not translated: told on standard error and in the script. */
void import_leave_out(struct importer *importer, const struct import_line *line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A text of the language with its quotes, blanks for control characters. With `groups`, $1 and its like are those of the last match. */
void import_quote(struct buffer *out, struct text text, bool groups);
/* A regular expression with its quotes and flags. False, with nothing written, when it is none that is
 * understood here. */
bool import_regex(struct buffer *out, struct text pattern, const char *flags);
/* "5.7.1": an enhanced code (RFC 3463) that goes with a reply code. */
bool import_is_status(struct text word, int64_t code);

/* ---- Postfix's actions, for both of its tables ---- */

/* Where the action stands: what it can do there differs. */
enum import_place { PLACE_ENVELOPE, PLACE_HEADER };
/* The statements of "REJECT text" and its like; false when it was left out. */
bool import_action(struct importer *importer, const struct import_line *line, struct text action,
		   enum import_place place);
/* Lines of a regexp: or pcre: table, with `if` and `endif`, about a variable of the script. */
void import_pattern_rule(struct importer *importer, const struct import_line *line, const char *subject,
			 enum import_place place);

#endif
