#include "world.h"

#include "base/memory.h"
#include "mail/recipients.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const char *const plain[] = {"Received: r1", "Received: r2", "Subject: hello", "To: a",
				    "X: 1",	    "X: 2",	    "X: 3",	      NULL};
static struct mail_session *mail;

static void begin(void)
{
	mail = world_message(plain);
}

static void end(void)
{
	memory_fail_at(0, false);
	mail_session_free(mail);
}

TestSuite(change, .init = begin, .fini = end);

#define RECEIVED "Received: r1|Received: r2|Subject: hello|To: a|X: 1|X: 2|X: 3|"

Test(change, adding_goes_to_the_end)
{
	cr_assert(world_add(mail, "Y", "new"));
	cr_assert_str_eq(world_view(mail), RECEIVED "Y: new|");
	cr_assert_eq(mail->message->received.count, 7);
	cr_assert_eq(mail->message->changes.count, 1);
}

Test(change, inserting_counts_as_milter_does)
{
	cr_assert(world_insert(mail, 1, "A", "below"));
	cr_assert(world_insert(mail, 0, "B", "top"));
	cr_assert(world_insert(mail, 0, "C", "topmost"));
	/* Tops count, then the MTA's own: 3 is behind it and before A. */
	cr_assert(world_insert(mail, 3, "D", "d"));
	cr_assert(world_insert(mail, 2, "E", "e"));
	cr_assert(world_insert(mail, 99, "F", "f"));
	cr_assert_str_eq(world_view(mail),
			 "C: topmost|B: top|E: e|D: d|A: below|" RECEIVED "F: f|");
	cr_assert_eq(mail->message->headers.tops, 3);
}

Test(change, changing_and_deleting_by_number)
{
	cr_assert(world_set(mail, "x", 2, "two"));
	cr_assert_str_eq(world_view(mail),
			 "Received: r1|Received: r2|Subject: hello|To: a|X: 1|x: two|X: 3|");
	cr_assert(world_set(mail, "X", 1, ""));
	cr_assert(world_set(mail, "X", 1, "first"));
	cr_assert_str_eq(world_view(mail),
			 "Received: r1|Received: r2|Subject: hello|To: a|X: first|X: 3|");
	cr_assert(world_set(mail, "X", 9, ""));
	cr_assert(world_set(mail, "X", 0, "zero is one"));
	cr_assert(world_set(mail, "New", 1, "appended"));
	cr_assert_str_eq(world_view(mail), "Received: r1|Received: r2|Subject: hello|To: a|"
					   "X: zero is one|X: 3|New: appended|");
}

Test(change, removing_until_none_is_left_ends)
{
	unsigned rounds = 0;

	while (headers_find(&mail->message->headers, TEXT("X"), 1) >= 0 && rounds++ < 10)
		cr_assert(world_set(mail, "X", 1, ""));
	cr_assert_eq(rounds, 3);
	cr_assert_str_eq(world_view(mail), "Received: r1|Received: r2|Subject: hello|To: a|");
}

Test(change, folding_is_kept_as_lf)
{
	cr_assert(world_add(mail, "F", "a\r\n b\n\tc"));
	cr_assert_str_eq(world_view(mail), RECEIVED "F: a\n b\n\tc|");
}

Test(change, what_must_not_go_out_is_refused_and_not_recorded)
{
	cr_assert_eq(world_change(mail, CHANGE_ADD_HEADER, 0, "X", "a\nb", false), MAIL_REFUSED);
	cr_assert_eq(world_change(mail, CHANGE_ADD_HEADER, 0, "X:", "a", false), MAIL_REFUSED);
	cr_assert_eq(world_change(mail, CHANGE_ADD_RCPT, 0, "a b", "", false), MAIL_REFUSED);
	cr_assert_eq(world_change(mail, CHANGE_QUARANTINE, 0, "", "", false), MAIL_REFUSED);
	cr_assert_eq(mail->message->changes.count, 0);
	cr_assert_str_eq(world_view(mail), RECEIVED);
}

Test(change, foreign_values_are_cleaned)
{
	cr_assert_eq(world_change(mail, CHANGE_ADD_HEADER, 0, "F", "a\r\nBcc: b\r\n", true),
		     MAIL_DONE);
	cr_assert_str_eq(world_view(mail), RECEIVED "F: a\n\tBcc: b\n\t|");
	cr_assert_eq(world_change(mail, CHANGE_ADD_RCPT, 0, "", "", true), MAIL_DONE);
	cr_assert_eq(world_change(mail, CHANGE_DELETE_RCPT, 0, "<>", "", true), MAIL_DONE);
	cr_assert_eq(mail->message->changes.count, 1);
	cr_assert_eq(world_change(mail, CHANGE_QUARANTINE, 0, "", "", true), MAIL_DONE);
	cr_assert(text_equals_string(mail->message->changes.items[1].value, "quarantine"));
}

