#include "world.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct mail_session *mail;

static void begin(void)
{
	mail = mail_session_new(1 << 16, 1 << 20);
}

static void end(void)
{
	memory_fail_at(0, false);
	mail_session_free(mail);
}

TestSuite(session, .init = begin, .fini = end);

Test(session, begins_with_nothing_known)
{
	cr_assert_eq(mail->family, CLIENT_UNKNOWN);
	cr_assert(ip_is_none(mail->client_ip));
	cr_assert_eq(mail->helo.length, 0);
	cr_assert_not(mail->message->open);
	cr_assert_eq(mail->message->spam_level, -1);
	cr_assert_eq(mail->message->virus_level, -1);
}

Test(session, a_text_may_be_set_for_ever)
{
	char name[300];

	for (unsigned i = 0; i < 100000; i++) {
		int length = snprintf(name, sizeof(name), "host-%0*u", (int)(i % 200) + 1, i);

		cr_assert(mail_set_text(mail, &mail->helo,
					text_of(name, (size_t)length, LIFETIME_EVENT)));
	}
	cr_assert(text_equals_string(mail->helo, name));
	cr_assert_lt(mail->session_arena.used, 4096);
	cr_assert_eq(mail->helo.lifetime, LIFETIME_EVENT);
}

Test(session, texts_do_not_share_their_memory)
{
	mail_set_text(mail, &mail->helo, t("one"));
	mail_set_text(mail, &mail->client_name, t("two"));
	mail_set_text(mail, &mail->helo, t("three"));
	cr_assert(text_equals_string(mail->client_name, "two"));
	cr_assert(text_equals_string(mail->helo, "three"));
}

Test(session, a_text_that_does_not_fit_changes_nothing)
{
	static char large[1 << 17];

	mail_set_text(mail, &mail->helo, t("one"));
	cr_assert_not(
		mail_set_text(mail, &mail->helo, text_of(large, sizeof(large), LIFETIME_EVENT)));
	cr_assert(text_equals_string(mail->helo, "one"));
}

/* ---- macros ---- */

static bool set(enum macro_stage stage, const char *name, const char *value)
{
	struct text pairs[] = {t(name), t(value)};

	return mail_set_macros(mail, stage, pairs, 1);
}

static const char *macro(const char *name)
{
	static char found[100];
	struct text value;

	if (!mail_macro(mail, t(name), &value))
		return "-";
	snprintf(found, sizeof(found), "%.*s", TEXT_PRINTF(value));
	return found;
}

Test(session, stages_have_names)
{
	cr_assert_str_eq(macro_stage_name(MACRO_CONNECT), "connect");
	cr_assert_str_eq(macro_stage_name(MACRO_EOH), "eoh");
	cr_assert_str_eq(macro_stage_name(MACRO_EOM), "eom");
}

Test(session, macros_are_found_latest_stage_first)
{
	mail_begin(mail, t("<>"), NULL, 0);
	set(MACRO_CONNECT, "j", "host");
	set(MACRO_RCPT, "i", "early");
	set(MACRO_EOM, "i", "late");
	cr_assert_str_eq(macro("i"), "late");
	cr_assert_str_eq(macro("{i}"), "late");
	cr_assert_str_eq(macro("j"), "host");
	set(MACRO_EOM, "{i}", "braced");
	cr_assert_str_eq(macro("i"), "braced");
	cr_assert_str_eq(macro("x"), "-");
	cr_assert_str_eq(macro("{i}b"), "-");
	set(MACRO_HELO, "{tls_version}", "TLSv1.3");
	cr_assert_str_eq(macro("{tls_version}"), "TLSv1.3");
	cr_assert_str_eq(macro("tls_version"), "-");
	cr_assert_str_eq(macro("i"), "-");
}

