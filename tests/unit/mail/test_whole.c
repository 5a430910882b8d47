#include "world.h"

#include "mail/recipients.h"

#include <criterion/criterion.h>

static void assert_whole(struct mail_session *mail, const char *expected)
{
	struct text whole;

	cr_assert(mail_whole(mail, &whole));
	cr_assert(text_equals(whole, t(expected)), "is \"%.*s\"", TEXT_PRINTF(whole));
}

Test(whole, fields_then_an_empty_line_then_the_body)
{
	static const char *const fields[] = { "From: a@b", "Subject:x", NULL };
	struct mail_session *mail = world_message(fields);

	mail_keep_body(mail, t("one\r\n"));
	mail_keep_body(mail, t("two"));
	assert_whole(mail, "From: a@b\r\nSubject:x\r\n\r\none\r\ntwo");
	mail_session_free(mail);
}

Test(whole, folding_becomes_that_of_a_message)
{
	static const char *const fields[] = { "A: x\n y\r\n\tz", "B:\n w", NULL };
	struct mail_session *mail = world_message(fields);

	assert_whole(mail, "A: x\r\n y\r\n\tz\r\nB:\r\n w\r\n\r\n");
	mail_session_free(mail);
}

Test(whole, what_is_larger_than_the_limit_is_not_had)
{
	static const char *const fields[] = { "From: a@b", NULL };
	struct mail_session *mail = world_message(fields);
	struct text whole;

	mail->limits.whole = 20;
	mail_keep_body(mail, t("0123456789"));
	cr_assert_not(mail_whole(mail, &whole));
	mail_session_free(mail);
}

Test(recipients, the_first_that_fits_is_found_and_the_exact_one_before_it)
{
	static const char *const fields[] = { NULL };
	struct mail_session *mail = world_message(fields);

	cr_assert(mail_add_recipient(mail, t("<Bob@x.example>"), NULL, 0));
	cr_assert(mail_add_recipient(mail, t("<BOB@x.example>"), NULL, 0));
	cr_assert(mail_add_recipient(mail, t("<boB@x.example>"), NULL, 0));
	cr_assert_eq(recipients_find(mail, t("bob@x.example")), 0);
	cr_assert_eq(recipients_find(mail, t("<boB@X.EXAMPLE>")), 2);
	cr_assert_eq(recipients_find(mail, t("alice@x.example")), -1);
	mail_session_free(mail);
}
