/* Lines of a message. They end with CR LF or LF; a CR alone is a byte like others. */
#ifndef CONTENT_LINES_H
#define CONTENT_LINES_H

#include "base/text.h"

/* The end of the line that begins at `at`, without its CR LF; *next is where the next one begins.
 */
size_t line_end(struct text text, size_t at, size_t *next);
/* The end of a header field: lines that begin with a blank belong to the one before. */
size_t field_end(struct text text, size_t at, size_t *next);
/* Where a line break that ends at `at` begins; `at` when there is none, or not before `from`. */
size_t before_line_break(struct text text, size_t from, size_t at);

static inline bool byte_is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* One field of a header. */
struct field {
	struct text name; /* without blanks before the colon; empty: a line that is no field */
	struct text raw;  /* all behind the colon */
	bool blank_before_colon;
};

/* The field that begins at `*at`, which is moved behind it. False at the end of the header: an
 * empty line, behind which `*at` then stands, or the end of the text. */
bool field_next(struct text header, size_t *at, struct field *field);

#endif
