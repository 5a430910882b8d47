#include "content/mailbox.h"

#include <criterion/criterion.h>

#include "base/buffer.h"
#include "base/memory.h"

/* "name|address|group" of each, valid ones with "+" before, joined by " ; ". */
static void are(const char *value, const char *wanted)
{
	struct mailboxes mailboxes;
	struct arena arena;
	struct buffer shown;

	arena_init(&arena, 1 << 20, LIFETIME_EVENT);
	buffer_init(&shown, 1 << 20);
	cr_assert(mailboxes_read(text_of_string(value, LIFETIME_PROGRAM), &arena, &mailboxes));
	for (uint32_t i = 0; i < mailboxes.count; i++) {
		const struct mailbox *one = &mailboxes.items[i];

		buffer_printf(&shown, "%s%s%.*s|%.*s|%.*s", i ? " ; " : "", one->valid ? "+" : "",
			      TEXT_PRINTF(one->name), TEXT_PRINTF(one->address),
			      TEXT_PRINTF(one->group));
	}
	cr_expect(text_equals_string(buffer_text(&shown), wanted), "%s\n%.*s, not %s", value,
		  TEXT_PRINTF(buffer_text(&shown)), wanted);
	buffer_free(&shown);
	arena_reset(&arena);
}

Test(mailbox, in_all_the_ways)
{
	are("", "");
	are("a@b.example", "+|a@b.example|");
	are("Jo Doe <a@b.example>", "+Jo Doe|a@b.example|");
	are("\"Doe, Jo\" <a@b.example>, c@d.example", "+Doe, Jo|a@b.example| ; +|c@d.example|");
	are("a@b.example (Jo (the first) Doe)", "+Jo (the first) Doe|a@b.example|");
	are("=?utf-8?Q?J=C3=B6?= <a@b.example>", "+J\303\266|a@b.example|");
	are("<@x,@y:a@b.example>", "+|a@b.example|");
	are("Team: a@b.example, Jo <c@d.example>;, e@f.example",
	    "+|a@b.example|Team ; +Jo|c@d.example|Team ; +|e@f.example|");
	are("undisclosed-recipients:;", "");
	are("\"a@b\"@c.example", "+|\"a@b\"@c.example|");
	are("a@[192.0.2.1], b@[IPv6:2001:db8::1]", "+|a@[192.0.2.1]| ; +|b@[IPv6:2001:db8::1]|");
	are("j\303\266@b\303\274cher.example", "+|j\303\266@b\303\274cher.example|");
	are("a @ b . example", "+|a@b.example|");
}

Test(mailbox, that_lie_or_are_none)
{
	are("\"real@bank.example\" <thief@evil.example>", "+real@bank.example|thief@evil.example|");
	are("<a@b.example> <c@d.example>", "+|a@b.example| ; +|c@d.example|");
	are("Jo Doe", "Jo Doe||");
	are("<>", "||");
	are("a..b@c.example", "|a..b@c.example|");
	are(".a@c.example, a.@c.example", "|.a@c.example| ; |a.@c.example|");
	are("a@b_.example", "+|a@b_.example|");
	are("a@-b.example", "|a@-b.example|");
	are("a@b..example", "|a@b..example|");
	are("a@[x]", "|a@[x]|");
	are("\"unclosed <a@b.example>", "unclosed <a@b.example>||");
	are("Jo <a@b.example", "+Jo|a@b.example|");
	are("(((((", "");
	are(",,;:,>", "");
}

static bool is_valid(const char *address)
{
	return address_is_valid(text_of_string(address, LIFETIME_PROGRAM));
}

Test(mailbox, quoted_local_parts)
{
	cr_expect(is_valid("\"a b\"@c.example"));
	cr_expect(is_valid("\"a\\\"b\"@c.example"));
	cr_expect(is_valid("\"a\\\\\"@c.example"));
	cr_expect(is_valid("\"\"@c.example"));
	cr_expect_not(is_valid("\"a\"b\"@c.example"));
	cr_expect_not(is_valid("\"a\\\\\"b\"@c.example"),
		      "the backslash is escaped, not the quote");
	cr_expect_not(is_valid("\"a\\\"@c.example"), "the closing quote is escaped");
	cr_expect_not(is_valid("\"a\tb\"@c.example"));
	cr_expect_not(is_valid("\"a\177\"@c.example"));
	cr_expect_not(is_valid("\"@c.example"));
	cr_expect_not(is_valid("\"a@c.example"));
}

