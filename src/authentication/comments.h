/* Blanks, folding and comments between the words of a header field (CFWS of RFC 5322 3.2.2). */
#ifndef AUTHENTICATION_COMMENTS_H
#define AUTHENTICATION_COMMENTS_H

#include "base/text.h"

/* Where what begins at `at` ends: blanks and comments, nested ones too. The text's length when a
 * comment does not end. */
size_t comments_end(struct text text, size_t at);
/* Behind the closing quote of the text whose opening one stands at `at`; 0 when there is none. */
size_t quoted_end(struct text text, size_t at);

#endif
