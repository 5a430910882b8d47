/* What a verdict makes of the client. */
#ifndef TEST_REPLY_H
#define TEST_REPLY_H

#include "afsl.h"
#include "base/arena.h"

/* "550 5.7.1 No such user" of a verdict, with the words a Postfix uses where the script gives none;
 * "" for those that have no reply. Lines are separated by LF. */
const char *verdict_reply(struct arena *arena, const struct afsl_verdict *verdict);
const char *verdict_word(enum afsl_verdict_kind kind); /* "continue", "accept", ... */
/* With its strings in the arena. */
struct afsl_verdict verdict_copy(struct arena *arena, const struct afsl_verdict *verdict);

#endif
