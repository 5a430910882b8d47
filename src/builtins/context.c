#include "builtins/context.h"

void context_begin_event(struct context *context, enum event_id event)
{
	context->event = event;
	context->verdict = (struct verdict){ .enhanced = TEXT_EMPTY, .text = TEXT_EMPTY };
	context->because = TEXT_EMPTY;
	context->smtp_action = TEXT_EMPTY;
	context->smtp_explanation = TEXT_EMPTY;
	context->header_name = TEXT_EMPTY;
	context->header_value = TEXT_EMPTY;
	context->rcpt_address = TEXT_EMPTY;
	context->log_lines = 0;
	context->dns_questions = 0;
}
