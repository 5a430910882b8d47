#include "builtins/context.h"

#define NO_TEXT {"", 0, LIFETIME_PROGRAM}
const struct policy_words policy_silence = { NO_TEXT, NO_TEXT, NO_TEXT, NO_TEXT, NO_TEXT };

void context_begin_event(struct context *context, enum event_id event)
{
	context->event = event;
	context->verdict = (struct verdict){ .enhanced = TEXT_EMPTY, .text = TEXT_EMPTY };
	context->because = TEXT_EMPTY;
	if (context->policy)
		*context->policy = policy_silence;
	context->log_lines = 0;
	context->dns_questions = 0;
}