Test(session, a_stage_forgets_later_ones)
{
	mail_begin(mail, t("<>"), NULL, 0);
	set(MACRO_CONNECT, "a", "1");
	set(MACRO_MAIL, "b", "2");
	set(MACRO_RCPT, "c", "3");
	set(MACRO_EOH, "d", "4");
	set(MACRO_RCPT, "c", "5");
	cr_assert_str_eq(macro("d"), "-");
	cr_assert_str_eq(macro("c"), "5");
	cr_assert_str_eq(macro("b"), "2");
	cr_assert_str_eq(macro("a"), "1");
}

Test(session, macros_of_a_message_go_with_it_and_those_of_the_next_may_be_early)
{
	set(MACRO_MAIL, "b", "first");
	mail_begin(mail, t("<>"), NULL, 0);
	cr_assert_str_eq(macro("b"), "first");
	set(MACRO_EOM, "e", "first");
	mail_end(mail);
	cr_assert_str_eq(macro("b"), "-");
	cr_assert_str_eq(macro("e"), "-");
	/* MAIL in the middle of a message: its macros come before the old one ends. */
	mail_begin(mail, t("<>"), NULL, 0);
	set(MACRO_MAIL, "b", "second");
	mail_end(mail);
	mail_begin(mail, t("<>"), NULL, 0);
	cr_assert_str_eq(macro("b"), "second");
	mail_end(mail);
	cr_assert_str_eq(macro("b"), "-");
	/* A host that sends no MAIL. */
	set(MACRO_RCPT, "c", "early");
	mail_begin(mail, t("<>"), NULL, 0);
	cr_assert_str_eq(macro("c"), "early");
}

Test(session, macros_are_copied_whatever_they_hold)
{
	char name[] = "{x}", bytes[] = "a\0b";
	struct text pairs[] = {t(name), text_of(bytes, 3, LIFETIME_EVENT), t("{y}"), t("")};
	struct text value;

	cr_assert(mail_set_macros(mail, MACRO_CONNECT, pairs, 2));
	memset(name, '?', 3);
	memset(bytes, '?', 3);
	cr_assert(mail_macro(mail, TEXT("{x}"), &value));
	cr_assert_eq(value.length, 3);
	cr_assert_eq(memcmp(value.data, "a\0b", 3), 0);
	cr_assert(mail_macro(mail, TEXT("{y}"), &value));
	cr_assert_eq(value.length, 0);
	cr_assert(mail_set_macros(mail, MACRO_CONNECT, NULL, 0));
	cr_assert_not(mail_macro(mail, TEXT("{y}"), &value));
}

Test(session, macros_are_bounded)
{
	static char large[1 << 17];
	struct text pairs[] = {t("x"), text_of(large, sizeof(large), LIFETIME_EVENT)};

	cr_assert_not(mail_set_macros(mail, MACRO_CONNECT, pairs, 1));
	cr_assert_str_eq(macro("x"), "-");
	memory_fail_at(1, true);
	cr_assert_not(set(MACRO_CONNECT, "x", "y"));
	memory_fail_at(0, false);
	cr_assert_str_eq(macro("x"), "-");
}

/* ---- messages ---- */

Test(session, a_message_begins_and_ends)
{
	struct text parameters[] = {t("SIZE=200"), t("BODY=8BITMIME")};

	cr_assert(mail_begin(mail, t("<a@b>"), parameters, 2));
	cr_assert(mail->message->open);
	cr_assert_eq(mail->mail_count, 1);
	cr_assert(text_equals_string(mail->message->sender, "<a@b>"));
	cr_assert_eq(mail->message->parameter_count, 2);
	cr_assert(text_equals_string(mail->message->parameters[1], "BODY=8BITMIME"));
	cr_assert(mail_add_recipient(mail, t("<c@d>"), parameters, 1));
	cr_assert(mail_add_header(mail, t("X"), t(" y")));
	cr_assert(mail_begin(mail, t("<e@f>"), NULL, 0));
	cr_assert_eq(mail->mail_count, 2);
	cr_assert_eq(mail->message->recipient_count, 0);
	cr_assert_eq(mail->message->headers.count, 0);
	mail_end(mail);
	cr_assert_not(mail->message->open);
	cr_assert_eq(mail->message_arena.used, 0);
	cr_assert_eq(mail->mail_count, 2);
}

