#include "world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <time.h>

static const char *const plain[] = {"Received: r1", "Received: r2", "Subject: hello", "X: 1",
				    "X: 2",	    "X: 3",	    "To: a",	      NULL};
static struct mail_session *mail;

static void begin(void)
{
	mail = world_message(plain);
}

static void end(void)
{
	mail_session_free(mail);
}

TestSuite(plan, .init = begin, .fini = end);

static void expect_delivered(void)
{
	const struct changes *plan = mail_plan(mail);
	char wanted[16384];

	cr_assert_not_null(plan);
	snprintf(wanted, sizeof(wanted), "%s", world_view(mail));
	cr_expect_str_eq(world_deliver(mail, plan, MTA_POSTFIX), wanted, "Postfix");
	cr_expect_str_eq(world_deliver(mail, plan, MTA_SENDMAIL), wanted, "Sendmail");
}

Test(plan, nothing_changed_is_nothing_sent)
{
	cr_assert_eq(mail_plan(mail)->count, 0);
	world_add(mail, "Y", "1");
	world_set(mail, "Y", 1, "");
	cr_assert_eq(mail_plan(mail)->count, 0);
	world_set(mail, "X", 1, "other");
	world_set(mail, "X", 1, "1");
	cr_assert_eq(mail_plan(mail)->count, 0);
}

Test(plan, deletions_go_from_the_highest_number_down)
{
	world_set(mail, "X", 1, "");
	world_set(mail, "X", 1, "");
	world_set(mail, "X", 1, "");
	cr_assert_str_eq(world_plan(mail_plan(mail)), "c3 X:|c2 X:|c1 X:|");
	expect_delivered();
}

Test(plan, additions_and_insertions)
{
	world_add(mail, "A", "a");
	world_insert(mail, 0, "T", "t");
	world_insert(mail, 2, "B", "b");
	world_insert(mail, 4, "X", "0");
	cr_assert_str_eq(world_plan(mail_plan(mail)), "i1 B:b|i3 X:0|i0 T:t|+A:a|");
	expect_delivered();
}

Test(plan, numbers_count_what_is_inserted_before)
{
	world_set(mail, "X", 2, "");
	world_insert(mail, 1, "X", "new");
	cr_assert_str_eq(world_plan(mail_plan(mail)), "i1 X:new|c3 X:|");
	expect_delivered();
}

Test(plan, a_top_does_not_shift_changes_of_received)
{
	world_insert(mail, 0, "Received", "ours");
	world_set(mail, "Received", 2, "changed");
	world_set(mail, "Received", 3, "");
	cr_assert_str_eq(world_plan(mail_plan(mail)),
			 "c2 Received:|c1 Received:changed|i0 Received:ours|");
	expect_delivered();
}

Test(plan, a_name_in_another_case_is_a_change)
{
	world_set(mail, "x", 2, "2");
	cr_assert_str_eq(world_plan(mail_plan(mail)), "c2 x:2|");
	expect_delivered();
}

Test(plan, a_changed_addition_is_one_addition)
{
	world_add(mail, "A", "1");
	world_set(mail, "A", 1, "2");
	cr_assert_str_eq(world_plan(mail_plan(mail)), "+A:2|");
}

Test(plan, everything_removed_and_written_anew)
{
	static const char *const names[] = {"Received", "Subject", "X", "To"};

	for (size_t i = 0; i < 4; i++)
		while (headers_find(&mail->message->headers, t(names[i]), 1) >= 0)
			cr_assert(world_set(mail, names[i], 1, ""));
	world_add(mail, "Only", "one");
	expect_delivered();
	cr_assert_str_eq(world_view(mail), "Only: one|");
}

Test(plan, values_with_other_blanks_say_so)
{
	const char *why;

	mail_change(mail,
		    (struct change){.kind = CHANGE_ADD_HEADER,
				    .name = TEXT("B"),
				    .value = TEXT("\tv"),
				    .blanks = true},
		    &why);
	world_add(mail, "C", "");
	world_add(mail, "D", " two");
	cr_assert(mail_plan(mail)->items[0].blanks);
	cr_assert_not(mail_plan(mail)->items[1].blanks);
	cr_assert_str_eq(world_plan(mail_plan(mail)), "+B:\tv|+C:|+D: two|");
	expect_delivered();
}

