/* A line of a pcre table as Postfix has them (pcre_table(5)). */
#ifndef STORE_PCRE_LINE_H
#define STORE_PCRE_LINE_H

#include "base/text.h"

struct pcre_line {
	enum { PCRE_RULE, PCRE_IF, PCRE_ENDIF } kind;
	bool negated;	     /* "!/pattern/" */
	struct text pattern; /* between the slashes */
	char flags[5];	     /* as regex_compile takes them: Postfix ignores case unless told */
	struct text item;    /* what follows; empty for if and endif */
	struct text wrong;   /* what a fault is about */
};

/* NULL, or what is wrong with it. The line has no blanks around; what goes on in further lines is
 * part of it. */
const char *pcre_line_parse(struct text text, struct pcre_line *line);

#endif