Test(change, a_value_may_bring_its_own_blank)
{
	const char *why;
	struct change change = {
		.kind = CHANGE_ADD_HEADER, .name = TEXT("B"), .value = TEXT("\tv"), .blanks = true};

	cr_assert_eq(mail_change(mail, change, &why), MAIL_DONE);
	cr_assert_str_eq(world_view(mail), RECEIVED "B:\tv|");
}

Test(change, foreign_numbers_count_in_the_message_as_received)
{
	cr_assert(world_set(mail, "X", 1, ""));
	/* The third party has seen three: its second is the one that is now first. */
	cr_assert_eq(world_change(mail, CHANGE_CHANGE_HEADER, 2, "X", "foreign", true), MAIL_DONE);
	cr_assert_str_eq(world_view(mail),
			 "Received: r1|Received: r2|Subject: hello|To: a|X: foreign|X: 3|");
	/* What the filter has removed stays removed. */
	cr_assert_eq(world_change(mail, CHANGE_CHANGE_HEADER, 1, "X", "late", true), MAIL_DONE);
	cr_assert_eq(world_change(mail, CHANGE_CHANGE_HEADER, 3, "X", "", true), MAIL_DONE);
	cr_assert_str_eq(world_view(mail),
			 "Received: r1|Received: r2|Subject: hello|To: a|X: foreign|");
	/* Inserted behind the field that was before it in the third party's eyes. */
	cr_assert_eq(world_change(mail, CHANGE_INSERT_HEADER, 4, "I", "i", true), MAIL_DONE);
	cr_assert_eq(world_change(mail, CHANGE_INSERT_HEADER, 0, "T", "t", true), MAIL_DONE);
	cr_assert_str_eq(world_view(mail),
			 "T: t|Received: r1|Received: r2|Subject: hello|I: i|To: a|"
			 "X: foreign|");
}

Test(change, fields_that_come_later_stand_before_what_was_added)
{
	cr_assert(world_add(mail, "Added", "a"));
	cr_assert(world_insert(mail, 1, "First", "f"));
	cr_assert(mail_add_header(mail, t("Late"), t(" l")));
	cr_assert_eq(world_change(mail, CHANGE_ADD_HEADER, 0, "Foreign", "f", true), MAIL_DONE);
	cr_assert(mail_add_header(mail, t("Later"), t(" l")));
	cr_assert_str_eq(world_view(mail),
			 "First: f|" RECEIVED "Late: l|Later: l|Added: a|Foreign: f|");
}

static uint32_t present(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < mail->message->recipient_count; i++)
		count += recipient_is_present(&mail->message->recipients[i]);
	return count;
}

Test(change, recipients_are_found_with_and_without_brackets)
{
	cr_assert(mail_add_recipient(mail, t("<a@B.example>"), NULL, 0));
	cr_assert(mail_add_recipient(mail, t("<b@b.example>"), NULL, 0));
	cr_assert_eq(recipients_find(mail, TEXT("a@b.EXAMPLE")), 0);
	cr_assert_eq(recipients_find(mail, TEXT("<b@b.example>")), 1);
	cr_assert_eq(recipients_find(mail, TEXT("c@b.example")), -1);
	cr_assert_eq(world_change(mail, CHANGE_ADD_RCPT, 0, "b@b.example", "", false), MAIL_DONE);
	cr_assert_eq(present(), 2);
	cr_assert_eq(world_change(mail, CHANGE_DELETE_RCPT, 0, "b@b.example", "", false),
		     MAIL_DONE);
	cr_assert_eq(present(), 1);
	cr_assert_eq(world_change(mail, CHANGE_ADD_RCPT, 0, "<b@b.example>", "", false), MAIL_DONE);
	cr_assert_eq(present(), 2);
	cr_assert_eq(mail->message->recipient_count, 2);
}

Test(change, a_refused_recipient_is_not_there_and_may_be_added)
{
	cr_assert(mail_add_recipient(mail, t("<a@b>"), NULL, 0));
	mail->message->recipients[0].verdict.kind = VERDICT_REJECT;
	cr_assert_eq(present(), 0);
	mail->message->recipients[0].verdict.kind = VERDICT_CONTINUE;
	mail->message->recipients[0].refused_by_mta = true;
	cr_assert_eq(present(), 0);
	cr_assert_eq(world_change(mail, CHANGE_ADD_RCPT, 0, "a@b", "", false), MAIL_DONE);
	cr_assert_eq(present(), 1);
	cr_assert_eq(mail->message->recipient_count, 2);
}