Test(session, the_view_is_the_message_until_it_is_changed)
{
	mail_begin(mail, t("<>"), NULL, 0);
	for (unsigned i = 0; i < 100; i++)
		cr_assert(mail_add_header(mail, t("X"), t(" y")));
	cr_assert_eq(mail->message->headers.items, mail->message->received.items);
	cr_assert_eq(mail->message->headers.count, 100);
	cr_assert_eq(mail->message->received.items[99].id, 100);
}

Test(session, limits_of_a_message)
{
	static const struct mail_limits limits = {
		.headers = 2, .header_bytes = 10, .recipients = 1, .changes = 1};

	mail->limits = &limits;
	mail_begin(mail, t("<>"), NULL, 0);
	cr_assert(mail_add_recipient(mail, t("<a>"), NULL, 0));
	cr_assert_not(mail_add_recipient(mail, t("<b>"), NULL, 0));
	cr_assert(mail_add_header(mail, t("A"), t("1")));
	cr_assert_not(mail_add_header(mail, t("B"), t("12345678")));
	cr_assert(mail_add_header(mail, t("B"), t("1234567")));
	cr_assert_not(mail_add_header(mail, t(""), t("")));
	cr_assert(world_add(mail, "C", "1"));
	cr_assert_not(world_add(mail, "C", "1"));
}

Test(session, memory_of_a_message_is_capped)
{
	static char large[100000];
	unsigned added = 0;

	mail_begin(mail, t("<>"), NULL, 0);
	while (added < 100 &&
	       mail_add_header(mail, t("X"), text_of(large, sizeof(large), LIFETIME_EVENT)))
		added++;
	cr_assert(added > 5 && added < 12, "%u", added);
	mail_end(mail);
	cr_assert(mail_begin(mail, t("<>"), NULL, 0));
}

Test(session, failing_memory_at_any_place)
{
	for (unsigned long nth = 1; nth < 30; nth++) {
		struct mail_session *fresh;
		struct text parameters[] = {t("SIZE=200")};

		memory_fail_at(nth, true);
		fresh = mail_session_new(1 << 16, 1 << 20);
		if (fresh) {
			mail_set_text(fresh, &fresh->helo, t("helo"));
			mail_set_macros(fresh, MACRO_MAIL, parameters, 0);
			mail_begin(fresh, t("<a>"), parameters, 1);
			mail_add_recipient(fresh, t("<b>"), parameters, 1);
			mail_add_header(fresh, t("X"), t(" y"));
			world_add(fresh, "A", "b");
			mail_plan(fresh);
		}
		memory_fail_at(0, false);
		mail_session_free(fresh);
	}
}

/* ---- addresses ---- */

Test(session, addresses_lose_brackets_and_routes)
{
	cr_assert(text_equals_string(address_bare(TEXT("<a@b>")), "a@b"));
	cr_assert(text_equals_string(address_bare(TEXT("a@b")), "a@b"));
	cr_assert(text_equals_string(address_bare(TEXT("<>")), ""));
	cr_assert(text_equals_string(address_bare(TEXT("")), ""));
	cr_assert(text_equals_string(address_bare(TEXT("<")), ""));
	cr_assert(text_equals_string(address_bare(TEXT("<@x,@y:a@b>")), "a@b"));
	cr_assert(text_equals_string(address_bare(TEXT("<a@b")), "a@b"));
	cr_assert(text_equals_string(address_bare(TEXT("<@x>")), "@x"));
}

Test(session, domains)
{
	cr_assert(text_equals_string(address_domain(TEXT("<a@B.example>")), "B.example"));
	cr_assert(text_equals_string(address_domain(TEXT("<\"a@x\"@b>")), "b"));
	cr_assert(text_equals_string(address_domain(TEXT("<>")), ""));
	cr_assert(text_equals_string(address_domain(TEXT("<postmaster>")), ""));
	cr_assert(text_equals_string(address_domain(TEXT("<a@>")), ""));
}
