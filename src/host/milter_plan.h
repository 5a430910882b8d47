/* What is agreed with a mail server: exactly what a chain needs of what is offered. */
#ifndef HOST_MILTER_PLAN_H
#define HOST_MILTER_PLAN_H

#include "afsl.h"
#include "milter/packet.h"

struct milter_plan {
	uint32_t actions; /* enum milter_action */
	uint32_t steps;	  /* enum milter_step: steps left out, replies left out, and extras */
};

struct milter_plan milter_plan_make(const struct afsl_needs *needs, const struct afsl_offer *offer);

/* The event is not sent at all. */
bool milter_plan_leaves_out(const struct milter_plan *plan, enum afsl_event event);
/* No reply is awaited at this event. */
bool milter_plan_is_silent(const struct milter_plan *plan, enum afsl_event event);
/* The action that a change is done with, or 0. */
uint32_t milter_action_of_change(const struct afsl_change *change);

#endif
