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

	mail->limits = &(struct mail_limits){ .whole = 20 };
	mail_keep_body(mail, t("0123456789"));
	cr_assert_not(mail_whole(mail, &whole));
	mail_session_free(mail);
}

static void assert_changed(struct mail_session *mail, const char *expected)
{
	struct buffer out;

	buffer_init(&out, 1000);
	cr_assert(mail_content_changed(mail));
	cr_assert(mail_write_changed(mail, &out));
	cr_expect(text_equals(buffer_text(&out), t(expected)), "is \"%.*s\"",
		  TEXT_PRINTF(buffer_text(&out)));
	buffer_free(&out);
}

Test(whole, as_changed_so_far)
{
	static const char *const fields[] = { "From: a@b", "X:1", NULL };
	struct mail_session *mail = world_message(fields);

	mail_keep_body(mail, t("one\r\n"));
	cr_expect_not(mail_content_changed(mail));
	world_add(mail, "Y", "a\n b");
	world_set(mail, "X", 1, "");
	assert_changed(mail, "From: a@b\r\nY: a\r\n b\r\n\r\none\r\n");
	world_change(mail, CHANGE_REPLACE_BODY, 0, "", "old", false);
	world_change(mail, CHANGE_ADD_HEADER, 0, "Z", "z", true);
	assert_changed(mail, "From: a@b\r\nY: a\r\n b\r\nZ: z\r\n\r\nold");
	world_change(mail, CHANGE_REPLACE_BODY, 0, "", "", false);
	assert_changed(mail, "From: a@b\r\nY: a\r\n b\r\nZ: z\r\n\r\n");
	assert_whole(mail, "From: a@b\r\nX:1\r\n\r\none\r\n");
	mail_session_free(mail);
}

Test(whole, what_is_too_large_when_changed_is_not_had)
{
	static const char *const fields[] = { "From: a@b", NULL };
	struct mail_session *mail = world_message(fields);
	struct buffer out;

	buffer_init(&out, 20);
	world_add(mail, "Y", "0123456789");
	cr_expect_not(mail_write_changed(mail, &out));
	buffer_clear(&out);
	mail->limits = &(struct mail_limits){ .whole = 10 };
	mail_keep_body(mail, t("0123456789"));
	cr_expect_not(mail_write_changed(mail, &out), "the body was not kept");
	buffer_free(&out);
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