Test(change, fifty_thousand_recipients_in_linear_time)
{
	char address[40];

	for (unsigned i = 0; i < 50000; i++) {
		snprintf(address, sizeof(address), "<user%u@example.net>", i);
		cr_assert(mail_add_recipient(mail, t(address), NULL, 0));
		if (i % 10 == 0) {
			snprintf(address, sizeof(address), "user%u@example.net", i);
			cr_assert_eq(world_change(mail, CHANGE_DELETE_RCPT, 0, address, "", false),
				     MAIL_DONE);
		}
	}
	cr_assert_eq(present(), 45000);
	cr_assert_not(mail_add_recipient(mail, t("<one@more>"), NULL, 0));
}

Test(change, dropping_leaves_the_message_as_received)
{
	cr_assert(mail_add_recipient(mail, t("<a@b>"), NULL, 0));
	world_add(mail, "Y", "new");
	world_set(mail, "X", 1, "");
	world_change(mail, CHANGE_CHANGE_HEADER, 1, "X", "foreign", true);
	world_change(mail, CHANGE_ADD_RCPT, 0, "new@b", "", false);
	world_change(mail, CHANGE_DELETE_RCPT, 0, "a@b", "", false);
	world_change(mail, CHANGE_CHANGE_SENDER, 0, "s@b", "", false);
	world_change(mail, CHANGE_REPLACE_BODY, 0, "", "body", false);
	mail->message->spam_level = 3;
	mail_drop_changes(mail);
	cr_assert_str_eq(world_view(mail), RECEIVED);
	cr_assert_eq(mail->message->recipient_count, 1);
	cr_assert_eq(present(), 1);
	cr_assert_not(mail->message->sender_changed);
	cr_assert_not(mail->message->body_replaced);
	cr_assert_eq(mail->message->spam_level, -1);
	cr_assert_eq(mail_plan(mail)->count, 0);
	cr_assert_eq(recipients_find(mail, TEXT("a@b")), 0);
	cr_assert_eq(recipients_find(mail, TEXT("new@b")), -1);
}

Test(change, after_dropping_a_piece_of_a_body_is_its_first)
{
	const char *why;
	struct change piece = {.kind = CHANGE_REPLACE_BODY,
			       .name = TEXT(""),
			       .value = TEXT("x"),
			       .foreign = true,
			       .more = true};

	world_add(mail, "A", "1");
	cr_assert_eq(mail_change(mail, piece, &why), MAIL_DONE);
	mail_drop_changes(mail);
	cr_assert_eq(mail_change(mail, piece, &why), MAIL_DONE);
	cr_assert_eq(mail_plan(mail)->count, 1);
}

Test(change, after_dropping_the_mta_has_its_recipients)
{
	cr_assert(mail_add_recipient(mail, t("<a@b>"), NULL, 0));
	world_change(mail, CHANGE_DELETE_RCPT, 0, "<a@b>", "", true);
	mail_drop_changes(mail);
	cr_assert_eq(mail_plan(mail)->count, 0);
	world_change(mail, CHANGE_DELETE_RCPT, 0, "<a@b>", "", false);
	cr_assert_eq(mail_plan(mail)->count, 1);
}

Test(change, the_limit_of_changes_is_an_answer)
{
	mail->message->changes.limit = 2;
	cr_assert(world_add(mail, "A", "1"));
	cr_assert(world_add(mail, "B", "2"));
	cr_assert_eq(world_change(mail, CHANGE_ADD_HEADER, 0, "C", "3", false), MAIL_FULL);
}

Test(change, full_memory_is_an_answer)
{
	for (unsigned long nth = 1; nth < 12; nth++) {
		char value[3000];

		memset(value, 'v', sizeof(value) - 1);
		value[sizeof(value) - 1] = '\0';
		memory_fail_at(nth, true);
		for (unsigned i = 0; i < 200; i++) {
			world_add(mail, "A", value);
			world_set(mail, "X", 1, value);
			world_change(mail, CHANGE_CHANGE_HEADER, 1, "To", "a\nb", true);
			world_change(mail, CHANGE_ADD_RCPT, 0, "q@b", "", false);
		}
		memory_fail_at(0, false);
		mail_drop_changes(mail);
		cr_assert_str_eq(world_view(mail), RECEIVED);
	}
}
