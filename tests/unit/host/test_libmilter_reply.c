#include "host/libmilter_reply.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "fake_milter.h"

/* What libmilter is told of a refusal of MAIL. */
static const char *told(enum afsl_verdict_kind kind, int code, const char *enhanced,
			const char *text, sfsistat expected)
{
	struct afsl_verdict verdict = {
		.kind = kind, .code = code, .enhanced = enhanced, .text = text};
	struct milter_reply reply;
	fake_reset();
	milter_reply_make(AFSL_MAIL, &verdict, &reply);
	cr_assert_eq(libmilter_reply_give(NULL, &reply), expected);
	return fake_log();
}

#define REJECTED(text) told(AFSL_REJECT, 550, "5.7.1", text, SMFIS_REJECT)

Test(libmilter_reply, verdicts)
{
	cr_assert_str_eq(REJECTED("no"), "setreply 550 5.7.1 no\n");
	cr_assert_str_eq(told(AFSL_TEMPFAIL, 451, "", "a\nb\nc", SMFIS_TEMPFAIL),
			 "setmlreply 451 - a|b|c\n");
	cr_assert_str_eq(told(AFSL_CONTINUE, 0, "", "", SMFIS_CONTINUE), "");
	cr_assert_str_eq(told(AFSL_ACCEPT, 0, "", "", SMFIS_ACCEPT), "");
	cr_assert_str_eq(told(AFSL_DISCARD, 0, "", "", SMFIS_DISCARD), "");
}

Test(libmilter_reply, a_text_that_libmilter_does_not_take)
{
	struct afsl_verdict verdict = {
		.kind = AFSL_REJECT, .code = 550, .enhanced = "5.7.1", .text = "no"};
	struct milter_reply reply;
	fake_reset();
	fake.fail_after = 0;
	milter_reply_make(AFSL_MAIL, &verdict, &reply);
	cr_assert_eq(libmilter_reply_give(NULL, &reply), SMFIS_REJECT);
}

Test(libmilter_reply, text_is_cleaned)
{
	cr_assert_str_eq(REJECTED("100% a\tb\x01"
				  "c\x7f"
				  "d \xc3\xa9\xe2\x82\xac."),
			 "setreply 550 5.7.1 100%% a b c d ?\?.\n");
	cr_assert_str_eq(REJECTED("one\r\n\ntwo\n"), "setmlreply 550 5.7.1 one||two\n");
}

Test(libmilter_reply, lines_are_bounded)
{
	static char text[3000], lines[200];
	size_t around = strlen("setreply 550 5.7.1 \n");
	memset(text, '%', sizeof(text) - 1);
	cr_assert_eq(strlen(REJECTED(text)), around + 980);
	text[1] = 'x'; /* now the last pair of signs would be cut in two */
	cr_assert_eq(strlen(REJECTED(text + 1)), around + 979);
	for (int i = 0; i < 40; i++)
		memcpy(lines + 2 * i, "x\n", 2);
	cr_assert_eq(strlen(REJECTED(lines)), strlen("setmlreply 550 5.7.1 \n") + 63);
}