/* Whatever a filter does to the header, both kinds of MTA deliver what it has seen. */
Test(plan, any_edits_arrive_everywhere)
{
	static const char *const names[] = {"Received", "Subject", "X", "To", "New"};
	unsigned seed = 7;

	for (unsigned round = 0; round < 2000; round++) {
		mail_session_free(mail);
		mail = world_message(plain);
		for (unsigned step = 0; step < 1 + round % 12; step++) {
			unsigned dice = (seed = seed * 1103515245u + 12345u) >> 16;
			const char *name = names[(dice >> 4) % 5];
			char value[16];

			snprintf(value, sizeof(value), "v%u", step);
			switch (dice % 5) {
			case 0:
				world_add(mail, name, value);
				break;
			case 1:
				world_insert(mail, (dice >> 8) % 12, name, value);
				break;
			case 2:
				world_set(mail, name, 1 + (dice >> 8) % 4, value);
				break;
			default:
				world_set(mail, name, 1 + (dice >> 8) % 4, "");
				break;
			}
		}
		expect_delivered();
	}
}

/* ---- a third party's ---- */

static void foreign(enum change_kind kind, uint32_t index, const char *name, const char *value)
{
	cr_assert_eq(world_change(mail, kind, index, name, value, true), MAIL_DONE);
}

Test(plan, foreign_changes_go_out_as_they_came)
{
	foreign(CHANGE_CHANGE_HEADER, 1, "X", "");
	foreign(CHANGE_CHANGE_HEADER, 1, "X", "");
	foreign(CHANGE_ADD_RCPT, 0, "Name <q@b>", "NOTIFY=NEVER");
	foreign(CHANGE_INSERT_HEADER, 5, "I", "i");
	foreign(CHANGE_REPLACE_BODY, 0, "", "body");
	foreign(CHANGE_ADD_HEADER, 0, "A", "a");
	foreign(CHANGE_CHANGE_SENDER, 0, "<s@b>", "");
	foreign(CHANGE_DELETE_RCPT, 0, "<gone@b>", "");
	foreign(CHANGE_QUARANTINE, 0, "", "why");
	cr_assert_str_eq(
		world_plan(mail_plan(mail)),
		"c1 X:|c1 X:|+Name <q@b>:NOTIFY=NEVER|i5 I:i|+A:a|s<s@b>:|-<gone@b>:|q:why|"
		"b:body|");
	cr_assert_str_eq(world_view(mail),
			 "Received: r1|Received: r2|Subject: hello|X: 3|I: i|To: a|A: a|");
}

Test(plan, own_edits_come_after_foreign_ones_and_count_on_them)
{
	world_set(mail, "X", 3, "mine");
	foreign(CHANGE_CHANGE_HEADER, 1, "X", "");
	world_add(mail, "Mine", "m");
	foreign(CHANGE_ADD_HEADER, 0, "Theirs", "t");
	cr_assert_str_eq(world_plan(mail_plan(mail)), "c1 X:|+Theirs:t|i7 Mine:m|c2 X:mine|");
	cr_assert_str_eq(world_view(mail), "Received: r1|Received: r2|Subject: hello|X: 2|X: mine|"
					   "To: a|Mine: m|Theirs: t|");
	cr_assert_str_eq(world_deliver(mail, mail_plan(mail), MTA_POSTFIX), world_view(mail));
}

Test(plan, mixed_edits_arrive_at_postfix)
{
	static const char *const names[] = {"Subject", "X", "To", "New"};
	unsigned seed = 3;

	for (unsigned round = 0; round < 2000; round++) {
		mail_session_free(mail);
		mail = world_message(plain);
		for (unsigned step = 0; step < 1 + round % 10; step++) {
			unsigned dice = (seed = seed * 1103515245u + 12345u) >> 16;
			const char *name = names[(dice >> 4) % 4];
			bool theirs = dice >> 12 & 1;
			char value[16];

			snprintf(value, sizeof(value), "v%u", step);
			switch (dice % 4) {
			case 0:
				world_change(mail, CHANGE_ADD_HEADER, 0, name, value, theirs);
				break;
			case 1:
				world_change(mail, CHANGE_INSERT_HEADER, 1 + (dice >> 8) % 9, name,
					     value, theirs);
				break;
			default:
				world_change(mail, CHANGE_CHANGE_HEADER, 1 + (dice >> 8) % 4, name,
					     dice % 4 == 2 ? value : "", theirs);
				break;
			}
		}
		cr_assert_str_eq(world_deliver(mail, mail_plan(mail), MTA_POSTFIX),
				 world_view(mail));
	}
}

