/* The negotiation: who speaks which version, may change what, and wants which steps. */
#ifndef MILTER_OPTIONS_H
#define MILTER_OPTIONS_H

#include "mail/session.h"
#include "milter/packet.h"

struct milter_options {
	uint32_t version, actions, steps;
	struct text macros[MILTER_STAGE_COUNT]; /* space separated names; data is NULL when not set */
};

/* What an answer held that can be passed over. */
struct options_oddities {
	uint32_t steps;  /* protocol bits that nobody knows, left out */
	uint32_t stages; /* macro lists of stages that nobody knows, left out */
};

/* The frame of an offer (without lists) or of an answer. */
void options_write(struct buffer *out, const struct milter_options *options);
/* A filter's answer to an offer of everything. Lists are views of the payload. NULL, or what is wrong:
 * a version outside 2 to 6, an action that was not offered, a broken list. */
const char *options_read_answer(struct text payload, struct milter_options *options,
				struct options_oddities *oddities);
/* An MTA's offer; what follows the three numbers is passed over. NULL, or what is wrong. */
const char *options_read_offer(struct text payload, struct milter_options *options);

/* Lists are numbered in an order of their own. */
enum milter_stage milter_stage_of(enum macro_stage stage);
/* Is a name in a list ("i {auth_authen}")? Single letters match with and without braces. */
bool macro_list_holds(struct text list, struct text name);

#endif
