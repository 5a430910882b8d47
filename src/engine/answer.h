/* A verdict with its words kept: what the host reads, and refusals that wait for their step. */
#ifndef ENGINE_ANSWER_H
#define ENGINE_ANSWER_H

#include "afsl.h"
#include "base/buffer.h"
#include "mail/verdict.h"

struct answer {
	struct afsl_verdict verdict;
	char *words; /* what the strings of `verdict` point into, or NULL */
};

/* Who decided, and where and why: strings, copied. */
struct origin {
	const char *filter;
	const char *place; /* "file:line" or "" */
	const char *error; /* NULL: the script decided */
};

void answer_init(struct answer *answer);
void answer_free(struct answer *answer);
/* CR LF between reply lines becomes LF. Without memory the words are lost, never the decision. */
void answer_set(struct answer *answer, const struct verdict *verdict, const struct origin *origin);
/* Its texts live as long as the answer. */
void answer_verdict(const struct answer *answer, struct verdict *verdict);
void answer_copy(struct answer *to, const struct answer *from);
static inline bool answer_is_set(const struct answer *answer)
{
	return answer->verdict.kind != AFSL_CONTINUE;
}
/* "Continue", by nobody; without memory. */
static inline void answer_clear(struct answer *answer)
{
	if (answer_is_set(answer) || answer->words)
		answer_free(answer);
}

#endif