Test(mailbox, domains)
{
	char label[70] = "a@", domain[300] = "a@";

	memset(label + 2, 'b', 63);
	cr_expect(is_valid(label));
	label[65] = 'b';
	cr_expect_not(is_valid(label), "64 letters in a label");
	domain[2] = 'b';
	for (size_t i = 3; i < 257; i += 2)
		memcpy(domain + i, ".b", 2);
	cr_expect(is_valid(domain), "255 letters");
	domain[257] = 'b';
	cr_expect_not(is_valid(domain));
	cr_expect_not(is_valid("a@"));
	cr_expect_not(is_valid("@b"));
	cr_expect_not(is_valid("a"));
	cr_expect_not(is_valid("a@.b"));
	cr_expect_not(is_valid("a@b."));
	cr_expect_not(is_valid("a@b-.c"));
	cr_expect_not(is_valid("a@b!c"));
	cr_expect(is_valid("a@b-c.d"));
	cr_expect_not(is_valid("a@[192.0.2.1"));
	cr_expect_not(is_valid("a@[]"));
	cr_expect_not(is_valid("a@[IPv6:]"));
	cr_expect_not(is_valid("a\377@b.example"));
}

Test(mailbox, a_local_part_has_64_bytes_at_most)
{
	char address[80];

	memset(address, 'a', 65);
	strcpy(address + 65, "@b");
	cr_expect_not(is_valid(address));
	cr_expect(is_valid(address + 1));
}

Test(mailbox, quotes_that_need_not_be_go)
{
	static const struct {
		const char *from, *to;
	} rows[] = {
		{ "a", "a" },		{ "\"a.b\"", "a.b" },
		{ "\"a\\.b\"", "a.b" }, { "\"a b\"", "\"a b\"" },
		{ "\"a.\"", "\"a.\"" }, { "\"\"", "\"\"" },
	};
	struct arena arena, empty;
	struct text out;

	arena_init(&arena, 1 << 20, LIFETIME_EVENT);
	arena_init(&empty, 0, LIFETIME_EVENT);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct text from = text_of_string(rows[i].from, LIFETIME_PROGRAM);

		cr_expect(local_part_unquote(from, &arena, &out));
		cr_expect(text_equals_string(out, rows[i].to), "%s: %.*s", rows[i].from,
			  TEXT_PRINTF(out));
	}
	cr_expect_not(local_part_unquote(TEXT("\"a\""), &empty, &out));
	arena_reset(&arena);
}

Test(mailbox, blanks_within_quotes_and_behind_escapes_stay)
{
	are("<\"a b\" @c.example>", "+|\"a b\"@c.example|");
	are("<\"a\\ b\"@c.example>", "+|\"a\\ b\"@c.example|");
	are("<\"a\\\\\" @c.example>", "+|\"a\\\\\"@c.example|");
	are("a@b.example (\\(Jo\\))", "+(Jo)|a@b.example|");
	are("\"J\\o\r\n D\" <a@b.example>", "+Jo D|a@b.example|");
}

/* Nothing is half read: it is false, or all of it is there. */
Test(mailbox, memory_that_ends_is_told)
{
	struct text value = TEXT("Team: =?utf-8?q?J=C3=B6?= <a@b.example>, c@d.example (Jo), "
				 "e@f.example, <@x:g@h.example>, i@j.example;");
	struct mailboxes mailboxes;
	struct arena arena;
	unsigned failed = 0;
	bool done = false;

	for (unsigned long nth = 1; !done && nth < 1000; nth++) {
		arena_init(&arena, 1 << 20, LIFETIME_EVENT);
		memory_fail_at(nth, true);
		done = mailboxes_read(value, &arena, &mailboxes);
		memory_fail_at(0, false);
		failed += !done;
		cr_expect(!done || mailboxes.count == 5);
		arena_reset(&arena);
	}
	cr_assert(done && failed > 4, "%u", failed);
}
