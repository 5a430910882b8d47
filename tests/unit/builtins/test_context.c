#include "world.h"

#include <criterion/criterion.h>

Test(context, forgets_what_belongs_to_the_last_event)
{
	struct context context = { .log_lines = 5 };

	context.verdict = (struct verdict){ .kind = VERDICT_REJECT, .code = 550 };
	context.smtp_action = context.smtp_explanation = TEXT("reject");
	context.header_name = context.header_value = context.rcpt_address = TEXT("x");
	context_begin_event(&context, EVENT_onRcptTo);
	cr_expect_eq(context.event, EVENT_onRcptTo);
	cr_expect_eq(context.verdict.kind, VERDICT_CONTINUE);
	cr_expect_eq(context.verdict.code, 0);
	cr_expect_eq(context.smtp_action.length, 0);
	cr_expect_eq(context.smtp_explanation.length, 0);
	cr_expect_eq(context.header_name.length, 0);
	cr_expect_eq(context.header_value.length, 0);
	cr_expect_eq(context.rcpt_address.length, 0);
	cr_expect_eq(context.log_lines, 0);
}