/* ---- the rest ---- */

Test(plan, the_envelope_is_its_difference)
{
	mail_add_recipient(mail, t("<a@b>"), NULL, 0);
	mail_add_recipient(mail, t("<C@d>"), NULL, 0);
	world_change(mail, CHANGE_ADD_RCPT, 0, "a@b", "", false);
	world_change(mail, CHANGE_ADD_RCPT, 0, "new@b", "NOTIFY=NEVER", false);
	world_change(mail, CHANGE_ADD_RCPT, 0, "brief@b", "", false);
	world_change(mail, CHANGE_DELETE_RCPT, 0, "brief@b", "", false);
	world_change(mail, CHANGE_DELETE_RCPT, 0, "c@D", "", false);
	world_change(mail, CHANGE_CHANGE_SENDER, 0, "one@b", "", false);
	world_change(mail, CHANGE_CHANGE_SENDER, 0, "", "RET=HDRS", false);
	/* The deleted one goes by the name that the MTA knows. */
	cr_assert_str_eq(world_plan(mail_plan(mail)), "s<>:RET=HDRS|-<C@d>:|+new@b:NOTIFY=NEVER|");
}

Test(plan, an_unseen_recipient_is_deleted_all_the_same)
{
	world_change(mail, CHANGE_DELETE_RCPT, 0, "x@b", "", false);
	cr_assert_str_eq(world_plan(mail_plan(mail)), "-x@b:|");
	world_change(mail, CHANGE_ADD_RCPT, 0, "x@b", "", false);
	cr_assert_str_eq(world_plan(mail_plan(mail)), "+x@b:|");
}

Test(plan, refused_recipients_are_not_touched)
{
	mail_add_recipient(mail, t("<a@b>"), NULL, 0);
	mail->message->recipients[0].verdict.kind = VERDICT_TEMPFAIL;
	cr_assert_eq(mail_plan(mail)->count, 0);
}

Test(plan, the_later_sender_stands)
{
	foreign(CHANGE_CHANGE_SENDER, 0, "<theirs@b>", "");
	world_change(mail, CHANGE_CHANGE_SENDER, 0, "mine@b", "", false);
	cr_assert_str_eq(world_plan(mail_plan(mail)), "smine@b:|");
	foreign(CHANGE_CHANGE_SENDER, 0, "<again@b>", "");
	cr_assert_str_eq(world_plan(mail_plan(mail)), "s<theirs@b>:|s<again@b>:|");
}

static void piece(const char *value, bool more, bool theirs)
{
	const char *why;

	mail_change(mail,
		    (struct change){.kind = CHANGE_REPLACE_BODY,
				    .name = TEXT(""),
				    .value = t(value),
				    .more = more,
				    .foreign = theirs},
		    &why);
}

Test(plan, the_body_comes_last_in_one_run)
{
	piece("one", false, true);
	foreign(CHANGE_ADD_HEADER, 0, "A", "a");
	piece("two", true, true);
	world_change(mail, CHANGE_QUARANTINE, 0, "", "old", false);
	world_change(mail, CHANGE_QUARANTINE, 0, "", "new", false);
	cr_assert_str_eq(world_plan(mail_plan(mail)), "+A:a|q:new|b:one|b:two|");
	cr_assert_not(mail_plan(mail)->items[2].more);
	cr_assert(mail_plan(mail)->items[3].more);
	piece("mine", false, false);
	cr_assert_str_eq(world_plan(mail_plan(mail)), "+A:a|q:new|b:mine|");
	piece("", false, false);
	cr_assert_str_eq(world_plan(mail_plan(mail)), "+A:a|q:new|b:|");
}

