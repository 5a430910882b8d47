#include "world.h"

#include <criterion/criterion.h>

Test(context, forgets_what_belongs_to_the_last_event)
{
	struct policy_words policy = { .action = TEXT("reject"), .rcpt_address = TEXT("x") };
	struct context context = { .log_lines = 5, .policy = &policy };

	context.verdict = (struct verdict){ .kind = VERDICT_REJECT, .code = 550 };
	policy.explanation = policy.header_name = policy.header_value = TEXT("x");
	context_begin_event(&context, EVENT_onRcptTo);
	cr_expect_eq(context.event, EVENT_onRcptTo);
	cr_expect_eq(context.verdict.kind, VERDICT_CONTINUE);
	cr_expect_eq(context.verdict.code, 0);
	cr_expect_eq(policy.action.length, 0);
	cr_expect_eq(policy.explanation.length, 0);
	cr_expect_eq(policy.header_name.length, 0);
	cr_expect_eq(policy.header_value.length, 0);
	cr_expect_eq(policy.rcpt_address.length, 0);
	cr_expect_eq(context.log_lines, 0);
}
