/* A verdict with its words kept: what the host reads, and refusals that wait for their step. */
#ifndef ENGINE_ANSWER_H
#define ENGINE_ANSWER_H

#include "afsl.h"
#include "base/buffer.h"
#include "mail/verdict.h"

struct answer {
	enum afsl_verdict_kind kind;
	int code;
	char *words; /* the verdict's strings, one behind the other; NULL: all are empty */
};

/* Who decided, and where and why: strings, copied. */
struct origin {
	const char *filter;
	const char *place; /* "file:line" or "" */
	const char *error; /* NULL: the script decided */
};

/* Zeroed it is "continue". */
void answer_free(struct answer *answer);
/* CR LF between reply lines becomes LF. Without memory the words are lost, never the decision. */
void answer_set(struct answer *answer, const struct verdict *verdict, const struct origin *origin);
/* What the host reads; its strings live as long as the answer. */
struct afsl_verdict answer_told(const struct answer *answer);
/* The same for us. */
void answer_verdict(const struct answer *answer, struct verdict *verdict);
void answer_copy(struct answer *to, const struct answer *from);
static inline bool answer_is_set(const struct answer *answer)
{
	return answer->kind != AFSL_CONTINUE;
}
/* "Continue", by nobody; without memory. */
static inline void answer_clear(struct answer *answer)
{
	if (answer_is_set(answer) || answer->words)
		answer_free(answer);
}

#endif
