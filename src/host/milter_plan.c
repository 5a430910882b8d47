#include "host/milter_plan.h"

/* A step: what makes it wanted, and the bits that leave out it or its reply. */
static const struct step_row {
	uint32_t needs;
	uint32_t leave_out;
	uint32_t no_reply;
} step_rows[AFSL_EVENT_COUNT] = {
	[AFSL_CONNECT] = { AFSL_NEED_CONNECT, MILTER_NO_CONNECT, MILTER_NR_CONNECT },
	[AFSL_HELO] = { AFSL_NEED_HELO, MILTER_NO_HELO, MILTER_NR_HELO },
	[AFSL_MAIL] = { AFSL_NEED_MAIL, MILTER_NO_MAIL, MILTER_NR_MAIL },
	[AFSL_RCPT] = { AFSL_NEED_RCPT | AFSL_NEED_REFUSED_RCPT, MILTER_NO_RCPT, MILTER_NR_RCPT },
	[AFSL_DATA] = { AFSL_NEED_DATA, MILTER_NO_DATA, MILTER_NR_DATA },
	[AFSL_HEADER] = { AFSL_NEED_HEADERS, MILTER_NO_HEADERS, MILTER_NR_HEADER },
	[AFSL_END_OF_HEADERS] = { AFSL_NEED_END_OF_HEADERS, MILTER_NO_EOH, MILTER_NR_EOH },
	[AFSL_BODY] = { AFSL_NEED_BODY, MILTER_NO_BODY, MILTER_NR_BODY },
	[AFSL_UNKNOWN_COMMAND] = { AFSL_NEED_UNKNOWN, MILTER_NO_UNKNOWN, MILTER_NR_UNKNOWN },
};

static const struct {
	uint32_t need;
	uint32_t action;
} action_rows[] = {
	{ AFSL_NEED_ADD_HEADER, MILTER_CAN_ADD_HEADERS },
	{ AFSL_NEED_CHANGE_HEADER, MILTER_CAN_CHANGE_HEADERS },
	{ AFSL_NEED_ADD_RCPT, MILTER_CAN_ADD_RCPT },
	{ AFSL_NEED_ADD_RCPT_PARAMETERS, MILTER_CAN_ADD_RCPT_PARAMETERS },
	{ AFSL_NEED_DELETE_RCPT, MILTER_CAN_DELETE_RCPT },
	{ AFSL_NEED_CHANGE_SENDER, MILTER_CAN_CHANGE_SENDER },
	{ AFSL_NEED_REPLACE_BODY, MILTER_CAN_CHANGE_BODY },
	{ AFSL_NEED_QUARANTINE, MILTER_CAN_QUARANTINE },
};

static uint32_t actions_needed(uint32_t needs)
{
	uint32_t actions = MILTER_CAN_SET_MACROS;
	for (size_t i = 0; i < sizeof(action_rows) / sizeof(action_rows[0]); i++)
		if (needs & action_rows[i].need)
			actions |= action_rows[i].action;
	return actions;
}

static uint32_t step_bits(unsigned event, const struct afsl_needs *needs)
{
	const struct step_row *row = &step_rows[event];
	if (!(needs->needs & row->needs))
		return row->leave_out;
	return needs->replies & (1u << event) ? 0 : row->no_reply;
}

/* libmilter answers nothing to what follows an unknown command between RCPT and the header, unless
 * DATA comes in between: so both are sent, or the unknown command is not. */
static uint32_t unknown_needs_data(uint32_t steps, const struct afsl_offer *offer)
{
	bool data_exists = offer->version >= 4;
	if (steps & MILTER_NO_UNKNOWN)
		return steps;
	if (!data_exists)
		return steps | (offer->steps & MILTER_NO_UNKNOWN);
	if (steps & MILTER_NO_DATA) {
		steps &= ~(uint32_t)MILTER_NO_DATA;
		steps |= offer->steps & MILTER_NR_DATA;
	}
	return steps;
}

struct milter_plan milter_plan_make(const struct afsl_needs *needs, const struct afsl_offer *offer)
{
	struct milter_plan plan = { 0 };
	plan.actions = actions_needed(needs->needs) & offer->actions;
	for (unsigned event = 0; event < AFSL_EVENT_COUNT; event++)
		plan.steps |= step_bits(event, needs) & offer->steps;
	plan.steps = unknown_needs_data(plan.steps, offer);
	if (needs->needs & AFSL_NEED_REFUSED_RCPT)
		plan.steps |= MILTER_REFUSED_RCPT & offer->steps;
	if (needs->needs & AFSL_NEED_HEADER_BLANKS)
		plan.steps |= MILTER_HEADER_BLANKS & offer->steps;
	/* Skipping is an answer, so it is of use only where the body is answered. */
	if ((needs->needs & AFSL_NEED_BODY) && (needs->replies & (1u << AFSL_BODY)))
		plan.steps |= MILTER_CAN_SKIP & offer->steps;
	return plan;
}

bool milter_plan_leaves_out(const struct milter_plan *plan, enum afsl_event event)
{
	return plan->steps & step_rows[event].leave_out;
}

bool milter_plan_is_silent(const struct milter_plan *plan, enum afsl_event event)
{
	return plan->steps & step_rows[event].no_reply;
}

uint32_t milter_action_of_change(const struct afsl_change *change)
{
	switch (change->kind) {
	case AFSL_ADD_HEADER:
	case AFSL_INSERT_HEADER:
		return MILTER_CAN_ADD_HEADERS;
	case AFSL_CHANGE_HEADER:
		return MILTER_CAN_CHANGE_HEADERS;
	case AFSL_ADD_RCPT:
		return change->value.length ? MILTER_CAN_ADD_RCPT_PARAMETERS : MILTER_CAN_ADD_RCPT;
	case AFSL_DELETE_RCPT:
		return MILTER_CAN_DELETE_RCPT;
	case AFSL_CHANGE_SENDER:
		return MILTER_CAN_CHANGE_SENDER;
	case AFSL_REPLACE_BODY:
		return MILTER_CAN_CHANGE_BODY;
	case AFSL_QUARANTINE:
		return MILTER_CAN_QUARANTINE;
	}
	return 0;
}