Test(plan, a_third_partys_first_piece_begins_anew_even_if_it_says_more)
{
	piece("mine", false, false);
	piece("theirs", true, true);
	cr_assert_str_eq(world_plan(mail_plan(mail)), "b:theirs|");
	cr_assert_not(mail_plan(mail)->items[0].more);
}

/* ---- chains ---- */

static struct mail_session *next_filter(const struct mail_session *before)
{
	struct mail_session *next = mail_session_new(1 << 20, 32 << 20);

	mail_begin(next, t("<from@example.net>"), NULL, 0);
	for (uint32_t i = 0; i < before->message->headers.count; i++) {
		struct header header = before->message->headers.items[i];

		header.name.lifetime = header.raw.lifetime = LIFETIME_EVENT;
		cr_assert(mail_pass_header(next, &header));
	}
	return next;
}

Test(plan, edits_of_a_chain_join)
{
	struct mail_session *chain[2] = {mail, NULL};
	const struct changes *plan;

	world_set(mail, "X", 1, "");
	world_add(mail, "A", "a");
	chain[1] = next_filter(mail);
	/* The second filter removes what was the second of three: Sendmail counts so. */
	world_set(chain[1], "X", 1, "");
	world_set(chain[1], "A", 1, "");
	world_change(chain[1], CHANGE_REPLACE_BODY, 0, "", "last", false);
	world_change(mail, CHANGE_REPLACE_BODY, 0, "", "first", false);
	plan = mail_plan_chain(chain, 2);
	cr_assert_str_eq(world_plan(plan), "c2 X:|c1 X:|b:last|");
	cr_assert_str_eq(world_deliver(mail, plan, MTA_SENDMAIL), world_view(chain[1]));
	mail_session_free(chain[1]);
}

Test(plan, a_third_party_in_the_middle_of_a_chain)
{
	struct mail_session *chain[3] = {mail, NULL, NULL};
	const struct changes *plan;

	world_set(mail, "X", 1, "");
	chain[1] = next_filter(mail);
	world_change(chain[1], CHANGE_CHANGE_HEADER, 1, "X", "theirs", true);
	world_change(chain[1], CHANGE_CHANGE_SENDER, 0, "<t@b>", "", true);
	world_set(chain[1], "Subject", 1, "mine");
	chain[2] = next_filter(chain[1]);
	world_add(chain[2], "Z", "z");
	world_change(chain[2], CHANGE_CHANGE_SENDER, 0, "last@b", "", false);
	plan = mail_plan_chain(chain, 3);
	cr_assert_str_eq(world_plan(plan), "c1 X:|c1 X:theirs|c1 Subject:mine|+Z:z|slast@b:|");
	cr_assert_str_eq(world_deliver(mail, plan, MTA_POSTFIX), world_view(chain[2]));
	mail_session_free(chain[1]);
	mail_session_free(chain[2]);
}

Test(plan, ten_thousand_fields_in_linear_time)
{
	clock_t began;
	char name[24];

	for (unsigned i = 0; i < 9000; i++) {
		snprintf(name, sizeof(name), "N%u", i % 3000);
		cr_assert(mail_add_header(mail, t(name), t(" v")));
	}
	mail->message->changes.limit = 30000;
	began = clock();
	for (unsigned i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "N%u", i);
		cr_assert(world_set(mail, name, 2, ""));
		cr_assert(world_insert(mail, 1, name, "v"));
	}
	cr_assert_eq(mail_plan(mail)->count, 6000);
	cr_assert_lt((double)(clock() - began) / CLOCKS_PER_SEC, 2.0);
}

Test(plan, full_memory_is_an_answer)
{
	struct mail_session *small = mail_session_new(4096, 6000);
	char name[16];
	unsigned added = 0;

	mail_begin(small, t("<>"), NULL, 0);
	for (; added < 1000; added++) {
		snprintf(name, sizeof(name), "N%u", added);
		if (!world_add(small, name, "v"))
			break;
	}
	cr_assert_lt(added, 1000);
	cr_assert_null(mail_plan(small));
	mail_session_free(small);
}
