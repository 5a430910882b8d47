/* Lists of tag=value: DKIM's signatures and keys (RFC 6376 3.2), DMARC's records (RFC 7489 6.3). */
#ifndef AUTHENTICATION_TAGS_H
#define AUTHENTICATION_TAGS_H

#include "base/text.h"

enum { TAGS_MAX = 64 };

struct tag {
	struct text name;
	struct text value; /* without the blanks around it; folding inside stays */
	struct text span;  /* all between the equals sign and the semicolon */
};

struct tags {
	unsigned count;
	struct tag items[TAGS_MAX];
};

/* Views of `text`. NULL, or why it is no such list: a name that is none, one that stands there
 * twice, controls, more than TAGS_MAX. */
const char *tags_read(struct text text, struct tags *tags);
/* NULL when there is none. Names are case-sensitive. */
const struct tag *tags_find(const struct tags *tags, const char *name);
/* "" when there is none. */
struct text tags_value(const struct tags *tags, const char *name);

/* The next piece of "a : b : c" between `separator`s, without blanks around it, is taken off
 * `rest`; false at the end. An empty text has no pieces. */
bool list_next(struct text *rest, char separator, struct text *piece);
/* Is it among the pieces? ASCII case is ignored. */
bool list_has(struct text list, char separator, struct text wanted);
/* A whole number in decimal digits. */
bool number_read(struct text digits, int64_t *number);

#endif
